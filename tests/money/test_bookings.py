"""Booking bursts against their definition, written out slowly."""

from datetime import timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.money.engine.adjacency import Graph
from mainstay.money.engine.bookings import find_bookings
from mainstay.money.types import DAY, HOUR, BookingSettings
from tests.money.conftest import Edge, graph, payment

ADVERT, ROOM, TRAVEL, OTHER = 7311, 3501, 4511, 5411
EVERY = [ADVERT, ROOM, TRAVEL, OTHER, -1]


def rows_of(sources: list[int], targets: list[int], categories: list[int]) -> st.SearchStrategy[tuple[Edge, int]]:
    moments, amounts, currencies = st.integers(0, 30), st.sampled_from([10, 20, 50]), st.sampled_from([0, 0, 0, 1])
    ends = (st.sampled_from(sources), st.sampled_from(targets))
    return st.tuples(payment(moments.map(lambda n: n * HOUR), *ends, amounts, currencies), st.sampled_from(categories))


EDGES = (
    st.tuples(
        st.lists(rows_of([0], [-1, 1, 2], [ADVERT, ROOM, TRAVEL]), max_size=12),
        st.lists(rows_of([1, 2, 3, 4], [0], [-1, -1, -1, OTHER]), max_size=25),
        st.lists(rows_of([-1, 0, 1, 4], [-1, 0, 1, 4], EVERY), max_size=15),
    )
    .map(lambda parts: [row for part in parts for row in part])
    .map(lambda rows: sorted(rows, key=lambda row: row[0][0]))
)
SETTINGS = st.builds(
    BookingSettings,
    window=st.sampled_from([timedelta(hours=2), timedelta(hours=5)]),
    min_bookings=st.integers(1, 3),
    min_payers=st.integers(1, 2),
    max_windows=st.integers(0, 4),
    min_ratio=st.sampled_from([0.0, 1.5, 4.0]),
    part=st.sampled_from([0.2, 0.5, 1.0]),
)
Burst = tuple[int, list[int], list[int], list[int], list[int], int, float]


def slow_bookings(g: Graph, category: list[int], s: BookingSettings) -> tuple[list[Burst], int, int, int]:
    """The definition, word for word."""
    window, numbers = s.window // timedelta(microseconds=1), range(len(g.time))
    time = g.time.tolist()
    found: list[Burst] = []
    steady = as_usual = few = 0
    for account in range(g.accounts):
        out = [e for e in numbers if g.source[e] == account and g.target[e] != account]
        into = [e for e in numbers if g.target[e] == account and g.source[e] not in (-1, account)]
        into = [e for e in into if category[e] not in (ADVERT, ROOM, TRAVEL)]
        booked = [e for e in out if category[e] in (ADVERT, ROOM)]
        windows = [[x for x in booked if time[e] - window < time[x] <= time[e]] for e in booked]
        bursts: list[list[set[int]]] = []
        for one in (set(w) for w in windows if len(w) >= s.min_bookings):
            if bursts and any(one & other for other in bursts[-1]):
                bursts[-1].append(one)
            else:
                bursts.append([one])
        for at, burst in enumerate(bursts):
            inside, peak = sorted(set().union(*burst)), max(len(one) for one in burst)
            first, last = time[inside[0]], time[inside[-1]]
            following = min(time[e] for e in set().union(*bursts[at + 1])) if at + 1 < len(bursts) else None
            belongs = [
                e for e in numbers if first <= time[e] <= last + window and (following is None or time[e] < following)
            ]
            journeys = [e for e in belongs if e in out and category[e] == TRAVEL]
            came = [e for e in belongs if e in into]
            small = [
                e
                for e in came
                if g.amount[e] <= s.part * sum(int(g.amount[x]) for x in came if g.currency[x] == g.currency[e])
            ]
            outside = max(window, time[-1] - time[0] - (last - first))
            usual = (len(booked) - len(inside)) * (window / outside)
            if last - first > s.max_windows * window:
                steady += 1
            elif peak < s.min_ratio * usual:
                as_usual += 1
            elif len({int(g.source[e]) for e in small}) < s.min_payers:
                few += 1
            else:
                adverts, rooms = ([e for e in inside if category[e] == code] for code in (ADVERT, ROOM))
                found.append((account, adverts, rooms, journeys, small, peak, usual))
    return found, steady, as_usual, few


@settings(max_examples=500)
@given(EDGES, SETTINGS)
def test_booking_bursts_are_those_of_the_definition(rows: list[tuple[Edge, int]], chosen: BookingSettings) -> None:
    g, category = graph([edge for edge, _ in rows], 5), [code for _, code in rows]
    found = find_bookings(g, np.array(category, np.int16), chosen)
    slow, *left = slow_bookings(g, category, chosen)
    told = [
        (b.account, *(e.tolist() for e in (b.adverts, b.rooms, b.journeys, b.payments)), b.peak, b.usual)
        for b in found.found
    ]
    assert told == slow
    assert [found.steady, found.usual, found.few] == left


def found_of(rows: list[tuple[Edge, int]]) -> tuple[int, int, int, int]:
    rows.sort(key=lambda row: row[0][0])
    found = find_bookings(
        graph([edge for edge, _ in rows], 900), np.array([c for _, c in rows], np.int16), BookingSettings()
    )
    return len(found.found), found.steady, found.usual, found.few


def test_a_shop_that_always_advertises_and_a_traveller_whom_one_employer_pays_are_left_out_and_counted() -> None:
    shop: list[tuple[Edge, int]] = [((n * DAY, 0, 1, 100, 0), ADVERT) for n in range(300)]
    shop += [((n * DAY // 2, 10 + n, 0, 50, 0), -1) for n in range(600)]
    assert found_of(shop) == (0, 1, 0, 0)
    traveller: list[tuple[Edge, int]] = [((n * DAY, 0, 1, 100, 0), ROOM) for n in range(6)]
    traveller += [((n * DAY, 2, 0, 100, 0), -1) for n in range(12)]
    assert found_of(traveller) == (0, 0, 0, 1)


def test_a_ledger_without_categories_has_no_booking_bursts() -> None:
    assert not find_bookings(graph([(0, 0, 1, 10, 0)], 2), np.zeros(0, np.int16), BookingSettings()).found
