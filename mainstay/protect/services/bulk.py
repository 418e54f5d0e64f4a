"""One thing done to many cases: each by its own service, with its own permission, refusal and entry on the chain."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.core.errors import RefusalError
from mainstay.protect.models import Case, Status
from mainstay.protect.queries import law
from mainstay.protect.queries.procedures import open_procedures
from mainstay.protect.services import cases, flags, teamwork

MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Bulk:
    """What is to be done to each: hand over, flag, task or close."""

    what: str
    colleague: User | None = None
    flag: str = ""
    day: date | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens, or happened, to one case: done or not, and if not why."""

    case: Case
    is_done: bool
    why_not: str = ""


def foresee(rows: Iterable[Case], bulk: Bulk, *, actor: User, today: date) -> list[Fate]:
    """Return what would happen to each case; nothing is changed."""
    access.require(actor, "protect.change_case")
    return [_foreseen(case, bulk, actor, today) for case in rows]


def carry_out(rows: Iterable[Case], bulk: Bulk, *, actor: User, today: date, now: datetime) -> list[Fate]:
    """Do it to each case for which it is allowed; a refusal stops none of the others."""
    access.require(actor, "protect.change_case")
    fates = []
    for case in rows:
        try:
            _do(case, bulk, actor=actor, today=today, now=now)
            fates.append(Fate(case, is_done=True))
        except RefusalError as error:
            fates.append(Fate(case, is_done=False, why_not=str(error)))
    return fates


def _foreseen(case: Case, bulk: Bulk, actor: User, today: date) -> Fate:
    why = ""
    if not access.allowed(actor, "protect.change_case", case):
        why = _("This case is not yours to change.")
    elif bulk.what == "hand_over" and bulk.colleague is not None and bulk.colleague.pk == case.owner_id:
        why = _("%s has this case already.") % bulk.colleague.name
    elif bulk.what == "flag" and case.flags.filter(kind=bulk.flag, ended_at=None).exists():
        why = _("This flag stands already.")
    elif bulk.what == "close":
        why = _why_not_closed(case, today)
    return Fate(case, is_done=not why, why_not=why)


def _why_not_closed(case: Case, today: date) -> str:
    if case.status == Status.CLOSED:
        return _("This case is closed already.")
    last = law.reflection_of(case).last_day
    if today <= last:
        return _("The person has days of reflection until %(day)s.") % {"day": date_format(last, "DATE_FORMAT")}
    if open_procedures(case.procedures.all()).exists():
        return _("The authority has not decided yet.")
    return ""


def _do(case: Case, bulk: Bulk, *, actor: User, today: date, now: datetime) -> Any:
    match bulk.what:
        case "hand_over" if bulk.colleague is not None:
            return teamwork.hand_over(case, bulk.colleague, bulk.words, actor=actor, now=now)
        case "flag":
            return flags.set_flag(case, bulk.flag, bulk.words, until=bulk.day, actor=actor, today=today, now=now)
        case "task" if bulk.colleague is not None and bulk.day is not None:
            return teamwork.add_task(case, bulk.words, owner=bulk.colleague, due_date=bulk.day, actor=actor, now=now)
        case "close":
            return cases.close_case(case, reason=bulk.words, actor=actor, today=today, now=now)
        case _:
            raise ValueError(f"{bulk.what} is nothing to do to a case")
