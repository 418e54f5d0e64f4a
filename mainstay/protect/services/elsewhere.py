"""A case and another node: what a letter may carry, handing a whole case over, and opening one for whom a letter tells.

Letters are the floor above; they ask here, and nothing of a person is in one but through `sharing`.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from mainstay.accounts import services as accounts
from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access, clock
from mainstay.core.access import Purpose
from mainstay.core.fields import blind_index
from mainstay.core.labels import AGE_GROUPS, SEXES
from mainstay.protect import queries
from mainstay.protect.errors import (
    CaseClosedError,
    LegalHoldError,
    NothingToShareError,
    QuotedError,
    ReflectionPeriodRunningError,
    TransferOpenError,
)
from mainstay.protect.models import NEED_KINDS, Case, CaseOrigin, Status, TransferState
from mainstay.protect.queries import law
from mainstay.protect.queries.open_ends import undecided
from mainstay.protect.queries.transfers import plan_of_move_to_node
from mainstay.protect.rules.contact import from_told
from mainstay.protect.rules.facts import unknown_codes
from mainstay.protect.rules.retention import may_erase
from mainstay.protect.services import cases, documents, sharing, transfers
from mainstay.protect.services.carried import carry_parts
from mainstay.protect.services.contact import ContactDraft, agree_contact
from mainstay.protect.services.names import keep_sounds
from mainstay.protect.services.share_values import sealed_words_of, values_of
from mainstay.protect.types import Category, SharePlan, SharePurpose

CARRIED_BYTES = 6 * 1024 * 1024
"""Documents in one letter; sealed for the way they are more than twice as large, and a letter has a limit."""
SHORTEST_QUOTE = 4


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a letter of another node tells: fields, coded facts, how the person may be reached, and of itself."""

    node: str
    reference: str
    values: Mapping[str, Any]
    coded: Mapping[str, str] = field(default_factory=dict)
    contact: Mapping[str, Any] | None = None
    said: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def release_for_referral(
    case: Case, recipient: str, words: Iterable[str], *, actor: User, today: date, now: datetime
) -> tuple[SharePlan, dict[str, Any]]:
    """Return what leaves with a referral to another node, documents included, and record the exit.

    Refused, saying why field by field, where the person does not let that node know what they need; and where the
    words that go with it quote what stays.
    """
    access.require(actor, "cooperate.refer", case)
    plan = queries.plan_for(case, recipient, SharePurpose.ASSISTANCE, today=today)
    if "needs" not in plan.shared:
        filled = [d for d in plan.decisions if d.code not in {"nothing_recorded", "not_needed"}]
        why = "; ".join(f"{d.field.label}: {queries.explain(d)}" for d in filled)
        raise NothingToShareError(
            _("The person did not let this node know what they need. %s.") % why,
            todo=_("Ask the person, and record the consent for this node and for help."),
        )
    _require_nothing_quoted(case, plan, words)
    plan, values = sharing.release(
        case, recipient, SharePurpose.ASSISTANCE, under="cooperate.refer", actor=actor, today=today, now=now
    )
    return plan, _with_documents(case, plan, values, recipient)


def require_movable(case: Case, recipient: str, country: str, *, today: date) -> SharePlan:
    """Return what would move with a whole case to another node, or refuse: it moves whole, and when nothing is open.

    Where the other node is in another country, the days of reflection here have to be over: they bind this State
    (CETS 197 art. 13), and nobody there could watch over them.
    """
    if case.status == Status.CLOSED:
        raise CaseClosedError(_("This case is closed."), todo=_("Open it again first."))
    if not may_erase([hold.as_fact() for hold in case.holds.all()], today):
        raise LegalHoldError(
            _("A legal hold keeps this file."), todo=_("It can be handed over once the hold is lifted.")
        )
    if hinders := undecided(case):
        raise hinders
    if case.transfers.filter(state=TransferState.SENT).exists():
        raise TransferOpenError(_("Another agency was asked already."), todo=_("Wait for its answer, or take it back."))
    period = law.reflection_of(case)
    if country != case.agency.country and today <= period.last_day:
        raise ReflectionPeriodRunningError(
            _("The person has days of reflection here until %s.") % date_format(period.last_day, "DATE_FORMAT"),
            todo=_("Refer what they need, and hand the case over after that day."),
        )
    plan = plan_of_move_to_node(case, recipient, today=today)
    transfers.require_consent(plan)
    transfers.require_nothing_left_out(case, recipient)
    return plan


@transaction.atomic
def release_file(
    case: Case, recipient: str, country: str, *, today: date, now: datetime
) -> tuple[SharePlan, dict[str, Any], dict[str, str]]:
    """Return all that moves to a node that said yes: fields, and coded facts; consent is asked again, the exit noted.

    The node's own doing: who asked was asked for permission then.
    """
    case = sharing.locked(case)
    plan = require_movable(case, recipient, country, today=today)
    values = values_of(case, [name for name in plan.shared if name != "coded"], recipient)
    sharing.note_move(case, plan, actor=None, now=now)
    coded = {
        "sex": case.sex,
        "age_group": case.age_group,
        "citizenship": case.citizenship,
        "presumed_since": case.identified_date.isoformat(),
    }
    return plan, _with_documents(case, plan, values, recipient), coded


@transaction.atomic
def hand_to_node(case: Case, name: str, country: str, *, today: date, now: datetime) -> None:
    """Let a case be another node's, which has its file: closed here, kept as long as files are, and read by nobody.

    It goes as a transfer to another agency goes: who had it sees nothing of it any more. The person's own page and
    their consents stay, so that they can still take back what left.
    """
    case = sharing.locked(case)
    case.tasks.filter(done_at=None).update(done_at=now)
    case.deadlines.filter(done_at=None).update(done_at=now)
    cases.set_closed(case, today=today, now=now)
    case.why_closed = _("Handed over to %s") % name
    case.save(update_fields=["closed_from", "status", "closed_at", "keep_until", "why_closed"])
    case.plan_steps.exclude(who=None).update(who=None)
    transfers.leave_agency(case, accounts.agency_of_node(name, country), today=today, now=now)
    audit.record(None, "protect.handed_to_node", case, purpose=Purpose.ASSISTANCE, after={"node": name})


@transaction.atomic
def open_case_from_node(arrival: Arrival, *, scanner: str, actor: User, today: date, now: datetime) -> Case:
    """Open a case for whom another node referred here, or whose case it handed over, with what came and where from.

    No consent comes along as one of this node's: whatever is to leave from here needs the person's own yes, anew.
    """
    access.require(actor, "protect.open_case")
    values = arrival.values
    since = _as_day(arrival.coded.get("presumed_since", ""))
    coded, ages = arrival.coded, dict(AGE_GROUPS)
    draft = cases.CaseDraft(
        identified_date=since if since is not None and since <= clock.today() else today,
        sex=coded["sex"] if coded.get("sex") in dict(SEXES) else "unknown",
        age_group=coded["age_group"] if coded.get("age_group") in ages else "unknown",
        citizenship=coded.get("citizenship", "")[:2],
        forms=tuple(values.get("forms", ())),
        sealed={name: str(value) for name, value in values.items() if name in cases.IDENTITY_FIELDS and value},
    )
    case = cases.open_case(draft, actor=actor, now=now)
    for kind in values.get("needs", ()):
        if kind in dict(NEED_KINDS):
            cases.add_need(case, kind, "", actor=actor, now=now)
    carry_parts(case, values, actor=actor, now=now)
    case.facts = {name: codes for name, codes in values.get("facts", {}).items() if not unknown_codes({name: codes})}
    case.save(update_fields=["facts"])
    keep_sounds(case)
    if arrival.contact is not None:
        agree_contact(case, ContactDraft(from_told(arrival.contact)), actor=actor, now=now)
    _keep_documents(case, values, scanner, actor, now)
    _keep_origin(case, arrival, actor, now)
    after = {"node": arrival.node, "fields": sorted(values)}
    audit.record(actor, "protect.case_from_node", case, purpose=Purpose.ASSISTANCE, after=after)
    return case


def require_no_quotes(case: Case, recipient: str, words: Iterable[str], *, today: date) -> None:
    """Refuse words for another node that quote what consent does not let leave for it."""
    plan = queries.plan_for(case, recipient, SharePurpose.ASSISTANCE, today=today)
    _require_nothing_quoted(case, plan, words)


def _require_nothing_quoted(case: Case, plan: SharePlan, words: Iterable[str]) -> None:
    """Refuse words that quote a field which consent does not let leave."""
    kept_back = [d.field.name for d in plan.decisions if not d.shared and d.field.filled]
    text = _plain(" ".join(words))
    quoted = {word for each in sealed_words_of(case, kept_back) if len(word := _plain(each)) >= SHORTEST_QUOTE}
    if any(word in text for word in quoted):
        raise QuotedError(
            _("Your words quote something that the person does not let leave."), todo=_("Take it out of them.")
        )


def _plain(text: str) -> str:
    return "".join(text.casefold().split())


def _with_documents(case: Case, plan: SharePlan, values: Mapping[str, Any], recipient: str) -> dict[str, Any]:
    """Return values with the bytes of documents (base64), as far as one letter carries them; the rest by title."""
    whole, room = dict(values), CARRIED_BYTES
    kinds = {d.field.name: d.field.category.value for d in plan.decisions}
    for name in [name for name in whole if name.startswith("document:")]:
        content = documents.content_to_carry(case, name, recipient)
        fits = content is not None and len(content) <= room
        room -= len(content) if content is not None and fits else 0
        carried = base64.b64encode(content).decode() if content is not None and fits else ""
        whole[name] = {**whole[name], "category": kinds[name], "content": carried}
    return whole


def _keep_documents(case: Case, values: Mapping[str, Any], scanner: str, actor: User, now: datetime) -> None:
    for name, value in values.items():
        if not name.startswith("document:") or not value.get("content"):
            continue
        category = value["category"] if value.get("category") in set(Category) else Category.IDENTITY
        draft = documents.DocumentDraft(value["title"], Category(category), base64.b64decode(value["content"]))
        documents.keep_or_leave(case, draft, scanner=scanner, actor=actor, now=now)


def _keep_origin(case: Case, arrival: Arrival, actor: User, now: datetime) -> None:
    index = blind_index("protect.origin", "node", f"{arrival.node}|{arrival.reference}")
    origin = CaseOrigin(case=case, key_id=case.key_id, agency=actor.agency, form="node", index=index, taken_in_at=now)
    origin.kept = {"node": arrival.node, "reference": arrival.reference, **arrival.said}
    origin.save()


def _as_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
