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
        self.stated_tops = self._row(dict.fromkeys(_STATED, top))
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
        """Return a function that marks what a row without its upper part reaches; findings depend on no more.

        A dimension is marked in the top bit of its half-weights where it is positive, in the bit below where it is
        touched; an element in the top bits of its own counters.
        """
        all_thresholds, tops, halves = self.all_thresholds, self.tops, self.half_tops
        two_halves, one_half, stated, to_halves = self.two_halves, self.one_half, self.stated_tops, _SIZE * self.width

        def marks(row: int) -> int:
            reached = (row + all_thresholds) & tops
            weak = (reached >> to_halves) & halves
            positive = reached | (row + two_halves) & weak
            touched = (row + one_half) & halves | weak
            return positive & halves | touched >> 1 | reached & stated

        return marks

    def ranker(
        self, kept: Mapping[int, tuple[int, int]], rank: Callable[[int], tuple[int, int]]
    ) -> Callable[[int], tuple[int, int]]:
        """Return a function from a row to the ranks kept for its marks, or else those that `rank` finds.

        It says the marks once more: it is called a dozen times for each assessment, and a call within it would double
        what it costs.
        """
        all_thresholds, tops, halves = self.all_thresholds, self.tops, self.half_tops
        two_halves, one_half, stated, to_halves = self.two_halves, self.one_half, self.stated_tops, _SIZE * self.width
        get = kept.get

        def ranks(row: int) -> tuple[int, int]:
            reached = (row + all_thresholds) & tops
            weak = (reached >> to_halves) & halves
            positive = reached | (row + two_halves) & weak
            touched = (row + one_half) & halves | weak
            marks = positive & halves | touched >> 1 | reached & stated
            return get(marks) or rank(marks)

        return ranks

    def read(self, marks: int, of: int) -> Shown:
        """Return what the marks say for a list."""
        places = [(dimension, of * len(_DIMENSIONS) + place) for place, dimension in enumerate(_DIMENSIONS)]
        return Shown(
            touched=frozenset([dimension for dimension, place in places if self._top(marks, place, 1)]),
            positive=frozenset([dimension for dimension, place in places if self._top(marks, place)]),
            stated={element: self._grade(marks, element) for element in PALERMO_ELEMENTS},
        )

    def covers(self, one: int, other: int) -> bool:
        """Return whether every counter of one row is at least that of another."""
        return all(a >= b for a, b in zip_longest(self._split(one), self._split(other), fillvalue=0))

    def _row(self, values: Mapping[int, int]) -> int:
        return sum(value << (field * self.width) for field, value in values.items())

    def _split(self, row: int) -> Iterator[int]:
        if row < 0:
            raise ValueError("A row of counters is never taken below nothing")
        while row:
            yield row & ((1 << self.width) - 1)
            row >>= self.width

    def _top(self, marks: int, field: int, below: int = 0) -> bool:
        return bool(marks >> (field * self.width + self.width - 1 - below) & 1)

    def _grade(self, marks: int, element: Element) -> int:
        if self._top(marks, _stated(element, ESTABLISHED)):
            return ESTABLISHED
        return SUSPECTED if self._top(marks, _stated(element, SUSPECTED)) else NONE


def _stated(element: Element, grade: int) -> int:
    return _STATED[2 * PALERMO_ELEMENTS.index(element) + (grade == SUSPECTED)]
