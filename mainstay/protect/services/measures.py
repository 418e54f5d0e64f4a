"""Measures against a person: recorded, told to who stands by them, followed until they are dropped."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access, clock
from mainstay.core.access import Purpose
from mainstay.protect.errors import DaysDisagreeError, DayToComeError, MeasureStateError, ReasonsMissingError
from mainstay.protect.models import Case, Measure, MeasureNotice, MeasureStep
from mainstay.protect.queries import measures as queries
from mainstay.protect.queries.shares import allows
from mainstay.protect.rules.deadlines import Basis, Term
from mainstay.protect.rules.grounds import Fact
from mainstay.protect.rules.grounds import MeasureKind as MeasureKind
from mainstay.protect.rules.grounds import Offence as Offence
from mainstay.protect.rules.measures import OPEN, TAKEN_BACK, MeasureState, may_follow, recheck_due
from mainstay.protect.services import contacts, sharing
from mainstay.protect.services.days import put_day
from mainstay.protect.types import Category, SharePurpose

RECHECK_TERM = Term(0, "working value", Basis.WORKING)


@dataclass(frozen=True, slots=True)
class MeasureDraft:
    """What was done against the person: coded facts, and the words that are sealed."""

    kind: MeasureKind
    taken_on: date
    country: str
    offences: frozenset[Offence]
    part: str = ""
    act_on: date | None = None
    exploited_from: date | None = None
    exploited_until: date | None = None
    authority: str = ""
    words: str = ""
    facts: Mapping[Fact, bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepDraft:
    """The next step of a measure: its state from a day on, a note that is sealed, when to look again."""

    state: MeasureState
    day: date
    note: str = ""
    look_again_on: date | None = None


@dataclass(frozen=True, slots=True)
class OpenedMeasure:
    """What is sealed of a measure, opened for whoever follows it."""

    authority: str
    words: str
    steps: tuple[tuple[MeasureStep, str], ...]


@dataclass(frozen=True, slots=True)
class OpenedNotice:
    """What a contact's agency sees of a measure today: by consent, or nothing. `words` are the sealed ones."""

    values: Mapping[str, Any]
    may_know: bool
    authority: str = ""
    words: str = ""


@transaction.atomic
def record_measure(case: Case, draft: MeasureDraft, *, actor: User, today: date, now: datetime) -> Measure:
    """Record a measure against a person; counsel and prosecution contact of the case are told that there is something.

    The person stays a (presumed) victim: nothing else of the case changes.
    """
    access.require(actor, "protect.record_measure", case)
    current = sharing.locked(case)
    _require_days(draft, today)
    measure = Measure(
        key_id=current.key_id,
        case=current,
        agency=current.agency,
        owner=current.owner,
        kind=draft.kind,
        offences=sorted(draft.offences),
        taken_on=draft.taken_on,
        country=draft.country,
        part=draft.part,
        act_on=draft.act_on,
        exploited_from=draft.exploited_from,
        exploited_until=draft.exploited_until,
        facts=_coded(draft.facts),
        recorded_at=now,
        changed_at=now,
    )
    measure.authority, measure.words = draft.authority.strip(), draft.words.strip()
    measure.save()
    _step(measure, StepDraft(MeasureState.RECORDED, today), actor=actor, now=now)
    _note(measure, "protect.measure_recorded", actor, {"kind": draft.kind, "offences": measure.offences})
    contacts.tell_of(measure, actor=actor, today=today, now=now)
    return measure


@transaction.atomic
def change_facts(
    measure: Measure, facts: Mapping[Fact, bool | None], *, part: str, act_on: date | None, actor: User, now: datetime
) -> Measure:
    """Write down what is known by now, and what is not; the guard answers anew."""
    access.require(actor, "protect.record_measure", measure)
    current = _held(measure)
    current.facts = {**current.facts, **_coded(facts)}
    current.part, current.act_on, current.changed_at = part, act_on, now
    current.save(update_fields=["facts", "part", "act_on", "changed_at"])
    _note(current, "protect.measure_facts_changed", actor, {"facts": current.facts})
    return current


@transaction.atomic
def take_step(measure: Measure, draft: StepDraft, *, actor: User, today: date, now: datetime) -> Measure:
    """Record what became of a measure; the day to look again follows, until it is dropped or taken back.

    Where the authority took it back, or it was recorded by mistake, a reason is needed: nobody is reminded of it any
    more, and its history keeps it.
    """
    access.require(actor, "protect.record_measure", measure)
    current = _held(measure)
    if draft.state not in may_follow(MeasureState(current.state)):
        raise MeasureStateError(
            _("The measure stands at “%(state)s”.") % {"state": current.get_state_display()},
            todo=_("Open it again to see what may follow."),
        )
    if draft.day > today:
        raise DayToComeError(_("This day is still to come."), todo=_("Choose today or before."))
    if draft.day < current.taken_on:
        raise DaysDisagreeError(_("This is before the measure was taken."), todo=_("Check the day."))
    if draft.state in TAKEN_BACK and not draft.note.strip():
        raise ReasonsMissingError(_("Say why it was taken back, or what the mistake was."))
    current.case.deadlines.filter(about=current.pk, done_at=None).update(done_at=now)
    current.state, current.changed_at = draft.state, now
    current.save(update_fields=["state", "changed_at"])
    _step(current, draft, actor=actor, now=now)
    _note(current, "protect.measure_followed", actor, {"state": draft.state})
    return current


@transaction.atomic
def open_measure(measure: Measure, *, actor: User) -> OpenedMeasure:
    """Return what is sealed of a measure, opened for who follows it; the reading is on the chain."""
    access.require(actor, "protect.record_measure", measure)
    _note(measure, "protect.measure_read", actor, {})
    steps = measure.steps.select_related("taken_by")
    return OpenedMeasure(
        authority=measure.authority.open(),
        words=measure.words.open(),
        steps=tuple((step, step.note.open()) for step in steps),
    )


@transaction.atomic
def open_notice(notice: MeasureNotice, *, actor: User, today: date, now: datetime) -> OpenedNotice:
    """Return what a contact's agency may see of a measure today; it is computed anew at each reading.

    Consent decides, for the defence of the person: taken back, all of it is gone from here too.
    """
    access.require(actor, "protect.read_notice", notice)
    recipient = queries.recipient_of_contact(notice.contact)
    values = sharing.readable(notice.case, recipient, SharePurpose.DEFENCE, today)
    may_know = allows(notice.case, recipient, SharePurpose.DEFENCE, Category.EXPLOITATION, today=today)
    MeasureNotice.objects.filter(pk=notice.pk, seen_at=None).update(seen_at=now)
    after = {"fields": sorted(values), "measure": may_know}
    audit.record(actor, "protect.notice_read", notice, purpose=Purpose.ASSISTANCE, after=after)
    if not may_know:
        return OpenedNotice(values, may_know=False)
    return OpenedNotice(values, True, notice.measure.authority.open(), notice.measure.words.open())


def _step(measure: Measure, draft: StepDraft, *, actor: User, now: datetime) -> None:
    step = MeasureStep(
        key_id=measure.key_id,
        case=measure.case,
        measure=measure,
        state=draft.state,
        day=draft.day,
        taken_by=actor,
        taken_at=now,
    )
    step.note = draft.note.strip()
    step.save()
    again = draft.look_again_on or recheck_due(draft.state, MeasureKind(measure.kind), clock.day_of(now))
    if again is not None and draft.state in OPEN:
        put_day(measure.case, "measure_recheck", again, RECHECK_TERM, about=measure.pk)


def _held(measure: Measure) -> Measure:
    sharing.locked(measure.case)
    return Measure.objects.select_for_update().get(pk=measure.pk)


def _coded(facts: Mapping[Fact, bool | None]) -> dict[str, bool | None]:
    return {fact.value: value for fact, value in facts.items()}


def _require_days(draft: MeasureDraft, today: date) -> None:
    if draft.taken_on > today:
        raise DayToComeError(_("This day is still to come."), todo=_("Choose today or before."))
    if draft.act_on is not None and draft.act_on > draft.taken_on:
        raise DaysDisagreeError(_("The act would be after the measure that answers it."), todo=_("Check both days."))
    begins, ends = draft.exploited_from, draft.exploited_until
    if begins is not None and ends is not None and ends < begins:
        raise DaysDisagreeError(_("The exploitation would end before it begins."), todo=_("Check both days."))


def _note(measure: Measure, action: str, actor: User, after: dict[str, Any]) -> None:
    audit.record(actor, action, measure, purpose=Purpose.ASSISTANCE, after=after)
