"""Who stands by a person: counsel, a contact at the prosecution, a guardian, an interpreter."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts import services as accounts
from mainstay.accounts.models import Agency, User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.protect.errors import ContactMissingError
from mainstay.protect.models import Case, CaseContact, Measure, MeasureNotice
from mainstay.protect.models.measures import ALERTED
from mainstay.protect.queries import measures as queries
from mainstay.protect.queries import plan_for
from mainstay.protect.services import sharing
from mainstay.protect.types import SharePurpose


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """Who stands by the person, in which role; at an agency here, or by a name and a way to reach them."""

    role: str
    agency: Agency | None = None
    name: str = ""
    phone: str = ""
    mail: str = ""


@dataclass(frozen=True, slots=True)
class OpenedContact:
    """A contact with what is sealed of them, opened."""

    contact: CaseContact
    name: str
    phone: str
    mail: str


@transaction.atomic
def add_contact(case: Case, draft: ContactDraft, *, actor: User, today: date, now: datetime) -> CaseContact:
    """Add who stands by the person; counsel and prosecution contact are told of measures that are open."""
    access.require(actor, "protect.change_case", case)
    current = sharing.locked(case)
    if draft.agency is None and not (draft.name.strip() and (draft.phone.strip() or draft.mail.strip())):
        raise ContactMissingError(
            _("Nobody can be reached by this."), todo=_("Choose an agency here, or give a name with a phone or email.")
        )
    contact = CaseContact(
        key_id=current.key_id, case=current, role=draft.role, agency=draft.agency, added_by=actor, added_at=now
    )
    contact.name, contact.phone, contact.mail = draft.name.strip(), draft.phone.strip(), draft.mail.strip()
    contact.save()
    _note(contact, "protect.contact_added", actor, {"role": draft.role, "here": draft.agency is not None})
    for measure in queries.open_measures_of(current):
        _tell(measure, contact, actor=actor, today=today, now=now)
    return contact


@transaction.atomic
def end_contact(contact: CaseContact, *, actor: User, now: datetime) -> None:
    """End a contact: nothing more is told to them, and their agency finds no page of the case any more."""
    access.require(actor, "protect.change_case", contact.case)
    sharing.locked(contact.case)
    CaseContact.objects.filter(pk=contact.pk, ended_at=None).update(ended_at=now)
    _note(contact, "protect.contact_ended", actor, {"role": contact.role})


@transaction.atomic
def open_contacts(case: Case, *, actor: User) -> list[OpenedContact]:
    """Return who stands by a person, with names and ways to reach them; the reading is on the chain."""
    access.require(actor, "protect.read_identity", case)
    rows = list(queries.contacts_of(case))
    if rows:
        audit.record(actor, "protect.contacts_read", case, purpose=Purpose.ASSISTANCE, after={"count": len(rows)})
    return [OpenedContact(row, row.name.open(), row.phone.open(), row.mail.open()) for row in rows]


def tell_of(measure: Measure, *, actor: User, today: date, now: datetime) -> int:
    """Tell counsel and prosecution contact of a measure; return how many. Called inside the change that it follows."""
    rows = [row for row in queries.contacts_of(measure.case) if row.role in ALERTED]
    for contact in rows:
        _tell(measure, contact, actor=actor, today=today, now=now)
    return len(rows)


def note_name(notice: MeasureNotice) -> str:
    """Return how the mail to a contact about a measure is named in the outbox."""
    return f"notice:{notice.pk}"


def _tell(measure: Measure, contact: CaseContact, *, actor: User, today: date, now: datetime) -> None:
    """Keep a notice, release what consent lets leave for the defence, and queue a mail that names nobody."""
    if contact.role not in ALERTED:
        return
    notice, made = MeasureNotice.objects.get_or_create(
        measure=measure,
        contact=contact,
        defaults={"case": measure.case, "recipient_agency": contact.agency, "sent_at": now},
    )
    if not made:
        return
    recipient = queries.recipient_of_contact(contact)
    if contact.agency_id and plan_for(measure.case, recipient, SharePurpose.DEFENCE, today=today).shared:
        sharing.release(measure.case, recipient, SharePurpose.DEFENCE, actor=actor, today=today, now=now)
    if contact.mail:
        note = accounts.Note(
            note_name(notice),
            _("Mainstay: something needs you"),
            _("Somebody whom you know from your work asks you to get in touch with them, today if you can."),
        )
        address = _address(contact)
        accounts.queue_mail_outside(note, address=address, key_id=contact.key_id, now=now)
    audit.record(actor, "protect.contact_told", notice, purpose=Purpose.ASSISTANCE, after={"role": contact.role})


def _address(contact: CaseContact) -> str:
    """The address of a contact, for a note that names nobody; it goes into the outbox sealed under the same key."""
    return str(contact.mail.open())


def _note(contact: CaseContact, action: str, actor: User, after: dict[str, Any]) -> None:
    audit.record(actor, action, contact, purpose=Purpose.ASSISTANCE, after=after)
