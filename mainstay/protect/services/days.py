"""Days that matter: put by rules, entered by hand, done; and what an administrator sets of national law."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access, clock
from mainstay.core.access import Purpose
from mainstay.protect.errors import ReflectionPeriodRunningError, SourceMissingError
from mainstay.protect.models import BoundBy, Case, DayNote, Deadline, NationalDays
from mainstay.protect.queries import law
from mainstay.protect.rules.deadlines import Basis, Term, reflection_period
from mainstay.protect.rules.grounds import Treaty
from mainstay.protect.rules.working_days import Moves, Nature, due_day
from mainstay.protect.services.sharing import locked

ACTED_BY = frozenset({"appeal", "permit_renewal"})
"""Kinds of days by which somebody acts for the person at an office that may be closed; the others stay."""
MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class DayDraft:
    """A day entered by hand: its kind, what it comes from, and a note that is sealed."""

    kind: str
    day: date
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class NationalDraft:
    """What national law says of a term, with its source."""

    country: str
    kind: str
    days: int
    moves: Moves
    source: str


@dataclass(frozen=True, slots=True)
class TreatyDraft:
    """Whether a country is bound by a treaty, and who says so."""

    country: str
    treaty: Treaty
    is_bound: bool
    source: str
    since: date | None = None


def put_day(case: Case, kind: str, counted: date, term: Term, *, about: Any = None) -> Deadline:
    """Put a day that a rule gives; a closed day is moved to the day to keep to, and what the source says is kept too.

    Called inside another service's change, which asked for permission.
    """
    country = case.agency.country
    _own, moves = law.national_term(country, kind)
    nature = Nature.ACT_BY if kind in ACTED_BY else Nature.PROTECTS_UNTIL
    due = due_day(counted, country, moves, nature)
    return Deadline.objects.create(
        case=case,
        kind=kind,
        due_date=due.keep_to,
        by_law_date=due.by_law if due.moved else None,
        source=term.source,
        basis=term.basis,
        about=about,
    )


@transaction.atomic
def add_day(case: Case, draft: DayDraft, *, actor: User) -> Deadline:
    """Enter a day by hand, with what it comes from."""
    access.require(actor, "protect.change_case", case)
    current = locked(case)
    term = Term(0, draft.source, Basis.HAND)
    deadline = put_day(current, draft.kind, draft.day, term)
    if draft.note.strip():
        note = DayNote(case=current, key_id=current.key_id, deadline=deadline)
        note.text = draft.note.strip()
        note.save()
    _note(actor, "protect.day_added", current, {"kind": draft.kind, "due": draft.day.isoformat()})
    return deadline


@transaction.atomic
def finish_day(deadline: Deadline, *, done: bool, actor: User, now: datetime) -> None:
    """Say that a day is dealt with, or that it is not after all."""
    access.require(actor, "protect.change_case", deadline.case)
    current = locked(deadline.case)
    if done and deadline.kind == "reflection_period" and deadline.due_date >= clock.today():
        raise ReflectionPeriodRunningError(
            _("The person has days of reflection until %(day)s.")
            % {"day": date_format(deadline.due_date, "DATE_FORMAT")},
            todo=_("It is over by itself."),
        )
    Deadline.objects.filter(pk=deadline.pk).update(done_at=now if done else None)
    _note(actor, "protect.day_done", current, {"kind": deadline.kind, "done": done})


@transaction.atomic
def set_national_days(draft: NationalDraft, *, actor: User, now: datetime) -> int:
    """Set what national law gives, with its source; return how many running reflection periods became longer.

    A reflection period is never shortened: not by a number under the treaty's floor, and not where it runs already.
    """
    access.require(actor, "accounts.set_law")
    _require_source(draft.source)
    row, _made = NationalDays.objects.update_or_create(
        country=draft.country,
        kind=draft.kind,
        defaults={
            "days": draft.days,
            "moves": draft.moves,
            "source": draft.source.strip(),
            "set_by": actor,
            "set_at": now,
        },
    )
    after = {"country": draft.country, "kind": draft.kind, "days": draft.days}
    audit.record(actor, "protect.national_days_set", row, purpose=Purpose.ADMINISTRATION, after=after)
    return _lengthen(row) if draft.kind == "reflection_period" else 0


@transaction.atomic
def set_treaty(draft: TreatyDraft, *, actor: User, now: datetime) -> BoundBy:
    """Set whether a country is bound by a treaty, with the source of that."""
    access.require(actor, "accounts.set_law")
    _require_source(draft.source)
    row, _made = BoundBy.objects.update_or_create(
        country=draft.country,
        treaty=draft.treaty,
        defaults={
            "is_bound": draft.is_bound,
            "since": draft.since,
            "source": draft.source.strip(),
            "set_by": actor,
            "set_at": now,
        },
    )
    after = {"country": draft.country, "treaty": draft.treaty, "bound": draft.is_bound}
    audit.record(actor, "protect.treaty_set", row, purpose=Purpose.ADMINISTRATION, after=after)
    return row


def _lengthen(row: NationalDays) -> int:
    rows = Deadline.objects.filter(kind="reflection_period", done_at=None, case__agency__country=row.country)
    longer = []
    for deadline in rows.select_related("case").iterator():
        last = reflection_period(deadline.case.identified_date, row.days).last_day
        if last > deadline.due_date:
            deadline.due_date, deadline.source, deadline.basis = last, row.source, Basis.NATIONAL
            longer.append(deadline)
    Deadline.objects.bulk_update(longer, ["due_date", "source", "basis"], batch_size=MOST_AT_ONCE)
    return len(longer)


def _require_source(source: str) -> None:
    if not source.strip():
        raise SourceMissingError(_("Nothing counts as law here without its source."), todo=_("Name the provision."))


def _note(actor: User, action: str, case: Case, after: dict[str, Any]) -> None:
    audit.record(actor, action, case, purpose=Purpose.ASSISTANCE, after=after)


def finish_periods_that_are_over(*, today: date, now: datetime) -> int:
    """Finish reflection periods whose last day has passed: they end by themselves, and nobody is reminded of them.

    What follows from them is read from the day itself, not from whether it is finished.
    """
    rows = Deadline.objects.filter(kind="reflection_period", done_at=None, due_date__lt=today)
    return rows.update(done_at=now)
