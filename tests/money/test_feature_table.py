"""Features of a ledger as a file: the same in slices, whole or not there, told how far it is, stopped when asked."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from mainstay.core.errors import BadInputError
from mainstay.money.cli import _Clock, _span
from mainstay.money.engine import feature_table
from mainstay.money.engine.adjacency import graph_of_ledger
from mainstay.money.engine.explaining import explain
from mainstay.money.engine.failures import DamagedLedgerError
from mainstay.money.engine.fan_amounts import fan_amounts
from mainstay.money.engine.feature_table import write_features
from mainstay.money.engine.features import features
from mainstay.money.engine.importing import import_transactions
from mainstay.money.engine.ledger import open_ledger
from mainstay.money.engine.rhythms import rhythms
from mainstay.money.types import FeatureSettings, RhythmSettings


def lines(count: int, seed: int) -> list[str]:
    """Payments of few accounts over four days, in no order, some in cash."""
    chance = np.random.default_rng(seed)
    names = ["", "A", "B", "C", "D", "E", "F"]
    rows = zip(chance.integers(0, 4 * 1_440, count).tolist(), *chance.integers(0, 7, (2, count)).tolist(), strict=True)
    return [
        f"{seed}-{n},2026-02-{10 + t // 1_440}T{t // 60 % 24:02}:{t % 60:02}:00Z,{names[u]},{names[v]},10,EUR,transfer"
        for n, (t, u, v) in enumerate(rows)
        if u or v
    ]


@pytest.fixture
def ledger(csv_of: Callable[..., Path], tmp_path: Path) -> Path:
    """A ledger of two imports that have days in common."""
    for seed in (1, 2):
        import_transactions([csv_of(*lines(300, seed), name=f"{seed}.csv")], tmp_path / "ledger")
    return tmp_path / "ledger"


@pytest.mark.parametrize("size", [1, 37, 1_000])
def test_slices_make_no_difference(ledger: Path, tmp_path: Path, size: int) -> None:
    s, out, told = FeatureSettings(max_steps=40), tmp_path / "features.parquet", []
    written = write_features(ledger, s, out, lambda done, total: told.append((done, total)), size=size)
    opened = open_ledger(ledger)
    found = features(graph_of_ledger(opened), s)
    amounts = fan_amounts(graph_of_ledger(opened), s).as_frame()
    ids = opened.transactions.select("transaction_id")
    expected = pl.concat([ids, found.as_frame(), amounts], how="horizontal")
    assert pl.read_parquet(out).equals(expected)
    assert (written.transactions, written.truncated) == (expected.height, found.truncated())
    assert sum(written.truncated.values()) > 0
    assert pq.ParquetFile(out).num_row_groups == -(-expected.height // size)
    assert told == [(min(done, expected.height), expected.height) for done in range(0, expected.height + size, size)]


@pytest.mark.parametrize(("least", "size"), [(1, 50), (40, 1_000)])
def test_figures_are_those_of_the_whole_ledger_however_it_is_cut_into_blocks(
    csv_of: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, least: int, size: int
) -> None:
    """Sixty days: what is seen from a block begins after the ledger does."""
    chance = np.random.default_rng(5)
    names, start = ["", "A", "B", "C", "D"], datetime(2026, 1, 1, tzinfo=UTC)
    money = "EUR", "USD"
    drawn = enumerate(chance.integers(0, [60 * 24, 5, 5], (600, 3)).tolist())
    rows = [
        f"{n},{start + timedelta(hours=hour):%Y-%m-%dT%XZ},{names[u]},{names[v]},{n % 7 + 1},{money[n % 2]},card"
        for n, (hour, u, v) in drawn
        if u or v
    ]
    import_transactions([csv_of(*rows)], tmp_path / "ledger")
    ledger, chosen, cut = open_ledger(tmp_path / "ledger"), RhythmSettings(timedelta(days=3)), []
    monkeypatch.setattr(feature_table, "_LEAST", least)
    counted = feature_table._and_figures

    def count(seen: pl.DataFrame, *rest: Any) -> pl.DataFrame:
        cut.append(seen.height)
        return counted(seen, *rest)

    monkeypatch.setattr(feature_table, "_and_figures", count)
    write_features(tmp_path / "ledger", FeatureSettings(), tmp_path / "features.parquet", rhythm=chosen, size=size)
    assert len(cut) > 4
    assert 0 < max(cut) < ledger.height // 2
    frame = pl.read_parquet(tmp_path / "features.parquet")
    graph = graph_of_ledger(ledger)
    found = features(graph, FeatureSettings()), fan_amounts(graph, FeatureSettings()), rhythms(graph, chosen)
    whole = pl.concat([one.as_frame() for one in found], how="horizontal")
    assert frame.drop("transaction_id").equals(whole)
    ids = ledger.transactions["transaction_id"].to_list()
    for number in (0, 100, ledger.height - 1):
        told = explain(ledger, ids[number], features_by=FeatureSettings(), scan_by=None, rhythms_by=chosen)
        assert told is not None
        assert told.features == whole.row(number, named=True)


def test_a_ledger_of_nothing_gives_a_file_without_rows(ledger: Path, tmp_path: Path) -> None:
    from mainstay.money.engine.ledger import MANIFEST, Manifest

    (ledger / MANIFEST).write_text(Manifest().as_json())
    write_features(ledger, FeatureSettings(), tmp_path / "features.parquet")
    frame = pl.read_parquet(tmp_path / "features.parquet")
    assert (frame.height, frame.columns[:2]) == (0, ["transaction_id", "fan_in"])
    write_features(ledger, FeatureSettings(), tmp_path / "features.parquet", rhythm=RhythmSettings())
    frame = pl.read_parquet(tmp_path / "features.parquet")
    assert (frame.height, frame.columns[-1]) == (0, "payee_velocity")


def test_what_goes_wrong_leaves_the_file_as_it_was(ledger: Path, tmp_path: Path) -> None:
    out = tmp_path / "features.parquet"
    out.write_text("before")

    def stop(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_features(ledger, FeatureSettings(), out, stop, size=100)
    with pytest.raises(BadInputError, match="can be written"):
        write_features(ledger, FeatureSettings(), tmp_path / "none" / "features.parquet")
    next((ledger / "parts").iterdir()).write_bytes(b"damaged")
    with pytest.raises(DamagedLedgerError, match="checksum"):
        write_features(ledger, FeatureSettings(), out)
    assert out.read_text() == "before"
    assert {path.name for path in tmp_path.iterdir()} == {"ledger", "1.csv", "2.csv", out.name}


def test_stopping_the_command_leaves_no_file_and_says_so(
    csv_of: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crowd in which every payment is as much work as is allowed, so that it is still busy when it is stopped."""
    chance = np.random.default_rng(1)
    pays = [(n, *chance.integers(0, 60, 2).tolist()) for n in range(60_000)]
    rows = [
        f"{n},2026-02-10T{n // 3_600:02}:{n // 60 % 60:02}:{n % 60:02}Z,A{u},A{v},1,EUR,transfer" for n, u, v in pays
    ]
    import_transactions([csv_of(*rows)], tmp_path / "ledger")
    command = [sys.executable, "-m", "mainstay", "money", "features", str(tmp_path / "ledger")]
    child = subprocess.Popen(
        [*command, "--out", str(tmp_path / "features.parquet")], stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert child.stderr is not None
    assert child.stderr.readline() == "reading the ledger\n"
    time.sleep(1)
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=600)
    assert (child.returncode, said.strip().splitlines()[-1]) == (130, "stopped; nothing was written")
    assert {path.name for path in tmp_path.iterdir()} == {"ledger", "payments.csv"}


def test_the_time_left_is_that_of_the_rate_so_far(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, moments = _Clock(), iter([100.0, 110.0, 130.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(moments))
    for done in (0, 1_000, 3_000, 4_000):
        clock.say(done, 4_000)
    assert capsys.readouterr().err.splitlines() == [
        "1,000 of 4,000 transactions, about 30 s left",
        "3,000 of 4,000 transactions, about 10 s left",
        "4,000 of 4,000 transactions",
    ]
    assert [_span(seconds) for seconds in (0.2, 89, 120, 7_200)] == ["1 s", "89 s", "2 min", "2.0 h"]
