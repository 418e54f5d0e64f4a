"""What a person does on their own page: read what is held, take consents back, ask. They act for themselves alone."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.audit import services as audit
from mainstay.core.access import Purpose
from mainstay.core.errors import NotFoundError
from mainstay.protect.errors import AnswersFirstError, ReasonsMissingError
from mainstay.protect.models import SEALED_FIELDS, Asked, Consent, OwnMessage, OwnRequest, RequestState, Share
from mainstay.protect.rules import own_view as rules
from mainstay.protect.rules.own_view import Holder
from mainstay.protect.services import consents, sharing
from mainstay.protect.services.own_codes import Visit
from mainstay.protect.types import Given

MOST_WAITING = 20
FIELDS = {name for name, _label, _category in SEALED_FIELDS}


@transaction.atomic
def read_value(visit: Visit, name: str) -> str:
    """Return one sealed field opened for who holds the code; refuse what is kept back as if it were not there."""
    if name not in FIELDS or name in rules.SHOWN_IN_PERSON or visit.keeps_back(name):
        raise NotFoundError(_("There is nothing here."))
    audit.record(visit.by, "protect.own_value_read", visit.case, purpose=Purpose.ASSISTANCE, after={"field": name})
    opened: str = getattr(visit.case, name).open()
    return opened


@transaction.atomic
def read_facts(visit: Visit) -> dict[str, Any]:
    """Return the coded facts of who holds the code, by name; the reading is on the chain."""
    audit.record(visit.by, "protect.own_value_read", visit.case, purpose=Purpose.ASSISTANCE, after={"field": "facts"})
    case = visit.case
    facts = {"sex": case.sex, "age_group": case.age_group, "citizenship": case.citizenship, "forms": list(case.forms)}
    return {**facts, "needs": [need.kind for need in case.needs.all()]}


@transaction.atomic
def take_back_consent(visit: Visit, consent_id: Any, *, today: date, now: datetime) -> list[Share]:
    """Take one of their consents back, as their case manager would on their word; return the shares recalled."""
    consent = consent_of(visit, consent_id)
    return consents.take_back(consent, by=visit.by, today=today, now=now)


def consent_of(visit: Visit, consent_id: Any) -> Consent:
    """Return a consent in force that the holder of the code may take back, of this case and no other."""
    rows = visit.case.consents.filter(withdrawn_on=None)
    if visit.holder is Holder.GUARDIAN:
        rows = rows.filter(how=Given.GUARDIAN)
    found = None if visit.keeps_back("consents") else rows.filter(pk=consent_id).first()
    if found is None:
        raise NotFoundError(_("There is nothing here."))
    return found


@transaction.atomic
def ask(visit: Visit, text: str, *, now: datetime) -> OwnMessage:
    """Keep a question of theirs, sealed, for the case manager to answer."""
    case = sharing.locked(visit.case)
    _require_text(text)
    waiting = case.own_messages.filter(holder=visit.holder, waits_for_us=True).count()
    _require_room(waiting)
    message = OwnMessage(key_id=case.key_id, case=case, holder=visit.holder, sent_at=now, waits_for_us=True)
    message.text = text.strip()
    message.save()
    audit.record(visit.by, "protect.own_question_asked", case, purpose=Purpose.ASSISTANCE)
    return message


@transaction.atomic
def read_own_talk(visit: Visit) -> list[tuple[bool, datetime, str]]:
    """Return the talk of who holds the code, opened: whether the agency said it, when, what."""
    audit.record(visit.by, "protect.own_talk_read", visit.case, purpose=Purpose.ASSISTANCE)
    rows = visit.case.own_messages.filter(holder=visit.holder)
    return [(row.author_id is not None, row.sent_at, row.text.open()) for row in rows]


@transaction.atomic
def ask_for(visit: Visit, kind: Asked, text: str, *, field: str = "", today: date, now: datetime) -> OwnRequest:
    """Ask for a correction of one field or for erasure; it is answered within a month (GDPR art. 12(3), 16, 17)."""
    case = sharing.locked(visit.case)
    if kind == Asked.CORRECTION:
        if field not in FIELDS or visit.keeps_back(field):
            raise NotFoundError(_("There is nothing here."))
        _require_text(text)
    _require_room(case.own_requests.filter(holder=visit.holder, state=RequestState.OPEN).count())
    row = OwnRequest(
        key_id=case.key_id,
        case=case,
        holder=visit.holder,
        kind=kind,
        field=field,
        asked_at=now,
        due_date=rules.answer_due(today),
    )
    row.text = text.strip()
    row.save()
    after = {"kind": kind, "field": field}
    audit.record(visit.by, "protect.own_request_made", row, purpose=Purpose.ASSISTANCE, after=after)
    return row


@transaction.atomic
def read_own_requests(visit: Visit) -> list[tuple[OwnRequest, str]]:
    """Return what they asked for, with the reason of each decision opened."""
    audit.record(visit.by, "protect.own_requests_read", visit.case, purpose=Purpose.ASSISTANCE)
    return [(row, row.reason.open()) for row in visit.case.own_requests.filter(holder=visit.holder)[:50]]


def _require_text(text: str) -> None:
    if not text.strip():
        raise ReasonsMissingError(_("Nothing was written."), todo=_("Write it in your own words."))


def _require_room(waiting: int) -> None:
    if waiting >= MOST_WAITING:
        raise AnswersFirstError(_("Much waits for an answer already."), todo=_("Come back when it is answered."))
