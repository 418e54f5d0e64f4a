"""A scan on Spark gives the alerts of a scan here, also when a worker dies in the middle of it."""

import json
import os
import shutil
import signal
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from mainstay.money.cli import app
from mainstay.money.engine import scale
from mainstay.money.engine.ledger import open_ledger
from mainstay.money.engine.parts import Days
from mainstay.money.engine.scan import read_alerts, scan
from mainstay.money.engine.scan_in_parts import Look, Read, scan_in_parts
from mainstay.money.engine.spark import Spark, spark_on
from mainstay.money.types import ScanSettings

pytestmark = pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, which is not installed")
TWO_WORKERS = "local-cluster[2,1,1024]"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up ledger with each pattern planted."""
    folder = tmp_path_factory.mktemp("spark") / "ledger"
    scale.write_ledger(folder, 20_000)
    return folder


def _parent(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("PPid:")))


def _dying(read: Read, mark: Path, days: Days) -> pl.DataFrame:
    """Read some days; who comes first here kills the executor that it runs in, once."""
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return read(days)
    daemon = os.getppid()
    executor = _parent(daemon)
    assert b"CoarseGrainedExecutorBackend" in Path(f"/proc/{executor}/cmdline").read_bytes()
    os.kill(executor, signal.SIGKILL)
    return read(days)


class Dying:
    """A Spark cluster that loses an executor in the middle of what it does by part."""

    def __init__(self, spark: Spark, folder: Path) -> None:
        self._spark, self._folder, self.killed = spark, folder, 0

    def each(self, read: Read, pieces: Sequence[Days], schema: pl.Schema) -> pl.DataFrame:
        return self._spark.each(read, pieces, schema)

    def by_part(
        self, read: Read, pieces: Sequence[Days], between: pl.Schema, look: Look, schema: pl.Schema
    ) -> pl.DataFrame:
        mark = self._folder / f"killed{self.killed}"
        found = self._spark.by_part(partial(_dying, read, mark), pieces, between, look, schema)
        self.killed += mark.exists()
        return found


def test_workers_that_die_change_nothing(ledger: Path, tmp_path: Path) -> None:
    opened = open_ledger(ledger)
    here = scan(opened, ScanSettings())
    assert len(here.alerts) > 0
    with spark_on(TWO_WORKERS) as spark:
        dying = Dying(spark, tmp_path)
        assert scan_in_parts(dying, opened, ScanSettings(), 6_000) == here
    assert dying.killed == 2


def test_the_command_writes_what_a_scan_here_writes(ledger: Path, tmp_path: Path) -> None:
    told = {}
    for engine in ("local", "spark"):
        asked = [
            "scan",
            str(ledger),
            "--out",
            str(tmp_path / engine),
            "--engine",
            engine,
            "--master",
            "local[2]",
            "--json",
        ]
        result = CliRunner().invoke(app, asked, catch_exceptions=False)
        assert result.exit_code == 0
        told[engine] = {key: value for key, value in json.loads(result.stdout).items() if key != "out"}
    assert told["spark"] == told["local"]
    assert read_alerts(tmp_path / "spark") == read_alerts(tmp_path / "local")
    written = [(tmp_path / engine / "alerts.jsonl").read_bytes() for engine in ("local", "spark")]
    assert written[0] == written[1]
