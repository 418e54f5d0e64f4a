"""What stands on Today: one thing to do, where such things come from, and how many more there are."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Self, TypeVar

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.functional import Promise

from mainstay.accounts.models import User
from mainstay.core import access

M = TypeVar("M", bound=Model)
MOST = 20
"""How many things of one source Today shows; its list pages through the rest."""
COUNTED_TO = 99
"""How far the rest of a source is counted: nobody plans a day by whether 300 or 3,000 more wait."""


@dataclass(frozen=True, slots=True)
class Task:
    """One line of today's work: what, why now, days left, and where it is done."""

    who: str
    what: str
    why: str
    url: str
    action: str
    days_left: int | None = None
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of work: its rows as a viewer may see them, the most pressing first, and how one of them reads.

    `owner` is the column that says whose a row is; without one the rows are their agency's, or all the viewer's own
    (`all_own`).
    """

    name: str
    label: str | Promise
    rows: Callable[[User, date], QuerySet[Any]]
    task: Callable[[Any, date], Task]
    owner: str = ""
    all_own: bool = False

    def own(self, viewer: User, day: date) -> QuerySet[Any]:
        """Return the rows that are a viewer's own."""
        rows = self.rows(viewer, day)
        if self.all_own:
            return rows
        return rows.filter(**{self.owner: viewer}) if self.owner else rows.none()

    def others(self, viewer: User, day: date) -> QuerySet[Any]:
        """Return the other rows of a viewer's agency."""
        rows = self.rows(viewer, day)
        if self.all_own:
            return rows.none()
        return rows.exclude(**{self.owner: viewer}) if self.owner else rows


@dataclass(frozen=True, slots=True)
class More:
    """How many more there are of a source than Today shows, and the list that pages through them."""

    label: str
    count: int
    is_capped: bool
    url: str


@dataclass(frozen=True, slots=True)
class Part:
    """Some of today's work, the most pressing first, and what it leaves to the lists."""

    tasks: list[Task]
    more: list[More]

    @classmethod
    def of(cls, tasks: Iterable[Task], more: Iterable[More | None]) -> Self:
        """Return a part with its tasks in order."""
        return cls(sorted(tasks, key=_pressing), [one for one in more if one is not None])

    @property
    def count(self) -> int:
        """How many things there are, shown or not; what was not counted is left out."""
        return len(self.tasks) + sum(one.count for one in self.more)

    @property
    def is_capped(self) -> bool:
        """Say whether there are more things than were counted."""
        return any(one.is_capped for one in self.more)


def _pressing(task: Task) -> tuple[bool, int]:
    return task.days_left is None, task.days_left or 0


@dataclass(frozen=True, slots=True)
class Work:
    """A person's work of a day: their own, and what their agency has besides."""

    own: Part
    others: Part

    @property
    def tasks(self) -> list[Task]:
        """Everything that is shown, one's own first."""
        return self.own.tasks + self.others.tasks

    @property
    def count(self) -> int:
        """How many things there are, shown or not."""
        return self.own.count + self.others.count

    @property
    def is_capped(self) -> bool:
        """Say whether there are more things than were counted."""
        return self.own.is_capped or self.others.is_capped

    @property
    def urgent(self) -> int | None:
        """How many things cannot wait; None where not all are shown, and so not all were looked at."""
        if self.own.more or self.others.more:
            return None
        return sum(1 for task in self.tasks if task.days_left is not None and task.days_left <= 0)


def gather(sources: Iterable[Source], viewer: User, day: date, *, single: Iterable[Task] = ()) -> Work:
    """Return what sources give a viewer: of each up to `MOST`, one's own before the agency's; `single` is their own.

    A source asks the database twice, and once more for each of its halves that does not fit.
    """
    own: list[Task] = list(single)
    others: list[Task] = []
    own_more: list[More | None] = []
    others_more: list[More | None] = []
    for source in sources:
        mine, left = _first(source, source.own(viewer, day), MOST, day, "mine")
        own += mine
        own_more.append(left)
        theirs, left = _first(source, source.others(viewer, day), MOST - len(mine), day, "agency")
        others += theirs
        others_more.append(left)
    return Work(Part.of(own, own_more), Part.of(others, others_more))


def _first(source: Source, rows: QuerySet[Any], most: int, day: date, whose: str) -> tuple[list[Task], More | None]:
    found = list(rows[: most + 1])
    tasks = [source.task(row, day) for row in found[:most]]
    if len(found) <= most:
        return tasks, None
    counted = rows.order_by()[: most + COUNTED_TO + 1].count() - most
    url = f"{reverse('today_list', args=[source.name])}?whose={whose}"
    return tasks, More(str(source.label), min(counted, COUNTED_TO), counted > COUNTED_TO, url)


def if_allowed(viewer: User, permission: str, rows: QuerySet[M]) -> QuerySet[M]:
    """Return rows for whoever may act on them, else none: what one may only look at is not one's work."""
    return rows if access.allowed(viewer, permission) else rows.none()
