"""Turnover in a window against its definition, whatever the piles and the cores."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.money.engine import turnover as module
from mainstay.money.engine.turnover import turnover

CODES = st.integers(-1, 9)
PAYMENTS = st.lists(st.tuples(st.integers(0, 30), CODES, CODES, st.integers(-5, 1 << 40)), max_size=60).map(sorted)
Payment = tuple[int, int, int, int]


def slow(payments: list[Payment], window: int) -> list[tuple[int, int, int]]:
    """The definition, word for word."""
    found = []
    for now, account, partner, _ in payments:
        seen = [
            (p, amount)
            for t, a, p, amount in payments
            if a == account and p not in (-1, a) and now - window < t <= now and partner not in (-1, account)
        ]
        seen = seen if account >= 0 else []
        found.append((len({p for p, _ in seen}), len(seen), sum(amount for _, amount in seen)))
    return found


@pytest.mark.parametrize("pile", [1, 4, 1 << 12])
@settings(max_examples=150)
@given(payments=PAYMENTS, window=st.integers(1, 40), cores=st.integers(1, 4))
def test_turnover_is_that_of_the_definition(pile: int, payments: list[Payment], window: int, cores: int) -> None:
    time, account, partner, amount = np.array(payments, np.int64).reshape(-1, 4).T
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PILE", pile)
        got = turnover(account, partner, amount, time, 10, timedelta(microseconds=window), cores)
    assert list(zip(*(column.tolist() for column in got), strict=True)) == slow(payments, window)


def test_a_hub_in_one_second_takes_no_longer_than_its_payments() -> None:
    count = 300_000
    time, hub = np.zeros(count, np.int64), np.zeros(count, np.int64)
    got = turnover(hub, np.arange(count) % 1000 + 1, np.ones(count, np.int64), time, 1001, timedelta(hours=1))
    assert set(got.fan.tolist()) == {1000}
    assert set(got.degree.tolist()) == {count}
    assert set(got.total.tolist()) == {count}


@pytest.mark.parametrize(("time", "window"), [([2, 1], 5), ([1, 2], 0)])
def test_what_has_no_meaning_is_refused(time: list[int], window: int) -> None:
    one = np.ones(2, np.int64)
    with pytest.raises(ValueError, match=r"order of time|at least one"):
        turnover(one, 0 * one, one, np.array(time), 2, timedelta(microseconds=window))
