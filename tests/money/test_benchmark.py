"""The benchmark's document; its figures are a matter of the machine and are not tested."""

import numpy as np
import pytest

from mainstay.money.engine import benchmark
from mainstay.money.engine.windows import window_counts
from mainstay.money.types import DAY


def test_all_peers_count_the_same_and_the_document_is_whole() -> None:
    few = benchmark.generated(3_000, 60)
    rows = [benchmark._import_row(few), *benchmark._count_rows(few)]
    assert [row["peer"] for row in rows] == ["duckdb", "polars", "duckdb", "none"]
    keys = {"what", "ours", "unit", "peer", "peer_value", "ratio", "goal", "holds"}
    assert all(set(row) == keys for row in rows)
    assert all(row["holds"] == (row["ratio"] >= 5) for row in rows[1:3])


def test_five_families_are_measured_with_or_without_the_graph_peer() -> None:
    rows = benchmark._graph_rows(benchmark.generated(2_000, 60), families=500)
    assert all(row["ours"] > 0 for row in rows)
    assert {row["peer"] for row in rows} <= {"snapml", "snapml (absent)"}
    assert all(row["holds"] is (None if row["ratio"] is None else row["ratio"] >= 30) for row in rows)


def test_a_dense_graph_is_measured_and_what_was_cut_is_told() -> None:
    six, day = benchmark._dense_rows(benchmark.dense(2_000, 60))
    assert (six["ours"], day["ours"]) > (0, 0)
    assert all("cut and marked" in row["what"] for row in (six, day))
    assert six["holds"] is (None if six["ratio"] is None else six["ratio"] >= 20)
    assert day["peer_value"] is None


def test_a_stream_is_measured_by_its_rate_and_by_its_slowest_batches() -> None:
    rate, slowest = benchmark._stream_rows(benchmark.generated(2_000, 60))
    assert rate["ours"] > 0
    assert rate["holds"] is (None if rate["ratio"] is None else rate["ratio"] >= 10)
    assert slowest["holds"] is (slowest["ours"] <= 2_000)


def test_a_peer_that_is_absent_is_said_and_holds_is_unknown() -> None:
    row = benchmark._row("x", None, "transactions/s", "absent", None, 30)
    assert (row["peer_value"], row["ratio"], row["holds"]) == (None, None, None)


def test_the_graph_peers_histograms_follow_from_our_counts() -> None:
    """One transaction a batch, so that the peer counts for each transaction alone."""
    snapml = pytest.importorskip("snapml", reason="the peer snapml is not installed")
    few = benchmark.generated(1_500, 25)
    peer = snapml.GraphFeaturePreprocessor()
    peer.set_params(benchmark._snapml_settings(peer.get_params()))
    table = benchmark._snapml_table(few)
    rows = np.vstack([peer.transform(table[at : at + 1]) for at in range(len(table))])[:, 4:]
    ours, _ = window_counts(*benchmark._arrays(few), DAY)
    bins = rows.shape[1] // 4
    for block, counts in enumerate((ours.fan_in, ours.fan_out, ours.degree_in, ours.degree_out)):
        expected = np.zeros((len(few), bins))
        for row, count in enumerate(counts):
            if count >= 2:
                expected[row, min(int(count) - 2, bins - 1)] = 1
        assert np.array_equal(rows[:, block * bins : (block + 1) * bins], expected)
