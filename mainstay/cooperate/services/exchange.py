"""What a letter sets going at this node, and carrying what waits."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.cooperate.errors import BadLetterError
from mainstay.cooperate.models import AssistanceRequest, Direction, LetterState, Match, Peer, RequestState, StoredLetter
from mainstay.cooperate.services import letters, matches, referrals_in, referrals_out, requests
from mainstay.cooperate.services.peers import recipient_of
from mainstay.cooperate.types import Kind, Letter
from mainstay.core import access, clock
from mainstay.core.access import Purpose
from mainstay.core.errors import NotFoundError
from mainstay.protect import queries as protect
from mainstay.protect.services import sharing
from mainstay.protect.types import SharePurpose


def take(peer: Peer, letter: Letter) -> dict[str, Any]:
    """Act on a letter by its kind; return the reply that goes back with the receipt, if any."""
    now = clock.now()
    if letter.kind in letters.OF_REFERRALS:
        if _take_of_referrals(peer, letter, now) is not None:
            _try_again_in(timedelta(0))
        return {}
    match letter.kind:
        case Kind.MATCH_ASK:
            return matches.answer_match(peer, letter.body, now=now)
        case Kind.MATCH_ANSWER:
            matches.read_match(peer, letter.body, now=now)
        case Kind.REQUEST:
            requests.take_request(peer, letter.body, now=now)
        case Kind.REQUEST_ANSWER:
            requests.take_answer(peer, letter.body, now=now)
        case Kind.RECALL:
            requests.take_recall(peer, letter.body, now=now)
        case _:
            raise BadLetterError(_("A receipt comes only in answer to a letter."))
    return {}


def _take_of_referrals(peer: Peer, letter: Letter, now: datetime) -> StoredLetter | None:
    """Act on a letter about a referral; return the letter that it sets going, if any."""
    today = clock.today()
    match letter.kind:
        case Kind.REFERRAL:
            return referrals_in.take_referral(peer, letter.body, today=today, now=now)
        case Kind.REFERRAL_FILE:
            referrals_in.take_file(peer, letter.body, today=today, now=now)
        case Kind.REFERRAL_RECALL:
            return referrals_in.take_recall(peer, letter.body, today=today, now=now)
        case _:
            return referrals_out.take_news(peer, letter.body, today=today, now=now)
    return None


def expire_referrals(*, today: date, now: datetime) -> int:
    """Let referrals between nodes go whose day is over, at both ends; return how many."""
    return referrals_out.expire(today=today) + len(referrals_in.expire(today=today, now=now))


def ask_about_case(peer: Peer, case_id: Any, *, actor: User | None, now: datetime) -> Match:
    """Ask a node whether it knows the account of who controlled a person, where their consent covers it.

    A hit tells the other node nothing, but using the account is an exit of the case, and is recorded as one.
    """
    if actor is not None:
        access.require(actor, "cooperate.match")
    case = sharing.case_for_share(case_id)
    _plan, values = sharing.release(
        case,
        recipient_of(peer),
        SharePurpose.COOPERATION,
        only=frozenset({matches.ACCOUNT}),
        actor=actor,
        today=clock.today(),
        now=now,
    )
    return ask(peer, "account", [values[matches.ACCOUNT]], actor=actor, now=now, case_id=case.pk)


def post_question(match: Match, body: dict[str, Any], *, actor: User | None, now: datetime) -> StoredLetter:
    """Post the letter of a private question, and tie the two."""
    fields = [] if match.case_id is None else [matches.ACCOUNT]
    stored = letters.post(match.peer, Kind.MATCH_ASK, body, actor=actor, now=now, case_id=match.case_id, fields=fields)
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


def reveal(answer_text: str) -> Match:
    """Take the answer to an own question that came by hand; return the question with its hits."""
    stored = letters.settle_file(answer_text, take=take)
    match = Match.objects.filter(letter_id=stored.letter_id).first()
    if match is None:
        raise BadLetterError(_("This answers no question of ours."))
    return match


def carry(stored: StoredLetter) -> bool:
    """Carry a letter at once, if consent still lets it leave; True where it came to its node.

    Where the line is down it stays, and the worker tries again in a minute.
    """
    if _consent_is_gone(stored):
        _cancel(stored)
        return False
    if letters.carry(stored, take=take):
        _note_delivered(stored)
        return True
    _try_again_in(timedelta(minutes=1))
    return False


def _note_delivered(stored: StoredLetter) -> None:
    """Do what a receipt sets going: a recall came; a file came, and its case is the other node's."""
    if stored.kind == Kind.REFERRAL_RECALL:
        referrals_out.note_recall_came(stored, now=clock.now())
    elif stored.kind == Kind.REFERRAL_FILE:
        referrals_out.hand_over_delivered(today=clock.today(), now=clock.now())


def carry_waiting() -> tuple[int, int]:
    """Keep back what consent no longer covers, recall what may have come, and carry the rest, each node's in order.

    Return how many went and how many still wait. One node that does not answer keeps no other waiting.
    """
    rows = StoredLetter.objects.filter(direction=Direction.OUT, state=LetterState.QUEUED).select_related("peer")
    for stored in rows.exclude(case_id=None):
        if _consent_is_gone(stored):
            _cancel(stored)
    for peer in Peer.objects.all():
        requests.recall_withdrawn(peer, now=clock.now())
        referrals_out.recall_uncovered(peer, today=clock.today(), now=clock.now())
    went = waits = 0
    down: set[Any] = set()
    for stored in rows.order_by("peer_id", "seq"):
        if stored.peer_id in down or not stored.peer.url or not letters.carry(stored, take=take):
            down.add(stored.peer_id)
            waits += 1
        else:
            _note_delivered(stored)
            went += 1
    referrals_out.hand_over_delivered(today=clock.today(), now=clock.now())  # also what was cut off before
    return went, waits


@task()
def carry_waiting_letters() -> None:
    """Carry what waits, as background work; while something still waits, try again in ten minutes."""
    _went, waits = carry_waiting()
    if waits:
        _try_again_in(timedelta(minutes=10))


def _try_again_in(pause: timedelta) -> None:
    """Plan one more try, unless one is planned."""
    path = carry_waiting_letters.module_path
    if not DBTaskResult.objects.filter(task_path=path, status=TaskResultStatus.READY).exists():
        carry_waiting_letters.using(run_after=clock.now() + pause).enqueue()


def _consent_is_gone(stored: StoredLetter) -> bool:
    if stored.case_id is None:
        return False
    try:
        case = sharing.case_for_share(stored.case_id)
    except NotFoundError:  # erased meanwhile
        return True
    if stored.kind in letters.OF_REFERRALS:
        return not referrals_out.still_covered(stored, case, today=clock.today())
    plan = protect.plan_for(case, recipient_of(stored.peer), SharePurpose.COOPERATION, today=clock.today())
    return not set(stored.fields) <= set(plan.shared)


@transaction.atomic
def _cancel(stored: StoredLetter) -> None:
    """Keep a letter back for good, with what it was to carry."""
    StoredLetter.objects.filter(pk=stored.pk).update(state=LetterState.CANCELLED, sealed_text="")
    AssistanceRequest.objects.filter(letter_id=stored.letter_id, direction=Direction.OUT).update(
        state=RequestState.CANCELLED
    )
    referrals_out.note_cancelled(stored)
    audit.record(None, "cooperate.letter_cancelled", stored, purpose=Purpose.COOPERATION)
