import random

from mainstay.identify.benchmark_assess import assess_rate, draw, indicator_instrument
from mainstay.identify.rules.indicators import INDICATORS


def test_the_instrument_of_all_indicators_asks_each_once() -> None:
    assert [question.name for question in indicator_instrument().questions] == list(INDICATORS)


def test_the_answer_sets_are_the_same_in_every_run_and_all_different() -> None:
    drawn = draw(indicator_instrument(), random.Random(1), 200)
    assert drawn == draw(indicator_instrument(), random.Random(1), 200)
    assert len({tuple(sorted(answers.items())) for answers, _ in drawn}) == 200
    assert {child for _, child in drawn} == {None, True, False}


def test_the_rate_is_counted_in_answer_sets() -> None:
    assert assess_rate(indicator_instrument(), runs=1, size=20) > 0
