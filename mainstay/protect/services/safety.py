"""Assessing risk to a person, and agreeing a safety plan with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.protect.errors import PlanNotFilledError
from mainstay.protect.models import Case, Deadline, RiskAssessment, SafetyPlan
from mainstay.protect.models.safety import PLAN_PARTS
from mainstay.protect.rules.safety import Domain as Domain
from mainstay.protect.rules.safety import Level as Level
from mainstay.protect.rules.safety import ask_again, overall
from mainstay.protect.services import sharing

SOURCE = "working value"


@dataclass(frozen=True, slots=True)
class OpenedAssessment:
    """An assessment with its notes opened, by domain."""

    assessment: RiskAssessment
    notes: Mapping[str, str]


@transaction.atomic
def assess_risk(
    case: Case,
    levels: Mapping[Domain, Level],
    notes: Mapping[Domain, str],
    *,
    actor: User,
    today: date,
    now: datetime,
) -> RiskAssessment:
    """Keep an assessment of risk to a person; the day to ask again follows from the overall level."""
    access.require(actor, "protect.keep_safe", case)
    sharing.locked(case)
    found = overall(levels)
    row = RiskAssessment(
        key_id=case.key_id,
        case=case,
        levels={domain.value: levels.get(domain, Level.UNKNOWN).value for domain in Domain},
        overall=found.level.value,
        assessed_by=actor,
        assessed_at=now,
        ask_again_date=ask_again(today, found.level),
    )
    row.notes = {domain.value: text.strip() for domain, text in notes.items() if text.strip()}
    row.save()
    case.deadlines.filter(kind="risk_reassessment", done_at=None).update(done_at=now)
    Deadline.objects.create(case=case, kind="risk_reassessment", due_date=row.ask_again_date, source=SOURCE)
    audit.record(actor, "protect.risk_assessed", row, purpose=Purpose.ASSISTANCE, after={"overall": row.overall})
    return row


@transaction.atomic
def read_assessments(case: Case, *, actor: User, last: int = 10) -> list[OpenedAssessment]:
    """Return the last assessments of a case with their notes opened, the newest first; the read is on the chain."""
    access.require(actor, "protect.keep_safe", case)
    audit.record(actor, "protect.risk_read", case, purpose=Purpose.ASSISTANCE)
    rows = case.risk_assessments.select_related("assessed_by")[:last]
    return [OpenedAssessment(row, row.notes.open() or {}) for row in rows]


@transaction.atomic
def agree_plan(
    case: Case, parts: Mapping[str, str], *, agreed_on: date, language: str, actor: User, today: date, now: datetime
) -> SafetyPlan:
    """Keep a new version of the safety plan that a person agreed to; the ones before stay."""
    access.require(actor, "protect.keep_safe", case)
    sharing.locked(case)
    known = {name for name, _label in PLAN_PARTS}
    filled = {name: text.strip() for name, text in parts.items() if name in known and text.strip()}
    if not filled:
        raise PlanNotFilledError(_("This plan says nothing yet."), todo=_("Fill in one part at least."))
    if agreed_on > today:
        raise PlanNotFilledError(_("Nobody agrees on a day to come."), todo=_("Choose today or a day before."))
    before = case.safety_plans.first()
    plan = SafetyPlan(
        key_id=case.key_id,
        case=case,
        version=before.version + 1 if before else 1,
        language=language,
        agreed_date=agreed_on,
        written_by=actor,
        written_at=now,
    )
    plan.parts = filled
    plan.save()
    audit.record(actor, "protect.safety_plan_agreed", plan, purpose=Purpose.ASSISTANCE, after={"parts": sorted(filled)})
    return plan


@transaction.atomic
def read_plan(plan: SafetyPlan, *, actor: User) -> dict[str, str]:
    """Return the parts of one version of a safety plan, opened, by name; the read is on the chain."""
    access.require(actor, "protect.keep_safe", plan.case)
    audit.record(actor, "protect.safety_plan_read", plan, purpose=Purpose.ASSISTANCE)
    opened: dict[str, str] = plan.parts.open() or {}
    return opened
