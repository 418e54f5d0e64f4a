"""What other nodes refer here: taken in sealed, opened by one agency, answered, and opened as a case of that agency.

Until an agency opens it, colleagues see from which node it comes and what is needed; from then on it is that agency's
alone. What is declined, let go or taken back is emptied, and its key destroyed.
"""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import Agency, User
from mainstay.audit import services as audit
from mainstay.cooperate.engine import reading
from mainstay.cooperate.errors import BadLetterError, ReferralStepError, ReplayError
from mainstay.cooperate.models import Direction, NodeReferral, Peer, StoredLetter
from mainstay.cooperate.rules import referrals as rules
from mainstay.cooperate.services.letters import post
from mainstay.cooperate.services.peers import recipient_of
from mainstay.cooperate.types import Deed, FileText, Kind, News, ReferralText, Step, Terms
from mainstay.core import access, keystore
from mainstay.core.access import Purpose, Role
from mainstay.core.erasure import destroy_keys
from mainstay.core.errors import NotFoundError, RefusalError
from mainstay.protect.errors import NobodyThereError
from mainstay.protect.services import elsewhere, sharing
from mainstay.protect.services.contact import told_warning
from mainstay.protect.services.reasons import require_reason

HERE_ALREADY = frozenset({Step.ACCEPTED, Step.DONE})


@transaction.atomic
def take_referral(peer: Peer, body: dict[str, Any], *, today: date, now: datetime) -> StoredLetter | None:
    """Take another node's referral in, sealed under a key of its own; return the letter that this sets going, if any.

    One that was recalled before it came is not kept; nor is one whose day is over, which the other node is told.
    """
    try:
        read = reading.read_referral(body)
    except reading.BadBodyError as error:
        raise BadLetterError(_("This is no referral: %s.") % error) from None
    known = _received(peer, read.reference)
    if known is not None:
        if known.letter_id or known.recalled_at is None:
            raise ReplayError(_("A referral with this reference came before."))
        return None
    row = _new(peer, read, now)
    late = rules.is_late(Step.SENT, read.answer_by, today)
    if late:
        row.step, row.fields = Step.EXPIRED, []
    else:
        row.body = {"message": read.message, "shared": read.shared, "contact": read.contact}
    row.save()
    audit.record(None, "cooperate.referral_received", row, purpose=Purpose.ASSISTANCE, after={"step": row.step})
    return _tell(row, News.EXPIRED, "", actor=None, today=today, now=now) if late else None


@transaction.atomic
def take_file(peer: Peer, body: dict[str, Any], *, today: date, now: datetime) -> None:
    """Take in the file of a whole case that an agency here said yes to, and open its case at once.

    Where that cannot be done now (who said yes is no colleague any more, say) the file waits, and somebody of that
    agency opens it. A file that nobody said yes to, a second one, and one after a recall are not kept.
    """
    try:
        read = reading.read_referral_file(body)
    except reading.BadBodyError as error:
        raise BadLetterError(_("This is no file: %s.") % error) from None
    row = _received(peer, read.reference)
    if row is None:
        raise BadLetterError(_("There is no such referral between us."))
    wanted = row.is_whole and row.step in HERE_ALREADY and row.file_at is None and row.recalled_at is None
    audit.record(None, "cooperate.file_received", row, purpose=Purpose.ASSISTANCE, after={"kept": wanted})
    if not wanted:
        return
    _keep_file(row, read, now)
    try:
        with transaction.atomic():
            _open_case(row, actor=_of(row.answered_by), today=today, now=now)
    except RefusalError as error:
        audit.record(None, "cooperate.file_waits", row, purpose=Purpose.ASSISTANCE, after={"why": error.code})


@transaction.atomic
def take_recall(peer: Peer, body: dict[str, Any], *, today: date, now: datetime) -> StoredLetter | None:
    """Let a referral go that its node recalls; return the letter that answers, if any.

    What nobody took on is emptied at once, and its key destroyed. Of what became a case here, the agency that has it
    says what it did. A recall that overtakes its referral is kept, so that the referral is not kept when it comes.
    """
    try:
        read = reading.read_referral_recall(body)
    except reading.BadBodyError as error:
        raise BadLetterError(_("This recalls nothing: %s.") % error) from None
    row = _received(peer, read.reference)
    if row is None:
        row = NodeReferral(
            key_id=keystore.node().create_key(), peer=peer, direction=Direction.IN, reference=read.reference,
            answer_by=today, sent_at=now,
        )  # fmt: skip
    elif row.recalled_at is not None:
        return None
    taken_on = Step(row.step) in HERE_ALREADY
    row.step, row.recalled_at = rules.after_recall(Step(row.step), read.why), now
    if not taken_on:
        _empty(row, now)
        row.recall_answer = News.DELETED
    row.save()
    audit.record(None, "cooperate.referral_recall_received", row, purpose=Purpose.ASSISTANCE, after={"step": row.step})
    tells = not taken_on and bool(row.letter_id)
    return _tell(row, News.DELETED, "", actor=None, today=today, now=now) if tells else None


@transaction.atomic
def take_for_agency(row: NodeReferral, *, actor: User, today: date, now: datetime) -> StoredLetter:
    """Take a referral that nobody opened yet for one's own agency; the other node is told that it was seen."""
    access.require(actor, "cooperate.take_referral", row)
    current = _locked(row)
    if current.recipient_agency_id is not None:
        raise ReferralStepError(_("Another agency opened this just now."))
    current.step = _after(current, Deed.SEE)
    current.recipient_agency_id, current.seen_at = actor.agency_id, now
    current.save(update_fields=["step", "recipient_agency", "seen_at"])
    audit.record(actor, "cooperate.referral_taken", current, purpose=Purpose.ASSISTANCE)
    return _tell(current, News.SEEN, "", actor=actor, today=today, now=now)


@transaction.atomic
def pass_to(row: NodeReferral, agency: Agency, *, actor: User) -> None:
    """Give a referral that waits for an answer to another agency here, which has a case manager."""
    access.require(actor, "cooperate.answer_referral", row)
    current = _locked(row)
    if Step(current.step) not in rules.WAITS:
        raise ReferralStepError(_("This referral was answered, or is over."))
    if not agency.people.filter(role=Role.CASE_MANAGER, is_active=True).exists():
        raise NobodyThereError(_("%s has no case manager who could take this person on.") % agency.name)
    current.recipient_agency = agency
    current.save(update_fields=["recipient_agency"])
    after = {"to": str(agency.pk)}
    audit.record(actor, "cooperate.referral_passed", current, purpose=Purpose.ASSISTANCE, after=after)


@transaction.atomic
def read_referral(row: NodeReferral, *, actor: User, now: datetime) -> dict[str, Any]:
    """Return what a referral tells: the message, the fields that came, and beside a number whether not to call it.

    The reading is on the chain.
    """
    access.require(actor, "cooperate.answer_referral", row)
    audit.record(actor, "cooperate.referral_read", row, purpose=Purpose.ASSISTANCE, after={"fields": row.fields})
    body = row.body.open() or {}
    shared = body.get("shared", {})
    warning = told_warning(body.get("contact"), shared, now)
    return {"message": body.get("message", ""), "shared": shared, "warning": warning, "reason": row.reason.open()}


@transaction.atomic
def accept(row: NodeReferral, *, actor: User, today: date, now: datetime) -> StoredLetter:
    """Take a referral on: a case opens here with what came. Of a whole case the file is asked for, and opens it."""
    access.require(actor, "cooperate.answer_referral", row)
    access.require(actor, "protect.open_case")
    current = _locked(row)
    if rules.is_late(Step(current.step), current.answer_by, today):
        raise ReferralStepError(
            _("The day by which they wanted an answer is over."), todo=_("Ask them to send it again.")
        )
    current.step = _after(current, Deed.ACCEPT)
    current.answered_at, current.answered_by = now, actor
    current.save(update_fields=["step", "answered_at", "answered_by"])
    if not current.is_whole:
        _open_case(current, actor=actor, today=today, now=now)
    audit.record(actor, "cooperate.referral_accepted", current, purpose=Purpose.ASSISTANCE)
    return _tell(current, News.ACCEPTED, "", actor=actor, today=today, now=now)


@transaction.atomic
def decline(row: NodeReferral, reason: str, *, actor: User, today: date, now: datetime) -> StoredLetter:
    """Say no, with a reason; what came is emptied, and only the reason stays."""
    access.require(actor, "cooperate.answer_referral", row)
    require_reason(reason)
    current = _locked(row)
    current.step = _after(current, Deed.DECLINE)
    current.answered_at, current.answered_by = now, actor
    _empty(current, now)
    current.reason = reason
    current.save()
    audit.record(actor, "cooperate.referral_declined", current, purpose=Purpose.ASSISTANCE)
    return _tell(current, News.DECLINED, reason, actor=actor, today=today, now=now)


@transaction.atomic
def finish(row: NodeReferral, outcome: str, *, actor: User, today: date, now: datetime) -> StoredLetter:
    """Say that what was taken on is done, and what came of it; the words quote nothing of the person's file here."""
    access.require(actor, "cooperate.answer_referral", row)
    current = _locked(row)
    current.step = _after(current, Deed.FINISH)
    if current.case_id is None:
        raise ReferralStepError(_("The file has not come yet."))
    case = sharing.case_for_share(current.case_id)
    elsewhere.require_no_quotes(case, recipient_of(current.peer), [outcome], today=today)
    current.done_at, current.outcome = now, outcome
    current.save()
    audit.record(actor, "cooperate.referral_done", current, purpose=Purpose.ASSISTANCE)
    return _tell(current, News.DONE, outcome, actor=actor, today=today, now=now)


@transaction.atomic
def open_waiting_file(row: NodeReferral, *, actor: User, today: date, now: datetime) -> NodeReferral:
    """Open the case of a file that came and could not be opened by itself."""
    access.require(actor, "cooperate.answer_referral", row)
    current = _locked(row)
    if current.file_at is None or current.case_id is not None:
        raise ReferralStepError(_("There is no file that waits."))
    _open_case(current, actor=actor, today=today, now=now)
    return current


@transaction.atomic
def answer_recall(row: NodeReferral, answer: News, *, actor: User, today: date, now: datetime) -> StoredLetter:
    """Say once what one's agency did with what had come: deleted, or kept because the law binds it to."""
    access.require(actor, "cooperate.answer_referral", row)
    current = _locked(row)
    if not current.waits_for_answer_on_recall or answer not in {News.DELETED, News.KEPT}:
        raise ReferralStepError(_("This was answered, or is not recalled."))
    current.recall_answer = answer
    current.save(update_fields=["recall_answer"])
    after = {"answer": answer.value}
    audit.record(actor, "cooperate.recall_answered", current, purpose=Purpose.ASSISTANCE, after=after)
    return _tell(current, answer, "", actor=actor, today=today, now=now)


@transaction.atomic
def expire(*, today: date, now: datetime) -> list[StoredLetter]:
    """Let referrals go that nobody here answered by their day: emptied, and their nodes told; return the letters."""
    rows = NodeReferral.objects.select_for_update().filter(
        direction=Direction.IN, step__in=rules.WAITS, answer_by__lt=today
    )
    posted = []
    for row in list(rows.select_related("peer")):
        row.step = Step.EXPIRED
        _empty(row, now)
        row.save()
        audit.record(None, "cooperate.referral_expired", row, purpose=Purpose.ASSISTANCE)
        posted.append(_tell(row, News.EXPIRED, "", actor=None, today=today, now=now))
    return posted


def _received(peer: Peer, reference: str) -> NodeReferral | None:
    rows = NodeReferral.objects.select_for_update().filter(peer=peer, direction=Direction.IN, reference=reference)
    return rows.first()


def _locked(row: NodeReferral) -> NodeReferral:
    rows = NodeReferral.objects.select_for_update(of=("self",)).select_related("peer")
    return rows.get(pk=row.pk, direction=Direction.IN)


def _after(row: NodeReferral, deed: Deed) -> Step:
    step = rules.after_deed(Step(row.step), deed)
    if step is None:
        raise ReferralStepError(_("This referral was answered, or is over."))
    return step


def _of(user: User | None) -> User:
    if user is None:
        raise NotFoundError(_("Nobody here said yes to this."))
    return user


def _new(peer: Peer, read: ReferralText, now: datetime) -> NodeReferral:
    return NodeReferral(
        key_id=keystore.node().create_key(),
        peer=peer,
        direction=Direction.IN,
        reference=read.reference,
        letter_id="came",
        is_whole=read.is_whole,
        need=read.need,
        service=read.service,
        fields=sorted(read.shared),
        purpose=read.terms.purpose,
        until=read.terms.until,
        answer_by=read.answer_by,
        sent_at=now,
    )


def _empty(row: NodeReferral, now: datetime) -> None:
    """Drop what came, so that no backup opens it: its key is destroyed, and what follows is under a new one."""
    destroy_keys([row.key_id], now=now)
    row.key_id = keystore.node().create_key()
    row.body, row.reason, row.outcome = None, "", ""


def _keep_file(row: NodeReferral, read: FileText, now: datetime) -> None:
    body = row.body.open() or {}
    told = {"shared": read.shared, "coded": read.coded, "contact": read.contact}
    row.body = {"message": body.get("message", ""), **told}
    row.fields, row.file_at = sorted(read.shared), now
    row.save()


def _open_case(row: NodeReferral, *, actor: User, today: date, now: datetime) -> None:
    """Open the case, and seal what stays of the referral under its key; the fields themselves are the case's now."""
    body = row.body.open() or {}
    terms = Terms(row.purpose, row.until)
    arrival = elsewhere.Arrival(
        row.peer.name, row.reference, body.get("shared", {}), body.get("coded", {}), body.get("contact"),
        _said(row, terms, body),
    )  # fmt: skip
    case = elsewhere.open_case_from_node(
        arrival, scanner=settings.CONFIG.clamav_socket, actor=actor, today=today, now=now
    )
    destroy_keys([row.key_id], now=now)
    reason = row.reason.open()
    row.key_id, row.case_id = case.key_id, case.pk
    row.body, row.reason, row.outcome = {"message": body.get("message", "")}, reason, ""
    row.save()


def _said(row: NodeReferral, terms: Terms, body: dict[str, Any]) -> dict[str, str]:
    """Return where a case comes from and on what terms, to be kept with it."""
    return {
        "purpose": terms.purpose,
        "until": terms.until.isoformat() if terms.until else "",
        "onward": "only with a new consent",
        "received": row.sent_at.date().isoformat(),
        "message": body.get("message", ""),
    }


def _tell(row: NodeReferral, news: News, text: str, *, actor: User | None, today: date, now: datetime) -> StoredLetter:
    body = {"reference": row.reference, "news": news.value, "on": today.isoformat(), "text": text}
    return post(row.peer, Kind.REFERRAL_NEWS, body, actor=actor, now=now)
