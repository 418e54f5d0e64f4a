"""Rhythms against their definition, written out slowly."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.money.engine.adjacency import Graph
from mainstay.money.engine.rhythms import rhythms
from mainstay.money.types import DAY, HOUR, RhythmSettings
from tests.money.conftest import Edge, graph, payment

MONDAY = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp()) * 1_000_000
EDGES = st.lists(
    payment(
        st.integers(-6, 80).map(lambda turns: MONDAY + turns * 4 * HOUR),
        st.integers(-1, 2),
        st.integers(-1, 2),
        st.sampled_from([1, 30, 100, 10**13]),
        st.sampled_from([0, 0, 1]),
    ),
    max_size=60,
)
Row = dict[str, float | None]


def slow_side(g: Graph, number: int, account: int, window: int) -> Row:
    """The definition for one side of a payment, word for word."""
    time = g.time.tolist()
    mine = [e for e in range(number + 1) if account in (g.source[e], g.target[e])]
    seen = [e for e in mine if time[number] - window < time[e]]
    moments = [datetime.fromtimestamp(time[e] / 1_000_000, UTC) for e in seen]

    def before(e: int) -> list[int]:
        return [x for x in mine if x < e]

    def goes_out(e: int) -> bool:
        return bool(g.source[e] == account != g.target[e])

    def comes_in(e: int) -> bool:
        return bool(g.target[e] == account != g.source[e])

    gaps = [time[e] - time[before(e)[-1]] for e in seen if before(e)]
    dwells = []
    for e in seen:
        came = [x for x in before(e) if comes_in(x)]
        if goes_out(e) and came and time[e] - time[came[-1]] <= 7 * DAY:
            dwells.append((time[e] - time[came[-1]]) // HOUR)
    same = [(e, min(int(g.amount[e]), 10**11)) for e in seen if g.currency[e] == g.currency[number]]
    into = sum(amount for e, amount in same if comes_in(e))
    return {
        "seen": len(seen),
        "night": sum(m.hour >= 22 or m.hour < 6 for m in moments),
        "weekly": max(Counter((m.weekday(), m.hour) for m in moments).values()),
        "shift": sum(any(abs(gap - h * HOUR) <= HOUR // 2 for h in (8, 12, 24)) for gap in gaps),
        "dwell": sorted(dwells)[(len(dwells) - 1) // 2] if dwells else None,
        "velocity": sum(amount for e, amount in same if goes_out(e)) / into if into else None,
    }


NOTHING: Row = {"seen": 0, "night": 0, "weekly": 0, "shift": 0, "dwell": None, "velocity": None}


@settings(max_examples=300)
@given(EDGES, st.sampled_from([timedelta(hours=4), timedelta(days=2), timedelta(days=9)]), st.data())
def test_rhythms_are_those_of_the_definition(edges: list[Edge], window: timedelta, data: st.DataObject) -> None:
    g, micros = graph(edges, 3), window // timedelta(microseconds=1)
    first = data.draw(st.integers(0, len(edges)))
    frame = rhythms(g, RhythmSettings(window), first).as_frame()
    slow = []
    for number in range(first, len(edges)):
        row: Row = {}
        for side, account in (("payer", int(g.source[number])), ("payee", int(g.target[number]))):
            told = NOTHING if account < 0 else slow_side(g, number, account, micros)
            row |= {f"{side}_{name}": value for name, value in told.items()}
        slow.append(row)
    assert frame.to_dicts() == slow


def test_a_worker_paid_every_friday_evening_who_hands_it_over_at_night() -> None:
    """Six weeks: wages at 18:00, handed over at 02:00; the four weeks before the last moment are seen."""
    friday = MONDAY + 4 * DAY
    edges: list[Edge] = []
    for week in range(6):
        wage = friday + week * 7 * DAY + 18 * HOUR
        edges += [(wage, 0, 1, 50_000, 0), (wage + 8 * HOUR, 1, 2, 45_000, 0)]
    last = rhythms(graph(edges, 3), RhythmSettings()).as_frame().row(-1, named=True)
    figures = {name.removeprefix("payer_"): value for name, value in last.items() if name.startswith("payer")}
    assert figures == {"seen": 8, "night": 4, "weekly": 4, "shift": 4, "dwell": 8, "velocity": 0.9}


def test_a_graph_of_nothing_has_the_columns_of_any() -> None:
    assert rhythms(graph([], 0), RhythmSettings()).as_frame().schema == pl.DataFrame(
        schema={
            f"{side}_{name}": pl.Float64 if name == "velocity" else pl.Int32
            for side in ("payer", "payee")
            for name in ("seen", "night", "weekly", "shift", "dwell", "velocity")
        }
    ).schema  # fmt: skip
