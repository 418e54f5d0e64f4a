"""How many answer sets a second are assessed on one core; nothing else gives reasons and an interval: no peer."""

import random
import statistics
import time
from datetime import date

from mainstay.core.benches import Row, row
from mainstay.identify.engine.answering import asked
from mainstay.identify.engine.shipped import load_shipped
from mainstay.identify.rules import assess
from mainstay.identify.rules.indicators import INDICATORS
from mainstay.identify.types import Answers, Assessment, Choice, Instrument, Judgement, Question

GOAL = 20_000
SEED = 20_260_301
DAY = date(2026, 3, 1)
UNANSWERED = 0.15
"""Share of questions without any answer; of the others each choice is as likely, "declined" and "not asked" too."""

Drawn = list[tuple[Answers, bool | None]]


def measure(quick: bool) -> list[Row]:
    """Return one row for each instrument, each from answer sets that are all different."""
    runs, size = (5, 2_000) if quick else (9, 10_000)
    screen = load_shipped("rapid_screen")
    instruments = [] if screen is None else [("assess, rapid screen", screen)]
    instruments.append(("assess, all labour indicators", indicator_instrument()))
    return [
        row(what, assess_rate(instrument, runs=runs, size=size), "answer sets/s", GOAL, more_is_better=True)
        for what, instrument in instruments
    ]


def assess_rate(instrument: Instrument, *, runs: int, size: int) -> float:
    """Return answer sets a second of processor time, the median of several runs.

    Everything of an assessment is worked out: which questions are asked, level, interval, elements, reasons, and which
    questions would settle it.
    """
    rng = random.Random(SEED)  # noqa: S311 - made-up answers, no secret
    _time(instrument, draw(instrument, rng, size // 10))
    return statistics.median(size / _time(instrument, draw(instrument, rng, size)) for _ in range(runs))


def draw(instrument: Instrument, rng: random.Random, size: int) -> Drawn:
    """Return random answers of people of known and unknown age."""
    drawn: Drawn = []
    for _ in range(size):
        answers = {q.name: _value(q, rng) for q in instrument.questions if rng.random() >= UNANSWERED}
        drawn.append((answers, rng.choice([None, True, False])))
    return drawn


def indicator_instrument() -> Instrument:
    """Return an instrument with a yes-or-no question for each indicator of the labour lists."""
    choices = tuple(Choice(name, {"en": name}) for name in ("yes", "no", "declined", "not_asked"))
    questions = tuple(
        Question(
            key,
            "select_one",
            {"en": of.name},
            choices=choices,
            judgement=Judgement(key, of.adult, of.child, of.dimension),
        )
        for key, of in INDICATORS.items()
    )
    return Instrument("labour_indicators", "1", "Labour indicators", ("en",), questions, "")


def _value(question: Question, rng: random.Random) -> str:
    names = [choice.name for choice in question.choices]
    return " ".join(rng.sample(names, rng.randint(1, 2))) if question.multiple else rng.choice(names)


def _time(instrument: Instrument, drawn: Drawn) -> float:
    started = time.process_time()
    for answers, child in drawn:
        _assess(instrument, answers, child)
    return time.process_time() - started


def _assess(instrument: Instrument, answers: Answers, child: bool | None) -> Assessment:
    return assess(instrument, answers, child, asked(instrument, answers, today=DAY).left_out)
