"""Draw the pictures of docs/assets/patterns: each pattern as the program finds it and an alert's page draws it.

    python scripts/pattern_pictures.py [--out docs/assets/patterns]

A small made-up ledger with every pattern planted in it is scanned, and the alert of each is drawn, accounts renamed.
MAINSTAY_HOME names a node, for its settings; nothing of it is read or written.
"""

import argparse
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

TRANSACTIONS = 2_000
STYLE = """
text { font-family: "IBM Plex Sans", system-ui, sans-serif; font-size: 14px; fill: #16242b; }
.text-quiet { fill: #536169; font-size: 13px; }
.text-strong { font-weight: 600; }
.text-halo { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round; }
.ribbon { fill: none; stroke-opacity: 0.5; }
.ribbon-in { stroke: #7aa6ae; }
.ribbon-out { stroke: #bc864a; }
.node-source { fill: #0b5563; }
.node-sink { fill: #a65e00; }
.node-middle { fill: #efe9dc; stroke: #536169; stroke-width: 1; }
.axis { stroke: #84827a; stroke-width: 1; }
.fill-1 { fill: #0072b2; }
"""
SECONDS = {1_000_000: 3.97, 10_000_000: 17.39, 100_000_000: 193.09}
"""What a scan took from ledger to alerts, as the command in docs/scale.md printed it."""


def pictures() -> dict[str, str]:
    """Return an SVG for each pattern by its name, and one of what a scan takes; the same each time."""
    from django.utils import translation

    from mainstay.money.engine.ledger import open_ledger
    from mainstay.money.engine.scale import write_ledger
    from mainstay.money.engine.scan import scan
    from mainstay.money.types import AccountRole, Alert, Role, ScanSettings
    from mainstay.money.views import flow_of
    from mainstay.ui.charts import draw_bars, draw_flow
    from mainstay.ui.types import Bar, BarChart

    def named_anew(alert: Alert) -> Alert:
        """The alert with its accounts called by letters, and those who pay or work by what they are."""
        seen: dict[str, int] = defaultdict(int)
        accounts = []
        for account in alert.accounts:
            word = {Role.PAYER: "Payer", Role.CONTROLLED: "Worker"}.get(account.role, "Account")
            seen[word] += 1
            told = chr(64 + seen[word]) if word == "Account" else seen[word]
            accounts.append(AccountRole(f"{word} {told}", account.role))
        return replace(alert, accounts=tuple(accounts))

    drawn: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder, translation.override("en"):
        planted = write_ledger(Path(folder) / "ledger", TRANSACTIONS)
        alerts = scan(open_ledger(Path(folder) / "ledger"), ScanSettings()).alerts
        for one in planted:
            told = f"A{one.account:09d}"
            mine = (a for a in alerts if a.pattern == one.pattern and told in {b.account_id for b in a.accounts})
            chart = flow_of(named_anew(next(mine)))
            drawn[one.pattern] = _svg(chart, draw_flow(chart))
        bars = [Bar(f"{n:,} transactions", s / n * 1e6, f"{s / n * 1e6:.1f} s") for n, s in SECONDS.items()]
        per_million = BarChart("Seconds for each million", "Seconds of a scan for each million transactions", bars)
        drawn["scale"] = _svg(per_million, draw_bars(per_million))
    return drawn


def _svg(chart: Any, picture: Any) -> str:
    """Return a picture as a file of its own, with the colours of a page and a white ground."""
    from django.template.loader import render_to_string

    body = render_to_string("ui/parts/drawing.html", {"chart": chart, "picture": picture})
    opening, _, rest = body.partition(">")
    opening = opening.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    back = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return f"{opening}>\n<style>{STYLE}</style>\n{back}{rest.rstrip()}\n"


def main() -> None:
    """Write the pictures."""
    import django
    from django.conf import settings

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).resolve().parents[1] / "docs" / "assets" / "patterns"
    )
    out: Path = parser.parse_args().out
    if not settings.configured:
        django.setup()
    out.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures().items():
        (out / f"{name}.svg").write_text(picture, encoding="utf-8")
        print(out / f"{name}.svg")


if __name__ == "__main__":
    main()
