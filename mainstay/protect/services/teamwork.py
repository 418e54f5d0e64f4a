"""Tasks, conferences and hand-overs: what people do together for a case."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from mainstay.accounts.models import Agency, User
from mainstay.audit import services as audit
from mainstay.core import access, clock
from mainstay.core.access import Purpose, Role
from mainstay.protect import queries
from mainstay.protect.errors import AssessmentDayError, NotACaseManagerError, NothingToShareError
from mainstay.protect.models import Case, CaseTask, Conference, ConferencePart, HandOver
from mainstay.protect.models.plans import STEPS_TO_TAKE
from mainstay.protect.queries.procedures import open_procedures
from mainstay.protect.services import sharing
from mainstay.protect.types import SharePurpose


@dataclass(frozen=True, slots=True)
class ConferenceDraft:
    """A conference as it was held: who took part (in words), which agencies, what was agreed."""

    held_on: date
    who: str
    agreed: str
    agencies: tuple[Agency, ...] = ()
    let_read: tuple[Agency, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskDraft:
    """A task out of a conference."""

    what: str
    owner: User
    due_date: date


@transaction.atomic
def add_task(
    case: Case,
    what: str,
    *,
    owner: User,
    due_date: date,
    conference: Conference | None = None,
    actor: User,
    now: datetime,
) -> CaseTask:
    """Give a colleague something to do for a case until a day."""
    access.require(actor, "protect.change_case", case)
    sharing.locked(case)
    _require_case_manager(owner, case)
    task = CaseTask(
        case=case, key_id=case.key_id, owner=owner, due_date=due_date, made_by=actor, made_at=now, conference=conference
    )
    task.what = what
    task.save()
    audit.record(actor, "protect.task_added", task, purpose=Purpose.ASSISTANCE, after={"owner": str(owner.pk)})
    return task


@transaction.atomic
def finish_task(task: CaseTask, *, done: bool, actor: User, now: datetime) -> None:
    """Say that a task is done, or that it is not after all."""
    access.require(actor, "protect.change_case", task.case)
    sharing.locked(task.case)
    CaseTask.objects.filter(pk=task.pk).update(done_at=now if done else None)
    audit.record(actor, "protect.task_finished", task, purpose=Purpose.ASSISTANCE, after={"done": done})


@transaction.atomic
def open_team_notes(case: Case, *, actor: User) -> dict[Any, Any]:
    """Return the words of a case's tasks, conferences and hand-overs by their ids; the read is on the chain."""
    access.require(actor, "protect.read_identity", case)
    audit.record(actor, "protect.team_notes_read", case, purpose=Purpose.ASSISTANCE)
    case.hand_overs.filter(taker=actor, read_at=None).update(read_at=clock.now())
    words: dict[Any, Any] = {task.pk: task.what.open() for task in case.tasks.all()}
    words |= {each.pk: (each.who.open(), each.agreed.open()) for each in case.conferences.all()}
    return words | {each.pk: each.note.open() for each in case.hand_overs.all()}


@transaction.atomic
def record_conference(
    case: Case, draft: ConferenceDraft, *, task: TaskDraft | None = None, actor: User, today: date, now: datetime
) -> Conference:
    """Keep a conference; each agency that may read what was agreed needs the person's consent for what they need."""
    access.require(actor, "protect.change_case", case)
    case = sharing.locked(case)
    if draft.held_on > today:
        raise AssessmentDayError(_("This day is still to come."), todo=_("Choose today or before."))
    conference = Conference(case=case, key_id=case.key_id, held_on=draft.held_on, recorded_by=actor, recorded_at=now)
    conference.agreed, conference.who = draft.agreed, draft.who
    conference.save()
    readers = {agency.pk for agency in draft.let_read}
    for agency in {*draft.agencies, *draft.let_read}:
        if agency.pk in readers:
            _release_needs(case, agency, actor=actor, today=today, now=now)
        ConferencePart.objects.create(conference=conference, recipient_agency=agency, may_read=agency.pk in readers)
    if task is not None:
        add_task(
            case,
            task.what,
            owner=task.owner,
            due_date=task.due_date,
            conference=conference,
            actor=actor,
            now=now,
        )
    after = {"agencies": sorted(str(agency.pk) for agency in draft.agencies), "readers": sorted(map(str, readers))}
    audit.record(actor, "protect.conference_recorded", conference, purpose=Purpose.ASSISTANCE, after=after)
    return conference


@transaction.atomic
def read_conference(part: ConferencePart, *, actor: User, today: date) -> str | None:
    """Return what a conference agreed to an agency that took part; None where consent does not let it see that now."""
    access.require(actor, "protect.read_conference", part)
    conference = part.conference
    recipient = queries.recipient_of(part.recipient_agency_id)
    values = sharing.readable(conference.case, recipient, SharePurpose.ASSISTANCE, today)
    is_open = part.may_read and "needs" in values
    after = {"read": is_open}
    audit.record(actor, "protect.conference_read", conference, purpose=Purpose.ASSISTANCE, after=after)
    return str(conference.agreed.open()) if is_open else None


@transaction.atomic
def hand_over(case: Case, to: User, note: str, *, actor: User, now: datetime) -> HandOver:
    """Pass a case to a colleague, with a note; what the one who had it still had to do for it goes with it."""
    access.require(actor, "protect.change_case", case)
    case = sharing.locked(case)
    _require_case_manager(to, case)
    if to.pk == case.owner_id:
        raise NotACaseManagerError(_("%s has this case already.") % to.name)
    row = HandOver(case=case, key_id=case.key_id, giver=actor, taker=to, at=now)
    row.note = note
    row.save()
    case.tasks.filter(owner=case.owner_id, done_at=None).update(owner=to)
    case.plan_steps.filter(who=case.owner_id, state__in=STEPS_TO_TAKE).update(who=to)
    case.measures.filter(owner=case.owner_id).update(owner=to)
    open_procedures(case.procedures.filter(owner=case.owner_id)).update(owner=to)
    case.owner = to
    case.version += 1
    case.save(update_fields=["owner", "version"])
    after = {"owner": str(to.pk)}
    audit.record(actor, "protect.handed_over", case, purpose=Purpose.ASSISTANCE, after=after)
    return row


def colleagues_of(case: Case) -> QuerySet[User]:
    """Return the case managers of a case's agency."""
    return User.objects.filter(agency=case.agency_id, role=Role.CASE_MANAGER, is_active=True).order_by("name")


def _require_case_manager(person: User, case: Case) -> None:
    if person.agency_id != case.agency_id or person.role != Role.CASE_MANAGER or not person.is_active:
        raise NotACaseManagerError(
            _("%s is no case manager of this agency.") % person.name, todo=_("Choose another colleague.")
        )


def _release_needs(case: Case, agency: Agency, *, actor: User, today: date, now: datetime) -> None:
    recipient = queries.recipient_of(agency.pk)
    plan = queries.plan_for(case, recipient, SharePurpose.ASSISTANCE, today=today)
    if "needs" not in plan.shared:
        raise NothingToShareError(
            _("The person did not let %s know what they need.") % agency.name,
            todo=_("Ask the person first, or let this agency not read it."),
        )
    wanted = frozenset({"needs"})
    sharing.release(case, recipient, SharePurpose.ASSISTANCE, only=wanted, actor=actor, today=today, now=now)
