"""An instrument read once: what each answer to each question adds, as counters that only need adding up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from mainstay.identify.rules.counters import LISTS, Counters
from mainstay.identify.rules.findings import (
    PALERMO_ELEMENTS,
    Findings,
    bears_on,
    classify,
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
    Exploitation,
    IndicatorFound,
    Instrument,
    Judgement,
    Level,
    Question,
    Strength,
    Urgent,
)

MAX_TABLES = 128
MAX_VERDICTS = 50_000
MAX_VALUES = 4_096
"""So many verdicts, and values of one question, are kept and no more: answers come from outside."""

ELEMENT_BIT = {element: 1 << place for place, element in enumerate(Element)}
CHILD, CONSENT = ELEMENT_BIT[Element.CHILD], ELEMENT_BIT[Element.CONSENT]

Key = tuple[str, Dimension | None]
"""An indicator counts once in a dimension."""


@dataclass(frozen=True, slots=True)
class Part:
    """What may be added up: counters, and the indicators that other questions ask about too (as bits)."""

    row: int
    shared: int
    child: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What one value of one question says.

    `bears` has a bit for each element that it bears on; `indicators` are those of the list of adults and of children.
    `ways` are its single choices that give reason to believe in a child.
    """

    question: str
    tells: bool
    part: Part
    bears: int
    indicators: tuple[tuple[IndicatorFound, ...], tuple[IndicatorFound, ...]]
    forms: frozenset[Exploitation]
    urgent: frozenset[Urgent]
    ways: tuple[Part, ...]
    is_sign: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a row of counters comes to by one list."""

    rank: int
    level: Level
    found: Findings
    dimensions: tuple[Dimension, ...]
    classification: Classification | None


@dataclass(frozen=True, slots=True)
class Options:
    """The answers to a question that show most; `union` is all of them together, never less than one of them."""

    union: Part
    parts: tuple[Part, ...]


class Row:
    """One question as a row of the table."""

    def __init__(self, table: "Table", question: Question, names: frozenset[str]) -> None:
        self._table, self._question = table, question
        self.name = question.name
        self.judged = question.bears_on_level
        self.rests_on = question.depends_on
        self.rests_on_known = names.issuperset(question.depends_on)
        values = {"", *MISSING_VALUES, *((choice.name for choice in question.choices) if self.judged else ())}
        self.values = {value: table.answer(question, value) for value in values}
        self._said = table.answer(question, "\0")  # says something, shows nothing
        self.can_show = sum(ELEMENT_BIT[e] for e in PALERMO_ELEMENTS if any(bears_on(j, e) for j in _all(question)))

    def answer(self, value: str) -> Answer:
        """Return what a value says that is none of the form's choices as they stand."""
        if not self.judged or not (self._question.multiple or value == YES):
            return self._said
        answer = self._table.answer(self._question, value)
        if len(self.values) < MAX_VALUES:
            self.values[value] = answer
        return answer

    @cached_property
    def outcomes(self) -> tuple[tuple[Answer, int], ...]:
        """Each different thing that a choice which says something may show, and how many choices show it."""
        counts: dict[tuple[Part, tuple[Part, ...]], list[Answer]] = {}
        for choice in self._question.choices:
            if choice.name not in MISSING_VALUES:
                answer = self._table.answer(self._question, choice.name)
                counts.setdefault((answer.part, answer.ways), []).append(answer)
        return tuple((answers[0], len(answers)) for answers in counts.values())

    @cached_property
    def choices(self) -> int:
        """How many choices say something."""
        return sum(count for _, count in self.outcomes)

    @cached_property
    def ways(self) -> tuple[Part, ...]:
        """What each single choice that gives reason to believe in a child shows."""
        answers = [self._table.answer(self._question, choice.name).part for choice in self._question.choices]
        return tuple(dict.fromkeys(part for part in answers if part.child))

    @cached_property
    def fullest(self) -> Options:
        """The answers that show most, whoever gives them."""
        return self._options(_all_choices(self._question))

    @cached_property
    def fullest_of_adult(self) -> Options:
        """The answers that show most and give no reason to believe in a child."""
        names = _all_choices(self._question)
        return self._options([name for name in names if not self._table.answer(self._question, name).part.child])

    def _options(self, names: Sequence[str]) -> Options:
        union = self._table.part([j for name in names for _, j in self._question.judgements(name)])
        if self._question.multiple or not names:
            return Options(union, (union,))
        parts = list(dict.fromkeys(self._table.answer(self._question, name).part for name in names))
        return Options(union, tuple(part for part in parts if not any(self._less(part, other) for other in parts)))

    def _less(self, part: Part, other: Part) -> bool:
        return (
            part != other
            and part.shared | other.shared == other.shared
            and part.child <= other.child
            and self._table.counters.covers(other.row, part.row)
        )


class Table:
    """Everything about an instrument that does not depend on the answers."""

    def __init__(self, instrument: Instrument) -> None:
        judgements = [j for question in instrument.questions for j in _all(question)]
        self._shared = _shared_bits(instrument.questions)
        self.shares = bool(self._shared)
        self.counters = Counters(2 * len(judgements) * 2)
        self._verdicts: dict[int, tuple[Verdict, Verdict]] = {}
        self._shared_rows: dict[int, int] = {0: 0}
        names = frozenset(question.name for question in instrument.questions)
        questions = [Row(self, question, names) for question in instrument.questions]
        self.rows = tuple((row.name, row.values, row) for row in questions)
        self.branches = any(row.rests_on for row in questions)
        self.judged = any(row.judged for row in questions)
        self.never_shown = sum(ELEMENT_BIT[e] for e in PALERMO_ELEMENTS if not any(bears_on(j, e) for j in judgements))

    def verdicts(self, row: int, shared: int) -> tuple[Verdict, Verdict]:
        """Return what counters come to by the list of adults and by that of children."""
        if shared:
            row += self._shared_rows.get(shared) or self._row_of_shared(shared)
        marks = self.counters.marks(row)
        return self._verdicts.get(marks) or self._decide(marks)

    def answer(self, question: Question, value: str) -> Answer:
        """Return what a value of a question says."""
        taken = question.judgements(value)
        judgements = [judgement for _, judgement in taken]
        by_choice: dict[str, list[Judgement]] = {}
        for name, judgement in taken:
            by_choice.setdefault(name, []).append(judgement)
        choices = [self.part(found) for found in by_choice.values()]
        return Answer(
            question=question.name,
            tells=value not in ("", *MISSING_VALUES),
            part=self.part(judgements),
            bears=sum(bit for element, bit in ELEMENT_BIT.items() if any(bears_on(j, element) for j in judgements)),
            indicators=(_found(question, judgements, LISTS[0]), _found(question, judgements, LISTS[1])),
            forms=frozenset(form for judgement in judgements for form in judgement.forms),
            urgent=frozenset(need for judgement in judgements for need in judgement.urgent),
            ways=tuple(part for part in choices if part.child),
            is_sign=bool(judgements),
        )

    def part(self, judgements: Iterable[Judgement]) -> Part:
        """Return what judgements of one answer add."""
        judgements = list(judgements)
        row = shared = 0
        weights: dict[Key, tuple[Strength | None, Strength | None]] = {}
        for judgement in judgements:
            key = (judgement.indicator, judgement.dimension)
            pair = (judgement.strength, judgement.child_strength)
            if judgement.indicator:
                if key in self._shared:
                    shared |= self._shared[key][pair]
                else:
                    weights[key] = _heavier_of(weights.get(key, (None, None)), pair)
        for (_, dimension), pair in weights.items():
            row += self.counters.of_indicator(dimension, pair) if dimension else 0
        for element in PALERMO_ELEMENTS:
            grades = [stated_grade(judgement) for judgement in judgements if element in judgement.elements]
            row += self.counters.of_statement(element, max(grades)) if grades else 0
        return Part(row, shared, any(Element.CHILD in judgement.elements for judgement in judgements))

    def _row_of_shared(self, bits: int) -> int:
        row = 0
        for (_, dimension), pairs in self._shared.items():
            pair: tuple[Strength | None, Strength | None] = (None, None)
            for weights, bit in pairs.items():
                pair = _heavier_of(pair, weights) if bits & bit else pair
            row += self.counters.of_indicator(dimension, pair) if dimension else 0
        if len(self._shared_rows) > MAX_VERDICTS:
            self._shared_rows.clear()
        self._shared_rows[bits] = row
        return row

    def _decide(self, marks: int) -> tuple[Verdict, Verdict]:
        if len(self._verdicts) > MAX_VERDICTS:
            self._verdicts.clear()
        pair = self._verdict(marks, LISTS[0], AgeStatus.ADULT), self._verdict(marks, LISTS[1], AgeStatus.CHILD)
        self._verdicts[marks] = pair
        return pair

    def _verdict(self, marks: int, of: int, age: AgeStatus) -> Verdict:
        shown = self.counters.read(marks, of)
        found = grade_elements(shown.stated, shown.touched, shown.positive, age)
        level = level_of(found)
        dimensions = tuple(dimension for dimension in Dimension if dimension in found.dimensions)
        return Verdict(level.rank, level, found, dimensions, classify(found) if self.judged else None)


_TABLES: dict[int, tuple[Instrument, Table]] = {}


def table_of(instrument: Instrument) -> Table:
    """Return the table of an instrument, made once for each instrument object."""
    kept = _TABLES.get(id(instrument))
    if kept is not None and kept[0] is instrument:
        return kept[1]
    if len(_TABLES) >= MAX_TABLES:
        _TABLES.clear()
    table = Table(instrument)
    _TABLES[id(instrument)] = (instrument, table)
    return table


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


def _shared_bits(
    questions: Iterable[Question],
) -> Mapping[Key, Mapping[tuple[Strength | None, Strength | None], int]]:
    """A bit for each weight of each indicator that more than one answer at a time may show."""
    carriers: dict[Key, set[tuple[str, bool]]] = {}
    weights: dict[Key, dict[tuple[Strength | None, Strength | None], None]] = {}
    for question in questions:
        carried = [(choice.name, choice.judgement) for choice in question.choices if choice.judgement]
        carried += [(YES, question.judgement)] if question.judgement else []
        for value, judgement in carried:
            if judgement.indicator:
                key = (judgement.indicator, judgement.dimension)
                carriers.setdefault(key, set()).add((question.name, value in MISSING_VALUES))
                weights.setdefault(key, {})[judgement.strength, judgement.child_strength] = None
    bits = iter(range(sum(map(len, weights.values()))))
    return {key: {pair: 1 << next(bits) for pair in pairs} for key, pairs in weights.items() if len(carriers[key]) > 1}


def _heavier_of(
    one: tuple[Strength | None, Strength | None], other: tuple[Strength | None, Strength | None]
) -> tuple[Strength | None, Strength | None]:
    return heavier(one[0], other[0]), heavier(one[1], other[1])


def _all(question: Question) -> list[Judgement]:
    judgements = [question.judgement, *(choice.judgement for choice in question.choices)]
    return [judgement for judgement in judgements if judgement]


def _all_choices(question: Question) -> list[str]:
    return [choice.name for choice in question.choices]
