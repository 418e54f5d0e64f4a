"""What a letter sets going at this node, and carrying what waits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django_tasks import task

from mainstay.accounts.models import User
from mainstay.cooperate.errors import BadLetterError, MatchingNotAgreedError
from mainstay.cooperate.models import Direction, LetterState, Match, Peer, StoredLetter
from mainstay.cooperate.services import letters, matches, requests
from mainstay.cooperate.types import Kind, Letter
from mainstay.core import access, clock
from mainstay.protect import queries as protect
from mainstay.protect.services import sharing
from mainstay.protect.types import SharePurpose


def take(peer: Peer, letter: Letter) -> dict[str, Any]:
    """Act on a letter by its kind; return the reply that goes back with the receipt, if any."""
    now = clock.now()
    match letter.kind:
        case Kind.MATCH_ASK:
            return matches.answer_match(peer, letter.body, now=now)
        case Kind.MATCH_ANSWER:
            matches.read_match(peer, letter.body, now=now)
        case Kind.REQUEST:
            requests.take_request(peer, letter.body, now=now)
        case Kind.REQUEST_ANSWER:
            requests.take_answer(peer, letter.body, now=now)
        case _:
            raise BadLetterError(_("A receipt comes only in answer to a letter."))
    return {}


def ask_about_case(peer: Peer, case_id: Any, *, actor: User | None, now: datetime) -> Match:
    """Ask a node whether it knows the account of who controlled a person, where their consent covers it."""
    if actor is not None:
        access.require(actor, "cooperate.match")
    case = sharing.case_for_share(case_id)
    today = clock.today()
    plan = protect.plan_for(case, requests.recipient_of(peer), SharePurpose.COOPERATION, today=today)
    if "exploiter_account" not in plan.shared:
        raise MatchingNotAgreedError(
            _("The person did not let this account be used with %s.") % peer.name, todo=_("Ask the person first.")
        )
    values = sharing.readable(case, requests.recipient_of(peer), SharePurpose.COOPERATION, today)
    return ask(peer, "account", [values["exploiter_account"]], actor=actor, now=now, case_id=case.pk)


def post_question(match: Match, body: dict[str, Any], *, actor: User | None, now: datetime) -> StoredLetter:
    """Post the letter of a private question, and tie the two."""
    stored = letters.post(match.peer, Kind.MATCH_ASK, body, actor=actor, now=now)
    match.letter_id = stored.letter_id
    match.save(update_fields=["letter_id"])
    return stored


def ask(
    peer: Peer, kind: str, values: Sequence[str], *, actor: User | None, now: datetime, case_id: Any = None
) -> Match:
    """Ask a node privately whether it knows any of these, and carry the question at once."""
    with transaction.atomic():
        match, body = matches.open_match(peer, kind, values, actor=actor, now=now, case_id=case_id)
        stored = post_question(match, body, actor=actor, now=now)
    carry(stored)
    match.refresh_from_db()
    return match


def carry(stored: StoredLetter) -> bool:
    """Carry a letter at once; where the line is down it stays, and the worker tries again in a minute."""
    if letters.carry(stored, take=take):
        return True
    carry_waiting_letters.using(run_after=clock.now() + timedelta(minutes=1)).enqueue()
    return False


def reveal(answer_text: str) -> Match:
    """Take the answer to an own question that came by hand; return the question with its hits."""
    stored = letters.settle_file(answer_text, take=take)
    match = Match.objects.filter(letter_id=stored.letter_id).first()
    if match is None:
        raise BadLetterError(_("This answers no question of ours."))
    return match


def carry_waiting() -> tuple[int, int]:
    """Carry every letter that waits, each node's in order; return how many went and how many still wait."""
    went = waits = 0
    down: set[Any] = set()
    rows = StoredLetter.objects.filter(direction=Direction.OUT, state=LetterState.QUEUED).select_related("peer")
    for stored in rows.order_by("peer_id", "seq"):
        if stored.peer_id in down or not stored.peer.url or not letters.carry(stored, take=take):
            down.add(stored.peer_id)
            waits += 1
        else:
            went += 1
    return went, waits


@task()
def carry_waiting_letters() -> None:
    """Carry what waits, as background work; while something still waits, try again in ten minutes."""
    _went, waits = carry_waiting()
    if waits:
        carry_waiting_letters.using(run_after=clock.now() + timedelta(minutes=10)).enqueue()
