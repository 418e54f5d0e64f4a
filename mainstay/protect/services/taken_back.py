"""Telling who received something that it has no ground any more, and keeping what they did with it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import Agency, User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.protect.errors import AlreadyAnsweredError
from mainstay.protect.models import NoticeAnswer, RecallNotice, Share

AGENCY = "agency:"


def tell_recipients(shares: Iterable[Share], *, now: datetime) -> int:
    """Make a notice to the agency of this node that received each share; return how many.

    Other nodes are told by their letters, and the network forgets at once.
    """
    agencies = {str(pk) for pk in Agency.objects.values_list("pk", flat=True)}
    wanted = [s for s in shares if s.recipient.startswith(AGENCY) and s.recipient.removeprefix(AGENCY) in agencies]
    rows = [
        RecallNotice(share=share, recipient_agency_id=UUID(share.recipient.removeprefix(AGENCY)), made_at=now)
        for share in wanted
    ]
    return len(RecallNotice.objects.bulk_create(rows, ignore_conflicts=True))


@transaction.atomic
def tell_node(shares: Iterable[Share], node: str, *, now: datetime) -> int:
    """Note that a letter tells another node that it has no ground any more for what left for it; return how many."""
    rows = [RecallNotice(share=share, at_node=node, made_at=now) for share in shares]
    return len(RecallNotice.objects.bulk_create(rows, ignore_conflicts=True))


@transaction.atomic
def note_node_saw(case_id: Any, node: str, *, now: datetime) -> None:
    """Note that another node acknowledged the letter."""
    RecallNotice.objects.filter(share__case=case_id, at_node=node, seen_at=None).update(seen_at=now)


@transaction.atomic
def note_node_answer(case_id: Any, node: str, said: str, *, now: datetime) -> None:
    """Keep what another node says that it did with what it had received ("deleted" or "kept"): once."""
    answer = NoticeAnswer(said)
    for notice in RecallNotice.objects.filter(share__case=case_id, at_node=node, answer=""):
        RecallNotice.objects.filter(pk=notice.pk).update(answer=answer, answered_at=now)
        audit.record(None, "protect.notice_answered", notice, purpose=Purpose.ASSISTANCE, after={"answer": answer})


@transaction.atomic
def see_notices(notices: Iterable[RecallNotice], *, actor: User, now: datetime) -> None:
    """Note that an agency saw its notices."""
    access.require(actor, "protect.answer_notice")
    for notice in notices:
        if RecallNotice.objects.filter(pk=notice.pk, seen_at=None).update(seen_at=now):
            access.require(actor, "protect.answer_notice", notice)
            audit.record(actor, "protect.notice_seen", notice, purpose=Purpose.ASSISTANCE)


@transaction.atomic
def answer_notice(notice: RecallNotice, answer: NoticeAnswer, *, actor: User, now: datetime) -> None:
    """Say what an agency did with what it had received: once."""
    access.require(actor, "protect.answer_notice", notice)
    changed = RecallNotice.objects.filter(pk=notice.pk, answer="").update(
        answer=answer, answered_at=now, answered_by=actor
    )
    if not changed:
        raise AlreadyAnsweredError(_("This notice was answered."))
    audit.record(actor, "protect.notice_answered", notice, purpose=Purpose.ASSISTANCE, after={"answer": answer})
