"""What the missing answers still allow: unanswered is not no."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from math import prod

from mainstay.identify.rules.findings import age_status, find, level_of
from mainstay.identify.types import (
    MISSING_VALUES,
    AgeStatus,
    Answers,
    Element,
    Instrument,
    Level,
    Question,
    Sign,
    Strength,
)

COMBINATIONS = 256
"""Up to so many completions are gone through; over it, all that they could show is put together (never too low)."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The lowest and the highest level over all completions of the missing answers, and which those are."""

    lowest: Level
    highest: Level
    unanswered: tuple[str, ...]


def is_answered(answers: Answers, name: str) -> bool:
    """Return whether a question has an answer that says something."""
    return answers.get(name, "") not in ("", *MISSING_VALUES)


def signs_of(questions: Iterable[Question], answers: Answers) -> tuple[Sign, ...]:
    """Return every judgement that the answers carry, in the order of the questions."""
    return tuple(
        Sign(question.name, value, judgement)
        for question in questions
        if (answer := answers.get(question.name))
        for value, judgement in question.judgements(answer)
    )


def bounds(instrument: Instrument, answers: Answers, child: bool | None, not_asked: Collection[str] = ()) -> Bounds:
    """Return between which levels the missing answers leave the result.

    `not_asked` names the questions that the form's own conditions leave out, given these answers.
    """
    settled = {q.name for q in instrument.questions if is_answered(answers, q.name)}
    open_questions = [
        q for q in instrument.questions if q.name not in settled and not _is_left_out(q, settled, not_asked)
    ]
    certain = signs_of((q for q in instrument.questions if settled.issuperset(q.depends_on)), answers)
    present = signs_of(instrument.questions, answers)
    fullest = list(_fullest(present, [q for q in open_questions if q.bears_on_level]))
    ages = _possible_ages(child, certain, [sign for signs in fullest for sign in signs])
    lowest = min((level_of(find(certain, age)) for age in ages), key=lambda level: level.rank)
    highest = max((level_of(find(signs, age)) for age in ages for signs in fullest), key=lambda level: level.rank)
    unanswered = tuple(q.name for q in open_questions if q.bears_on_level)
    return Bounds(lowest, highest, unanswered)


def _is_left_out(question: Question, settled: set[str], not_asked: Collection[str]) -> bool:
    """Left out for good only when every answer that decides it is in."""
    return question.name in not_asked and settled.issuperset(question.depends_on)


def _fullest(present: tuple[Sign, ...], open_questions: list[Question]) -> Iterator[tuple[Sign, ...]]:
    options = [_options(question) for question in open_questions]
    if prod(len(option) for option in options) > COMBINATIONS:
        options = [[tuple(sign for signs in option for sign in signs)] for option in options]
    for combination in product(*options):
        yield present + tuple(sign for signs in combination for sign in signs)


def _options(question: Question) -> list[tuple[Sign, ...]]:
    """The answers to a question that show most; all choices at once where several may be taken."""
    if question.multiple:
        every = " ".join(choice.name for choice in question.choices)
        return [signs_of([question], {question.name: every})]
    options = [signs_of([question], {question.name: choice.name}) for choice in question.choices]
    weights = {_weight(option): option for option in options}
    return [option for weight, option in weights.items() if not any(weight < other for other in weights)]


def _weight(signs: Iterable[Sign]) -> frozenset[tuple[str, ...]]:
    """What of an answer counts for the level; an answer that shows all of another one and more replaces it."""
    weight: set[tuple[str, ...]] = set()
    for sign in signs:
        judgement = sign.judgement
        strengths = (str(judgement.strength), str(judgement.child_strength))
        if judgement.indicator:
            weight.add((judgement.indicator, *strengths, str(judgement.dimension)))
        weight.update((element, str(judgement.strength is Strength.WEAK)) for element in judgement.elements)
    return frozenset(weight)


def _possible_ages(child: bool | None, certain: Iterable[Sign], possible: Iterable[Sign]) -> set[AgeStatus]:
    status = age_status(child, certain)
    if status is AgeStatus.UNKNOWN:
        return {AgeStatus.ADULT, AgeStatus.CHILD}
    if status is AgeStatus.ADULT and any(Element.CHILD in sign.judgement.elements for sign in possible):
        return {AgeStatus.ADULT, AgeStatus.PRESUMED_CHILD}
    return {status}
