"""Whether two screenings are of one person: a colleague says so, nothing is merged by itself."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.core.errors import NotFoundError
from mainstay.identify.models.screenings import Outcome, Prevalence, SamePerson, Screening


@transaction.atomic
def say_same(one: Screening, other: Screening, *, same: bool, actor: User, now: datetime) -> SamePerson:
    """Keep a colleague's word on whether two screenings are of one person; they may change it."""
    access.require(actor, "identify.read_screening", one)
    access.require(actor, "identify.read_screening", other)
    if one.key_id == other.key_id:
        raise NotFoundError(_("These are versions of one interview."), todo=_("Go back to the list."))
    earlier, later = sorted((one, other), key=lambda row: (row.started_at, str(row.pk)))
    word, _created = SamePerson.objects.update_or_create(
        earlier=earlier, later=later, defaults={"same": same, "said_by": actor, "said_at": now}
    )
    audit.record(actor, "identify.same_person_said", word, purpose=Purpose.IDENTIFICATION, after={"same": same})
    return word


def note_outcome(key_id: Any, identified: bool | None, day: date) -> None:
    """Keep what was decided about a person beside their screenings, for how well the instrument works.

    Called by the package that keeps the decision, in its transaction and under its audit entry; None takes it
    back, as an appeal does.
    """
    outcome = "" if identified is None else Outcome.IDENTIFIED if identified else Outcome.NOT_IDENTIFIED
    Screening.objects.filter(key_id=key_id).update(outcome=outcome, outcome_date=day if outcome else None)


def note_case_moved(key_id: Any, from_agency: Any, to_agency: Any, day: date) -> None:
    """Keep beside an agency's own screenings of a person that their case went to another agency, and who has it now.

    Called by the package that keeps the case, in its transaction and under its audit entry. The screenings stay where
    they were made: they are that agency's own record. Where the case comes back, the mark goes.
    """
    rows = Screening.objects.filter(key_id=key_id)
    rows.filter(agency=from_agency).update(case_moved_on=day)
    rows.filter(agency=to_agency).update(case_moved_on=None)


@transaction.atomic
def set_prevalence(per_thousand: Decimal, source: str, *, actor: User, now: datetime) -> Prevalence:
    """Say how many in a thousand of those screened at one's agency are victims, and how that is known."""
    access.require(actor, "identify.set_prevalence")
    values = {"per_thousand": per_thousand, "source": source, "set_by": actor, "set_at": now}
    row, _created = Prevalence.objects.update_or_create(agency_id=actor.agency_id, defaults=values)
    after = {"per_thousand": str(per_thousand)}
    audit.record(actor, "identify.prevalence_set", row, purpose=Purpose.STATISTICS, after=after)
    return row
