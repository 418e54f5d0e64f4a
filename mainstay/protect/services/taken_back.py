"""Telling who received something that it has no ground any more, and keeping what they did with it."""

from collections.abc import Iterable
from datetime import datetime
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
