"""`mainstay bench NAME`: each package's benchmark, ours and its peers side by side in one run."""

from importlib import import_module
from typing import Any

from mainstay.core.errors import BadInputError, Fault

BENCHES = {
    "identify": "mainstay.identify.benchmark",
    "money": "mainstay.money.engine.benchmark",
    "protect": "mainstay.protect.benchmark",
}


def run(name: str, *, quick: bool) -> dict[str, Any]:
    """Run a benchmark and return its document; `holds` is computed from this run."""
    if name not in BENCHES:
        raise BadInputError("bench", Fault(f"one of {', '.join(BENCHES)}", field="NAME", found=name))
    document: dict[str, Any] = import_module(BENCHES[name]).run(quick)
    return document


def as_table(document: dict[str, Any]) -> str:
    """Return a benchmark's document as lines to read."""
    machine = ", ".join(
        f"{value} {name}" if name == "cores" else str(value) for name, value in document["machine"].items()
    )
    lines = [f"{document['bench']} on {machine}"]
    for row in document["results"]:
        ratio = "–" if row["ratio"] is None else f"{row['ratio']:.2f}"
        holds = {True: "holds", False: "does not hold", None: "not judged"}[row["holds"]]
        peer = "–" if row["peer_value"] is None else f"{row['peer_value']:,.0f}"
        ours = "–" if row["ours"] is None else f"{row['ours']:,.{0 if row['ours'] >= 10 else 2}f}"
        lines.append(
            f"  {row['what']}: {ours} {row['unit']}; {row['peer'] or 'peer'} {peer}; "
            f"ratio {ratio}, goal {row['goal']}: {holds}"
        )
    return "\n".join(lines) + "\n"
