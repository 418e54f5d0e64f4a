"""The benchmark's document; its figures are a matter of the machine and are not tested."""

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
