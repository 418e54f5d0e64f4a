"""Made-up ledgers of any size: what is planted is found, and a scan of them is measured."""

import time
from pathlib import Path

import numpy as np
import pytest

from mainstay.money.engine import scale
from mainstay.money.engine.adjacency import graph_of
from mainstay.money.engine.ledger import Ledger, Manifest, open_ledger
from mainstay.money.engine.places import Places
from mainstay.money.engine.scan import scan, write_alerts
from mainstay.money.engine.stages import STAGES, Scene
from mainstay.money.engine.stores import Folder
from mainstay.money.types import ScanSettings


def test_each_pattern_is_planted_and_found(tmp_path: Path) -> None:
    planted = scale.write_ledger(tmp_path / "ledger", 2_000_000 // 100)
    assert {one.pattern for one in planted} == {stage.name for stage in STAGES}
    write_alerts(scan(open_ledger(tmp_path / "ledger"), ScanSettings()), ScanSettings(), tmp_path / "out")
    assert scale._is_found(planted, tmp_path / "out") == [True] * len(STAGES)
    away = [scale.Planted(one.pattern, one.account + 1_000) for one in planted]
    assert not any(scale._is_found(away, tmp_path / "out"))


def test_equal_seeds_write_equal_ledgers_in_order_of_time(tmp_path: Path) -> None:
    ledgers = []
    for name, seed in (("one", 1), ("two", 1), ("three", 2)):
        scale.write_ledger(tmp_path / name, 3_000, seed)
        ledgers.append(open_ledger(tmp_path / name))
    assert ledgers[0].digest == ledgers[1].digest != ledgers[2].digest
    table = ledgers[0].transactions
    assert table["booked_at"].is_sorted()
    assert table["transaction_id"].n_unique() == table.height
    assert abs(table.height - 3_000) <= scale.DAYS
    cash = table.filter(table["from_account"].is_null() | table["to_account"].is_null())
    assert cash["channel"].unique().to_list() == ["cash"]
    assert 0.05 < cash.height / table.height < 0.15


def test_a_scan_is_measured_in_a_process_of_its_own() -> None:
    rate, memory, recall = scale.rows(20_000)
    assert rate["ours"] > 0
    assert rate["goal"] == 333_333
    assert rate["holds"] is None
    assert 50 << 20 < memory["ours"] < 4 << 30
    assert memory["holds"] is None  # proves nothing of a ledger five thousand times as large
    assert (recall["ours"], recall["holds"]) == (1.0, True)


def test_one_account_in_all_transactions_of_one_second_is_no_more_work_than_many() -> None:
    """Work that grew with the square would take hours."""
    count = 300_000
    other, into = np.arange(count) % (count // 4) + 1, np.arange(count) % 2 == 0
    source, target = np.where(into, other, 0), np.where(into, 0, other)
    moments, amounts = np.zeros(count, np.int64), np.arange(count) % 9_973 + 1
    hub = graph_of(moments, source, target, amounts, np.zeros(count, np.int64), ("EUR",), count // 4 + 1)
    scene = Scene(Ledger(Folder(Path("nowhere")), Manifest()), ScanSettings())
    hotels = np.where(into, -1, 7_011).astype(np.int16)
    scene.__dict__ |= {"graph": hub, "places": Places(np.full(count, -1, np.int32), ()), "categories": hotels}
    begin = time.process_time()
    for stage in STAGES:
        assert len(stage.find(scene).occurrences) <= 1
    assert time.process_time() - begin < 60


@pytest.mark.parametrize(("peak", "whole", "holds"), [(13 << 30, False, False), (12 << 30, True, True)])
def test_memory_over_the_goal_never_holds(peak: int, whole: bool, holds: bool) -> None:
    assert scale._fits(peak, whole) is holds
