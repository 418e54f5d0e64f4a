"""A person's whole file on paper, for the agency that keeps it: what of it, is chosen before it is opened."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db import transaction

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.protect.models import PARTS, Case
from mainstay.protect.queries.parts import notes_of


class Sheet(StrEnum):
    """A part of the file that is printed or left out."""

    IDENTITY = "identity"
    CONTACT = "contact"
    NEEDS = "needs"
    ASSISTANCE = "assistance"
    LAW = "law"
    SHARING = "sharing"
    DOCUMENTS = "documents"
    HEALTH = "health"
    JOURNEY = "journey"
    STORY = "story"
    OTHERS = "others"
    SAFETY = "safety"
    NOTES = "notes"


SENSITIVE = frozenset({Sheet.HEALTH, Sheet.JOURNEY, Sheet.STORY, Sheet.OTHERS, Sheet.SAFETY, Sheet.NOTES})
"""What could do the most harm on a paper that is lost: it is printed only where somebody asks for it."""
FIELDS: Mapping[Sheet, tuple[str, ...]] = {
    Sheet.IDENTITY: ("name", "birth_date", "names", "papers", "relatives"),
    Sheet.CONTACT: ("phone", "safe_contact"),
    Sheet.HEALTH: ("health",),
    Sheet.JOURNEY: ("route", "stations"),
    Sheet.STORY: ("story", "facts"),
    Sheet.OTHERS: ("exploiter_name", "exploiter_phone", "exploiter_account", "involved"),
}
"""The fields of each sheet. Where the person is (`whereabouts`, the protected address) is on none."""

Written = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Paper:
    """What is printed: values by field, and rows with their opened words by what they are."""

    values: Mapping[str, Any]
    written: Mapping[str, Written] = field(default_factory=dict)


@transaction.atomic
def open_paper(case: Case, sheets: Collection[Sheet], *, actor: User) -> Paper:
    """Return the chosen sheets of a person's file, opened for their own agency's paper copy; it is on the chain.

    Nothing leaves by it: the paper stays with who keeps the file.
    """
    access.require(actor, "protect.print_file", case)
    chosen = [sheet for sheet in Sheet if sheet in sheets]
    audit.record(actor, "protect.file_printed", case, purpose=Purpose.ASSISTANCE, after={"sheets": chosen})
    values = {name: _value(case, name) for sheet in chosen for name in FIELDS.get(sheet, ())}
    written: dict[str, Written] = {}
    for sheet in chosen:
        written |= _WORDS[sheet](case) if sheet in _WORDS else {}
    return Paper({name: value for name, value in values.items() if value}, {k: v for k, v in written.items() if v})


def _value(case: Case, name: str) -> Any:
    if name == "facts":
        return case.facts
    if name not in PARTS:
        return getattr(case, name).open()
    rows = PARTS[name]._default_manager.filter(case=case)
    return [{**row.coded(), **{each: getattr(row, each).open() for each in row.SEALED}} for row in rows]


def _needs(case: Case) -> dict[str, Written]:
    return {"needs": [(row, row.note.open()) for row in case.needs.prefetch_related("referrals__recipient_agency")]}


def _assistance(case: Case) -> dict[str, Written]:
    return {
        "goals": [(row, row.text.open(), [(s, s.text.open()) for s in row.steps.all()]) for row in case.goals.all()],
        "tasks": [(row, row.what.open()) for row in case.tasks.select_related("owner")],
        "conferences": [(row, row.who.open(), row.agreed.open()) for row in case.conferences.all()],
    }


def _law(case: Case) -> dict[str, Written]:
    return {
        "days": [(row,) for row in case.deadlines.filter(done_at=None)],
        "permits": [(row, row.note.open()) for row in case.permits.all()],
        "measures": [(row, row.authority.open(), row.words.open()) for row in case.measures.all()],
        "procedures": [(row,) for row in case.procedures.select_related("recipient_agency")],
    }


def _sharing(case: Case) -> dict[str, Written]:
    return {
        "consents": [(row,) for row in case.consents.all()],
        "shares": [(row,) for row in case.shares.all()],
    }


def _documents(case: Case) -> dict[str, Written]:
    return {"documents": [(row, row.title.open()) for row in case.documents.defer("content")]}


def _safety(case: Case) -> dict[str, Written]:
    plan = case.safety_plans.first()
    return {
        "risks": [(row, row.notes.open() or {}) for row in case.risk_assessments.all()[:1]],
        "plan": list((plan.parts.open() or {}).items()) if plan else [],
    }


def _notes(case: Case) -> dict[str, Written]:
    return {"notes": [(row, row.text.open()) for row in notes_of(case)]}


_WORDS = {
    Sheet.NEEDS: _needs,
    Sheet.ASSISTANCE: _assistance,
    Sheet.LAW: _law,
    Sheet.SHARING: _sharing,
    Sheet.DOCUMENTS: _documents,
    Sheet.SAFETY: _safety,
    Sheet.NOTES: _notes,
}
