"""Private matching: ask another node, answer one, read the answer."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.cooperate.engine import matching, reading
from mainstay.cooperate.errors import BadLetterError, MatchingNotAgreedError, TooManyAskedError
from mainstay.cooperate.models import Direction, Match, Peer
from mainstay.cooperate.services.peers import recipient_of
from mainstay.cooperate.types import Kind
from mainstay.core import access, clock, keystore
from mainstay.core.access import Purpose
from mainstay.core.errors import NotFoundError
from mainstay.network import queries as network
from mainstay.protect import queries as protect
from mainstay.protect.services import sharing
from mainstay.protect.types import SharePurpose

ACCOUNT = "exploiter_account"


@transaction.atomic
def open_match(
    peer: Peer, kind: str, values: Sequence[str], *, actor: User | None, now: datetime, case_id: Any = None
) -> tuple[Match, dict[str, Any]]:
    """Make the blinded question for values of a kind; return the match and the letter's body.

    The caller has made sure that consent lets the values be used: they do not leave, but a hit does tell.
    """
    if actor is not None:
        access.require(actor, "cooperate.match")
    written = matching.as_written(kind, values)
    prepared = sorted(written)
    _check_agreed(peer, len(prepared), Direction.OUT, now)
    secret = matching.new_secret()
    match = Match(
        key_id=keystore.node().create_key() if case_id is None else sharing.case_for_share(case_id).key_id,
        peer=peer,
        direction=Direction.OUT,
        kind=kind,
        asked=len(prepared),
        case_id=case_id,
        asked_by=actor,
        asked_at=now,
    )
    match.secret, match.values = secret.hex(), written
    match.save()
    audit.record(actor, "cooperate.match_asked", match, purpose=Purpose.COOPERATION, after={"asked": len(prepared)})
    return match, {"match": str(match.pk), "kind": kind, "question": matching.ask(secret, prepared)}


@transaction.atomic
def answer_match(peer: Peer, body: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """Answer another node's question; it learns hits, we learn a number.

    It is answered from accounts of alerts, and of cases whose person lets that node know the account.
    """
    try:
        asked = reading.read_match_ask(body)
        count = matching.asked_count(asked.question)
        if asked.kind != "account" or count == 0:
            raise BadLetterError(_("Only accounts can be asked about."), todo=_("Ask about an account."))
        _check_agreed(peer, count, Direction.IN, now)
        reply = matching.answer(asked.question, matching.prepare(asked.kind, list(_may_be_known_to(peer))))
    except (reading.BadBodyError, matching.BadMatchError):
        raise BadLetterError(_("This is no matching question.")) from None
    match = Match(
        key_id=keystore.node().create_key(),
        peer=peer,
        direction=Direction.IN,
        kind=asked.kind,
        asked=count,
        asked_at=now,
        answered_at=now,
    )
    match.save()
    audit.record(None, "cooperate.match_answered", match, purpose=Purpose.COOPERATION, after={"asked": count})
    return {"kind": Kind.MATCH_ANSWER.value, "body": {"match": asked.match, **reply}}


@transaction.atomic
def read_match(peer: Peer, body: dict[str, Any], *, now: datetime) -> Match:
    """Take the answer to an own question in: which of the asked values the other node knows."""
    mine = Match.objects.select_for_update().filter(peer=peer, direction=Direction.OUT)
    try:
        reply = reading.read_match_reply(body)
        match = mine.filter(pk=UUID(reply.match)).first()
        if match is None:
            raise BadLetterError(_("This answers no question of ours."))
        if match.answered_at is not None:
            return match
        written, blinded = match.values.open(), {"setup": reply.setup, "response": reply.response}
        found = matching.read(bytes.fromhex(match.secret.open()), sorted(written), blinded)
    except (ValueError, keystore.KeyDestroyedError):  # no body of this kind, no id, no answer; or the person was erased
        raise BadLetterError(_("This is no matching answer.")) from None
    hits = [written[hit] for hit in found]
    match.hits, match.hits_count, match.answered_at = hits, len(hits), now
    match.secret = ""
    match.save()
    audit.record(None, "cooperate.match_read", match, purpose=Purpose.COOPERATION, after={"hits": len(hits)})
    return match


@transaction.atomic
def open_hits(match: Match, *, actor: User | None) -> list[str]:
    """Return which accounts the other node knows, while consent lets them be used; the reading is on the chain."""
    if actor is not None:
        access.require(actor, "cooperate.match", match)
    audit.record(actor, "cooperate.match_opened", match, purpose=Purpose.COOPERATION)
    hits: list[str] = match.hits.open() or []
    return hits if account_may_leave(match) else []


def account_may_leave(match: Match) -> bool:
    """Say whether the account that was asked about may be told to that node today."""
    if match.case_id is None:
        return True
    case = sharing.case_for_share(match.case_id)
    plan = protect.plan_for(case, recipient_of(match.peer), SharePurpose.COOPERATION, today=clock.today())
    return ACCOUNT in plan.shared


@transaction.atomic
def accounts_to_ask_about(*, actor: User) -> list[tuple[str, str]]:
    """Return the accounts out of cases that an official sees, each with its case; the reading is on the chain."""
    access.require(actor, "cooperate.match")
    rows = network.entities_visible_to(actor).filter(schema="BankAccount", source="protect")[:200]
    audit.record(actor, "cooperate.accounts_listed", ("network.entity", "list"), purpose=Purpose.COOPERATION)
    return [(row.source_ref, network.opened(row).caption) for row in rows]


def _may_be_known_to(peer: Peer) -> Iterator[str]:
    yield from (account for _alert, account in network.accounts_of("money"))
    for case_id, account in network.accounts_of("protect"):
        try:
            case = sharing.case_for_share(case_id)
        except NotFoundError:
            continue
        plan = protect.plan_for(case, recipient_of(peer), SharePurpose.COOPERATION, today=clock.today())
        if ACCOUNT in plan.shared:
            yield account


def _check_agreed(peer: Peer, count: int, direction: Direction, now: datetime) -> None:
    """Refuse where matching is not agreed, or more was asked in a day; the peer's row is held meanwhile."""
    locked = Peer.objects.select_for_update().get(pk=peer.pk)
    if not locked.matching_agreed:
        raise MatchingNotAgreedError(
            _("Matching with %s is not agreed.") % peer.name, todo=_("Both nodes have to agree first.")
        )
    day = Match.objects.filter(peer=peer, direction=direction, asked_at__gt=now - timedelta(days=1))
    used = day.aggregate(total=Sum("asked"))["total"] or 0
    if used + count > locked.daily_cap:
        raise TooManyAskedError(
            _("%(cap)s values a day are agreed; %(used)s were asked.") % {"cap": locked.daily_cap, "used": used},
            todo=_("Wait a day, or agree on more."),
        )
