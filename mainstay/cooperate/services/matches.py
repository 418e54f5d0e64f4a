"""Private matching: ask another node, answer one, read the answer."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.cooperate.engine import matching
from mainstay.cooperate.errors import BadLetterError, MatchingNotAgreedError, TooManyAskedError
from mainstay.cooperate.models import Direction, Match, Peer
from mainstay.cooperate.types import Kind
from mainstay.core import access, keystore
from mainstay.core.access import Purpose
from mainstay.network import queries as network


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
        key_id=keystore.node().create_key(),
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
    """Answer another node's question from what this node's network knows; it learns hits, we learn a number."""
    question = str(body.get("question", ""))
    try:
        asked = matching.asked_count(question)
    except matching.BadMatchError:
        raise BadLetterError(_("This is no matching question.")) from None
    _check_agreed(peer, asked, Direction.IN, now)
    kind = str(body.get("kind", ""))
    if kind != "account":
        raise BadLetterError(_("Only accounts can be asked about."), todo=_("Ask about an account."))
    known = matching.prepare(kind, list(network.accounts_known()))
    match = Match(
        key_id=keystore.node().create_key(),
        peer=peer,
        direction=Direction.IN,
        kind=kind,
        asked=asked,
        asked_at=now,
        answered_at=now,
    )
    match.save()
    audit.record(None, "cooperate.match_answered", match, purpose=Purpose.COOPERATION, after={"asked": asked})
    reply = matching.answer(question, known)
    return {"kind": Kind.MATCH_ANSWER.value, "body": {"match": body.get("match", ""), **reply}}


@transaction.atomic
def read_match(peer: Peer, body: dict[str, Any], *, now: datetime) -> Match:
    """Take the answer to an own question in: which of the asked values the other node knows."""
    mine = Match.objects.select_for_update().filter(peer=peer, direction=Direction.OUT)
    try:
        match = mine.filter(pk=UUID(str(body.get("match")))).first()
    except ValueError:
        match = None
    if match is None:
        raise BadLetterError(_("This answers no question of ours."))
    if match.answered_at is not None:
        return match
    try:
        written = match.values.open()
        hits = [written[hit] for hit in matching.read(bytes.fromhex(match.secret.open()), sorted(written), body)]
    except matching.BadMatchError:
        raise BadLetterError(_("This is no matching answer.")) from None
    match.hits, match.hits_count, match.answered_at = hits, len(hits), now
    match.secret = ""
    match.save()
    audit.record(None, "cooperate.match_read", match, purpose=Purpose.COOPERATION, after={"hits": len(hits)})
    return match


def _check_agreed(peer: Peer, count: int, direction: Direction, now: datetime) -> None:
    if not peer.matching_agreed:
        raise MatchingNotAgreedError(
            _("Matching with %s is not agreed.") % peer.name, todo=_("Both nodes have to agree first.")
        )
    day = Match.objects.filter(peer=peer, direction=direction, asked_at__gt=now - timedelta(days=1))
    used = day.aggregate(total=Sum("asked"))["total"] or 0
    if used + count > peer.daily_cap:
        raise TooManyAskedError(
            _("%(cap)s values a day are agreed; %(used)s were asked.") % {"cap": peer.daily_cap, "used": used},
            todo=_("Wait a day, or agree on more."),
        )
