"""What would leave a case, to whom, and why the rest stays."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from mainstay.accounts import queries as accounts
from mainstay.accounts.models import Agency, User
from mainstay.core import access
from mainstay.protect.models import (
    Case,
    LegalGround,
    RecallNotice,
    Share,
    Status,
)
from mainstay.protect.models.sharing import GROUND_KINDS
from mainstay.protect.rules.consent import plan_share
from mainstay.protect.rules.legal_grounds import ground_holds
from mainstay.protect.types import CaseField, Category, ConsentFact, Decision, Ground, SharePlan, SharePurpose


def plan_for(case: Case, recipient: str, purpose: SharePurpose, *, today: date) -> SharePlan:
    """Return what would leave a case for a recipient and purpose today, field by field; of an erased one, nothing."""
    if case.status == Status.ERASED:
        return SharePlan(recipient, purpose, tuple(Decision(f, False, "erased") for f in case.fields_to_share()))
    return _plan(case, case.fields_to_share(), recipient, purpose, today=today)


def allows(case: Case, recipient: str, purpose: SharePurpose, category: Category, *, today: date) -> bool:
    """Say whether a recipient may know something of a category that is no field of the case itself."""
    if case.status == Status.ERASED:
        return False
    return bool(_plan(case, [CaseField("", "", category)], recipient, purpose, today=today).shared)


def _plan(case: Case, fields: Iterable[CaseField], recipient: str, purpose: SharePurpose, *, today: date) -> SharePlan:
    consents, grounds = _facts(case)
    limit = may_receive(recipient)
    return plan_share(fields, consents, recipient, purpose, today=today, may_receive=limit, grounds=grounds)


def _facts(case: Case) -> tuple[list[ConsentFact], list[Ground]]:
    """Return the consents of a case, and the legal grounds that somebody approved, as the rule sees them."""
    grounds = case.grounds.filter(is_approved=True)
    return [consent.as_fact() for consent in case.consents.all()], [ground.as_fact() for ground in grounds]


def ends_on(case: Case, plan: SharePlan) -> date | None:
    """Return the last day on which all that a plan lets leave still has its consent or ground; None where none ends."""
    shared = [decision for decision in plan.decisions if decision.shared]
    given = case.consents.filter(pk__in={d.consent_id for d in shared if d.consent_id}, until__isnull=False)
    stood_in = case.grounds.filter(pk__in={d.ground_id for d in shared if d.ground_id})
    days = [*given.values_list("until", flat=True), *stood_in.values_list("until", flat=True)]
    return min((day for day in days if day is not None), default=None)


def plans_of(case: Case, *, today: date) -> list[tuple[str, SharePlan]]:
    """Return a plan, with the recipient's name, for each recipient and purpose of consents and grounds in force."""
    consents, approved = _facts(case)
    grounds = [ground for ground in approved if ground_holds(ground, today)]
    by_consent = {(r, p) for c in consents if c.withdrawn_on is None for r in c.recipients for p in c.purposes}
    wanted = sorted(by_consent | {(ground.recipient, ground.purpose) for ground in grounds})
    if not wanted:
        return []
    fields, agencies = case.fields_to_share(), agencies_by_key()
    return [
        (
            recipient_label(recipient, agencies),
            plan_share(
                fields,
                consents,
                recipient,
                purpose,
                today=today,
                may_receive=may_receive(recipient, agencies),
                grounds=grounds,
            ),
        )
        for recipient, purpose in wanted
    ]


def recalled_shares_to(recipient: str) -> QuerySet[Share]:
    """Return what left for a recipient and has no ground any more: consent was taken back, or the person is erased."""
    gone = Q(recalled_at__isnull=False) | Q(case__status=Status.ERASED)
    return Share.objects.filter(gone, recipient=recipient).order_by("shared_at")


def may_receive(recipient: str, agencies: Mapping[str, Agency] | None = None) -> frozenset[Category] | None:
    """Return what an agency may ever receive; None where no limit was agreed, nothing for an unknown one."""
    kind, _sep, key = recipient.partition(":")
    if kind != "agency":
        return None
    agency = _agency(key) if agencies is None else agencies.get(key)
    if agency is None:
        return frozenset()
    return None if agency.may_receive is None else frozenset(Category(c) for c in agency.may_receive)


def _agency(key: str) -> Agency | None:
    try:
        return Agency.objects.filter(pk=UUID(key)).first()
    except ValueError:
        return None


def explain(decision: Decision) -> str:
    """Return in words why a field leaves or stays."""
    if decision.given_on is not None:
        return _("Consent of %s") % date_format(decision.given_on, _("j F Y"))
    if decision.code.startswith("ground:"):
        return _("Legal ground: %s") % dict(GROUND_KINDS)[decision.code.partition(":")[2]]
    return {
        "never_leaves": _("protected address, never leaves"),
        "not_needed": _("not needed for this purpose"),
        "may_not_receive": _("this recipient may not receive this kind of data"),
        "nothing_recorded": _("nothing recorded"),
        "no_consent": _("no consent for this to this recipient"),
        "erased": _("this person was erased"),
    }[decision.code]


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One line of a share: the field, whether it leaves, and why."""

    label: str
    shared: bool
    because: str


def plan_lines(plan: SharePlan) -> list[PlanLine]:
    """Return what would leave and what stays, field by field, with the reason."""
    return [PlanLine(d.field.label, d.shared, explain(d)) for d in plan.decisions]


def recipient_of(agency_id: Any) -> str:
    """Return how a consent names an agency."""
    return f"agency:{agency_id}"


def recipients_for(viewer: User) -> list[tuple[str, str]]:
    """Return who can be named in a consent: every other agency of the node, the network, and other nodes.

    Other nodes stand above this floor; they are named by what consents and shares already name, and by hand.
    """
    agencies = accounts.agencies_visible_to(viewer).exclude(pk=viewer.agency_id)
    return [*((recipient_of(a.pk), a.name) for a in agencies), ("network", _("The network, for investigators here"))]


def recipient_label(recipient: str, agencies: Mapping[str, Agency] | None = None) -> str:
    """Return a recipient's name for a person to read."""
    kind, _sep, key = recipient.partition(":")
    if kind == "agency":
        agency = _agency(key) if agencies is None else agencies.get(key)
        return agency.name if agency else _("an agency that is no longer here")
    if kind == "outside":
        return _("an outside expert, let in until a day")
    if kind == "contact":
        return _("a contact of this case outside this node")
    return key or _("The network, for investigators here")


def agencies_by_key() -> dict[str, Agency]:
    """Return every agency by the text of its id, to name recipients without asking for each."""
    return {str(agency.pk): agency for agency in Agency.objects.all()}


def grounds_to_approve(viewer: User) -> QuerySet[LegalGround]:
    """Return the legal grounds that wait for a viewer's answer: those of their agency that somebody else asked for."""
    rows = LegalGround.objects.filter(is_approved=None).select_related("case", "asked_by").exclude(asked_by=viewer.pk)
    return access.narrow(rows.exclude(case__status=Status.ERASED), viewer, "protect.approve_ground")


def grounds_visible_to(viewer: User) -> QuerySet[LegalGround]:
    """Return every legal ground that a viewer may approve or has answered, the newest first."""
    rows = LegalGround.objects.select_related("case", "asked_by", "answered_by").exclude(case__status=Status.ERASED)
    return access.narrow(rows, viewer, "protect.approve_ground")


def taken_back_from(viewer: User) -> QuerySet[RecallNotice]:
    """Return the notices to a viewer's agency that something it received has no ground any more, open ones first."""
    rows = RecallNotice.objects.select_related("share__case", "share__case__agency").order_by("answer", "-made_at")
    return access.narrow(rows, viewer, "protect.answer_notice")


def shares_of(case: Case) -> QuerySet[Share]:
    """Return what left a case, the newest first, with the notices and what recipients did."""
    return case.shares.select_related("shared_by", "received_by", "notice").order_by("-shared_at", "id")
