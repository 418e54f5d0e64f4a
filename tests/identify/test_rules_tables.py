"""The tables against the plain version: the same on any instrument and any answers."""

from dataclasses import fields
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.identify.engine.shipped import load_shipped
from mainstay.identify.rules import assess, bounds
from mainstay.identify.rules.counters import Counters
from mainstay.identify.rules.findings import dimension_is_positive
from mainstay.identify.types import Dimension, Instrument, Strength
from tests.identify.plain_assessment import Plain, assess_plainly, narrowings
from tests.identify.strategies import answer_sets, instruments, values

CHILD = st.sampled_from([None, True, False])


def assert_same(instrument: Instrument, answers: dict[str, str], child: bool | None, not_asked: set[str]) -> None:
    fast, plain = (call(instrument, answers, child, not_asked) for call in (assess, assess_plainly))
    for field in fields(Plain):
        assert getattr(fast, field.name) == getattr(plain, field.name), field.name


@settings(max_examples=250)
@given(instruments(), CHILD, st.sampled_from([0, bounds.FEW]), st.data())
def test_the_tables_say_what_the_plain_version_says(
    instrument: Instrument, child: bool | None, few: int, data: st.DataObject
) -> None:
    with patch.object(bounds, "FEW", few):  # halving, which only long forms need, is tried on these short ones too
        for answers, not_asked in data.draw(st.lists(answer_sets(instrument), min_size=3, max_size=3)):
            assert_same(instrument, answers, child, not_asked)


@settings(max_examples=20)
@given(CHILD, st.data())
def test_the_tables_say_of_the_rapid_screen_what_the_plain_version_says(
    child: bool | None, data: st.DataObject
) -> None:
    screen = load_shipped("rapid_screen")
    assert screen is not None
    open_ones = data.draw(st.sets(st.sampled_from([q.name for q in screen.questions]), max_size=2))
    answers = {q.name: data.draw(values(q)) for q in screen.questions if q.name not in open_ones}
    assert_same(screen, answers, child, set())


@settings(max_examples=150)
@given(instruments(), CHILD, st.data())
def test_the_first_question_named_settles_at_least_as_much_as_any_other(
    instrument: Instrument, child: bool | None, data: st.DataObject
) -> None:
    answers, not_asked = data.draw(answer_sets(instrument))
    named = assess(instrument, answers, child, not_asked).settle
    gains = narrowings(instrument, answers, child, not_asked)
    assert len(named) == min(3, sum(gain > 0 for gain in gains.values()))
    assert all(gains[name] > 0 for name in named)
    assert [gains[name] for name in named] == sorted(gains.values(), reverse=True)[: len(named)]


@pytest.mark.parametrize("of", [0, 1])
def test_the_counters_apply_the_decision_rule(of: int) -> None:
    counters = Counters(40)
    for strong in range(5):
        for medium in range(5):
            for weak in range(5):
                weights = [Strength.STRONG] * strong + [Strength.MEDIUM] * medium + [Strength.WEAK] * weak
                row = sum(counters.of_indicator(Dimension.EXPLOITATION, _pair(w, of)) for w in weights)
                shown = counters.read(counters.marker()(row), of)
                positive = dimension_is_positive(strong, medium, weak)
                assert shown.positive == ({Dimension.EXPLOITATION} if positive else set())
                assert shown.touched == ({Dimension.EXPLOITATION} if weights else set())
                assert counters.read(counters.marker()(row), 1 - of).touched == frozenset()


def _pair(weight: Strength, of: int) -> tuple[Strength | None, Strength | None]:
    return (None, weight) if of else (weight, None)
