"""Reading cases and referrals, narrowed to what a viewer may see."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from mainstay.accounts import queries as accounts
from mainstay.accounts.models import Agency, User
from mainstay.audit import queries as audit
from mainstay.core import access
from mainstay.core.access import Role
from mainstay.core.names import sound_keys
from mainstay.protect.models import (
    CODED_FIELDS,
    SEALED_FIELDS,
    Case,
    CaseNameSound,
    Deadline,
    Need,
    Procedure,
    Referral,
    Share,
    Status,
    person_index,
    sound_index,
)
from mainstay.protect.rules.consent import plan_share
from mainstay.protect.types import Category, Decision, SharePlan, SharePurpose

PUT_AWAY = (Status.CLOSED, Status.ERASED)
"""Cases that ask nothing of anybody today."""


def cases_visible_to(viewer: User) -> QuerySet[Case]:
    """Return the cases that a viewer may read, newest first."""
    return access.narrow(Case.objects.exclude(status=Status.ERASED), viewer, "protect.read_case")


def cases_named(text: str, viewer: User) -> QuerySet[Case]:
    """Return the cases of this reference or phone, or whose name is this or sounds like it, in any script.

    Names are compared by blind indexes: of the whole, and of what two of its parts (or its only one) sound like.
    """
    wanted = Q(reference__iexact=text.strip())
    for column, kind in (("name_index", "name"), ("phone_index", "phone")):
        if index := person_index(kind, text):
            wanted |= Q(**{column: index})
    sounds = [sound_index(key) for key in sound_keys(text)]
    alike = CaseNameSound.objects.filter(index__in=sounds).values("case").annotate(shared=Count("pk"))
    enough = alike.filter(shared__gte=min(2, len(sounds) or 1)).values("case")
    return cases_visible_to(viewer).filter(wanted | Q(pk__in=enough))


def referrals_to(viewer: User) -> QuerySet[Referral]:
    """Return the referrals sent to a viewer's agency."""
    rows = Referral.objects.select_related("need", "agency").exclude(case__status=Status.ERASED)
    return access.narrow(rows, viewer, "protect.answer_referral")


def deadlines_due(viewer: User) -> QuerySet[Deadline]:
    """Return the open deadlines of a viewer's cases, the nearest first."""
    rows = Deadline.objects.filter(done_at=None).select_related("case").exclude(case__status__in=PUT_AWAY)
    return access.narrow(rows, viewer, "protect.read_case", agency="case__agency", owner="case__owner")


def needs_without_place(viewer: User) -> QuerySet[Need]:
    """Return needs that no agency was asked for, or that every agency asked declined, the oldest first."""
    open_states = ["sent", "seen", "accepted"]
    rows = Need.objects.filter(met_at=None).select_related("case").exclude(case__status__in=PUT_AWAY)
    rows = rows.exclude(referrals__state__in=open_states).order_by("recorded_at")
    return access.narrow(rows, viewer, "protect.read_case", agency="case__agency", owner="case__owner")


def people_with_a_case() -> QuerySet[Case, Any]:
    """Return the keys of people for whom a case was opened; a screening and its corrections carry the same."""
    return Case.objects.values_list("key_id", flat=True)


def procedures_visible_to(viewer: User) -> QuerySet[Procedure]:
    """Return identification procedures that a viewer may follow, the nearest deadline first."""
    rows = Procedure.objects.select_related("case", "agency", "recipient_agency").exclude(case__status=Status.ERASED)
    return access.narrow(rows, viewer, "protect.read_procedure")


def may_ask_to_decide(case: Case, viewer: User) -> bool:
    """Say whether a viewer may ask an authority to decide on a person now: not while one was asked, nor after."""
    allowed = access.allowed(viewer, "protect.refer_for_identification", case)
    return allowed and case.status == Status.PRESUMED and not case.procedures.exclude(state="decided").exists()


def authorities_for(case: Case) -> QuerySet[Agency]:
    """Return the agencies that have somebody who decides on identification."""
    return accounts.agencies_with(Role.IDENTIFICATION_AUTHORITY).exclude(pk=case.agency_id)


def plan_for(case: Case, recipient: str, purpose: SharePurpose, *, today: date) -> SharePlan:
    """Return what would leave a case for a recipient and purpose today, field by field; of an erased one, nothing."""
    if case.status == Status.ERASED:
        return SharePlan(recipient, purpose, tuple(Decision(f, False, "erased") for f in case.fields_to_share()))
    consents = [consent.as_fact() for consent in case.consents.all()]
    return plan_share(
        case.fields_to_share(), consents, recipient, purpose, today=today, may_receive=_may_receive(recipient)
    )


def plans_of(case: Case, *, today: date) -> list[tuple[str, SharePlan]]:
    """Return a plan, with the recipient's name, for each recipient and purpose of the consents in force."""
    consents = [consent.as_fact() for consent in case.consents.all()]
    fields, agencies = case.fields_to_share(), agencies_by_key()
    wanted = sorted({(r, p) for c in consents if c.withdrawn_on is None for r in c.recipients for p in c.purposes})
    return [
        (
            recipient_label(recipient, agencies),
            plan_share(
                fields, consents, recipient, purpose, today=today, may_receive=_may_receive(recipient, agencies)
            ),
        )
        for recipient, purpose in wanted
    ]


def recalled_shares_to(recipient: str) -> QuerySet[Share]:
    """Return what left for a recipient and has no ground any more: consent was taken back, or the person is erased."""
    gone = Q(recalled_at__isnull=False) | Q(case__status=Status.ERASED)
    return Share.objects.filter(gone, recipient=recipient).order_by("shared_at")


def case_named(reference: str) -> Case | None:
    """Return the case of a reference, for the node's operator at its command line."""
    return Case.objects.filter(reference__iexact=reference).first()


def victims_by_form() -> dict[tuple[str, ...], int]:
    """Return counts of presumed and identified victims by sex, age group and form of exploitation.

    Each person is in one cell: who suffered more than one form is counted under `Multiple`. It is a
    count of coded facts for the release gate of `monitor`, and never touches an identity.
    """
    closed = Q(status=Status.CLOSED, closed_from=Status.NOT_IDENTIFIED)
    rows = Case.objects.exclude(Q(status=Status.NOT_IDENTIFIED) | closed).values_list("sex", "age_group", "forms")
    counts: dict[tuple[str, ...], int] = {}
    for sex, age_group, forms in rows.iterator():
        form = "Multiple" if len(forms) > 1 else next(iter(forms), "Unknown")
        counts[sex, age_group, form] = counts.get((sex, age_group, form), 0) + 1
    return counts


def _may_receive(recipient: str, agencies: Mapping[str, Agency] | None = None) -> frozenset[Category] | None:
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
        return _("Legal ground: %s") % decision.code.partition(":")[2]
    return {
        "never_leaves": _("protected address, never leaves"),
        "not_needed": _("not needed for this purpose"),
        "may_not_receive": _("this recipient may not receive this kind of data"),
        "nothing_recorded": _("nothing recorded"),
        "no_consent": _("no consent for this to this recipient"),
        "erased": _("this person was erased"),
    }[decision.code]


def recipient_of(agency_id: Any) -> str:
    """Return how a consent names an agency."""
    return f"agency:{agency_id}"


def recipients_for(viewer: User) -> list[tuple[str, str]]:
    """Return who can be named in a consent: every other agency of the node, the network, and other nodes.

    Other nodes stand above this floor; they are named by what consents and shares already name, and by hand.
    """
    agencies = Agency.objects.exclude(pk=viewer.agency_id).order_by("name")
    return [*((recipient_of(a.pk), a.name) for a in agencies), ("network", _("The network, for investigators here"))]


def recipient_label(recipient: str, agencies: Mapping[str, Agency] | None = None) -> str:
    """Return a recipient's name for a person to read."""
    kind, _sep, key = recipient.partition(":")
    if kind == "agency":
        agency = _agency(key) if agencies is None else agencies.get(key)
        return agency.name if agency else _("an agency that is no longer here")
    return key or _("The network, for investigators here")


def agencies_by_key() -> dict[str, Agency]:
    """Return every agency by the text of its id, to name recipients without asking for each."""
    return {str(agency.pk): agency for agency in Agency.objects.all()}


def readers(case: Case, limit: int = 20) -> list[tuple[str, str, datetime]]:
    """Return who opened a person's identity, for what, when: the newest first."""
    entries = audit.readers_of("protect.case", case.pk).filter(action="protect.identity_read")[:limit]
    names = {
        str(pk): name
        for pk, name in User.objects.filter(pk__in=[e.actor_id for e in entries if e.actor_id != "system"]).values_list(
            "pk", "name"
        )
    }
    return [(names.get(entry.actor_id, entry.actor_id), entry.purpose, entry.at) for entry in entries]


def field_label(name: str) -> str:
    """Return a case field's label for a reader."""
    return {field: str(label) for field, label, _category in (*SEALED_FIELDS, *CODED_FIELDS)}.get(name, name)
