"""Referring a person, or handing their whole case over, to another node: asked, answered, taken back, recalled.

A whole case goes in two letters: the question, which tells no more than a referral would, and after a yes the file.
The case is the other node's once its receipt for the file is here; until then it is this node's, whatever happens.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.cooperate.engine import reading
from mainstay.cooperate.errors import AskedAlreadyError, BadLetterError, ReferralStepError
from mainstay.cooperate.models import Direction, LetterState, NodeReferral, Peer, StoredLetter
from mainstay.cooperate.rules import referrals as rules
from mainstay.cooperate.services.letters import post
from mainstay.cooperate.services.peers import recipient_of
from mainstay.cooperate.types import Deed, Kind, News, NewsText, Step, WhyRecalled
from mainstay.core import access, keystore
from mainstay.core.access import Purpose
from mainstay.core.counters import next_number
from mainstay.core.errors import NotFoundError, RefusalError
from mainstay.protect import queries as protect
from mainstay.protect.queries import transfers
from mainstay.protect.services import elsewhere, sharing, taken_back
from mainstay.protect.services.contact import contact_to_tell
from mainstay.protect.types import SharePurpose

ANSWERED = (News.ACCEPTED, News.DECLINED)
TAKEN_ON = (Step.ACCEPTED, Step.DONE)


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of another node: the need, the kind of service wanted, until when an answer is, and a message."""

    need: str
    answer_by: date
    service: str = ""
    message: str = ""
    is_whole: bool = False


@transaction.atomic
def refer(
    case: Any, peer: Peer, ask: Ask, *, actor: User, today: date, now: datetime
) -> tuple[NodeReferral, StoredLetter]:
    """Ask another node to help, or to take the whole case over, with exactly what consent lets leave for it.

    Refused where that is nothing, saying why field by field; where the message quotes what stays; where the same was
    asked of that node and is open; and for a whole case, where anything of it would have to stay.
    """
    access.require(actor, "cooperate.refer", case)
    case = sharing.case_for_share(case.pk)
    recipient = recipient_of(peer)
    _require_not_asked(case, peer, ask)
    if ask.is_whole:
        elsewhere.require_movable(case, recipient, peer.country, today=today)
    plan, values = elsewhere.release_for_referral(case, recipient, [ask.message], actor=actor, today=today, now=now)
    row = NodeReferral(
        key_id=case.key_id,
        peer=peer,
        direction=Direction.OUT,
        reference=f"N-{today.year}-{next_number(f'node-referral-{today.year}'):04d}",
        is_whole=ask.is_whole,
        need=ask.need,
        service=ask.service,
        fields=sorted(values),
        until=protect.ends_on(case, plan),
        answer_by=ask.answer_by,
        case_id=case.pk,
        agency=case.agency,
        sent_at=now,
        sent_by=actor,
    )
    row.body = {"message": ask.message}
    letter = {
        "reference": row.reference,
        "need": ask.need,
        "service": ask.service,
        "answer_by": ask.answer_by.isoformat(),
        "message": ask.message,
        "whole": ask.is_whole,
        "terms": {"purpose": row.purpose, "until": row.until.isoformat() if row.until else ""},
        "shared": values,
        "contact": contact_to_tell(case, values, now),
    }
    stored = post(peer, Kind.REFERRAL, letter, actor=actor, now=now, case_id=case.pk, fields=values)
    row.letter_id = stored.letter_id
    row.save()
    after = {"node": peer.name, "need": row.need, "whole": row.is_whole}
    audit.record(actor, "cooperate.referral_sent", row, purpose=Purpose.ASSISTANCE, after=after)
    return row, stored


@transaction.atomic
def take_back(row: NodeReferral, *, actor: User, now: datetime) -> StoredLetter:
    """Take a referral back that nobody answered yet; return the letter that says so."""
    access.require(actor, "cooperate.refer", row)
    current = _moved(row, Deed.TAKE_BACK)
    current.save(update_fields=["step"])
    audit.record(actor, "cooperate.referral_taken_back", current, purpose=Purpose.ASSISTANCE)
    return _recall(current, WhyRecalled.TAKEN_BACK, actor=actor, now=now)


@transaction.atomic
def take_news(peer: Peer, body: dict[str, Any], *, today: date, now: datetime) -> StoredLetter | None:
    """Take in what the other node says of a referral of ours; return the letter that this sets going, if any.

    What comes late, twice or out of order changes nothing; what is about no referral to that node is refused.
    """
    try:
        read = reading.read_referral_news(body)
    except reading.BadBodyError as error:
        raise BadLetterError(_("This is no news of a referral: %s.") % error) from None
    row = _sent_to(peer).select_for_update().filter(reference=read.reference).first()
    if row is None:
        raise BadLetterError(_("There is no such referral between us."))
    if read.news in {News.DELETED, News.KEPT}:
        _note_recall_answer(row, read.news, now)
        return None
    before = Step(row.step)
    step = rules.after_news(before, read.news, in_time=rules.in_time(read.on, row.answer_by))
    if step is before:
        return None
    row.step = step
    _note_times(row, read.news, now)
    _note_words(row, read)
    row.save()
    audit.record(None, "cooperate.referral_news", row, purpose=Purpose.ASSISTANCE, after={"step": step.value})
    if row.is_whole and read.news is News.ACCEPTED:
        return _send_file(row, today=today, now=now)
    return None


@transaction.atomic
def recall_uncovered(peer: Peer, *, today: date, now: datetime) -> list[StoredLetter]:
    """Recall what went to a node and has no consent or ground any more; return the letters that say so.

    Consent that was taken back, a person who was erased, and the end of a consent or ground by itself. A referral is
    recalled whole, whatever of it was taken back: what is left can be referred anew. A case that was handed over is not
    recalled because it was kept long enough here.
    """
    recipient = recipient_of(peer)
    taken = protect.recalled_shares_to(recipient).filter(purpose=SharePurpose.ASSISTANCE)
    gone_at: dict[Any, set[datetime]] = {}
    for share in taken:
        gone_at.setdefault(share.case_id, set()).add(share.shared_at)
    rows = _sent_to(peer).select_for_update().filter(recalled_at=None).exclude(step=Step.CANCELLED)
    posted = []
    for row in rows.filter(Q(case_id__in=gone_at) | Q(step__in=rules.OPEN)):
        gone = not gone_at.get(row.case_id, set()).isdisjoint({row.sent_at, row.file_at})
        if row.step in rules.OPEN and not gone and row.handed_at is None:
            gone = not _still_covered(row, recipient, today)
        if not gone or (row.handed_at is not None and _is_erased(row)):
            continue
        row.step = rules.after_deed(Step(row.step), Deed.WITHDRAW) or row.step
        row.save(update_fields=["step"])
        audit.record(None, "cooperate.referral_recalled", row, purpose=Purpose.ASSISTANCE)
        if _may_have_come(row):
            posted.append(_recall(row, WhyRecalled.WITHDRAWN, actor=None, now=now))
            taken_back.tell_node(taken.filter(case=row.case_id), peer.name, now=now)
        else:
            NodeReferral.objects.filter(pk=row.pk).update(recalled_at=now)
    return posted


@transaction.atomic
def expire(*, today: date) -> int:
    """Let referrals go that the other node did not answer by their day; return how many."""
    rows = NodeReferral.objects.select_for_update().filter(
        direction=Direction.OUT, step__in=rules.WAITS, answer_by__lt=today
    )
    late = list(rows)
    for row in late:
        NodeReferral.objects.filter(pk=row.pk).update(step=Step.EXPIRED)
        audit.record(None, "cooperate.referral_expired", row, purpose=Purpose.ASSISTANCE)
    return len(late)


def hand_over_delivered(*, today: date, now: datetime) -> int:
    """Let cases be another node's whose file it has, as its receipt proves; return how many."""
    rows = NodeReferral.objects.filter(direction=Direction.OUT, is_whole=True, handed_at=None, step__in=TAKEN_ON)
    there = StoredLetter.objects.filter(
        direction=Direction.OUT, kind=Kind.REFERRAL_FILE, state=LetterState.DELIVERED
    ).values("letter_id")
    count = 0
    for row in rows.filter(file_letter_id__in=there).select_related("peer"):
        count += _hand_over(row, today=today, now=now)
    return count


@transaction.atomic
def note_cancelled(stored: StoredLetter) -> None:
    """Note that the letter of a referral never left, because consent was taken back before."""
    _sent().filter(letter_id=stored.letter_id, step=Step.SENT).update(step=Step.CANCELLED)
    _sent().filter(file_letter_id=stored.letter_id).update(file_letter_id="")


def note_recall_came(stored: StoredLetter, *, now: datetime) -> None:
    """Note that the other node acknowledged a recall."""
    row = _sent().filter(recall_letter_id=stored.letter_id).select_related("peer").first()
    if row is not None:
        taken_back.note_node_saw(row.case_id, row.peer.name, now=now)


def still_covered(stored: StoredLetter, case: Any, *, today: date) -> bool:
    """Say whether consent still lets all leave that a letter about a referral carries."""
    recipient = recipient_of(stored.peer)
    if stored.kind == Kind.REFERRAL_FILE:
        plan = transfers.plan_of_move_to_node(case, recipient, today=today)
    else:
        plan = protect.plan_for(case, recipient, SharePurpose.ASSISTANCE, today=today)
    return set(stored.fields) <= set(plan.shared)


@transaction.atomic
def open_sent(row: NodeReferral, *, actor: User) -> dict[str, str]:
    """Return what was written with a referral, and what came back; the reading is on the chain."""
    access.require(actor, "cooperate.refer", row)
    audit.record(actor, "cooperate.referral_read", row, purpose=Purpose.ASSISTANCE)
    message = (row.body.open() or {}).get("message", "")
    return {"message": message, "reason": row.reason.open(), "outcome": row.outcome.open()}


def _sent() -> QuerySet[NodeReferral]:
    return NodeReferral.objects.filter(direction=Direction.OUT)


def _sent_to(peer: Peer) -> QuerySet[NodeReferral]:
    return _sent().filter(peer=peer)


def _require_not_asked(case: Any, peer: Peer, ask: Ask) -> None:
    whole = Q(is_whole=True, handed_at=None) & Q(step__in=rules.OPEN)
    if ask.is_whole and _sent().filter(whole, case_id=case.pk).exists():
        raise AskedAlreadyError(_("A node was asked to take this case over."), todo=_("Take that back first."))
    same = _sent_to(peer).filter(case_id=case.pk, need=ask.need, is_whole=False, step__in=rules.OPEN)
    if not ask.is_whole and same.exists():
        raise AskedAlreadyError(_("The same was asked of this node, and is open."), todo=_("Take that back first."))


def _moved(row: NodeReferral, deed: Deed) -> NodeReferral:
    current = NodeReferral.objects.select_for_update().select_related("peer").get(pk=row.pk)
    step = rules.after_deed(Step(current.step), deed)
    if step is None or current.direction != Direction.OUT:
        raise ReferralStepError(_("This referral was answered, or is over."))
    current.step = step
    return current


def _note_times(row: NodeReferral, news: News, now: datetime) -> None:
    if news is not News.EXPIRED:
        row.seen_at = row.seen_at or now
    if news in ANSWERED or news is News.DONE:
        row.answered_at = row.answered_at or now
    if news is News.DONE:
        row.done_at = now


def _note_words(row: NodeReferral, read: NewsText) -> None:
    """Keep what was written back, unless the person was erased meanwhile: then nothing of them is kept."""
    try:
        keystore.node().data_key(row.key_id)
    except keystore.KeyDestroyedError:
        return
    if read.news is News.DONE:
        row.outcome = read.text
    elif read.news in ANSWERED:
        row.reason = read.text


def _note_recall_answer(row: NodeReferral, news: News, now: datetime) -> None:
    if row.recalled_at is None or row.recall_answer:
        return
    NodeReferral.objects.filter(pk=row.pk).update(recall_answer=news)
    audit.record(None, "cooperate.recall_answered", row, purpose=Purpose.ASSISTANCE, after={"answer": news.value})
    if row.case_id is not None:
        taken_back.note_node_answer(row.case_id, row.peer.name, news.value, now=now)


def _send_file(row: NodeReferral, *, today: date, now: datetime) -> StoredLetter:
    """Post the whole file to a node that said yes; where consent or anything else hinders it now, recall instead."""
    peer, recipient = row.peer, recipient_of(row.peer)
    try:
        with transaction.atomic():
            case = sharing.case_for_share(row.case_id)
            plan, values, coded = elsewhere.release_file(case, recipient, peer.country, today=today, now=now)
            contact = contact_to_tell(case, values, now)
            letter = {"reference": row.reference, "shared": values, "coded": coded, "contact": contact}
            stored = post(
                peer, Kind.REFERRAL_FILE, letter, actor=None, now=now, case_id=row.case_id, fields=plan.shared
            )
    except RefusalError as error:
        row.step = Step.WITHDRAWN
        row.save(update_fields=["step"])
        after = {"why": error.code}
        audit.record(None, "cooperate.file_not_sent", row, purpose=Purpose.ASSISTANCE, after=after)
        return _recall(row, WhyRecalled.WITHDRAWN, actor=None, now=now)
    NodeReferral.objects.filter(pk=row.pk).update(file_letter_id=stored.letter_id, file_at=now)
    audit.record(None, "cooperate.file_sent", row, purpose=Purpose.ASSISTANCE)
    return stored


@transaction.atomic
def _hand_over(row: NodeReferral, *, today: date, now: datetime) -> bool:
    if not _sent().filter(pk=row.pk, handed_at=None).update(handed_at=now):
        return False
    audit.record(None, "cooperate.case_handed_over", row, purpose=Purpose.ASSISTANCE)
    try:
        case = sharing.case_for_share(row.case_id)
    except NotFoundError:  # erased meanwhile
        return False
    elsewhere.hand_to_node(case, row.peer.name, row.peer.country, today=today, now=now)
    return True


def _recall(row: NodeReferral, why: WhyRecalled, *, actor: User | None, now: datetime) -> StoredLetter:
    body = {"reference": row.reference, "why": why.value}
    stored = post(row.peer, Kind.REFERRAL_RECALL, body, actor=actor, now=now)
    NodeReferral.objects.filter(pk=row.pk).update(recalled_at=now, recall_letter_id=stored.letter_id)
    return stored


def _still_covered(row: NodeReferral, recipient: str, today: date) -> bool:
    try:
        case = sharing.case_for_share(row.case_id)
    except NotFoundError:
        return False
    return "needs" in protect.plan_for(case, recipient, SharePurpose.ASSISTANCE, today=today).shared


def _is_erased(row: NodeReferral) -> bool:
    try:
        sharing.case_for_share(row.case_id)
    except NotFoundError:
        return True
    return False


def _may_have_come(row: NodeReferral) -> bool:
    """Say whether the other node has the referral, or may have it though its receipt was lost."""
    tried = Q(state=LetterState.DELIVERED) | Q(attempts__gt=0)
    return StoredLetter.objects.filter(tried, direction=Direction.OUT, letter_id=row.letter_id).exists()
