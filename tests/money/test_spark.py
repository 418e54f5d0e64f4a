"""A scan on Spark gives the alerts of a scan here, also when a worker dies in the middle of it."""

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from threading import Thread

import polars as pl
import pytest
from typer.testing import CliRunner

from mainstay.core.errors import BadInputError
from mainstay.money.cli import app
from mainstay.money.engine import scale
from mainstay.money.engine import scan_in_parts as scan_in_parts_module
from mainstay.money.engine.checkpoints import FOLDER
from mainstay.money.engine.failures import DamagedLedgerError
from mainstay.money.engine.ledger import Ledger, open_ledger
from mainstay.money.engine.parts import Days
from mainstay.money.engine.scan import read_alerts, scan
from mainstay.money.engine.scan_in_parts import Look, Read, scan_in_parts
from mainstay.money.engine.spark import SparkWithLedger, spark_on
from mainstay.money.types import ScanSettings

pytestmark = pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, which is not installed")
TWO_WORKERS = "local-cluster[2,1,1024]"


STORE = "viewfs://shelter/ledger"
"""A store of Spark's own, which nothing but Spark can open."""


@pytest.fixture(scope="module", autouse=True)
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder behind the store, told to Spark as a user tells it; Spark reads this once in a process."""
    folder = tmp_path_factory.mktemp("behind")
    conf = tmp_path_factory.mktemp("conf")
    told = f"spark.hadoop.fs.viewfs.mounttable.shelter.link./ledger file://{folder}/ledger\n"
    (conf / "spark-defaults.conf").write_text(told, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(conf))
        yield folder / "ledger"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up ledger with each pattern planted."""
    folder = tmp_path_factory.mktemp("spark") / "ledger"
    scale.write_ledger(folder, 20_000)
    return folder


def _parent(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("PPid:")))


def _dying(read: Read, mark: Path, ledger: Ledger, days: Days) -> pl.DataFrame:
    """Read some days; who comes first here kills the executor that it runs in, once."""
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return read(ledger, days)
    daemon = os.getppid()
    executor = _parent(daemon)
    assert b"CoarseGrainedExecutorBackend" in Path(f"/proc/{executor}/cmdline").read_bytes()
    os.kill(executor, signal.SIGKILL)
    return read(ledger, days)


class Dying:
    """A Spark cluster that loses an executor in the middle of what it does by part."""

    def __init__(self, spark: SparkWithLedger, folder: Path) -> None:
        self._spark, self._folder, self.killed = spark, folder, 0
        self.ledger = spark.ledger

    def each(self, read: Read, pieces: Sequence[Days], schema: pl.Schema) -> pl.DataFrame:
        return self._spark.each(read, pieces, schema)

    def by_part(self, read: Read, pieces: Sequence[Days], look: Look, schema: pl.Schema) -> pl.DataFrame:
        mark = self._folder / f"killed{self.killed}"
        found = self._spark.by_part(partial(_dying, read, mark), pieces, look, schema)
        self.killed += mark.exists()
        return found


def test_workers_that_die_change_nothing(ledger: Path, tmp_path: Path) -> None:
    opened = open_ledger(ledger)
    here = scan(opened, ScanSettings())
    assert len(here.alerts) > 0
    with spark_on(TWO_WORKERS) as spark:
        dying = Dying(spark.looking_at(opened), tmp_path)
        assert scan_in_parts(dying, ScanSettings(), 6_000) == here
    assert dying.killed == 2


def _asked(ledger: object, out: Path, *more: str) -> list[str]:
    return ["scan", str(ledger), "--out", str(out), "--json", *more]


def _on_spark(ledger: object, out: Path, master: str = "local[2]") -> list[str]:
    return _asked(ledger, out, "--engine", "spark", "--master", master)


def _stop(*args: object) -> None:
    raise KeyboardInterrupt


def test_the_command_writes_what_a_scan_here_writes(
    ledger: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it was stopped when each step had ended, and none of them is done again."""
    shutil.copytree(ledger, store, dirs_exist_ok=True)
    with monkeypatch.context() as patch:
        patch.setattr(scan_in_parts_module, "_told_of", _stop)
        stopped = CliRunner().invoke(app, _on_spark(ledger, tmp_path / "spark"))
    assert stopped.exit_code == 130
    assert "(3 steps are kept)" in stopped.stderr
    told, written = [], []
    for name, asked in {
        "here": _asked(ledger, tmp_path / "here"),
        "spark": _on_spark(ledger, tmp_path / "spark"),
        "store": _on_spark(STORE, tmp_path / "store", TWO_WORKERS),
    }.items():
        with monkeypatch.context() as patch:
            if name == "spark":
                patch.setattr(SparkWithLedger, "by_part", None)
            result = CliRunner().invoke(app, asked, catch_exceptions=False)
        assert result.exit_code == 0
        assert ("going on with a scan that was stopped" in result.stderr) == (name == "spark")
        assert not (tmp_path / name / FOLDER).exists()
        told.append({key: value for key, value in json.loads(result.stdout).items() if key != "out"})
        written.append((tmp_path / name / "alerts.jsonl").read_bytes())
    assert told[0] == told[1] == told[2]
    assert written[0] == written[1] == written[2]
    assert len(read_alerts(tmp_path / "store")) > 0


def test_ctrl_c_ends_work_on_spark_at_once(ledger: Path, tmp_path: Path) -> None:
    under_way, opened = tmp_path / "under_way", open_ledger(ledger)

    def asleep(ledger: Ledger, days: Days) -> pl.DataFrame:
        under_way.touch()
        time.sleep(300)
        return pl.DataFrame()

    def press() -> None:
        while not under_way.exists():
            time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)

    day = opened.days[0][0]
    Thread(target=press, daemon=True).start()
    with pytest.raises(KeyboardInterrupt), spark_on("local[2]") as spark:
        spark.looking_at(opened).each(asleep, [Days(day, day, day)], pl.Schema())


@pytest.mark.parametrize("damage", ["missing", "changed", "changed dictionary"])
def test_a_damaged_file_in_a_store_is_named(ledger: Path, store: Path, tmp_path: Path, damage: str) -> None:
    shutil.copytree(ledger, store, dirs_exist_ok=True)
    pattern = "dictionary-*" if "dictionary" in damage else "parts/*"
    file = sorted(store.glob(pattern))[-1]
    whole = file.read_bytes()
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(DamagedLedgerError, match=file.name) as refused:
        CliRunner().invoke(app, _on_spark(STORE, tmp_path / "out"), catch_exceptions=False)
    with pytest.raises(DamagedLedgerError) as refused_here:
        open_ledger(store)
    assert str(refused.value) == str(refused_here.value).replace(str(store), STORE)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("address", ["viewfs://shelter/ledger/none", "viewfs://nobody/ledger", "none://host/ledger"])
def test_where_no_ledger_is_to_be_read_it_is_said(address: str, store: Path, tmp_path: Path) -> None:
    store.mkdir(exist_ok=True)
    with pytest.raises(BadInputError, match="expected a ledger") as refused:
        CliRunner().invoke(app, _on_spark(address, tmp_path / "out"), catch_exceptions=False)
    assert address in str(refused.value)
    assert "\tat " not in str(refused.value)


@pytest.mark.parametrize("more", [["--engine", "local"], []])
def test_only_spark_reads_an_address(more: list[str], tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="--engine spark"):
        CliRunner().invoke(app, _asked(STORE, tmp_path / "out", *more), catch_exceptions=False)


@pytest.mark.parametrize("address", ["hdfs://host/led*", "s3a://bucket/{a,b}"])
def test_an_address_of_several_folders_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="the address of one"):
        CliRunner().invoke(app, _on_spark(address, tmp_path / "out"), catch_exceptions=False)


def test_alerts_are_not_written_into_a_store(ledger: Path) -> None:
    with pytest.raises(BadInputError, match="this machine"):
        CliRunner().invoke(app, _on_spark(ledger, Path("s3a://bucket/alerts")), catch_exceptions=False)
