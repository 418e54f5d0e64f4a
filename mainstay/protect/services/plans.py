"""Assessing what a person needs, and the plan that is agreed with them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.protect.errors import AssessmentDayError, NotACaseManagerError
from mainstay.protect.models import Assessment, Case, CasePlan, Goal, Need, PlanStep, Situation
from mainstay.protect.rules.assistance import QUESTIONS
from mainstay.protect.rules.needs import DOMAINS, MOST_URGENT, needs_of
from mainstay.protect.rules.places import Place, coarse
from mainstay.protect.services.sharing import locked


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is kept sealed of a situation: the person's languages, and their area as coarse degrees."""

    languages: tuple[str, ...] = ()
    place: Place | None = None


@transaction.atomic
def note_situation(
    case: Case,
    answers: Mapping[str, str],
    *,
    languages: Iterable[str] = (),
    latitude: Decimal | None = None,
    longitude: Decimal | None = None,
    actor: User,
    now: datetime,
) -> Situation:
    """Keep what decides who may have which service; where the person is, only so coarsely that no house fits."""
    access.require(actor, "protect.change_case", case)
    locked(case)
    row = Situation.objects.filter(case=case).first() or Situation(case=case, key_id=case.key_id)
    row.answers = {name: answers[name] for name in QUESTIONS if answers.get(name) in {"yes", "no"}}
    degrees = [] if latitude is None or longitude is None else [float(coarse(latitude)), float(coarse(longitude))]
    row.sealed = {"languages": sorted(set(languages)), "place": degrees}
    row.changed_at = now
    row.save()
    audit.record(
        actor, "protect.situation_noted", row, purpose=Purpose.ASSISTANCE, after={"answered": sorted(row.answers)}
    )
    return row


@transaction.atomic
def read_situation(case: Case, *, actor: User) -> Surroundings:
    """Return a person's languages and coarse area opened; the read is on the chain."""
    access.require(actor, "protect.read_identity", case)
    row = Situation.objects.filter(case=case).first()
    if row is None:
        return Surroundings()
    audit.record(actor, "protect.situation_read", row, purpose=Purpose.ASSISTANCE)
    kept = row.sealed.open() or {}
    place = kept.get("place") or None
    return Surroundings(tuple(kept.get("languages", ())), Place(place[0], place[1], coarse=True) if place else None)


@transaction.atomic
def assess(
    case: Case,
    urgencies: Mapping[str, int],
    notes: Mapping[str, str],
    *,
    assessed_on: date,
    actor: User,
    today: date,
    now: datetime,
) -> Assessment:
    """Keep an assessment of a day, and bring the needs to it: each domain past 0 is an open need with its urgency.

    A domain at 0 meets the need that an assessment made before; a need recorded by hand stays as it is.
    """
    access.require(actor, "protect.change_case", case)
    locked(case)
    if assessed_on > today:
        raise AssessmentDayError(_("This day is still to come."), todo=_("Choose today or before."))
    if not urgencies or any(d not in DOMAINS or not 0 <= u <= MOST_URGENT for d, u in urgencies.items()):
        raise AssessmentDayError(_("Say for each domain how urgent it is, from 0 to 3."))
    row = Assessment(
        case=case,
        key_id=case.key_id,
        assessed_on=assessed_on,
        assessed_by=actor,
        urgencies=dict(urgencies),
        made_at=now,
    )
    row.notes = {domain: text.strip() for domain, text in notes.items() if text.strip()}
    row.save()
    audit.record(actor, "protect.assessed", row, purpose=Purpose.ASSISTANCE, after={"urgencies": row.urgencies})
    newest = case.assessments.first()
    if newest is not None and newest.pk == row.pk:  # one that is entered late changes nothing of today
        for kind, urgency in needs_of(urgencies).items():
            _bring_need(case, kind, urgency, now)
    return row


@transaction.atomic
def open_assessment(row: Assessment, *, actor: User) -> dict[str, str]:
    """Return what was noted to each domain; the read is on the chain."""
    access.require(actor, "protect.read_identity", row.case)
    audit.record(actor, "protect.assessment_read", row, purpose=Purpose.ASSISTANCE)
    notes: dict[str, str] = row.notes.open() or {}
    return notes


@transaction.atomic
def agree_plan(case: Case, *, agreed_on: date | None, review_on: date | None, actor: User, today: date) -> CasePlan:
    """Say on which day the plan was agreed with the person, and when it is looked at again."""
    access.require(actor, "protect.change_case", case)
    locked(case)
    if agreed_on is not None and agreed_on > today:
        raise AssessmentDayError(_("This day is still to come."), todo=_("Choose today or before."))
    if agreed_on is not None and review_on is not None and review_on < agreed_on:
        raise AssessmentDayError(_("It would be looked at again before it was agreed."))
    plan, _new = CasePlan.objects.update_or_create(case=case, defaults={"agreed_on": agreed_on, "review_on": review_on})
    after = {"agreed_on": str(agreed_on), "review_on": str(review_on)}
    audit.record(actor, "protect.plan_agreed", plan, purpose=Purpose.ASSISTANCE, after=after)
    return plan


@transaction.atomic
def add_goal(case: Case, text: str, needs: Iterable[Need], *, actor: User, now: datetime) -> Goal:
    """Add what the person wants to reach, tied to needs of theirs."""
    access.require(actor, "protect.change_case", case)
    locked(case)
    goal = Goal(case=case, key_id=case.key_id, made_at=now)
    goal.text = text
    goal.save()
    goal.needs.set([need for need in needs if need.case_id == case.pk])
    audit.record(actor, "protect.goal_added", goal, purpose=Purpose.ASSISTANCE)
    return goal


@transaction.atomic
def add_step(goal: Goal, text: str, *, who: User | None, due_date: date | None, actor: User) -> PlanStep:
    """Add a step towards a goal; without a colleague, the person takes it."""
    case = goal.case
    access.require(actor, "protect.change_case", case)
    locked(case)
    if who is not None and who.agency_id != case.agency_id:
        raise NotACaseManagerError(_("%s is not a colleague here.") % who.name)
    step = PlanStep(case=case, key_id=case.key_id, goal=goal, who=who, due_date=due_date)
    step.text = text
    step.save()
    audit.record(actor, "protect.step_added", step, purpose=Purpose.ASSISTANCE)
    return step


@transaction.atomic
def move(row: Goal | PlanStep, state: str, *, actor: User) -> None:
    """Say how far a goal or a step got."""
    access.require(actor, "protect.change_case", row.case)
    locked(row.case)
    row.state = state
    row.save(update_fields=["state"])
    audit.record(actor, "protect.plan_moved", row, purpose=Purpose.ASSISTANCE, after={"state": state})


@transaction.atomic
def open_plan(case: Case, *, actor: User) -> dict[Any, str]:
    """Return the words of a plan's goals and steps by their ids; the read is on the chain."""
    access.require(actor, "protect.read_identity", case)
    audit.record(actor, "protect.plan_read", case, purpose=Purpose.ASSISTANCE)
    words = {goal.pk: goal.text.open() for goal in case.goals.all()}
    return words | {step.pk: step.text.open() for step in case.plan_steps.all()}


def _bring_need(case: Case, kind: str, urgency: int, now: datetime) -> None:
    need = case.needs.filter(kind=kind, met_at=None).first()
    if urgency and need is None:
        Need.objects.create(case=case, key_id=case.key_id, kind=kind, urgency=urgency, recorded_at=now)
    elif urgency and need is not None:
        Need.objects.filter(pk=need.pk).update(urgency=urgency)
    elif need is not None and need.urgency is not None:
        Need.objects.filter(pk=need.pk).update(urgency=0, met_at=now)
