"""Documents of a person: checked, drawn anew where they are pictures, sealed in the row, opened only with a trace."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, assert_never

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access, photos
from mainstay.core.access import Purpose
from mainstay.core.errors import BadInputError, NotFoundError
from mainstay.protect.errors import FileRefusedError
from mainstay.protect.models import Case, Document, Procedure, Referral
from mainstay.protect.queries import plan_for, recipient_of
from mainstay.protect.rules.areas import area_of, blackened
from mainstay.protect.rules.files import MOST_BYTES, PICTURES, FileFault, Media, media_of
from mainstay.protect.rules.pdf_pages import pages_of, without_pages
from mainstay.protect.rules.redaction import leave_out
from mainstay.protect.rules.tables import cells_of, text_without, workbook_without
from mainstay.protect.services.history import note_change
from mainstay.protect.services.scanning import Scan, scan
from mainstay.protect.services.share_values import content_for, left_out_for
from mainstay.protect.services.sharing import locked
from mainstay.protect.types import Category, SharePurpose

LONGEST_SIDE = 4096


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """A file on its way in: what it is called, which kind of data it is, and its bytes."""

    title: str
    category: Category
    content: bytes
    is_photo: bool = False


@dataclass(frozen=True, slots=True)
class _Checked:
    media: Media
    content: bytes
    pages: int
    scan: Scan


def add_document(
    case: Case,
    draft: DocumentDraft,
    *,
    scanner: str,
    actor: User,
    now: datetime,
    claim: Callable[[], None] = lambda: None,
) -> Document:
    """Keep a file under the person's key, or refuse it and keep nothing.

    `claim` is called in the transaction that keeps it, and refuses where the same form was sent before.

    `scanner` is the address of ClamAV, empty where the node has none; where it does not answer, the file is kept and
    marked as not scanned.
    """
    access.require(actor, "protect.change_case", case)
    checked = _check(draft, scanner)  # before the case is held: a scanner may take its time
    with transaction.atomic():
        claim()
        current = locked(case)
        row = Document(
            case=current,
            key_id=current.key_id,
            category=Category.IDENTITY if draft.is_photo else draft.category,
            media=checked.media,
            size=len(checked.content),
            pages=checked.pages,
            scan=checked.scan,
            is_photo=draft.is_photo,
            added_by=actor,
            added_at=now,
        )
        row.title = draft.title.strip()
        row.content = base64.b64encode(checked.content).decode()
        row.save()
        after = {"media": row.media, "category": row.category, "scan": row.scan}
        audit.record(actor, "protect.document_added", row, purpose=Purpose.ASSISTANCE, after=after)
    return row


@transaction.atomic
def open_document(document: Document, *, actor: User) -> bytes:
    """Return the bytes of a document for the case manager; the reading is on the chain."""
    access.require(actor, "protect.read_identity", document.case)
    audit.record(actor, "protect.document_read", document, purpose=Purpose.ASSISTANCE)
    return base64.b64decode(content_for(document))


@transaction.atomic
def open_titles(case: Case, documents: list[Document], *, actor: User) -> list[tuple[Document, str]]:
    """Return documents of a case with their titles; the reading is on the chain."""
    access.require(actor, "protect.read_identity", case)
    audit.record(actor, "protect.identity_read", case, purpose=Purpose.ASSISTANCE, after={"titles": len(documents)})
    return [(row, row.title.open()) for row in documents if row.case_id == case.pk]


@transaction.atomic
def open_shared(row: Referral | Procedure, document_id: str, *, actor: User, today: date) -> tuple[Document, bytes]:
    """Return a document as consent lets the agency that was asked have it, without what is left out for it.

    The reading is on the chain. Where consent does not reach, the document is not there.
    """
    permission = "protect.answer_referral" if isinstance(row, Referral) else "protect.read_procedure"
    access.require(actor, permission, row)
    purpose = SharePurpose.ASSISTANCE if isinstance(row, Referral) else SharePurpose.IDENTIFICATION
    recipient = recipient_of(row.recipient_agency_id)
    plan = plan_for(row.case, recipient, purpose, today=today)
    if actor.agency_id != row.recipient_agency_id or f"document:{document_id}" not in plan.shared:
        raise NotFoundError(_("There is nothing here."))
    document = row.case.documents.get(pk=document_id)
    content = _as_left_out(document, left_out_for(row.case, recipient).get(document.field, []))
    audit.record(actor, "protect.document_read", document, purpose=Purpose(_READ_FOR[purpose]))
    return document, content


def content_to_carry(case: Case, name: str, recipient: str) -> bytes | None:
    """Return the bytes of a document that a plan lets leave, without what is left out for its recipient; only for
    `elsewhere`. None where nothing would be left of it.
    """
    document = case.documents.get(pk=name.partition(":")[2])
    try:
        return _as_left_out(document, left_out_for(case, recipient).get(name, []))
    except NotFoundError:
        return None


def keep_or_leave(case: Case, draft: DocumentDraft, *, scanner: str, actor: User, now: datetime) -> bool:
    """Keep a file that came with a letter; one that is refused here is left, and that it was stands on the chain."""
    access.require(actor, "protect.change_case", case)
    try:
        add_document(case, draft, scanner=scanner, actor=actor, now=now)
    except FileRefusedError as error:
        audit.record(actor, "protect.document_not_taken", case, purpose=Purpose.ASSISTANCE, after={"why": error.code})
        return False
    return True


@transaction.atomic
def take_document_away(document: Document, *, actor: User, now: datetime) -> None:
    """Take a document out of the file for good; that it was there, and its title, stay in the history."""
    access.require(actor, "protect.change_case", document.case)
    current = locked(document.case)
    title = document.title.open()
    audit.record(actor, "protect.document_taken_away", document, purpose=Purpose.ASSISTANCE)
    current.left_out.filter(field=document.field).delete()
    document.delete()
    current.version += 1
    current.save(update_fields=["version"])
    note_change(current, "documents", title, None, actor=actor, now=now)


_READ_FOR = {SharePurpose.ASSISTANCE: "assistance", SharePurpose.IDENTIFICATION: "identification"}


def _check(draft: DocumentDraft, scanner: str) -> _Checked:
    media = media_of(draft.content)
    if isinstance(media, FileFault):
        raise refused(media)
    content, pages = draft.content, 0
    if draft.is_photo and media not in PICTURES:
        raise FileRefusedError(_("This is no picture."), todo=_("Choose a photo: JPEG, PNG or WebP."))
    if media in PICTURES:
        media, content = Media.JPEG, _drawn_anew(content)
    if media is Media.PDF:
        counted = pages_of(content)
        if isinstance(counted, FileFault):
            raise refused(counted)
        pages = counted
    found = scan(draft.content, scanner)
    if found is Scan.FOUND:
        raise refused(FileFault.VIRUS)
    return _Checked(media, content, pages, found)


def _drawn_anew(content: bytes) -> bytes:
    try:
        return photos.strip(content, most=MOST_BYTES, longest=LONGEST_SIDE)
    except BadInputError:
        raise FileRefusedError(
            _("This picture cannot be read, or it unfolds to more than 50 million pixels."),
            todo=_("Take the photo again, or make it smaller."),
        ) from None


def _as_left_out(document: Document, marks: list[Any]) -> bytes:
    """Return a document's bytes without what is marked; where that cannot be done, nothing of it."""
    content = base64.b64decode(content_for(document))
    if not marks:
        return content
    found: bytes | None = None
    match document.media:
        case Media.PDF:
            left_out = {int(str(number)) for number in marks}
            found = without_pages(content, left_out) if len(left_out) < document.pages else None
        case Media.JPEG:
            found = blackened(content, [area_of(mark) for mark in marks])
        case Media.XLSX:
            found = workbook_without(content, [cells_of(mark) for mark in marks])
        case Media.TEXT:
            text = leave_out(content.decode("utf-8-sig"), [mark for mark in marks if isinstance(mark, str)])
            cells = [cells_of(mark) for mark in marks if not isinstance(mark, str)]
            found = (text_without(text, cells) if cells else text).encode()
    if found is None:
        raise NotFoundError(_("There is nothing here."))
    return found


def refused(fault: FileFault) -> FileRefusedError:
    """Return what is said of a file that is not kept."""
    match fault:
        case FileFault.EMPTY:
            return FileRefusedError(_("This file is empty."), todo=_("Choose another."))
        case FileFault.TOO_LARGE:
            return FileRefusedError(_("This file is larger than 20 MB."), todo=_("Make it smaller, or split it."))
        case FileFault.WRONG_TYPE:
            return FileRefusedError(
                _("This kind of file is not kept."),
                todo=_("Choose PDF, JPEG, PNG, WebP, plain text, DOCX, XLSX or ODT."),
            )
        case FileFault.MACROS:
            return FileRefusedError(
                _("This document holds macros or other files."), todo=_("Save it as PDF, and choose that.")
            )
        case FileFault.ENCRYPTED:
            return FileRefusedError(
                _("This file is locked with a password."), todo=_("Save it without one: it is sealed here.")
            )
        case FileFault.DAMAGED:
            return FileRefusedError(_("This file is damaged."), todo=_("Save it again, and choose that."))
        case FileFault.BOMB:
            return FileRefusedError(_("This file unfolds to far more than it seems."), todo=_("Save it as PDF."))
        case FileFault.VIRUS:
            return FileRefusedError(
                _("The scanner found a virus in this file. Nothing of it was kept."),
                todo=_("Do not open it yourself; ask who keeps your computers."),
            )
        case _:
            assert_never(fault)
