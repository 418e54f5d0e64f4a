"""A row of counters in one integer, so that adding up answers is adding integers.

Each dimension has, for the list of adults and for that of children, a counter of half-weights (a strong indicator
counts two, a medium one) and a counter of weak indicators; each of the three elements has a counter of answers that
establish it and one of answers that make it suspected; one more counts reasons to believe in a child. In these
counters the decision rule of the Delphi survey (`findings.dimension_is_positive`) reads: three half-weights, or two
and a weak indicator. Every counter has a spare top bit: adding "top bit less threshold" to all counters at once sets
it exactly where a counter reaches its threshold.

An indicator counts once however many questions show it: those that more than one question asks about have counters of
their own above the others (`Counters.of_shared`), and are turned into weights when a row is read.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from mainstay.identify.rules.findings import ESTABLISHED, NONE, PALERMO_ELEMENTS, SUSPECTED
from mainstay.identify.types import Dimension, Element, Strength

LISTS = (0, 1)
"""The list of adults, the list of children."""

_DIMENSIONS = tuple(Dimension)
_SIZE = len(LISTS) * len(_DIMENSIONS)
_HALVES = range(_SIZE)
_WEAK = range(_SIZE, 2 * _SIZE)
_STATED = range(2 * _SIZE, 2 * _SIZE + 2 * len(PALERMO_ELEMENTS))
_CHILD = _STATED.stop
_SHARED = _CHILD + 1
"""The first of the counters of shared indicators."""
HALVES_OF = {Strength.STRONG: 2, Strength.MEDIUM: 1}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a marked row of counters says, for one list."""

    touched: frozenset[Dimension]
    positive: frozenset[Dimension]
    stated: Mapping[Element, int]


class Counters:
    """A layout of counters, each of which can hold a sum of up to `most`."""

    def __init__(self, most: int) -> None:
        self.width = max(most.bit_length(), 2) + 1
        self.shift = _SHARED * self.width
        self.child = ((1 << self.width) - 1) << (_CHILD * self.width)
        top = 1 << (self.width - 1)
        fields = range(_STATED.stop)
        self.tops = self._row(dict.fromkeys(fields, top))
        self.half_tops = self._row(dict.fromkeys(_HALVES, top))
        self.all_thresholds = self._row({field: top - (3 if field in _HALVES else 1) for field in fields})
        self.two_halves = self._row(dict.fromkeys(_HALVES, top - 2))
        self.one_half = self._row(dict.fromkeys(_HALVES, top - 1))

    def of_indicator(self, dimension: Dimension, weights: tuple[Strength | None, Strength | None]) -> int:
        """Return the counters of one indicator with its weights for adults and for children."""
        row: dict[int, int] = {}
        for of, weight in zip(LISTS, weights, strict=True):
            place = of * len(_DIMENSIONS) + _DIMENSIONS.index(dimension)
            if weight is Strength.WEAK:
                row[_WEAK[place]] = 1
            elif weight is not None:
                row[_HALVES[place]] = HALVES_OF[weight]
        return self._row(row)

    def of_statement(self, element: Element, grade: int) -> int:
        """Return the counters of an answer that states one of the three elements; establishing is also suspecting."""
        return self._row({_stated(element, reached): 1 for reached in range(SUSPECTED, grade + 1)})

    def of_child(self) -> int:
        """Return the counters of a reason to believe in a child."""
        return self._row({_CHILD: 1})

    def of_shared(self, number: int) -> int:
        """Return the counters of the shared indicator of that number."""
        return self._row({_SHARED + number: 1})

    def shared_in(self, above: int) -> Iterator[int]:
        """Yield the numbers of the shared indicators that the upper part of a row holds."""
        for number, count in enumerate(self._split(above)):
            if count:
                yield number

    def marker(self) -> Callable[[int], int]:
        """Return a function that gives one bit for each threshold that a row reaches; findings depend on no more.

        The row is one without its upper part.
        """
        all_thresholds, tops = self.all_thresholds, self.tops
        two_halves, one_half, half_tops = self.two_halves, self.one_half, self.half_tops

        def marks(row: int) -> int:
            two_reached, one_reached = (row + two_halves) & half_tops, (row + one_half) & half_tops
            return (row + all_thresholds) & tops | two_reached >> 1 | one_reached >> 2

        return marks

    def read(self, marks: int, of: int) -> Shown:
        """Return what the marks say for a list."""
        halves, weak = self._reached(marks, of), self._has_weak(marks, of)
        return Shown(
            touched=frozenset(d for d in _DIMENSIONS if halves[d] or weak[d]),
            positive=frozenset(d for d in _DIMENSIONS if halves[d] == 3 or (halves[d] == 2 and weak[d])),
            stated={element: self._grade(marks, element) for element in PALERMO_ELEMENTS},
        )

    def covers(self, one: int, other: int) -> bool:
        """Return whether every counter of one row is at least that of another."""
        return all(a >= b for a, b in zip_longest(self._split(one), self._split(other), fillvalue=0))

    def _row(self, values: Mapping[int, int]) -> int:
        return sum(value << (field * self.width) for field, value in values.items())

    def _split(self, row: int) -> Iterator[int]:
        while row:
            yield row & ((1 << self.width) - 1)
            row >>= self.width

    def _top(self, marks: int, field: int, below: int = 0) -> bool:
        return bool(marks >> (field * self.width + self.width - 1 - below) & 1)

    def _reached(self, marks: int, of: int) -> dict[Dimension, int]:
        """Up to three half-weights for each dimension; more than three make no difference."""
        fields = enumerate(_DIMENSIONS, start=of * len(_DIMENSIONS))
        return {d: sum(self._top(marks, _HALVES[place], below) for below in range(3)) for place, d in fields}

    def _has_weak(self, marks: int, of: int) -> dict[Dimension, bool]:
        fields = enumerate(_DIMENSIONS, start=of * len(_DIMENSIONS))
        return {d: self._top(marks, _WEAK[place]) for place, d in fields}

    def _grade(self, marks: int, element: Element) -> int:
        if self._top(marks, _stated(element, ESTABLISHED)):
            return ESTABLISHED
        return SUSPECTED if self._top(marks, _stated(element, SUSPECTED)) else NONE


def _stated(element: Element, grade: int) -> int:
    return _STATED[2 * PALERMO_ELEMENTS.index(element) + (grade == SUSPECTED)]
