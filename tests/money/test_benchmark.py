"""The benchmark's document; its figures are a matter of the machine and are not tested."""

import numpy as np
import polars as pl
import pytest

from mainstay.money.engine import benchmark


def test_all_peers_count_the_same_and_the_document_is_whole() -> None:
    few = benchmark.generated(3_000, 60)
    rows = [benchmark._import_row(few), *benchmark._count_rows(few)]
    assert [row["peer"] for row in rows] == ["duckdb", "polars", "duckdb"]
    keys = {"what", "ours", "unit", "peer", "peer_value", "ratio", "goal", "holds"}
    assert all(set(row) == keys for row in rows)
    assert all(row["holds"] == (row["ratio"] >= 5) for row in rows[1:])


def test_a_peer_that_is_absent_is_said_and_holds_is_unknown() -> None:
    row = benchmark._row("x", None, "transactions/s", "absent", None, 30)
    assert (row["peer_value"], row["ratio"], row["holds"]) == (None, None, None)


def test_the_graph_peers_histograms_follow_from_our_counts() -> None:
    """One transaction a batch and no two at once, so that the peer counts each window as the definition does."""
    snapml = pytest.importorskip("snapml", reason="the peer snapml is not installed")
    few = benchmark.generated(1_500, 25).filter(pl.col("source") != pl.col("target")).unique("time").sort("time")
    few = few.with_columns(pl.int_range(pl.len()).alias("row"))
    peer = snapml.GraphFeaturePreprocessor()
    peer.set_params(benchmark._snapml_settings(peer.get_params()))
    table = benchmark._snapml_table(few)
    rows = np.vstack([peer.transform(table[at : at + 1]) for at in range(len(table))])[:, 4:]
    ours = benchmark._fan_and_degree(few)
    bins = rows.shape[1] // 4
    for block, counts in enumerate((ours[0], ours[2], ours[1], ours[3])):
        expected = np.zeros((len(few), bins))
        for row, count in enumerate(counts):
            if count >= 2:
                expected[row, min(int(count) - 2, bins - 1)] = 1
        assert np.array_equal(rows[:, block * bins : (block + 1) * bins], expected)
