"""Reading the parts of a person's file by their coded facts; what is sealed is opened by services alone."""

from typing import Any

from django.db.models import QuerySet

from mainstay.protect.models import PARTS, Case, Document, FieldChange, Note, Part


def rows_of(case: Case, name: str) -> QuerySet[Part, Any]:
    """Return the rows of one part, in order."""
    return PARTS[name]._default_manager.filter(case=case)


def documents_of(case: Case) -> QuerySet[Document]:
    """Return a case's documents without their bytes, the newest first; photos are apart."""
    return case.documents.filter(is_photo=False).defer("content").select_related("added_by")


def photo_of(case: Case) -> Document | None:
    """Return the newest photo of a person, without its bytes."""
    return case.documents.filter(is_photo=True).defer("content").first()


def notes_of(case: Case) -> QuerySet[Note]:
    """Return the internal notes of the agency that has the case, pinned ones first; another's stay with it."""
    return case.notes.filter(agency=case.agency_id).select_related("author")


def changes_of(case: Case) -> QuerySet[FieldChange]:
    """Return what the agency that has the case changed in it, the newest first."""
    return case.changes.filter(agency=case.agency_id).select_related("changed_by")
