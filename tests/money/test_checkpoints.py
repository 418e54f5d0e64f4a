"""A scan that was stopped: nothing half-written, nothing lost, nothing old taken for new."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from mainstay.core.errors import BadInputError
from mainstay.money import rules
from mainstay.money.cli import app
from mainstay.money.engine import scan as scan_module
from mainstay.money.engine.checkpoints import FOLDER, Checkpoint
from mainstay.money.engine.importing import import_transactions
from mainstay.money.engine.ledger import Ledger, open_ledger
from mainstay.money.engine.scan import Step, scan, write_alerts
from mainstay.money.engine.stages import STAGES, Found, Scene, Stage
from mainstay.money.types import ScanSettings

SETTINGS = ScanSettings()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up ledger with several patterns in it, a wage funnel that is a scatter-gather too among them."""
    lines = ["transaction_id,booked_at,from_account,to_account,amount,currency,channel"]
    for month in (1, 2, 3):
        for n in range(5):
            lines.append(f"W{month}{n},2026-0{month}-25T08:00:00Z,FARM,WORK{n},1000,EUR,transfer")
            lines.append(f"P{month}{n},2026-0{month}-25T18:00:00Z,WORK{n},BOSS,950,EUR,transfer")
    lines += [f"S{n},2026-02-10T{n:02}:00:00Z,FAMILY{n},KOLL,400.00,USD,remittance" for n in range(12)]
    lines.append("ON,2026-02-10T20:00:00Z,KOLL,CHIEF,4500,USD,transfer")
    lines += [f"I{n},2026-03-{10 + n}T08:00:00Z,,SMURFED,{9500 + 50 * n},USD,cash" for n in range(4)]
    lines += [f"C{n},2026-02-1{n}T08:00:00Z,C{n},C{(n + 1) % 4},{700 - n},EUR,transfer" for n in range(4)]
    path = tmp_path_factory.mktemp("stopped")
    (path / "payments.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    import_transactions([path / "payments.csv"], path / "ledger")
    return path / "ledger"


@pytest.fixture(scope="module")
def ledger(folder: Path) -> Ledger:
    return open_ledger(folder)


def written(out: Path, ledger: Ledger, checkpoint: Checkpoint | None = None) -> bytes:
    write_alerts(scan(ledger, SETTINGS, checkpoint=checkpoint), SETTINGS, out)
    return (out / "alerts.jsonl").read_bytes()


@pytest.mark.parametrize("ended", range(len(STAGES)))
def test_a_scan_stopped_after_any_pattern_goes_on_to_the_same_alerts(
    ended: int, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = written(tmp_path / "whole", ledger)
    assert len(expected.splitlines()) >= 4

    def stop(step: Step) -> None:
        if step.ended == ended:
            raise KeyboardInterrupt

    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        scan(ledger, SETTINGS, stop, Checkpoint(out, ledger.digest, SETTINGS))
    assert not list(out.glob("*")) or [path.name for path in out.iterdir()] == [FOLDER]
    taken = Checkpoint(out, ledger.digest, SETTINGS)
    assert len(taken.found) == ended
    assert not taken.ignored
    looked: list[str] = []

    def watched(stage: Stage) -> Stage:
        def search(scene: Scene) -> Any:
            looked.append(stage.name)
            return stage.search(scene)

        return replace(stage, search=search)

    monkeypatch.setattr(scan_module, "STAGES", [watched(stage) for stage in STAGES])
    assert written(out, ledger, taken) == expected
    assert {*looked, *Checkpoint(out, ledger.digest, SETTINGS).found} == {stage.name for stage in STAGES}
    assert len(looked) == len(STAGES) - ended
    taken.drop()
    assert sorted(path.name for path in out.iterdir()) == ["alerts.jsonl", "alerts.parquet", "scan.json"]


def kept_of_all(out: Path, ledger: Ledger) -> Path:
    scan(ledger, SETTINGS, checkpoint=Checkpoint(out, ledger.digest, SETTINGS))
    return out / FOLDER


def test_what_was_kept_is_for_its_owner_alone(ledger: Ledger, tmp_path: Path) -> None:
    kept = kept_of_all(tmp_path, ledger)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert len(list(kept.iterdir())) == len(STAGES)
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept.iterdir()} == {0o600}


def test_what_was_kept_of_another_ledger_or_other_settings_or_damaged_is_not_used(
    ledger: Ledger, tmp_path: Path
) -> None:
    kept = kept_of_all(tmp_path, ledger)
    for other in (
        Checkpoint(tmp_path, "another", SETTINGS),
        Checkpoint(tmp_path, ledger.digest, replace(SETTINGS, max_listed=7)),
    ):
        assert not other.found
        assert set(other.ignored) == {stage.name for stage in STAGES}
    file = kept / f"{rules.WAGE_FUNNEL}.json"
    whole = file.read_text("utf-8")
    assert "BOSS" not in whole  # numbers and codes alone
    for damaged in (whole[:-20], whole.replace('"months": 3', '"months": 4'), "[]", "{}", ""):
        assert damaged != whole
        file.write_text(damaged, encoding="utf-8")
        again = Checkpoint(tmp_path, ledger.digest, SETTINGS)
        assert again.ignored == {rules.WAGE_FUNNEL: "it is damaged"}
        assert len(again.found) == len(STAGES) - 1
    assert written(tmp_path, ledger, again) == written(tmp_path / "whole", ledger)


def test_the_time_left_falls_to_nothing_and_the_part_done_rises_to_all(ledger: Ledger) -> None:
    steps: list[Step] = []
    scan(ledger, SETTINGS, steps.append)
    assert steps[0].seconds_left is None
    assert steps[-1].part == 1
    assert steps[-1].ended == len(STAGES)
    under_way = [step.seconds_left for step in steps if 0 < step.part < 1]
    assert len(under_way) > len(STAGES)
    assert all(left is not None and left >= 0 for left in under_way)
    assert bool(np.all(np.diff([step.part for step in steps]) >= 0))


def test_a_fault_in_one_pattern_is_told_and_the_others_are_kept(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(scene: Scene) -> Any:
        raise MemoryError

    failing = [replace(stage, search=fail) if stage.name == rules.DORMANCY else stage for stage in STAGES]
    monkeypatch.setattr(scan_module, "STAGES", failing)
    with pytest.raises(MemoryError):
        scan(ledger, SETTINGS, checkpoint=Checkpoint(tmp_path, ledger.digest, SETTINGS))
    assert rules.FAN_IN in Checkpoint(tmp_path, ledger.digest, SETTINGS).found


def test_the_command_takes_up_what_was_kept_and_says_so(folder: Path, ledger: Ledger, tmp_path: Path) -> None:
    out = tmp_path / "out"
    expected = written(tmp_path / "whole", ledger)
    kept = kept_of_all(out, ledger)
    (kept / f"{rules.DEBT}.json").write_text("{", encoding="utf-8")
    ran = CliRunner().invoke(app, ["scan", str(folder), "--out", str(out), "--json"])
    assert ran.exit_code == 0, ran.output
    assert "going on with a scan that was stopped; found before: booking burst" in ran.stderr
    assert "what was kept of recruitment debt is not used: it is damaged" in ran.stderr
    assert json.loads(ran.stdout)["alerts"] == len(expected.splitlines())
    assert (out / "alerts.jsonl").read_bytes() == expected
    assert not kept.exists()
    kept_of_all(out, ledger)
    ran = CliRunner().invoke(app, ["scan", str(folder), "--out", str(out), "--fresh", "--progress"])
    assert "going on" not in ran.stderr
    assert f"{len(STAGES)} of {len(STAGES)} patterns, 100% done" in ran.stderr


def test_ctrl_c_ends_the_command_with_130_at_once_and_keeps_what_ended(folder: Path, tmp_path: Path) -> None:
    """A real signal to a real process whose last pattern would take an hour."""
    out = tmp_path / "out"
    program = (
        "import sys, time\n"
        "from dataclasses import replace\n"
        "from mainstay.money.engine import scan\n"
        "*others, last = scan.STAGES\n"
        "scan.STAGES = (*others, replace(last, search=lambda scene: time.sleep(3600)))\n"
        "from mainstay.site.cli import main\n"
        "main(sys.argv[1:])\n"
    )
    command = [sys.executable, "-c", program, "money", "scan", str(folder), "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 300
        while len(list(out.glob(f"{FOLDER}/*.json"))) < len(STAGES) - 1 and time.monotonic() < until:
            assert process.poll() is None, process.communicate()
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=600)
    assert process.returncode == 130
    assert stdout == ""
    assert f"({len(STAGES) - 1} patterns are kept)" in stderr
    assert [path.name for path in out.iterdir()] == [FOLDER]


def test_a_place_that_cannot_be_written_is_named(ledger: Ledger, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ran = CliRunner().invoke(app, ["scan", str(folder), "--out", str(tmp_path / "file")])
    assert isinstance(ran.exception, BadInputError)
    if os.geteuid() != 0:
        (tmp_path / "shut").mkdir(mode=0o500)
        with pytest.raises(BadInputError, match="shut"):
            Checkpoint(tmp_path / "shut", ledger.digest, SETTINGS).keep("any", Found((), {}))
