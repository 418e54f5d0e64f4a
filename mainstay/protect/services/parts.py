"""The parts of a person's file that there are several of: written, changed, taken away, and opened for a reader."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.protect.errors import CaseChangedError, PartFaultError
from mainstay.protect.models import PARTS, Case, Part
from mainstay.protect.rules.facts import unknown_codes
from mainstay.protect.services import sharing
from mainstay.protect.services.history import note_change
from mainstay.protect.services.names import keep_sounds


@dataclass(frozen=True, slots=True)
class OpenedPart:
    """One row of a part, with what is sealed in it opened."""

    row: Part
    values: Mapping[str, Any]


@transaction.atomic
def write_part(
    case: Case,
    name: str,
    values: Mapping[str, Any],
    *,
    part: Part | None = None,
    version: int = 1,
    actor: User,
    now: datetime,
) -> Part:
    """Add a row to a part of the file, or change one that nobody else changed since `version`."""
    access.require(actor, "protect.change_case", case)
    current = sharing.locked(case)
    row, before = _row(current, name, part, version)
    for field in (*row.CODED, *row.SEALED):
        setattr(row, field, values[field])
    row.recorded_by, row.recorded_at = actor, row.recorded_at or now
    _require_known_codes(row)
    row.save()
    action = "protect.part_added" if part is None else "protect.part_changed"
    _after_change(current, name, before, _plain(row), action, actor=actor, now=now)
    return row


@transaction.atomic
def take_part_away(case: Case, name: str, part: Part, *, actor: User, now: datetime) -> None:
    """Take a row out of a part of the file; what it said stays in the history."""
    access.require(actor, "protect.change_case", case)
    current = sharing.locked(case)
    row = PARTS[name]._default_manager.select_for_update().get(pk=part.pk, case=current)
    before = _plain(row)
    row.delete()
    _after_change(current, name, before, None, "protect.part_taken_away", actor=actor, now=now)


@transaction.atomic
def open_parts(case: Case, names: tuple[str, ...], *, actor: User) -> dict[str, list[OpenedPart]]:
    """Return the rows of some parts opened, for the case manager; the reading is on the chain."""
    access.require(actor, "protect.read_identity", case)
    audit.record(actor, "protect.identity_read", case, purpose=Purpose.ASSISTANCE, after={"parts": sorted(names)})
    return {
        name: [OpenedPart(row, _plain(row)) for row in PARTS[name]._default_manager.filter(case=case)] for name in names
    }


@transaction.atomic
def write_facts(case: Case, facts: Mapping[str, list[str]], *, actor: User, now: datetime) -> Case:
    """Write what happened in codes; lists that are not named keep what they hold."""
    access.require(actor, "protect.change_case", case)
    current = sharing.locked(case)
    wrong = unknown_codes(facts)
    if wrong:
        raise PartFaultError(_("Nobody knows this code: %s.") % ", ".join(wrong), todo=_("Choose from the list."))
    before = dict(current.facts)
    current.facts = {name: codes for name, codes in {**before, **facts}.items() if codes}
    if current.facts == before:
        return current
    current.version += 1
    current.save(update_fields=["facts", "version"])
    note_change(current, "facts", before, current.facts, actor=actor, now=now)
    audit.record(actor, "protect.facts_written", current, purpose=Purpose.ASSISTANCE, after={"lists": sorted(facts)})
    return current


def _row(case: Case, name: str, part: Part | None, version: int) -> tuple[Part, dict[str, Any] | None]:
    if part is None:
        return PARTS[name](case=case, key_id=case.key_id), None
    row = PARTS[name]._default_manager.select_for_update().filter(pk=part.pk, case=case).first()
    if row is None or row.version != version:
        raise CaseChangedError(
            _("Somebody else changed this while you wrote."),
            todo=_("What you wrote is still below: open the other page beside it, and write both together."),
        )
    row.version += 1
    return row, _plain(row)


def _require_known_codes(row: Part) -> None:
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.choices and value and value not in dict(field.flatchoices):
            raise PartFaultError(_("Nobody knows this code: %s.") % value, todo=_("Choose from the list."))


def _plain(row: Part) -> dict[str, Any]:
    coded = {name: value.isoformat() if isinstance(value, date) else value for name, value in row.coded().items()}
    return {**coded, **{name: getattr(row, name).open() for name in row.SEALED}}


def _after_change(case: Case, name: str, before: Any, after: Any, action: str, *, actor: User, now: datetime) -> None:
    case.version += 1
    case.save(update_fields=["version"])
    note_change(case, name, before, after, actor=actor, now=now)
    audit.record(actor, action, case, purpose=Purpose.ASSISTANCE, after={"part": name})
    if name == "names":
        keep_sounds(case)
    if name == "involved":
        sharing.tell_network(case, actor=actor, now=now)
