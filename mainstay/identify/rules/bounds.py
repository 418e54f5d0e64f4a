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


Signs = tuple[Sign, ...]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The lowest and the highest level over all completions of the missing answers, and which those are."""

    lowest: Level
    highest: Level
    unanswered: tuple[str, ...]


def is_answered(answers: Answers, name: str) -> bool:
    """Return whether a question has an answer that says something."""
    return answers.get(name, "") not in ("", *MISSING_VALUES)


def signs_of(questions: Iterable[Question], answers: Answers) -> Signs:
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
    judged = [question for question in open_questions if question.bears_on_level]
    least = [certain, *((*certain, *way) for way in _ways_to_a_child(certain, present, judged))]
    most = _fullest(_bases(certain, present), judged)
    return Bounds(
        lowest=min(_levels(least, child), key=lambda level: level.rank),
        highest=max(_levels(most, child), key=lambda level: level.rank),
        unanswered=tuple(question.name for question in judged),
    )


def _levels(completions: Iterable[Signs], child: bool | None) -> Iterator[Level]:
    """The level of each completion, at every age that it leaves open."""
    for signs in completions:
        status = age_status(child, signs)
        ages = (AgeStatus.ADULT, AgeStatus.CHILD) if status is AgeStatus.UNKNOWN else (status,)
        yield from (level_of(find(signs, age)) for age in ages)


def _is_left_out(question: Question, settled: set[str], not_asked: Collection[str]) -> bool:
    """Left out for good only when every answer that decides it is in."""
    return question.name in not_asked and settled.issuperset(question.depends_on)


def _bases(certain: Signs, present: Signs) -> list[Signs]:
    """What is found already; also without reasons to believe in a child that a missing answer may take back."""
    lasting = tuple(sign for sign in present if sign in certain or not _is_child(sign))
    return [present] if lasting == present else [present, lasting]


def _ways_to_a_child(certain: Signs, present: Signs, open_questions: list[Question]) -> Iterator[Signs]:
    """Each single answer that would make the person a presumed child: some indicators are not in that list."""
    yield from ((sign,) for sign in present if sign not in certain and _is_child(sign))
    for question in open_questions:
        for choice in question.choices:
            signs = signs_of([question], {question.name: choice.name})
            if any(map(_is_child, signs)):
                yield signs


def _fullest(bases: list[Signs], open_questions: list[Question]) -> Iterator[Signs]:
    options = [_options(question) for question in open_questions]
    if prod(len(option) for option in options) > COMBINATIONS:
        every = tuple(sign for option in options for signs in option for sign in signs)
        options = [[every, tuple(sign for sign in every if not _is_child(sign))]]
    for combination in product(*options):
        more = tuple(sign for signs in combination for sign in signs)
        yield from ((*base, *more) for base in bases)


def _options(question: Question) -> list[Signs]:
    """The answers to a question that show most, for who is presumed a child by them and for who is not."""
    if question.multiple:
        every = signs_of([question], {question.name: " ".join(choice.name for choice in question.choices)})
        return list(dict.fromkeys([every, tuple(sign for sign in every if not _is_child(sign))]))
    options = [signs_of([question], {question.name: choice.name}) for choice in question.choices]
    weights = {(any(map(_is_child, option)), _weight(option)): option for option in options}
    return [
        option
        for (is_child, weight), option in weights.items()
        if not any(weight < other for is_other_child, other in weights if is_other_child == is_child)
    ]


def _is_child(sign: Sign) -> bool:
    return Element.CHILD in sign.judgement.elements


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
