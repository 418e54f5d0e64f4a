"""Whom to see on which day, and taking today's along on a phone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access, keystore
from mainstay.core.access import Purpose
from mainstay.core.erasure import destroy_keys
from mainstay.identify.engine import openrosa
from mainstay.identify.models.appointments import Appointment
from mainstay.identify.queries import devices as device_queries
from mainstay.identify.types import EntityRow

KEPT_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class AppointmentDraft:
    """What is known of an appointment: `label` is what the phone shows, `note` never leaves the node."""

    starts_at: datetime
    label: str
    note: str = ""
    instrument: str = ""


@transaction.atomic
def make_appointment(draft: AppointmentDraft, *, actor: User, now: datetime) -> Appointment:
    """Keep an appointment of one's own, sealed under a key of its own."""
    access.require(actor, "identify.keep_appointments")
    appointment = Appointment(
        key_id=keystore.node().create_key(),
        agency=actor.agency,
        owner=actor,
        starts_at=draft.starts_at,
        instrument=draft.instrument,
        made_at=now,
    )
    appointment.label, appointment.note = draft.label, draft.note
    appointment.save()
    audit.record(actor, "identify.appointment_made", appointment, purpose=Purpose.IDENTIFICATION)
    return appointment


@transaction.atomic
def remove_appointment(appointment: Appointment, *, actor: User, now: datetime) -> None:
    """Remove an appointment and destroy its key; it leaves the phone when that next looks."""
    access.require(actor, "identify.keep_appointments", appointment)
    audit.record(actor, "identify.appointment_removed", appointment, purpose=Purpose.IDENTIFICATION)
    destroy_keys([appointment.key_id], now=now)
    appointment.delete()


@transaction.atomic
def open_appointments(appointments: list[Appointment], *, actor: User) -> list[tuple[Appointment, str, str]]:
    """Return appointments with label and note opened; the reading is put on the chain once for all of them."""
    access.require_each(actor, "identify.keep_appointments", appointments)
    if appointments:
        _note_read(actor, "identify.appointments_read", len(appointments))
    return [(row, row.label.open(), row.note.open()) for row in appointments]


@transaction.atomic
def forget_past(*, now: datetime) -> int:
    """Remove appointments of more than a week ago and destroy their keys; return how many. No page shows them."""
    past = list(Appointment.objects.select_for_update().filter(starts_at__lt=now - KEPT_AFTER))
    for appointment in past:
        audit.record(None, "identify.appointment_forgotten", appointment, purpose=Purpose.IDENTIFICATION)
        appointment.delete()
    destroy_keys([appointment.key_id for appointment in past], now=now)
    return len(past)


def list_for_phone(owner: User, day: date) -> bytes:
    """Return the day's appointments as the list that the owner's phone takes along."""
    rows = device_queries.appointments_of_day(owner, day)
    return openrosa.entity_list(
        EntityRow(
            id=str(row.pk),
            label=row.label.open(),
            starts=timezone.localtime(row.starts_at).isoformat(timespec="minutes"),
            instrument=row.instrument,
        )
        for row in rows
    )


@transaction.atomic
def take_along(owner: User, day: date) -> bytes:
    """Hand the day's appointments to the owner's phone; that they were read is put on the chain."""
    access.require(owner, "identify.keep_appointments")
    content = list_for_phone(owner, day)
    _note_read(owner, "identify.appointments_taken_along", content.count(b"\n") - 1)
    return content


def gone(ids: list[str], *, owner: User, day: date) -> dict[str, bool]:
    """Say of each id whether it is no longer among the day's appointments of the owner."""
    there = {str(pk) for pk in device_queries.appointments_of_day(owner, day).values_list("pk", flat=True)}
    return {one: one not in there for one in ids}


def _note_read(actor: User, action: str, count: int) -> None:
    record = ("accounts.user", str(actor.pk))
    audit.record(actor, action, record, purpose=Purpose.IDENTIFICATION, after={"count": count})
