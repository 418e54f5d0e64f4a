"""What fans add up to, against the definition written out slowly."""

from collections import Counter
from datetime import timedelta
from math import log2

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.money.engine.fan_amounts import fan_amounts
from mainstay.money.engine.features import features
from mainstay.money.types import HOUR, FeatureSettings
from tests.money.conftest import Edge, graph, payment

EDGES = st.lists(
    payment(
        st.integers(0, 30).map(lambda turns: turns * HOUR),
        st.integers(-1, 3),
        st.integers(-1, 3),
        st.sampled_from([1, 100, 5_000, 10_000, 150_000, 155_000, 10**17, 2**62]),
        st.sampled_from([0, 0, 1]),
    ),
    max_size=60,
)
Row = dict[str, float]


@settings(max_examples=300)
@given(EDGES, st.sampled_from([timedelta(hours=1), timedelta(hours=5), timedelta(days=9)]), st.data())
def test_fan_amounts_are_those_of_the_definition(edges: list[Edge], window: timedelta, data: st.DataObject) -> None:
    g, micros = graph(edges, 4), window // timedelta(microseconds=1)
    time, source, target = g.time.tolist(), g.source.tolist(), g.target.tolist()
    first = data.draw(st.integers(0, len(edges)))
    told = fan_amounts(g, FeatureSettings(window), first).as_frame().to_dicts()
    counted = features(g, FeatureSettings(window)).as_frame()
    for number, row in enumerate(told, start=first):
        u, v = source[number], target[number]
        before = [e for e in range(number + 1) if time[number] - micros < time[e]]
        for side, mine, other in (("in", target, source), ("out", source, target)):
            of = v if side == "in" else u
            seen = [e for e in before if mine[e] == of and source[e] != target[e] and min(source[e], target[e]) >= 0]
            if min(u, v) < 0 or u == v:
                seen = []
            same = [e for e in seen if g.currency[e] == g.currency[number]]
            assert row[f"sum_{side}"] == min(sum(int(g.amount[e]) for e in same), 2**63 - 1)
            assert row[f"round_{side}"] == sum(g.amount[e] % 10_000 == 0 for e in seen)
            shares = [count / len(seen) for count in Counter(other[e] for e in seen).values()]
            assert row[f"entropy_{side}"] == pytest.approx(-sum(p * log2(p) for p in shares), abs=1e-8)
            assert counted[f"degree_{side}"][number] == len(seen)
            assert counted[f"fan_{side}"][number] == len(shares)


def test_four_who_pay_as_often_give_two_bits_and_one_alone_none() -> None:
    edges: list[Edge] = [(at * HOUR, at % 4, 4, 150_000 + at % 2 * 50, 0) for at in range(8)]
    last = fan_amounts(graph(edges, 5), FeatureSettings()).as_frame().row(-1, named=True)
    assert last == {
        "sum_in": 1_200_200, "round_in": 4, "entropy_in": 2.0,
        "sum_out": 300_100, "round_out": 0, "entropy_out": 0.0,
    }  # fmt: skip


def test_a_graph_of_nothing_has_the_columns_of_any() -> None:
    kinds = {"sum": pl.Int64, "round": pl.Int32, "entropy": pl.Float64}
    expected = {f"{name}_{side}": kind for side in ("in", "out") for name, kind in kinds.items()}
    assert fan_amounts(graph([], 0), FeatureSettings()).as_frame().schema == expected
