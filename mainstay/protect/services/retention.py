"""Keeping closed files for their time, holding them, and making nameless what was kept long enough."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access, clock
from mainstay.core.access import Purpose
from mainstay.protect.errors import (
    AlreadyAnsweredError,
    CaseClosedError,
    ConsentDatesError,
    ErasedError,
    LegalHoldError,
    ReasonsMissingError,
)
from mainstay.protect.models import Case, LegalHold, RetentionPeriod, Status
from mainstay.protect.queries import retention as queries
from mainstay.protect.rules.retention import WARN_DAYS, Keeping, is_over, keep_until
from mainstay.protect.services import erasure
from mainstay.protect.services.reasons import require_reason
from mainstay.protect.services.sharing import locked

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class PeriodDraft:
    """For how many years after closing files of a kind are kept, and where that stands."""

    kind: Keeping
    years: int
    source: str


@transaction.atomic
def set_period(draft: PeriodDraft, *, actor: User, now: datetime) -> int:
    """Set for how long files are kept, with the source; return how many closed files have another last day now."""
    access.require(actor, "accounts.set_law")
    if not draft.source.strip():
        raise ReasonsMissingError(_("Name the law or rule that this stands in."))
    row, _made = RetentionPeriod.objects.update_or_create(
        kind=draft.kind,
        defaults={"years": draft.years, "source": draft.source.strip(), "set_by": actor, "set_at": now},
    )
    audit.record(
        actor,
        "protect.retention_set",
        row,
        purpose=Purpose.ADMINISTRATION,
        after={"kind": draft.kind, "years": draft.years},
    )
    return _date(Case.objects.filter(status=Status.CLOSED), not_before=clock.today() + timedelta(days=WARN_DAYS))


def date_closed_cases() -> int:
    """Give a last day to closed files that have none yet; return how many."""
    rows = Case.objects.filter(status=Status.CLOSED, keep_until=None)
    return _date(rows, not_before=clock.today() + timedelta(days=WARN_DAYS))


def _date(rows: QuerySet[Case], *, not_before: date) -> int:
    """Date files anew; nobody loses a file without the days of warning."""
    years, changed = queries.years_kept(), []
    for case in rows.exclude(closed_at=None).iterator():
        day = last_day_of(case, years)
        if day is not None and (case.keep_until is None or day < case.keep_until):
            day = max(day, min(not_before, case.keep_until or not_before))
        if day != case.keep_until:
            case.keep_until = day
            changed.append(case)
    Case.objects.bulk_update(changed, ["keep_until"], batch_size=500)
    return len(changed)


def last_day_of(case: Case, years: dict[Keeping, int] | None = None) -> date | None:
    """Return the last day on which a file is kept; None while it is open."""
    if case.closed_at is None:
        return None
    years = years or queries.years_kept()
    return keep_until(clock.day_of(case.closed_at), years[queries.kept_as(case)])


@transaction.atomic
def place_hold(case: Case, why: str, until: date | None, *, actor: User, today: date) -> LegalHold:
    """Keep a file from being erased, for a reason, until a day or until the hold is lifted."""
    access.require(actor, "protect.hold", case)
    current = locked(case)
    require_reason(why)
    if until is not None and until < today:
        raise ConsentDatesError(_("This hold would be over already."), todo=_("Choose a day to come, or none."))
    hold = LegalHold(key_id=current.key_id, case=current, since=today, until=until, placed_by=actor)
    hold.why = why.strip()
    hold.save()
    audit.record(actor, "protect.hold_placed", hold, purpose=Purpose.ASSISTANCE)
    return hold


@transaction.atomic
def lift_hold(hold: LegalHold, *, actor: User, today: date) -> None:
    """Lift a hold: once."""
    access.require(actor, "protect.hold", hold.case)
    locked(hold.case)
    if not LegalHold.objects.filter(pk=hold.pk, lifted_on=None).update(lifted_on=today, lifted_by=actor):
        raise AlreadyAnsweredError(_("This hold was lifted."))
    audit.record(actor, "protect.hold_lifted", hold, purpose=Purpose.ASSISTANCE)


@transaction.atomic
def read_holds(case: Case, *, actor: User) -> list[tuple[LegalHold, str]]:
    """Return the holds of a file, each with its reason opened; the reading is on the chain."""
    access.require(actor, "protect.hold", case)
    rows = list(case.holds.select_related("placed_by", "lifted_by"))
    if rows:
        audit.record(actor, "protect.holds_read", case, purpose=Purpose.ASSISTANCE)
    return [(row, str(row.why.open())) for row in rows]


def erase_what_was_kept_long_enough(*, today: date, now: datetime) -> int:
    """Make nameless every closed file whose last day has passed and that nothing holds; return how many.

    Each in a transaction of its own, some hundred at a time: what is left waits for the next hour.
    """
    rows = queries.not_held(Case.objects.filter(status=Status.CLOSED, keep_until__lt=today), today)
    rows = rows.prefetch_related("holds")
    erased = 0
    for case in rows.order_by("keep_until")[:AT_ONCE]:
        if not is_over(case.keep_until, [hold.as_fact() for hold in case.holds.all()], today):
            continue
        try:
            erasure.erase_kept_long_enough(case, now=now)
            erased += 1
        except (CaseClosedError, ErasedError, LegalHoldError):  # changed in this very moment: the file is kept
            continue
    return erased
