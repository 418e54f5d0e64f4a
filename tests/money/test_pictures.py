"""The pictures of the documentation are those that the program draws of what it finds."""

import importlib.util
import re
from datetime import UTC, datetime
from pathlib import Path
from xml.etree.ElementTree import fromstring

from mainstay.money.engine.stages import STAGES
from mainstay.money.types import AccountRole, Alert, Role
from mainstay.money.views import flow_of

ROOT = Path(__file__).resolve().parents[2]


def test_each_pattern_has_its_picture_as_the_program_draws_it() -> None:
    spec = importlib.util.spec_from_file_location("pattern_pictures", ROOT / "scripts" / "pattern_pictures.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    drawn = script.pictures()
    kept = {path.stem: path.read_text("utf-8") for path in (ROOT / "docs" / "assets" / "patterns").glob("*.svg")}
    assert drawn == kept
    assert kept.keys() == {"scale", *(stage.name for stage in STAGES)}
    for picture in kept.values():
        assert fromstring(picture).tag.endswith("svg")  # noqa: S314  our own
    page = (ROOT / "docs" / "packages" / "money.md").read_text("utf-8")
    shown = re.findall(r"\(`(\w+)`\)\n\n!\[[^\]]+\]\(\.\./assets/patterns/(\w+)\.svg\)", page)
    assert [one for one, _ in shown] == [other for _, other in shown]
    assert {name for name, _ in shown} == kept.keys() - {"scale"}
    assert "assets/patterns/scale.svg" in (ROOT / "docs" / "scale.md").read_text("utf-8")


def test_who_collects_stands_between_those_who_pay_and_who_got_most_of_it() -> None:
    roles = {"K": Role.COLLECTOR, "BOSS": Role.CONTROLLER, "ELSE": Role.UNKNOWN, "F1": Role.PAYER, "F2": Role.PAYER}
    accounts = tuple(AccountRole(name, role) for name, role in roles.items())
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    chart = flow_of(Alert("a", "fan_in_collection", 0.5, accounts, ("T",), moment, moment, {}, ()))
    assert [node.label for node in chart.sources] == ["F1", "F2"]
    assert [(node.label, str(node.detail)) for node in chart.middles] == [("K", "Collector")]
    assert [(node.label, str(node.detail)) for node in chart.sinks] == [("BOSS", "Controller"), ("ELSE", "")]
    labels = {node.key: node.label for node in (*chart.sources, *chart.middles, *chart.sinks)}
    paid = {(labels[link.source], labels[link.target]) for link in chart.links}
    assert paid == {("F1", "K"), ("F2", "K"), ("K", "BOSS"), ("K", "ELSE")}
