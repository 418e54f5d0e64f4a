"""An instrument read once: what each answer to each question adds, as counters that only need adding up."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Generic, TypeVar

from mainstay.identify.rules.counters import LISTS, Counters
from mainstay.identify.rules.findings import (
    PALERMO_ELEMENTS,
    Findings,
    bears_on,
    classify,
    elements_of,
    grade_elements,
    heavier,
    level_of,
    stated_grade,
)
from mainstay.identify.types import (
    MISSING_VALUES,
    YES,
    AgeStatus,
    Classification,
    Dimension,
    Element,
    Elements,
    Exploitation,
    IndicatorFound,
    Instrument,
    Judgement,
    Level,
    Question,
    Strength,
    Urgent,
)

MAX_INSTRUMENTS = 128
MAX_VERDICTS = 50_000
MAX_VALUES = 4_096
"""So many verdicts, and values of one question, are kept and no more: answers come from outside."""

ELEMENT_BIT = {element: 1 << place for place, element in enumerate(Element)}
AGES = (AgeStatus.ADULT, AgeStatus.CHILD)
OPEN_ELEMENTS = [
    frozenset(element for element in PALERMO_ELEMENTS if bits & ELEMENT_BIT[element])
    for bits in range(1 << len(PALERMO_ELEMENTS))
]
"""The elements by their bits."""

Made = TypeVar("Made")

Key = tuple[str, Dimension | None]
"""An indicator counts once in a dimension."""

Weights = tuple[Strength | None, Strength | None]
"""By the list of adults and by the list of children."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one value of one question says.

    `counters` are what it adds; `bears` has a bit for each element that it bears on; `indicators` are those of the list
    of adults and of the list of children; `ways` are the counters of its single choices that give reason to believe in
    a child.
    """

    row: "Row"
    question: str
    tells: bool
    counters: int
    bears: int
    judgements: tuple[Judgement, ...]
    indicators: tuple[tuple[IndicatorFound, ...], tuple[IndicatorFound, ...]]
    forms: frozenset[Exploitation]
    urgent: frozenset[Urgent]
    ways: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a row of counters comes to by one list; `elements` by the bits of those that are open."""

    level: Level
    found: Findings
    dimensions: tuple[Dimension, ...]
    classification: Classification | None
    elements: Sequence[Elements]


@dataclass(frozen=True, slots=True)
class Options:
    """The answers to a question that show most; `union` is all of them together, never less than one of them."""

    union: int
    parts: tuple[int, ...]
    conflicts: bool


class Row:
    """One question as a row of the table.

    `values` are its choices (None for one that says something and shows nothing); `outcomes` what those that say
    something add, with their ways to a child and how many of the `choices` add just that; `ways` what each single
    choice adds that gives reason to believe in a child; `fullest` the answers that show most, whoever gives them,
    `fullest_of_adult` without such a reason (the same object where there is none).
    """

    def __init__(self, table: "Table", question: Question, names: frozenset[str]) -> None:
        self._table, self.question = table, question
        self.name = question.name
        self.judged = question.bears_on_level
        self.rests_on = question.depends_on
        self.rests_on_known = names.issuperset(question.depends_on)
        values = {"", *MISSING_VALUES, *((choice.name for choice in question.choices) if self.judged else ())}
        found = {value: table.answer(self, value) for value in values}
        self.values: dict[str, Answer | None] = {
            value: answer if answer.judgements or not answer.tells else None for value, answer in found.items()
        }
        self.can_show = sum(ELEMENT_BIT[e] for e in PALERMO_ELEMENTS if any(bears_on(j, e) for j in _all(question)))
        answers = [found.get(choice.name) or table.answer(self, choice.name) for choice in question.choices]
        telling = Counter((answer.counters, answer.ways) for answer in answers if answer.tells)
        self.choices = telling.total()
        self.outcomes = tuple((counters, ways, times) for (counters, ways), times in telling.items())
        self.ways = tuple({answer.counters for answer in answers if answer.ways})
        self.fullest = self._fullest(answers)
        by_adult = [answer for answer in answers if not answer.ways]
        self.fullest_of_adult = self._fullest(by_adult) if self.ways else self.fullest
        self.kind = table.kind_of((self.outcomes, self.fullest, self.fullest_of_adult))

    def is_decided(self, missing: AbstractSet[str]) -> bool:
        """Return whether every answer is in that decides whether this question is asked."""
        return not self.rests_on or (self.rests_on_known and missing.isdisjoint(self.rests_on))

    def answer(self, value: str) -> Answer | None:
        """Return what a value shows that is none of the choices as they stand; None where it shows nothing."""
        if not self.judged or not (self.question.multiple or value == YES):
            return None
        answer = self._table.answer(self, value)
        if len(self.values) < MAX_VALUES:
            self.values[value] = answer
        return answer

    def _fullest(self, answers: Sequence[Answer]) -> Options:
        """The answers to this question that show most."""
        union = self._table.counters_of([judgement for answer in answers for judgement in answer.judgements])
        parts = {answer.counters for answer in answers}
        if self.question.multiple or len(parts) < 2:
            return Options(union, (union,), conflicts=False)
        best = sorted(part for part in parts if not any(self._less(part, other) for other in parts))
        return Options(union if len(best) > 1 else best[0], tuple(best), conflicts=len(best) > 1)

    def _less(self, part: int, other: int) -> bool:
        return part != other and self._table.counters.covers(other, part)


class Table:
    """Everything about an instrument that does not depend on the answers."""

    def __init__(self, instrument: Instrument) -> None:
        judgements = [j for question in instrument.questions for j in _all(question)]
        self._shared = _shared_numbers(instrument.questions)
        self.shares = bool(self._shared)
        self.counters = Counters(4 * _largest_sum(judgements))
        self.child_mask = self.counters.child
        self._verdicts: dict[tuple[int, int], Verdict] = {}
        self._ranks: dict[int, tuple[int, int]] = {}
        self._shared_rows: dict[int, int] = {}
        self._kinds: dict[Hashable, int] = {}
        self._marks = self._mark_reader()
        self.ranks = self._rank_reader()
        """The ranks of the levels that a row of counters comes to by the list of adults and by that of children."""
        names = frozenset(question.name for question in instrument.questions)
        questions = [Row(self, question, names) for question in instrument.questions]
        self.rows = tuple((row.name, row.values, row) for row in questions)
        self.names_children = any(row.ways for row in questions)
        self.branches = any(row.rests_on for row in questions)
        self.judged = any(row.judged for row in questions)
        self.lighter_for_children = any(heavier(j.strength, j.child_strength) != j.child_strength for j in judgements)
        self.never_shown = sum(ELEMENT_BIT[e] for e in PALERMO_ELEMENTS if not any(bears_on(j, e) for j in judgements))

    def verdict(self, row: int, of: int) -> Verdict:
        """Return what a row of counters comes to by the list of adults or by that of children."""
        key = (self._marks(row), of)
        found = self._verdicts.get(key)
        if found is None:
            if len(self._verdicts) >= MAX_VERDICTS:
                self._verdicts.clear()
            found = self._verdicts[key] = self._decide(*key)
        return found

    def _rank_reader(self) -> Callable[[int], tuple[int, int]]:
        """The one step that is taken for every row ever added up: its names are at hand, not looked up."""
        kept, marks_of = self._ranks, self._marks
        if not self.shares:
            return self.counters.ranker(kept, self._rank)

        def ranks(row: int) -> tuple[int, int]:
            marks = marks_of(row)
            return kept.get(marks) or self._rank(marks)

        return ranks

    def _mark_reader(self) -> Callable[[int], int]:
        marks_of, shift, kept = self.counters.marker(), self.counters.shift, self._shared_rows
        if not self.shares:
            return marks_of

        def marks(row: int) -> int:
            above = row >> shift
            return marks_of(row - (above << shift) + (kept.get(above) or self._weigh_shared(above)))

        return marks

    def kind_of(self, adds: Hashable) -> int:
        """Number questions by what they may add: those of one kind narrow the interval alike."""
        return self._kinds.setdefault(adds, len(self._kinds))

    def shows_child(self, row: int) -> bool:
        """Return whether counters hold a reason to believe in a child."""
        return bool(row & self.child_mask)

    def answer(self, row: Row, value: str) -> Answer:
        """Return what a value of a question says."""
        question = row.question
        taken = question.judgements(value)
        judgements = [judgement for _, judgement in taken]
        by_choice: dict[str, list[Judgement]] = {}
        for name, judgement in taken:
            by_choice.setdefault(name, []).append(judgement)
        choices = [self.counters_of(found) for found in by_choice.values()]
        return Answer(
            row=row,
            question=question.name,
            tells=value not in ("", *MISSING_VALUES),
            counters=self.counters_of(judgements),
            bears=sum(bit for element, bit in ELEMENT_BIT.items() if any(bears_on(j, element) for j in judgements)),
            judgements=tuple(judgements),
            indicators=(_found(question, judgements, LISTS[0]), _found(question, judgements, LISTS[1])),
            forms=frozenset(form for judgement in judgements for form in judgement.forms),
            urgent=frozenset(need for judgement in judgements for need in judgement.urgent),
            ways=tuple(row for row in choices if self.shows_child(row)),
        )

    def counters_of(self, judgements: Sequence[Judgement]) -> int:
        """Return the counters of one answer that carries these judgements."""
        weights: dict[Key, Weights] = {}
        shared: set[int] = set()
        for judgement in judgements:
            key, pair = (judgement.indicator, judgement.dimension), (judgement.strength, judgement.child_strength)
            if key in self._shared:
                shared.add(self._shared[key][pair])
            elif judgement.indicator:
                weights[key] = _heavier_of(weights.get(key, (None, None)), pair)
        row = self._weigh(weights) + sum(map(self.counters.of_shared, shared))
        for element in PALERMO_ELEMENTS:
            grades = [stated_grade(judgement) for judgement in judgements if element in judgement.elements]
            row += self.counters.of_statement(element, max(grades)) if grades else 0
        is_child = any(Element.CHILD in judgement.elements for judgement in judgements)
        return row + (self.counters.of_child() if is_child else 0)

    def _weigh(self, weights: Mapping[Key, Weights]) -> int:
        return sum(self.counters.of_indicator(of, pair) for (_, of), pair in weights.items() if of is not None)

    def _weigh_shared(self, above: int) -> int:
        """Each shared indicator once, with the heaviest of the weights that it was shown with."""
        numbers = set(self.counters.shared_in(above))
        weights: dict[Key, Weights] = {}
        for key, pairs in self._shared.items():
            for pair, number in pairs.items():
                if number in numbers:
                    weights[key] = _heavier_of(weights.get(key, (None, None)), pair)
        if len(self._shared_rows) >= MAX_VERDICTS:
            self._shared_rows.clear()
        self._shared_rows[above] = self._weigh(weights)
        return self._shared_rows[above]

    def _rank(self, marks: int) -> tuple[int, int]:
        if len(self._ranks) >= MAX_VERDICTS:
            self._ranks.clear()
        adult, young = (level_of(self._findings(marks, of)).rank for of in LISTS)
        self._ranks[marks] = adult, young
        return adult, young

    def _findings(self, marks: int, of: int) -> Findings:
        shown = self.counters.read(marks, of)
        return grade_elements(shown.stated, shown.touched, shown.positive, AGES[of])

    def _decide(self, marks: int, of: int) -> Verdict:
        found = self._findings(marks, of)
        dimensions = tuple(dimension for dimension in Dimension if dimension in found.dimensions)
        label = classify(found) if self.judged else None
        return Verdict(
            level_of(found), found, dimensions, label, [elements_of(found, open_) for open_ in OPEN_ELEMENTS]
        )


class Compiled(Generic[Made]):
    """Something made once for each instrument object; an instrument never changes."""

    def __init__(self, make: Callable[[Instrument], Made]) -> None:
        self._make = make
        self._kept: dict[int, tuple[Instrument, Made]] = {}

    def of(self, instrument: Instrument) -> Made:
        """Return what was made for an instrument, or make it."""
        kept = self._kept.get(id(instrument))
        if kept is not None and kept[0] is instrument:
            return kept[1]
        if len(self._kept) >= MAX_INSTRUMENTS:
            self._kept.clear()
        made = self._make(instrument)
        self._kept[id(instrument)] = (instrument, made)
        return made


tables = Compiled(Table)


def merge_indicators(found: Iterable[IndicatorFound]) -> tuple[IndicatorFound, ...]:
    """Return each indicator once, with its heaviest weight and every question it came from."""
    merged: dict[Key, IndicatorFound] = {}
    for one in found:
        seen = merged.get((one.name, one.dimension))
        if seen is not None:
            because = tuple(dict.fromkeys((*seen.because, *one.because)))
            one = IndicatorFound(one.name, heavier(seen.strength, one.strength), one.dimension, because)  # noqa: PLW2901
        merged[one.name, one.dimension] = one
    return tuple(merged.values())


def _found(question: Question, judgements: Iterable[Judgement], of: int) -> tuple[IndicatorFound, ...]:
    """The indicators of one answer by one list; those not in that list are left out."""
    weighed = [(j, j.child_strength if of else j.strength) for j in judgements if j.indicator]
    return merge_indicators(
        IndicatorFound(j.indicator, weight, j.dimension, (question.name,))
        for j, weight in weighed
        if weight is not None or j.dimension is None
    )


def _shared_numbers(questions: Iterable[Question]) -> Mapping[Key, Mapping[Weights, int]]:
    """Number each weight of each indicator that more than one answer at a time may show."""
    carriers: dict[Key, set[tuple[str, bool]]] = {}
    weights: dict[Key, dict[Weights, None]] = {}
    for question in questions:
        carried = [(choice.name, choice.judgement) for choice in question.choices if choice.judgement]
        carried += [(YES, question.judgement)] if question.judgement else []
        for value, judgement in carried:
            if judgement.indicator:
                key = (judgement.indicator, judgement.dimension)
                carriers.setdefault(key, set()).add((question.name, value in MISSING_VALUES))
                weights.setdefault(key, {})[judgement.strength, judgement.child_strength] = None
    numbers = count()
    return {key: {pair: next(numbers) for pair in pairs} for key, pairs in weights.items() if len(carriers[key]) > 1}


def _largest_sum(judgements: Iterable[Judgement]) -> int:
    """How often the most frequent dimension or element is named at all: no counter grows past a few times this."""
    named = Counter[str]()
    for judgement in judgements:
        named.update([judgement.dimension or "", judgement.indicator, *judgement.elements])
    return max(named.values(), default=1)


def _heavier_of(one: Weights, other: Weights) -> Weights:
    return heavier(one[0], other[0]), heavier(one[1], other[1])


def _all(question: Question) -> list[Judgement]:
    judgements = [question.judgement, *(choice.judgement for choice in question.choices)]
    return [judgement for judgement in judgements if judgement]


@lru_cache(maxsize=1024)
def forms_in_order(named: frozenset[Exploitation]) -> tuple[Exploitation, ...]:
    """Return forms of exploitation in their own order."""
    return tuple(form for form in Exploitation if form in named)
