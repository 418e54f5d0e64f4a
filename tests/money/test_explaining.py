"""One transaction explained: its facts, its features, its alerts, and how it stands to each pattern."""

import json
import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from mainstay.core.errors import BadInputError
from mainstay.money import rules
from mainstay.money.cli import app
from mainstay.money.engine.adjacency import graph_of_ledger
from mainstay.money.engine.explaining import explain, loosened
from mainstay.money.engine.fan_amounts import fan_amounts
from mainstay.money.engine.features import features
from mainstay.money.engine.importing import import_transactions
from mainstay.money.engine.ledger import open_ledger
from mainstay.money.engine.scan import scan, write_alerts
from mainstay.money.engine.stages import STAGES
from mainstay.money.types import DormancySettings, FanInSettings, FeatureSettings, ScanSettings

HEADER = "transaction_id,booked_at,from_account,to_account,amount,currency,channel,text"
FEATURES = FeatureSettings(window=timedelta(hours=24))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up ledger: a ransom collection of 12, one of 5 (too few), one of 4 that keeps it, and plain ones."""
    lines = [HEADER]
    for name, payers, passed in (("KOLL", 12, 0.9), ("FEW", 5, 0.9), ("KEPT", 4, 0.1)):
        for n in range(payers):
            lines.append(f"{name}{n},2026-02-10T{n:02}:00:00Z,F{name}{n},{name},400.00,USD,remittance,")
        lines.append(f"{name}ON,2026-02-10T20:00:00Z,{name},X{name},{400 * payers * passed:.2f},USD,transfer,on")
    lines.append("PLAIN,2026-02-09T12:00:00Z,SOMEONE,SHOP,12.50,EUR,card,")
    lines.append("CASH,2026-02-09T13:00:00Z,,SHOP,12,EUR,cash,")
    path = tmp_path_factory.mktemp("explained")
    (path / "payments.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    import_transactions([path / "payments.csv"], path / "ledger")
    write_alerts(scan(open_ledger(path / "ledger"), ScanSettings()), ScanSettings(), path / "alerts")
    return path


def standings_of(folder: Path, transaction: str) -> dict[str, tuple[str, list[str]]]:
    found = explain(open_ledger(folder / "ledger"), transaction, features_by=FEATURES, scan_by=ScanSettings())
    assert found is not None
    assert found.standings is not None
    return {s.pattern: (s.stands, [t.parameter for t in s.lacking]) for s in found.standings}


def test_a_transaction_meets_nearly_meets_or_does_not_meet_each_pattern(folder: Path) -> None:
    no: dict[str, tuple[str, list[str]]] = {stage.name: ("no", []) for stage in STAGES}
    assert standings_of(folder, "KOLL3") == {**no, rules.FAN_IN: ("meets", [])}
    assert standings_of(folder, "KOLLON") == {**no, rules.FAN_IN: ("meets", [])}
    assert standings_of(folder, "FEW3") == {**no, rules.FAN_IN: ("nearly", ["min_payers"])}
    assert standings_of(folder, "FEWON") == {**no, rules.FAN_IN: ("nearly", ["min_payers"])}
    assert standings_of(folder, "KEPT2") == no
    assert standings_of(folder, "PLAIN") == no


def test_what_takes_several_thresholds_at_once_lacks_none_by_itself(folder: Path) -> None:
    chosen = replace(ScanSettings(), fan_in=replace(FanInSettings(), min_payers=7, min_onward_share=0.95))
    found = explain(open_ledger(folder / "ledger"), "FEW3", features_by=FEATURES, scan_by=chosen)
    assert found is not None
    assert found.standings is not None
    (fan_in,) = [s for s in found.standings if s.pattern == rules.FAN_IN]
    assert (fan_in.stands, fan_in.lacking) == ("nearly", ())


def test_features_are_those_of_the_whole_ledger(tmp_path: Path) -> None:
    """Found from the days of its window alone, each transaction has the very features that all days give it."""
    chance = random.Random(11)
    lines = [HEADER]
    for n in range(400):
        moment = f"2026-01-{chance.randint(1, 6):02}T{chance.randint(0, 23):02}:{chance.choice(['00', '30'])}:00Z"
        sides = [chance.choice(["", *"ABCDEFGH"]) for _ in range(2)]
        lines.append(f"T{n},{moment},{sides[0] or 'Z'},{sides[1]},{n + 1},EUR,transfer,")
    (tmp_path / "all.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    import_transactions([tmp_path / "all.csv"], tmp_path / "ledger")
    ledger = open_ledger(tmp_path / "ledger")
    graph = graph_of_ledger(ledger)
    found = features(graph, FEATURES), fan_amounts(graph, FEATURES)
    whole = pl.concat([one.as_frame() for one in found], how="horizontal")
    ids = ledger.transactions["transaction_id"].to_list()
    for number in chance.sample(range(400), 25):
        told = explain(ledger, ids[number], features_by=FEATURES, scan_by=None)
        assert told is not None
        assert told.features == whole.row(number, named=True)
        assert told.standings is None


def test_no_more_is_read_than_it_takes(folder: Path, tmp_path: Path) -> None:
    for name in ("manifest.json", "parts", "dictionary"):
        for path in sorted((folder / "ledger").glob(f"{name}*")):
            (tmp_path / path.name).symlink_to(path)
    assert sorted(path.name[:10] for path in (tmp_path / "parts").iterdir()) == ["2026-02-09", "2026-02-10"]
    ledger = open_ledger(folder / "ledger")
    read: list[str] = []
    real = ledger._read
    ledger._read = lambda day, names: read.append(day.parts[0].day) or real(day, names)  # type: ignore[func-returns-value, method-assign]
    assert explain(ledger, "PLAIN", features_by=FEATURES, scan_by=None) is not None
    assert set(read) == {"2026-02-09"}


def test_the_command_tells_it_as_text_and_as_json(folder: Path) -> None:
    command = ["explain", "KOLLON", "--ledger", str(folder / "ledger"), "--alerts", str(folder / "alerts")]
    ran = CliRunner().invoke(app, [*command, "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert told["transaction"] == {
        "transaction_id": "KOLLON",
        "booked_at": "2026-02-10T20:00:00Z",
        "from_account": "KOLL",
        "to_account": "XKOLL",
        "amount": "4320.00",
        "currency": "USD",
        "channel": "transfer",
        "text": "on",
    }
    (alert,) = told["alerts"]
    assert (alert["pattern"], alert["roles"]) == (rules.FAN_IN, {"KOLL": "collector", "XKOLL": "controller"})
    assert all(reason["text"] for reason in alert["reasons"])
    assert [p["stands"] for p in told["patterns"] if p["pattern"] == rules.FAN_IN] == ["meets"]
    text = CliRunner().invoke(app, command).stdout
    assert "KOLL pays XKOLL 4320.00 USD" in text
    assert "KOLL: collector" in text
    assert "fan in collection: meets" in text
    text = CliRunner().invoke(app, ["explain", "FEW2", "--ledger", str(folder / "ledger")]).stdout
    assert "fan in collection: nearly: if min_payers 6 were 4" in text
    text = CliRunner().invoke(app, ["explain", "CASH", "--ledger", str(folder / "ledger"), "--no-patterns"]).stdout
    assert "cash pays SHOP 12.00 EUR" in text
    assert "Patterns" not in text


def test_an_unknown_id_is_bad_input(folder: Path) -> None:
    ran = CliRunner().invoke(app, ["explain", "NOBODY", "--ledger", str(folder / "ledger")])
    assert isinstance(ran.exception, BadInputError)
    assert ran.exception.exit_code == 2
    assert "NOBODY" not in str(ran.exception)


@pytest.mark.parametrize("text", ["{cut", '{"alert_id": "A", "transactions": ["KOL', "no alert\n"])
def test_alerts_that_were_cut_or_are_none_are_not_taken_for_none_found(folder: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "alerts.jsonl").write_text(text)
    options = ["--ledger", str(folder / "ledger"), "--alerts", str(tmp_path), "--no-patterns"]
    ran = CliRunner().invoke(app, ["explain", "KOLLON", *options])
    assert isinstance(ran.exception, BadInputError)
    assert "alerts.jsonl: row 1" in str(ran.exception)


def test_every_pattern_has_thresholds_to_loosen_and_bounds_of_work_stay() -> None:
    chosen = ScanSettings()
    for stage in STAGES:
        eased = loosened(getattr(chosen, stage.chosen))
        assert len(eased) >= 3
        assert not {name for name in eased if name.startswith("max_")} - {"max_windows"}
    assert loosened(DormancySettings()) == {
        "silence": (timedelta(days=180), timedelta(days=120)),
        "window": (timedelta(days=7), timedelta(days=10, hours=12)),
        "min_transactions": (8, 6),
        "min_share": (0.6, pytest.approx(0.4)),
        "min_ratio": (3.0, 2.0),
    }
