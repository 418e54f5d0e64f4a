"""Reading transfers and conferences, narrowed to what a viewer may see."""

from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from mainstay.accounts.models import Agency, User
from mainstay.core import access
from mainstay.protect.models import Case, ConferencePart, Status, Transfer
from mainstay.protect.queries.shares import may_receive, recipient_of
from mainstay.protect.rules.transfer import plan_move
from mainstay.protect.types import CaseField, Category, SharePlan


def plan_of_move(case: Case, agency: Agency, *, today: date) -> SharePlan:
    """Return what would move with a whole case to an agency today, field by field."""
    consents = [consent.as_fact() for consent in case.consents.all()]
    recipient = recipient_of(agency.pk)
    fields = [*case.fields_to_share(), *_other_parts(case)]
    return plan_move(fields, consents, recipient, today=today, may_receive=may_receive(recipient))


def plan_of_move_to_node(case: Case, recipient: str, *, today: date) -> SharePlan:
    """Return what would move with a whole case to another node today, field by field, in one letter."""
    consents = [consent.as_fact() for consent in case.consents.all()]
    coded = CaseField("coded", _("Sex, age group, citizenship, presumed victim since"), Category.IDENTITY)
    return plan_move([*case.fields_to_share(), coded], consents, recipient, today=today)


def stays_here(case: Case) -> list[str]:
    """Return the parts of a file that no letter carries to another node, in words."""
    return [part.label for part in _other_parts(case) if part.filled]


def _other_parts(case: Case) -> list[CaseField]:
    """Return the parts of a file that are no single field, and move with it."""
    notes = any(rows.exists() for rows in (case.assessments, case.goals, case.tasks, case.conferences, case.hand_overs))
    notes = notes or hasattr(case, "plan")
    safety = case.risk_assessments.exists() or case.safety_plans.exists() or hasattr(case, "contact_rules")
    status = any(rows.exists() for rows in (case.measures, case.permits)) or hasattr(case, "age_record")
    talk = case.own_messages.exists() or case.own_requests.exists()
    return [
        CaseField("assistance", _("Assessments, plan, tasks and notes"), Category.NEEDS, notes),
        CaseField("wages", _("Estimates of unpaid wages"), Category.MONEY, case.wage_calculations.exists()),
        CaseField("imported", _("What the file said that they came from"), Category.IDENTITY, hasattr(case, "origin")),
        CaseField("safety", _("Risk, safety plan and how they may be reached"), Category.HEALTH, safety),
        CaseField("contacts", _("Who stands by the person"), Category.CONTACT, case.contacts.exists()),
        CaseField("status", _("Age, permits and measures against the person"), Category.EXPLOITATION, status),
        CaseField("talk", _("What the person asked"), Category.NEEDS, talk),
        CaseField("procedures", _("Decisions on identification"), Category.EXPLOITATION, case.procedures.exists()),
    ]


def transfers_to(viewer: User) -> QuerySet[Transfer]:
    """Return the transfers that a viewer's agency was asked for."""
    rows = Transfer.objects.select_related("agency", "case").exclude(case__status=Status.ERASED)
    return access.narrow(rows, viewer, "protect.answer_transfer")


def conferences_with(viewer: User) -> QuerySet[ConferencePart]:
    """Return the conferences in which a viewer's agency took part."""
    rows = ConferencePart.objects.select_related("conference__case__agency").exclude(
        conference__case__status=Status.ERASED
    )
    return access.narrow(rows, viewer, "protect.read_conference").order_by("-conference__held_on")
