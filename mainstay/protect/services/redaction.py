"""Marking what is left out of a field before it is shared, for everybody or for one recipient."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.core.errors import NotFoundError
from mainstay.protect.errors import LeftOutError
from mainstay.protect.models import Case, Document, LeftOut
from mainstay.protect.rules.files import Media
from mainstay.protect.rules.redaction import SHORTEST, leave_out, not_found
from mainstay.protect.services.documents import open_document
from mainstay.protect.services.sharing import locked

TEXTS = ("story", "route", "health", "safe_contact")
"""The fields of a case of which passages can be left out."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with what is left out of it for one recipient, and what the recipient reads."""

    text: str
    passages: tuple[str, ...]
    as_read: str
    no_longer_there: tuple[str, ...]


@transaction.atomic
def mark_passages(
    case: Case, field: str, recipient: str, passages: Sequence[str], *, actor: User, now: datetime
) -> LeftOut | None:
    """Leave passages out of a text at every later share to a recipient (empty: to all); none takes the marks away."""
    access.require(actor, "protect.change_case", case)
    text = _text(case, field, actor)
    wanted = sorted({" ".join(passage.split()) for passage in passages} - {""})
    wrong = [passage for passage in wanted if len(passage) < SHORTEST] or not_found(text, wanted)
    if wrong:
        raise LeftOutError(
            _("This is not in the text: “%s”.") % wrong[0], todo=_("Copy the passage as it stands there.")
        )
    return _keep(case, field, recipient, wanted, actor=actor, now=now)


@transaction.atomic
def mark_pages(
    document: Document, recipient: str, pages: Sequence[int], *, actor: User, now: datetime
) -> LeftOut | None:
    """Leave pages out of a PDF at every later reading by a recipient (empty: by all)."""
    access.require(actor, "protect.change_case", document.case)
    if document.media != Media.PDF or any(not 1 <= page <= document.pages for page in pages):
        raise LeftOutError(_("This document has no such page."), todo=_("Choose from its pages."))
    if len(set(pages)) == document.pages:
        raise LeftOutError(_("Then nothing is left."), todo=_("Do not share this document instead."))
    return _keep(document.case, document.field, recipient, sorted(set(pages)), actor=actor, now=now)


@transaction.atomic
def read_marks(case: Case, field: str, recipient: str, *, actor: User) -> Marked:
    """Return a text with its marks, for the case manager; the reading is on the chain."""
    access.require(actor, "protect.read_identity", case)
    text = _text(case, field, actor)
    rows = LeftOut.objects.filter(case=case, field=field)
    mine = [p for row in rows.filter(recipient=recipient) for p in row.passages.open() or []]
    all_of_them = [p for row in rows.filter(recipient__in={"", recipient}) for p in row.passages.open() or []]
    return Marked(text, tuple(mine), leave_out(text, all_of_them), tuple(not_found(text, all_of_them)))


@transaction.atomic
def read_pages(document: Document, recipient: str, *, actor: User) -> list[int]:
    """Return the pages of a document that are left out for a recipient."""
    access.require(actor, "protect.read_identity", document.case)
    row = LeftOut.objects.filter(case=document.case, field=document.field, recipient=recipient).first()
    return list(row.passages.open() or []) if row else []


def _text(case: Case, field: str, actor: User) -> str:
    if field in TEXTS:
        audit.record(actor, "protect.identity_read", case, purpose=Purpose.ASSISTANCE, after={"field": field})
        return str(getattr(case, field).open())
    kind, _sep, pk = field.partition(":")
    document = case.documents.filter(pk=pk, media=Media.TEXT).first() if kind == "document" else None
    if document is None:
        raise NotFoundError(_("There is nothing here."))
    return open_document(document, actor=actor).decode("utf-8-sig")


def _keep(
    case: Case, field: str, recipient: str, passages: Sequence[object], *, actor: User, now: datetime
) -> LeftOut | None:
    current = locked(case)
    row = LeftOut.objects.filter(case=current, field=field, recipient=recipient).first()
    after = {"field": field, "recipient": recipient, "marks": len(passages)}
    audit.record(actor, "protect.left_out_marked", current, purpose=Purpose.ASSISTANCE, after=after)
    if not passages:
        if row is not None:
            row.delete()
        return None
    row = row or LeftOut(case=current, key_id=current.key_id, field=field, recipient=recipient)
    row.passages, row.marked_by, row.marked_at = list(passages), actor, now
    row.save()
    return row
