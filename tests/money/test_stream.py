"""A stream of payments against all of them at once: however they are cut, however late, saved and restored midway."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.core.errors import BadInputError
from mainstay.money.engine.features import features
from mainstay.money.engine.stream import Judged, Stream
from mainstay.money.types import FeatureSettings
from tests.money.conftest import Edge, graph
from tests.money.test_features import ACCOUNTS, PAIRS, SETTINGS

COMING = st.lists(st.tuples(st.integers(1, 14), PAIRS).map(lambda e: (e[0], *e[1], 1, 0)), max_size=40)


def columns(edges: list[Edge]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, payers and payees as they come."""
    time, source, target = np.array([e[:3] for e in edges], np.int64).reshape(-1, 3).T
    return time, source, target


def apart(edges: list[Edge], lag: int) -> list[int]:
    """Which payments are late, by the definition."""
    return [n for n, e in enumerate(edges) if e[0] < max((before[0] for before in edges[:n]), default=0) - lag]


def together(parts: list[Judged]) -> tuple[list[int], pl.DataFrame]:
    return [int(n) for part in parts for n in part.numbers], pl.concat([part.features.as_frame() for part in parts])


def batched(stream: Stream, edges: list[Edge], cuts: list[int]) -> list[Judged]:
    """What a stream says of payments in batches that end where the cuts are, and of those that waited."""
    ends = [*sorted({cut % (len(edges) + 1) for cut in cuts}), len(edges)]
    begins = [0, *ends[:-1]]
    said = [stream.add(*columns(edges[a:b])) for a, b in zip(begins, ends, strict=True)]
    return [*said, stream.finish()]


@settings(max_examples=300)
@given(COMING, SETTINGS, st.integers(0, 8), st.lists(st.integers(0, 40), max_size=12))
def test_batches_and_late_payments_make_no_difference(
    edges: list[Edge], s: FeatureSettings, lag: int, cuts: list[int]
) -> None:
    stream = Stream(s, timedelta(microseconds=lag))
    said = batched(stream, edges, cuts)
    late = apart(edges, lag)
    order = sorted((n for n in range(len(edges)) if n not in late), key=lambda n: edges[n][0])
    numbers, found = together(said)
    assert numbers == order
    assert [int(n) for part in said for n in part.late] == late
    assert (stream.late, stream.came, stream.waiting) == (len(late), len(edges), 0)
    assert found.equals(features(graph([edges[n] for n in order], ACCOUNTS), s).as_frame())


@settings(max_examples=100)
@given(COMING, SETTINGS, st.integers(0, 8), st.integers(0, 40), st.integers(0, 40))
def test_a_stream_that_was_saved_and_restored_goes_on_as_if_it_had_not_been(
    tmp_path_factory: pytest.TempPathFactory, edges: list[Edge], s: FeatureSettings, lag: int, cut: int, other: int
) -> None:
    path, cut = tmp_path_factory.getbasetemp() / "state", min(cut, len(edges))
    whole, first = Stream(s, timedelta(microseconds=lag)), Stream(s, timedelta(microseconds=lag))
    whole.add(*columns(edges[:cut]))
    first.add(*columns(edges[:cut]))
    first.save(path)
    second = Stream.restore(path)
    expected, said = (batched(stream, edges[cut:], [other]) for stream in (whole, second))
    assert (second.late, second.came, second.settings, second.lag) == (whole.late, whole.came, s, whole.lag)
    assert together(said)[0] == together(expected)[0]
    assert together(said)[1].equals(together(expected)[1])
    assert [part.late.tolist() for part in said] == [part.late.tolist() for part in expected]


def many(count: int, accounts: int, span: int, seed: int) -> list[Edge]:
    """Payments of few busy accounts and many quiet ones, in order of time."""
    chance = np.random.default_rng(seed)
    sides = (accounts * chance.random((2, count)) ** 3).astype(int)
    times = np.sort(chance.integers(1, span, count))
    return [(t, u, v, 1, 0) for t, u, v in zip(times.tolist(), *sides.tolist(), strict=True)]


@pytest.mark.parametrize(("threads", "size"), [(1, 1), (1, 128), (1, 20_000), (2, 10_000)])
def test_many_payments_are_judged_as_all_at_once(threads: int, size: int) -> None:
    """Enough of them that accounts, their segments, the queue and the pairs have to grow and to give back."""
    edges = many(20_000, 5_000, 60_000, seed=3)
    s = FeatureSettings(timedelta(microseconds=1_500), cycle_length=6, hop_length=4)
    stream = Stream(s, threads=threads)
    time, source, target = columns(edges)
    said = [
        stream.add(time[at : at + size], source[at : at + size], target[at : at + size])
        for at in range(0, 20_000, size)
    ]
    whole = features(graph(edges, 5_000), s)
    assert together(said)[1].equals(whole.as_frame())
    assert all(figures.any() for figures in (whole.scatter_gather, whole.cycle, whole.hop_cycle))


def test_what_left_the_window_is_kept_no_longer() -> None:
    """Twenty times as many payments in as many windows need no more room."""
    room = []
    for count in (5_000, 100_000):
        stream = Stream(FeatureSettings(timedelta(microseconds=500), cycle_length=2, hop_length=2))
        time, source, target = columns(many(count, 2_000, 2 * count, seed=4))
        for at in range(0, count, 100):
            stream.add(time[at : at + 100], source[at : at + 100], target[at : at + 100])
        window = stream._windows[0]
        room.append([len(part) for part in (window._queue, window._out, window._into, window._pairs)])
        assert stream.held < 400
    assert all(later <= 2 * first for first, later in zip(*room, strict=True))


def test_payments_that_are_no_columns_of_accounts_are_refused() -> None:
    stream, one = Stream(FeatureSettings()), np.ones(1, np.int64)
    for wrong in ((one, one, one[:0]), (one, one, -2 * one), (one, one << 31, one)):
        with pytest.raises(ValueError, match=r"accounts|lengths"):
            stream.add(*wrong)
    assert stream.came == 0
    assert stream.add(one, one, one).numbers.tolist() == [0]


def test_what_comes_after_the_end_before_the_newest_is_late() -> None:
    stream = Stream(FeatureSettings(), timedelta(microseconds=9))
    said = [stream.add(*columns([(5, 0, 1, 1, 0), (9, 1, 0, 1, 0)])), stream.finish()]
    after = stream.add(*columns([(8, 0, 1, 1, 0), (9, 0, 1, 1, 0)]))
    assert (together(said)[0], after.late.tolist(), stream.waiting) == ([0, 1], [2], 1)
    assert stream.finish().numbers.tolist() == [3]


def test_what_waits_is_the_stream_s_own_whatever_its_caller_does_with_the_columns() -> None:
    stream = Stream(FeatureSettings(), timedelta(microseconds=9))
    came = columns([(5, 0, 1, 1, 0), (9, 1, 0, 1, 0)])
    stream.add(*came)
    for column in came:
        column[:] = 7
    found = stream.finish().features
    assert (found.fan_in.tolist(), found.cycle[:, 0].tolist()) == ([1, 1], [0, 1])


def test_a_state_that_was_changed_or_is_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state"
    stream = Stream(replace(FeatureSettings(), cycle_length=3), timedelta(hours=1))
    stream.add(*columns(many(50, 10, 90, seed=5)))
    stream.save(path)
    whole = path.read_bytes()
    for at in (0, 30, 70, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(BadInputError, match=r"the state of a stream|checksum differs"):
            Stream.restore(path)
    for other in (whole[:-1], whole[:40], b"", b"transaction_id,booked_at\n"):
        path.write_bytes(other)
        with pytest.raises(BadInputError, match=r"the state of a stream|checksum differs"):
            Stream.restore(path)
    with pytest.raises(BadInputError, match="the state of a stream"):
        Stream.restore(tmp_path / "none")
    with pytest.raises(BadInputError, match="can be written"):
        stream.save(tmp_path / "none" / "state")
    assert list(tmp_path.iterdir()) == [path]
