"""What the missing answers still allow, and which of them would settle most: unanswered is not no."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

from mainstay.identify.rules.counters import LISTS
from mainstay.identify.rules.tables import Answer, Options, Row, Table
from mainstay.identify.types import Answers

STEPS = 2_000
"""So many combinations of conflicting answers are tried; past it, all that they could show is put together."""
SETTLING = 3
FEW = 8
"""Up to so many open questions are looked at one by one."""
TOP = 3
"""The rank of the highest level."""
ADULTS, CHILDREN = LISTS


@dataclass(slots=True)
class Reading:
    """The answers added up, as rows of counters.

    `present` is what they show; `certain` what no missing answer can take back; `lasting` what they show if every
    answer is taken back that may be and that gives reason to believe in a child. `ways` are the single answers among
    these that give such a reason; `open_rows` are the questions that bear on the level and have no answer.
    """

    shown: list[Answer]
    open_rows: list[Row]
    missing: AbstractSet[str]
    present: int
    certain: int
    lasting: int
    ways: Sequence[int]


def read(table: Table, answers: Answers, not_asked: Collection[str]) -> Reading:
    """Add up the answers; `not_asked` names the questions that the form leaves out, given these answers."""
    shown: list[Answer] = []
    silent: list[Row] = []
    present = 0
    get = answers.get
    for name, values, row in table.rows:
        value = get(name, "")
        answer = values[value] if value in values else row.answer(value)
        if answer is None:
            continue
        if not answer.tells:
            silent.append(row)
        if answer.judgements:
            shown.append(answer)
            present += answer.counters
    missing = {row.name for row in silent} if table.branches or not_asked else frozenset[str]()
    open_rows = [row for row in silent if row.judged and not (row.name in not_asked and row.is_decided(missing))]
    unsure = [answer for answer in shown if not answer.row.is_decided(missing)] if table.branches else []
    certain = present - sum([answer.counters for answer in unsure])
    lasting = present - sum([answer.counters for answer in unsure if answer.ways])
    return Reading(
        shown, open_rows, missing, present, certain, lasting, [way for answer in unsure for way in answer.ways]
    )


class Reach:
    """How low and how high the level can come out over all completions of the missing answers."""

    def __init__(self, table: Table, reading: Reading, child: bool | None) -> None:
        self._ranks, self._child_mask, self._child = table.ranks, table.child_mask, child
        self._reading, self._ways_count = (
            reading,
            child is False and table.lighter_for_children and table.names_children,
        )
        of_all = _put_together([row.fullest for row in reading.open_rows])
        of_adults = (
            _put_together([row.fullest_of_adult for row in reading.open_rows]) if table.names_children else of_all
        )
        self._open = (of_adults, of_all)

    def lowest(self, certain: int, ways: Iterable[int]) -> int:
        """Return the lowest rank: what is certain, by every list that the person's age leaves open.

        To a person stated to be an adult the list of children is opened by each of `ways`.
        """
        adult, young = self._ranks(certain)
        if self._child or certain & self._child_mask:
            return young
        if young >= adult:
            return adult
        if self._child is None:
            return young
        return min([adult, *[self._ranks(certain + way)[CHILDREN] for way in ways]])

    def highest(self, present: int, lasting: int, certain: int) -> "Height":
        """Return how high the level can come out, and with which answers."""
        by_children = self._highest(CHILDREN, present, None)
        if by_children.rank == TOP or self._child or certain & self._child_mask:
            return by_children
        by_adults = self._highest(ADULTS, lasting, None)
        return max(by_children, by_adults, key=_rank)

    def highest_rank(self, present: int, lasting: int, certain: int, answered: Row) -> int:
        """Return the highest rank once `answered` is counted in; which answers reach it is not asked for."""
        by_children = self._highest_rank(CHILDREN, present, answered.fullest)
        if by_children == TOP or self._child or certain & self._child_mask:
            return by_children
        return max(by_children, self._highest_rank(ADULTS, lasting, answered.fullest_of_adult))

    def moved(self, height: "Height", rows: Sequence[Row]) -> set[str]:
        """Return which of the open questions the height needs: it is not reached where one of them shows nothing.

        Where the answers to one half of the questions reach it, none of the other half is needed.
        """
        of = height.of
        options = [row.fullest if of == CHILDREN else row.fullest_of_adult for row in rows]
        parts = [height.chosen.get(id(option), option.union) for option in options]
        needed: set[str] = set()
        for half in (0, 1) if len(rows) > FEW else ():
            if self._reaches(height, height.row - sum(parts[half::2])):
                rows, parts = rows[1 - half :: 2], parts[1 - half :: 2]
                break
        for row, part in zip(rows, parts, strict=True):
            if part and not self._reaches(height, height.row - part):
                needed.add(row.name)
        return needed

    def _reaches(self, height: "Height", row: int) -> bool:
        if height.of == CHILDREN and self._child is False and not row & self._child_mask:
            return False
        return self._ranks(row)[height.of] == height.rank

    def ways(self, answered: Row | None = None) -> list[int]:
        """Return what every single answer adds that would give a reason to believe in a child, where that counts."""
        if not self._ways_count:
            return []
        others = [row for row in self._reading.open_rows if row.ways and row is not answered]
        return [*self._reading.ways, *[way for row in others for way in row.ways]]

    def _highest_rank(self, of: int, base: int, answered: Options) -> int:
        sure, _conflicting, conflicts = self._open[of]
        if conflicts or answered.conflicts:
            return self._highest(of, base, answered).rank
        most = base + sure - answered.union
        if self._child is False and of == CHILDREN and not most & self._child_mask:
            return -1
        return self._ranks(most)[of]

    def _highest(self, of: int, base: int, answered: Options | None) -> "Height":
        """The greatest height by one list; rank -1 where it is closed to this person."""
        sure, conflicting, conflicts = self._open[of]
        if answered and answered.conflicts:
            conflicting -= answered.union
            conflicts = [option for option in conflicts if option is not answered]
        elif answered:
            sure -= answered.union
        most = base + sure + conflicting
        if self._child is False and of == CHILDREN and not most & self._child_mask:
            return Height(-1, of, most, {})
        if conflicts:
            return self._search(of, base + sure, most, conflicts)
        return Height(self._ranks(most)[of], of, most, {})

    def _search(self, of: int, base: int, most: int, conflicts: Sequence[Options]) -> "Height":
        """Try every combination of conflicting answers that could do better than the best so far."""
        needs_child = of == CHILDREN and self._child is False
        best, steps = Height(-1, of, base, {}), 0

        def search(place: int, most: int, chosen: dict[int, int]) -> None:
            nonlocal best, steps
            steps += 1
            rank = self._ranks(most)[of]
            if rank <= best.rank or (needs_child and not most & self._child_mask):
                return
            if place == len(conflicts) or steps > STEPS:
                best = Height(rank, of, most, chosen)
                return
            option = conflicts[place]
            for part in option.parts:
                if best.rank < rank:
                    search(place + 1, most - option.union + part, {**chosen, id(option): part})

        search(0, most, {})
        return best


class Height(NamedTuple):
    """How high the level can come out, by which list, and with which answers.

    `row` is all that they show together; `chosen` holds the answer taken where several conflict, by the id of the
    options that it is one of.
    """

    rank: int
    of: int
    row: int
    chosen: Mapping[int, int]


def _rank(height: Height) -> int:
    return height.rank


def _put_together(options: Sequence[Options]) -> tuple[int, int, Sequence[Options]]:
    """What open questions can add: those with one fullest answer, the others at the very most, and these others."""
    conflicts = [option for option in options if option.conflicts]
    conflicting = sum([option.union for option in conflicts])
    return sum([option.union for option in options]) - conflicting, conflicting, conflicts


def settling(
    reading: Reading, reach: Reach, lowest: int, height: Height, not_asked: Collection[str]
) -> tuple[str, ...]:
    """Return the questions, at most three, whose answers would narrow the interval most.

    How much a question narrows it: for each of its choices that say something (in a question that takes several, each
    one alone), by how many levels the distance from lowest to highest shrinks once it is answered so; the mean of
    these, each choice counting the same. The largest first, ties in the order of the form. Questions that are asked
    now and of which some answer would narrow it, no others. Which further questions an answer opens or closes is left
    out of the reckoning: they stay as open, and answers to them as uncertain, as they are.
    """
    if lowest == height.rank:
        return ()
    moved = reach.moved(height, reading.open_rows)
    by_kind: dict[int, float] = {}
    gains = []
    for row in reading.open_rows:
        if row.choices and row.name not in not_asked:
            alike = row.kind if not row.rests_on else -1
            gain = by_kind.get(alike)
            if gain is None:
                gain = _narrowing(reading, reach, row, (lowest, height.rank), kept=row.name not in moved)
                if alike >= 0:
                    by_kind[alike] = gain
            if gain > 0:
                gains.append((gain, row.name))
    best = sorted(gains, key=lambda gain: -gain[0])
    return tuple([name for _, name in best[:SETTLING]])


def _narrowing(reading: Reading, reach: Reach, row: Row, limits: tuple[int, int], *, kept: bool) -> float:
    """The mean narrowing over the choices of a question; `kept`: the highest level is reached without it."""
    lowest, highest = limits
    sure = not row.rests_on or row.is_decided(reading.missing)
    gained = 0
    for shown, own_ways, count in row.outcomes:
        low, high = limits
        certain = reading.certain + shown if sure else reading.certain
        if (sure and shown) or row.ways:
            low = reach.lowest(certain, reach.ways(row) if sure else [*reach.ways(row), *own_ways])
        if own_ways or not kept:
            lasting = reading.lasting if own_ways else reading.lasting + shown
            high = reach.highest_rank(reading.present + shown, lasting, certain, row)
        gained += count * (low - lowest + highest - high)
    return gained / row.choices
