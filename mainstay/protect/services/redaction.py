"""Marking what is left out of a field before it is shared, for everybody or for one recipient."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.core.errors import NotFoundError
from mainstay.protect.errors import LeftOutError
from mainstay.protect.models import Case, Document, LeftOut
from mainstay.protect.rules.areas import Area, area_of, preview
from mainstay.protect.rules.files import Media
from mainstay.protect.rules.redaction import SHORTEST, leave_out, not_found
from mainstay.protect.rules.tables import Cells, Grid, cells_of, is_all, read_text, read_workbook
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
    cells = [mark for mark in _marks_of(case, field, recipient) if not isinstance(mark, str)]
    return _keep(case, field, recipient, [*wanted, *cells], actor=actor, now=now)


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
    mine = _passages(case, field, recipient)
    all_of_them = mine if recipient == "" else [*_passages(case, field, ""), *mine]
    return Marked(text, tuple(mine), leave_out(text, all_of_them), tuple(not_found(text, all_of_them)))


def _passages(case: Case, field: str, recipient: str) -> list[str]:
    return [mark for mark in _marks_of(case, field, recipient) if isinstance(mark, str)]


@transaction.atomic
def read_pages(document: Document, recipient: str, *, actor: User) -> list[int]:
    """Return the pages of a document that are left out for a recipient."""
    access.require(actor, "protect.read_identity", document.case)
    return _marks_of(document.case, document.field, recipient)


@transaction.atomic
def mark_areas(
    document: Document, recipient: str, areas: Sequence[Area], *, actor: User, now: datetime
) -> LeftOut | None:
    """Black areas of a picture out at every later reading by a recipient (empty: by all)."""
    access.require(actor, "protect.change_case", document.case)
    if document.media != Media.JPEG or not all(area.is_inside() for area in areas):
        raise LeftOutError(
            _("This is no area of a picture."), todo=_("Four numbers from 0 to 100, within the picture.")
        )
    kept = [area.as_json() for area in areas]
    return _keep(document.case, document.field, recipient, kept, actor=actor, now=now)


@transaction.atomic
def mark_cells(
    document: Document, recipient: str, cells: Sequence[Cells], *, actor: User, now: datetime
) -> LeftOut | None:
    """Leave rows and columns of a table out at every later reading by a recipient (empty: by all).

    Passages of it that were marked before stay marked.
    """
    access.require(actor, "protect.change_case", document.case)
    grids = _grids(document, actor)
    wanted = [one for one in cells if one.rows or one.columns]
    by_name = {grid.name: grid for grid in grids}
    for one in wanted:
        grid = by_name.get(one.sheet)
        if grid is None or max(one.rows, default=1) > len(grid.rows) or max(one.columns, default=1) > grid.width:
            raise LeftOutError(_("This table has no such row or column."), todo=_("Choose from those below."))
    if wanted and is_all(grids, wanted):
        raise LeftOutError(_("Then nothing is left."), todo=_("Do not share this document instead."))
    passages = [mark for mark in _marks_of(document.case, document.field, recipient) if isinstance(mark, str)]
    kept = [*passages, *(one.as_json() for one in wanted)]
    return _keep(document.case, document.field, recipient, kept, actor=actor, now=now)


@dataclass(frozen=True, slots=True)
class MarkedPicture:
    """A picture with what is black for one recipient, and a smaller one with lines to read areas off."""

    areas: tuple[Area, ...]
    preview: bytes


@dataclass(frozen=True, slots=True)
class MarkedTable:
    """The sheets of a table, and what of each is left out for one recipient."""

    grids: tuple[Grid, ...]
    cells: tuple[Cells, ...]


@transaction.atomic
def read_picture(document: Document, recipient: str, *, actor: User) -> MarkedPicture:
    """Return a picture with its marks, for the case manager; the reading is on the chain."""
    access.require(actor, "protect.read_identity", document.case)
    mine = [area_of(kept) for kept in _marks_of(document.case, document.field, recipient)]
    everybody = [area_of(kept) for kept in _marks_of(document.case, document.field, "")] if recipient else []
    content = open_document(document, actor=actor)
    return MarkedPicture(tuple(mine), preview(content, [*mine, *everybody]))


@transaction.atomic
def read_table(document: Document, recipient: str, *, actor: User) -> MarkedTable | None:
    """Return a table with its marks, for the case manager; None where it is none. The reading is on the chain."""
    access.require(actor, "protect.read_identity", document.case)
    try:
        grids = _grids(document, actor)
    except LeftOutError:
        return None
    marks = _marks_of(document.case, document.field, recipient)
    return MarkedTable(tuple(grids), tuple(cells_of(mark) for mark in marks if not isinstance(mark, str)))


def _grids(document: Document, actor: User) -> list[Grid]:
    grids: list[Grid] | None = None
    if document.media == Media.XLSX:
        grids = read_workbook(open_document(document, actor=actor))
    elif document.media == Media.TEXT:
        grid = read_text(open_document(document, actor=actor).decode("utf-8-sig"))
        grids = [grid] if grid else None
    if not grids:
        raise LeftOutError(_("This is no table that can be read here."), todo=_("Save it as PDF, and add that."))
    return grids


def _row_of(case: Case, field: str, recipient: str) -> LeftOut | None:
    return LeftOut.objects.filter(case=case, field=field, recipient=recipient).first()


def _marks_of(case: Case, field: str, recipient: str) -> list[Any]:
    row = _row_of(case, field, recipient)
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
    row = _row_of(current, field, recipient)
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
