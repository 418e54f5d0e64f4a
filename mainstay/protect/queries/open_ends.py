"""What is still open in a case, as somebody should know before they close it: coded facts alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from mainstay.core.errors import RefusalError
from mainstay.protect.errors import ProcedureOpenError, ReflectionPeriodRunningError
from mainstay.protect.models import OPEN_REFERRALS, Case, RequestState, Status, TransferState
from mainstay.protect.models.plans import STEPS_TO_TAKE
from mainstay.protect.queries import law
from mainstay.protect.queries.procedures import open_procedures
from mainstay.protect.queries.shares import agencies_by_key, recipient_label
from mainstay.protect.rules.measures import OPEN

MOST_NAMED = 10
"""How many of one kind are named; the count tells of the rest."""


@dataclass(frozen=True, slots=True)
class OpenEnd:
    """One kind of thing that is still open: how many there are, and what they are, as far as codes tell."""

    kind: str
    count: int
    named: tuple[str, ...] = ()


def open_ends(case: Case, *, today: date) -> list[OpenEnd]:
    """Return what is still open in a case, the most pressing kind first; kinds with nothing open are left out."""
    rows: dict[str, tuple[QuerySet[Any], Any]] = {
        "measures": (case.measures.filter(state__in=OPEN), lambda row: str(row.get_kind_display())),
        "days": (_days(case, today), _day_words),
        "referrals": (
            case.referrals.filter(state__in=OPEN_REFERRALS).select_related("need", "recipient_agency"),
            lambda row: f"{row.need.get_kind_display()}, {row.recipient_agency.name}: {row.get_state_display()}",
        ),
        "transfers": (case.transfers.filter(state=TransferState.SENT), None),
        "needs": (case.needs.filter(met_at=None), lambda row: str(row.get_kind_display())),
        "tasks": (case.tasks.filter(done_at=None).select_related("owner"), _task_words),
        "steps": (case.plan_steps.filter(state__in=STEPS_TO_TAKE), None),
        "requests": (
            case.own_requests.filter(state=RequestState.OPEN),
            lambda row: str(row.get_kind_display()),
        ),
        "questions": (case.own_messages.filter(waits_for_us=True), None),
        "outside": (case.outside_accesses.filter(ended_at=None, until__gte=today), None),
    }
    found = [_open_end(kind, *asked) for kind, asked in rows.items()]
    return [one for one in (*found, _held(case)) if one.count]


def unseen(ends: list[OpenEnd], seen: Mapping[str, int]) -> list[OpenEnd]:
    """Return what is open beyond what somebody has seen: a kind that is new, or more of one."""
    return [one for one in ends if one.count > seen.get(one.kind, 0)]


def hindrance(case: Case, *, today: date) -> RefusalError | None:
    """Return what keeps an open case from being closed today: days of reflection, or a decision under way."""
    last = law.reflection_of(case).last_day
    if today <= last:
        return ReflectionPeriodRunningError(
            _("The person has days of reflection until %(day)s.") % {"day": date_format(last, "DATE_FORMAT")},
            todo=_("Close the case after that day."),
        )
    return undecided(case)


def undecided(case: Case) -> RefusalError | None:
    """Return what keeps a case from being closed or handed over while an authority was asked and has not decided."""
    if open_procedures(case.procedures.all()).exists():
        return ProcedureOpenError(_("The authority has not decided yet."), todo=_("Wait for the decision."))
    return None


def why_not_closed(case: Case, *, today: date) -> str:
    """Return in words what keeps a case from being closed today; nothing where nothing does."""
    if case.status == Status.CLOSED:
        return _("This case is closed already.")
    hinders = hindrance(case, today=today)
    return str(hinders) if hinders else ""


def _open_end(kind: str, rows: QuerySet[Any], words: Any) -> OpenEnd:
    count = rows.order_by().count()
    named = tuple(words(row) for row in rows[:MOST_NAMED]) if count and words else ()
    return OpenEnd(kind, count, named)


def _days(case: Case, today: date) -> QuerySet[Any]:
    """Return the open days; a reflection period that is over asks nothing more of anybody."""
    return case.deadlines.filter(done_at=None).exclude(kind="reflection_period", due_date__lt=today)


def _day_words(row: Any) -> str:
    return f"{row.get_kind_display()}: {date_format(row.due_date, 'DATE_FORMAT')}"


def _task_words(row: Any) -> str:
    return f"{row.owner.name}: {date_format(row.due_date, 'DATE_FORMAT')}"


def _held(case: Case) -> OpenEnd:
    keys = sorted(set(case.shares.filter(recalled_at=None).order_by().values_list("recipient", flat=True)))
    agencies = agencies_by_key() if keys else {}
    return OpenEnd("held", len(keys), tuple(recipient_label(key, agencies) for key in keys[:MOST_NAMED]))
