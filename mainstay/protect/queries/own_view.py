"""What the person's own view shows, and what waits for an answer to them."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from mainstay.accounts.models import User
from mainstay.audit import queries as audit
from mainstay.audit.services import AN_OUTSIDER, SYSTEM, THE_GUARDIAN, THE_PERSON
from mainstay.core import access
from mainstay.protect.models import Case, OwnCode, OwnMessage, OwnRequest, OwnViewChoice, RequestState, Status

MOST_READS = 300


@dataclass(frozen=True, slots=True)
class Reading:
    """That somebody opened something of a person on a day: `who` is None for the person or their guardian."""

    day: date
    who: User | None
    by: str
    action: str
    purpose: str
    shows_name: bool


def who_read(case: Case) -> list[Reading]:
    """Return who read what of a case on which day, newest first, each once a day; names only where an agency lets."""
    records = {
        "protect.case": [case.pk],
        "protect.referral": list(case.referrals.values_list("pk", flat=True)),
        "protect.procedure": list(case.procedures.values_list("pk", flat=True)),
        "protect.document": list(case.documents.values_list("pk", flat=True)),
        "protect.safetyplan": list(case.safety_plans.values_list("pk", flat=True)),
    }
    entries = list(audit.reads_of(records).exclude(actor_id=SYSTEM)[:MOST_READS])
    own = {THE_PERSON.pk, THE_GUARDIAN.pk, AN_OUTSIDER.pk}
    ids = {entry.actor_id for entry in entries} - own
    people = {str(user.pk): user for user in User.objects.filter(pk__in=ids).select_related("agency")}
    named = set(OwnViewChoice.objects.filter(shows_names=True).values_list("agency_id", flat=True))
    seen: dict[tuple[date, str, str], Reading] = {}
    for entry in entries:
        if entry.actor_id == THE_PERSON.pk and not entry.action.endswith("_entered"):
            continue  # each field that they open themselves; that their page was opened at all says enough
        user = people.get(entry.actor_id)
        day = timezone.localtime(entry.at).date()
        reading = Reading(
            day=day,
            who=user,
            by=entry.actor_id if entry.actor_id in own else "colleague",
            action=entry.action,
            purpose=entry.purpose,
            shows_name=user is not None and user.agency_id in named,
        )
        seen.setdefault((day, entry.actor_id, entry.action), reading)
    return list(seen.values())


def requests_visible_to(viewer: User) -> QuerySet[OwnRequest]:
    """Return what people asked for, those due first; the ones that were decided last."""
    rows = OwnRequest.objects.select_related("case", "decided_by").exclude(case__status=Status.ERASED)
    narrowed = access.narrow(rows, viewer, "protect.answer_person", agency="case__agency", owner="case__owner")
    return narrowed.order_by("due_date", "asked_at")


def open_requests(viewer: User) -> QuerySet[OwnRequest]:
    """Return the requests of people that wait for a decision, the nearest due day first."""
    return requests_visible_to(viewer).filter(state=RequestState.OPEN)


def questions_waiting(viewer: User) -> QuerySet[OwnMessage]:
    """Return questions of people that nobody answered yet, the oldest first."""
    rows = OwnMessage.objects.filter(waits_for_us=True).select_related("case").exclude(case__status=Status.ERASED)
    return access.narrow(rows, viewer, "protect.answer_person", agency="case__agency", owner="case__owner")


def cases_to_answer(viewer: User) -> QuerySet[Case]:
    """Return the cases whose person a viewer may answer."""
    rows = Case.objects.exclude(status="erased")
    return access.narrow(rows, viewer, "protect.answer_person")


def codes_of(case: Case) -> list[OwnCode]:
    """Return the codes of a case that were given, those in force first."""
    return sorted(case.own_codes.select_related("given_by"), key=lambda code: code.ended_at is not None)


def shows_names(viewer: User) -> bool:
    """Say whether people see the names of the colleagues of a viewer's agency."""
    return OwnViewChoice.objects.filter(agency=viewer.agency_id, shows_names=True).exists()
