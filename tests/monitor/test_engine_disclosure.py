"""The gate for figures, against an attacker who tries every table that fits what was published."""

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.monitor.engine.disclosure import protect, tabulate
from mainstay.monitor.types import SafeTable

COUNTS = st.dictionaries(st.tuples(st.sampled_from("ab"), st.sampled_from("xy")), st.integers(0, 8), max_size=4)


def shares(total: int, cells: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to share a total out among cells, at least one each."""
    if cells == 1:
        yield (total,)
        return
    for first in range(1, total - cells + 2):
        for rest in shares(total - first, cells - 1):
            yield (first, *rest)


def tables_that_fit(safe: SafeTable, k: int) -> list[tuple[int, ...]]:
    """Return every assignment of counts to the withheld cells that agrees with what was published."""
    hidden = [cell for cell in safe.cells if cell.count is None]
    if safe.total is None:
        return list(product(range(1, k), repeat=len(hidden)))
    shown = sum(cell.count for cell in safe.cells if cell.count is not None)
    return list(shares(safe.total - shown, len(hidden))) if hidden else [()]


@given(COUNTS, st.integers(3, 6))
def test_no_small_count_can_be_worked_out(counts: dict[tuple[str, ...], int], k: int) -> None:
    safe = protect(("letter", "sign"), counts, k)
    fits = tables_that_fit(safe, k)
    hidden = [cell.values for cell in safe.cells if cell.count is None]
    for place, values in enumerate(hidden):
        if counts[values] < k:
            assert {guess[place] for guess in fits} >= set(range(1, k))


@given(COUNTS, st.integers(3, 6))
def test_what_is_shown_is_true_and_no_small_count_is_shown(counts: dict[tuple[str, ...], int], k: int) -> None:
    safe = protect(("letter", "sign"), counts, k)
    for cell in safe.cells:
        assert cell.count in (None, counts[cell.values])
        assert cell.count is None or cell.count == 0 or cell.count >= k
    assert safe.total in (None, sum(counts.values()))


def test_a_lone_small_cell_takes_a_second_one_along() -> None:
    safe = protect(("form",), {("labour",): 30, ("organ",): 1, ("sexual",): 12}, 5)
    assert {cell.values[0]: cell.count for cell in safe.cells} == {"labour": 30, "organ": None, "sexual": None}
    assert (safe.total, safe.withheld_small, safe.withheld_more) == (43, 1, 1)


def test_one_person_alone_hides_the_total_too() -> None:
    assert protect(("form",), {("organ",): 1}, 5).total is None


@pytest.mark.parametrize("k", [1, 2])
def test_a_k_under_three_protects_nobody(k: int) -> None:
    """Under 2 there is only 1: a withheld cell would be known."""
    with pytest.raises(ValueError, match="protects nobody"):
        protect(("form",), {}, k)


def test_records_are_counted_by_all_their_categories() -> None:
    assert tabulate([["f", "18+"], ["f", "18+"], ["m", "18+"]]) == {("f", "18+"): 2, ("m", "18+"): 1}


@pytest.mark.parametrize("k", [3, 4, 5])
def test_even_who_knows_the_rule_cannot_tell_a_small_count(k: int) -> None:
    """Every table of three cells up to 8: among those that are released alike, no small cell is always the same."""
    released: dict[tuple[object, ...], list[tuple[int, ...]]] = {}
    for table in product(range(9), repeat=3):
        safe = protect(("cell",), {(str(n),): count for n, count in enumerate(table)}, k)
        released.setdefault((safe.total, *(cell.count for cell in safe.cells)), []).append(table)
    for (_total, *shown), tables in released.items():
        for place, count in enumerate(shown):
            values = {table[place] for table in tables}
            assert count is not None or len(values) > 1 or min(values) >= k
