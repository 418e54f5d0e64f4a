"""What the missing answers still allow, and which of them would settle most: unanswered is not no."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from mainstay.identify.rules.tables import CHILD, Answer, Options, Part, Row, Table
from mainstay.identify.types import Answers

ADULT_LIST, CHILD_LIST = 0, 1
STEPS = 2_000
"""So many combinations of conflicting answers are tried; past it, all that they could show is put together."""
SETTLING = 3
TOP = 3
"""The rank of the highest level."""
NOTHING = Part(0, 0)


@dataclass(slots=True)
class Reading:
    """The answers added up.

    `present` is what they show; `certain` what no missing answer can take back; `lasting` what they show if every
    answer is taken back that may be and that gives reason to believe in a child. `ways` are single answers that would
    give such a reason, and `open_rows` the questions that bear on the level and have no answer.
    """

    shown: list[Answer]
    bears: int
    missing: set[str]
    present: Part
    certain: Part
    lasting: Part
    ways: list[Part]
    open_rows: list[Row]


def read(table: Table, answers: Answers, not_asked: Collection[str]) -> Reading:
    """Add up the answers; `not_asked` names the questions that the form leaves out, given these answers."""
    shown: list[Answer] = []
    open_rows: list[Row] = []
    total = shared = bears = 0
    get = answers.get
    for name, values, row in table.rows:
        value = get(name, "")
        answer = values.get(value) or row.answer(value)
        if not answer.tells:
            open_rows.append(row)
        if answer.is_sign:
            shown.append(answer)
            total += answer.part.row
            shared |= answer.part.shared
            bears |= answer.bears
    present = Part(total, shared, bool(bears & CHILD))
    if not table.branches and not not_asked:
        return Reading(shown, bears, set(), present, present, present, [], [row for row in open_rows if row.judged])
    missing = {row.name for row in open_rows}
    still_open = [row for row in open_rows if row.judged and (row.name not in not_asked or not _decided(row, missing))]
    taken_back = {row.name for _, _, row in table.rows if row.rests_on and not _decided(row, missing)}
    unsure = [answer for answer in shown if answer.question in taken_back]
    if not unsure:
        return Reading(shown, bears, missing, present, present, present, [], still_open)
    return Reading(
        shown,
        bears,
        missing,
        present,
        certain=_sum(answer.part for answer in shown if answer not in unsure),
        lasting=_sum(answer.part for answer in shown if not (answer.part.child and answer in unsure)),
        ways=[way for answer in unsure for way in answer.ways],
        open_rows=still_open,
    )


def interval(table: Table, reading: Reading, child: bool | None) -> tuple[int, int]:
    """Return the lowest and the highest rank over all completions of the missing answers, at every age left open."""
    ways = [*reading.ways, *(way for row in reading.open_rows for way in row.ways)]
    return (
        _lowest(table, reading.certain, ways, child),
        _Heights(table, reading, child).without(None),
    )


def settling(
    table: Table, reading: Reading, child: bool | None, limits: tuple[int, int], not_asked: Collection[str]
) -> tuple[str, ...]:
    """Return the questions, at most three, whose answers would narrow the interval most.

    How much a question narrows it: for each of its choices that say something (in a question that takes several, each
    one alone), by how many levels the distance from lowest to highest shrinks once it is answered so; the mean of
    these, each choice counting the same. The largest first, ties in the order of the form. Questions that are asked
    now and whose answer could change something, no others. Which further questions an answer opens or closes is left
    out of the reckoning: they stay as open, and answers to them as uncertain, as they are.
    """
    lowest, highest = limits
    if lowest == highest:
        return ()
    heights = _Heights(table, reading, child)
    seen: dict[tuple[object, ...], float] = {}
    ranked: list[tuple[float, int, str]] = []
    for place, row in enumerate(reading.open_rows):
        if row.name in not_asked or not row.choices:
            continue
        narrowing = _narrowing(table, reading, child, row, heights, limits)
        if narrowing > 0:
            ranked.append((-narrowing, place, row.name))
    ranked.sort()
    return tuple(name for _, _, name in ranked[:SETTLING])


def _narrowing(
    table: Table, reading: Reading, child: bool | None, row: Row, heights: "_Heights", limits: tuple[int, int]
) -> float:
    sure = _decided(row, reading.missing)
    ways = [*reading.ways, *(way for other in reading.open_rows if other is not row for way in other.ways)]
    highest = heights.without(row)
    gained = 0
    for answer, count in row.outcomes:
        part = answer.part
        certain = _plus(reading.certain, part) if sure else reading.certain
        low = _lowest(table, certain, ways if sure else [*ways, *answer.ways], child)
        if highest == limits[1] and not part.child:
            high = highest
        else:
            high = heights.without(row, part, sure=sure)
        gained += count * ((low - limits[0]) + (limits[1] - high))
    return gained / row.choices


class _Heights:
    """The highest rank within reach, also with one question answered."""

    def __init__(self, table: Table, reading: Reading, child: bool | None) -> None:
        self.table, self.reading, self.child = table, reading, child

    def without(self, answered: Row | None, part: Part = NOTHING, *, sure: bool = True) -> int:
        """Return the highest rank of all completions in which `answered` shows `part`."""
        reading = self.reading
        rows = [row for row in reading.open_rows if row is not answered]
        needs_child = self.child is False and not (reading.present.child or part.child)
        height = _reach(
            self.table, CHILD_LIST, _plus(reading.present, part), [row.fullest for row in rows], needs_child=needs_child
        )
        if height == TOP or self.child or reading.certain.child or (part.child and sure):
            return height
        base = reading.lasting if part.child else _plus(reading.lasting, part)
        return max(
            height,
            _reach(self.table, ADULT_LIST, base, [row.fullest_of_adult for row in rows], needs_child=False),
        )


def _lowest(table: Table, certain: Part, ways: Iterable[Part], child: bool | None) -> int:
    adult, young = table.verdicts(certain.row, certain.shared)
    if child or certain.child:
        return young.rank
    if young.rank >= adult.rank:
        return adult.rank
    if child is None:
        return young.rank
    return min([adult.rank, *(_rank(table, CHILD_LIST, _plus(certain, way)) for way in ways)])


def _reach(table: Table, of: int, base: Part, options: Sequence[Options], *, needs_child: bool) -> int:
    """The highest rank that one answer to each open question gives; -1 where a child is needed and none can be.

    Questions with one fullest answer are simply added. Of those with several, every combination is tried that could
    do better than the best so far.
    """
    total = base
    conflicts = []
    for option in options:
        if len(option.parts) == 1:
            total = _plus(total, option.parts[0])
        else:
            conflicts.append(option)
    best = -1
    steps = 0

    def rest(place: int, reached: Part) -> Part:
        return _sum((reached, *(option.union for option in conflicts[place:])))

    def search(place: int, reached: Part) -> None:
        nonlocal best, steps
        steps += 1
        ceiling = rest(place, reached)
        if needs_child and not ceiling.child:
            return
        rank = _rank(table, of, ceiling)
        if rank <= best:
            return
        if place == len(conflicts) or steps > STEPS:
            best = rank
            return
        for part in conflicts[place].parts:
            search(place + 1, _plus(reached, part))

    search(0, total)
    return best


def _rank(table: Table, of: int, part: Part) -> int:
    return table.verdicts(part.row, part.shared)[of].rank


def _plus(one: Part, other: Part) -> Part:
    return Part(one.row + other.row, one.shared | other.shared, one.child or other.child)


def _sum(parts: Iterable[Part]) -> Part:
    total = NOTHING
    for part in parts:
        total = _plus(total, part)
    return total


def _decided(row: Row, missing: Collection[str]) -> bool:
    """Whether every answer that decides whether a question is asked is in."""
    return row.rests_on_known and not any(name in missing for name in row.rests_on)
