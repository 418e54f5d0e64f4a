"""The one exit of a case: nothing of a person leaves but through `release`."""

import hashlib
import json
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access, clock
from mainstay.core.access import Purpose
from mainstay.core.errors import NotFoundError
from mainstay.network import services as network
from mainstay.network.types import EntityDraft, LinkDraft, Push
from mainstay.protect.errors import ErasedError, NothingToShareError
from mainstay.protect.models import OPEN_REFERRALS, Case, ReferralState, Share, Status, network_index
from mainstay.protect.queries import plan_for, recipient_of
from mainstay.protect.services.share_values import parties_of, values_of
from mainstay.protect.types import SharePlan, SharePurpose

NETWORK = "network"


def locked(case: Case) -> Case:
    """Return a case held for this transaction, or refuse: what was erased never changes and never leaves."""
    current = Case.objects.select_for_update().get(pk=case.pk)
    if current.status == Status.ERASED:
        raise ErasedError(_("This person was erased."))
    return current


@transaction.atomic
def release(
    case: Case,
    recipient: str,
    purpose: SharePurpose,
    *,
    only: frozenset[str] | None = None,
    under: str = "protect.share",
    actor: User | None,
    today: date,
    now: datetime,
) -> tuple[SharePlan, dict[str, Any]]:
    """Return the plan and the values that leave, and record the exit; refuse where nothing may leave.

    `only` names the fields that are wanted, where that is less than the plan lets leave; `under` is the row of the
    table that the actor needs. `actor` None is the node's operator at its command line.
    """
    if actor is not None:
        access.require(actor, under, case)
    case = locked(case)
    plan = plan_for(case, recipient, purpose, today=today)
    names = [name for name in plan.shared if only is None or name in only]
    if not names:
        raise NothingToShareError(
            _("The person's consent lets nothing leave for this recipient and purpose."),
            todo=_("Ask the person, or choose another purpose."),
        )
    values = values_of(case, names, recipient)
    _note(case, plan, names, actor=actor, now=now)
    return plan, values


@transaction.atomic
def export(
    case: Case, recipient: str, purpose: SharePurpose, *, today: date, now: datetime
) -> tuple[SharePlan, dict[str, Any]]:
    """Return the plan and the values for the node's operator; nothing shared is an answer, not a refusal."""
    plan = plan_for(case, recipient, purpose, today=today)
    return (plan, {}) if not plan.shared else release(case, recipient, purpose, actor=None, today=today, now=now)


def case_for_share(case_id: Any) -> Case:
    """Return the case that a share is about, for packages above; nothing of it leaves but through `release`."""
    case = Case.objects.exclude(status=Status.ERASED).filter(pk=case_id).first()
    if case is None:
        raise NotFoundError(_("There is no such case."))
    return case


def readable(case: Case, recipient: str, purpose: SharePurpose, today: date) -> dict[str, Any]:
    """Return what a recipient may read of a case today, by field; the caller records the read."""
    plan = plan_for(case, recipient, purpose, today=today)
    return values_of(case, plan.shared, recipient)


def note_received(case: Case, recipient: str, purpose: SharePurpose, *, by: User | None, now: datetime) -> int:
    """Note that what left for a recipient was received: read there, or acknowledged by their node; return how many."""
    rows = Share.objects.filter(case=case, recipient=recipient, purpose=purpose, received_at=None, recalled_at=None)
    return rows.update(received_at=now, received_by=by)


def note_letter_received(
    case_id: Any, recipient: str, *, now: datetime, purpose: SharePurpose = SharePurpose.COOPERATION
) -> int:
    """Note that another node acknowledged a letter that carried something of a case; return how many shares."""
    case = Case.objects.filter(pk=case_id).first()
    return 0 if case is None else note_received(case, recipient, purpose, by=None, now=now)


@transaction.atomic
def tell_network(case: Case, *, actor: User | audit.Outside | None, now: datetime) -> int:
    """Put what consent lets be known about the exploiters into the network, and take the rest out.

    The person is never an entity there: only who controlled them, and that account and phone. Where the network holds
    just that already, on the same grounds, nothing is put there and nothing is noted. Return how many were put in.
    """
    case = locked(case)
    today = clock.today()
    plan = plan_for(case, NETWORK, SharePurpose.INVESTIGATION, today=today)
    names = [name for name in plan.shared if name.startswith("exploiter_") or name in {"involved", "accounts"}]
    values = values_of(case, names, NETWORK)
    digest = _network_digest(case, plan, values) if values else ""
    Case.objects.filter(pk=case.pk).update(network_digest=digest, follow_on=_next_turn(case, today))
    if not values:
        return network.take_out("protect", str(case.pk), actor=actor, now=now)
    if digest == case.network_digest:
        return 0
    made = network.push(_as_entities(case, values), actor=actor, now=now)
    _note(case, plan, list(values), actor=actor, now=now)
    return len(made)


def follow_consents(*, now: datetime) -> int:
    """Bring the network and open referrals to what consents and grounds say today, as they begin and end by themselves.

    Return how many cases were looked at: those of which a day has come on which a consent or ground begins or has
    ended. All else that changes what may leave is a change by somebody, and is followed there and then.
    """
    due = Case.objects.filter(follow_on__lte=clock.today()).exclude(status=Status.ERASED)
    looked_at = 0
    for case in due.order_by("follow_on", "pk").only("pk").iterator(chunk_size=500):
        try:
            _follow(case, now)
        except ErasedError:  # in this very moment
            continue
        looked_at += 1
    return looked_at


@transaction.atomic
def _follow(case: Case, now: datetime) -> None:
    tell_network(case, actor=None, now=now)
    close_referrals(case)


@transaction.atomic
def note_next_turn(case: Case) -> None:
    """Keep the next day on which a consent or ground of a case begins or has ended, so that it is followed then.

    Called by whatever changes a consent or a ground and tells the network nothing.
    """
    Case.objects.filter(pk=case.pk).update(follow_on=_next_turn(case, clock.today()))


def _next_turn(case: Case, today: date) -> date | None:
    consents = case.consents.filter(withdrawn_on=None).values_list("given_on", "until")
    grounds = case.grounds.filter(is_approved=True, ended_on=None).values_list("starts", "until")
    day = timedelta(days=1)
    turns = [turn for first, last in (*consents, *grounds) for turn in (first, last + day if last else None)]
    return min((turn for turn in turns if turn and turn > today), default=None)


def _network_digest(case: Case, plan: SharePlan, values: dict[str, Any]) -> str:
    """Return what is known by now, and on which grounds, as a fingerprint that tells nothing and is no other case's."""
    basis = [[d.field.name, d.consent_id, d.ground_id] for d in plan.decisions if d.field.name in values]
    plain = json.dumps([str(case.pk), values, basis], sort_keys=True, ensure_ascii=False)
    return network_index(hashlib.sha256(plain.encode()).hexdigest())


@transaction.atomic
def note_move(case: Case, plan: SharePlan, *, actor: User | None, now: datetime) -> None:
    """Record that all a plan covers moved with the whole case to another agency, or another node."""
    _note(case, plan, list(plan.shared), actor=actor, now=now)


@transaction.atomic
def close_referrals(case: Case) -> None:
    """Close open referrals whose agency may no longer read what is needed."""
    for referral in case.referrals.filter(state__in=OPEN_REFERRALS):
        recipient = recipient_of(referral.recipient_agency_id)
        plan = plan_for(case, recipient, SharePurpose.ASSISTANCE, today=clock.today())
        if "needs" not in plan.shared:
            case.referrals.filter(pk=referral.pk).update(state=ReferralState.WITHDRAWN)


def _as_entities(case: Case, values: dict[str, Any]) -> Push:
    entities, links = [], []
    for number, party in enumerate(parties_of(values)):
        who, account = f"controller{number or ''}", f"account{number or ''}"
        if party.name or party.phone:
            properties = {"name": [party.name] if party.name else [], "phone": [party.phone] if party.phone else []}
            keys = (("name", party.name), ("phone", party.phone))
            entities.append(EntityDraft(who, party.schema, properties, keys))
        if party.account:
            held = (("account", party.account),)
            entities.append(EntityDraft(account, "BankAccount", {"accountNumber": [party.account]}, held))
        if party.account and (party.name or party.phone):
            links.append(LinkDraft(who, account, "collects on"))
    return Push("protect", str(case.pk), tuple(entities), tuple(links))


def _note(case: Case, plan: SharePlan, names: list[str], *, actor: User | audit.Outside | None, now: datetime) -> None:
    Share.objects.create(
        case=case,
        recipient=plan.recipient,
        purpose=plan.purpose,
        fields=names,
        consents=sorted({d.consent_id for d in plan.decisions if d.shared and d.field.name in names} - {""}),
        grounds=sorted({d.ground_id for d in plan.decisions if d.shared and d.field.name in names} - {""}),
        shared_at=now,
        shared_by=None if isinstance(actor, audit.Outside) else actor,
    )
    audit.record(
        actor,
        "protect.shared",
        case,
        purpose=Purpose.COOPERATION if plan.recipient.startswith("peer:") else Purpose.ASSISTANCE,
        after={"recipient": plan.recipient, "fields": names},
    )
