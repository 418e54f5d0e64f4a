"""Internal notes: what colleagues of one agency write for each other. There is no way out for them."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.protect.errors import ReasonsMissingError
from mainstay.protect.models import Case, Note
from mainstay.protect.services.sharing import locked


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A note with its text."""

    note: Note
    text: str


@transaction.atomic
def write_note(case: Case, text: str, *, is_pinned: bool, actor: User, now: datetime) -> Note:
    """Keep a note for colleagues, sealed."""
    access.require(actor, "protect.change_case", case)
    current = locked(case)
    if not text.strip():
        raise ReasonsMissingError(_("Nothing was written."))
    row = Note(case=current, key_id=current.key_id, agency_id=current.agency_id, author=actor, written_at=now)
    row.text, row.is_pinned = text.strip(), is_pinned
    row.save()
    audit.record(actor, "protect.note_written", row, purpose=Purpose.ASSISTANCE, after={"pinned": is_pinned})
    return row


@transaction.atomic
def pin_note(note: Note, *, is_pinned: bool, actor: User) -> None:
    """Put a note above the others, or back among them."""
    access.require(actor, "protect.change_case", note.case)
    locked(note.case)
    Note.objects.filter(pk=note.pk).update(is_pinned=is_pinned)
    audit.record(actor, "protect.note_pinned", note, purpose=Purpose.ASSISTANCE, after={"pinned": is_pinned})


@transaction.atomic
def open_internal_notes(case: Case, notes: list[Note], *, actor: User) -> list[OpenedNote]:
    """Return notes of a case opened; the reading is on the chain."""
    access.require(actor, "protect.read_identity", case)
    audit.record(actor, "protect.notes_read", case, purpose=Purpose.ASSISTANCE, after={"notes": len(notes)})
    mine = [note for note in notes if note.case_id == case.pk and note.agency_id == actor.agency_id]
    return [OpenedNote(note, note.text.open()) for note in mine]
