"""Finding the services that fit a need of a person best."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.protect.models import Case, Location, Need, Service
from mainstay.protect.queries.directory import Filter, services_visible_to
from mainstay.protect.rules import matching
from mainstay.protect.rules.assistance import types_for
from mainstay.protect.rules.consent import holds
from mainstay.protect.rules.places import Place
from mainstay.protect.services import plans
from mainstay.protect.services.directory import hours_of
from mainstay.protect.types import SharePurpose

MOST_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Found:
    """A service that was found, and how it ranks."""

    service: Service
    ranked: matching.Ranked


@transaction.atomic
def find_services(need: Need, *, place: Place | None, moment: datetime, actor: User) -> tuple[list[Found], int]:
    """Return the services that fit a need best, and how many of its kind there are.

    `place` is one that the actor typed; left out, the case's coarse area counts. `moment` is of the clock on the wall.
    """
    case = need.case
    access.require(actor, "protect.share", case)
    around = plans.read_situation(case, actor=actor)
    wanted = matching.Wanted(
        kinds=frozenset(one.code for one in types_for(need.kind)),
        age_group=case.age_group,
        sex=case.sex,
        languages=frozenset(around.languages),
        place=place or around.place,
        moment=moment,
    )
    rows = {str(row.pk): row for row in services_visible_to(actor, Filter()).filter(kind__in=wanted.kinds)}
    ranked = matching.rank(wanted, [as_offer(row) for row in rows.values()])
    audit.record(actor, "protect.services_sought", need, purpose=Purpose.ASSISTANCE, after={"found": len(ranked)})
    return [Found(rows[each.key], each) for each in ranked[:MOST_SHOWN]], len(ranked)


def as_offer(service: Service) -> matching.Offer:
    """Return a service as the rule sees it."""
    return matching.Offer(
        key=str(service.pk),
        kind=service.kind,
        languages=frozenset(each.code for each in service.languages.all()),
        hours=hours_of(service),
        places=tuple(p for at in service.at.all() if (p := _place(at.location)) is not None),
        free_places=service.free_places,
        minimum_age=service.minimum_age,
        maximum_age=service.maximum_age,
        sexes=frozenset(service.sexes),
    )


def knows_consent(case: Case, *, today: date) -> bool:
    """Say whether a consent to assistance is in force today."""
    facts = [consent.as_fact() for consent in case.consents.all()]
    return any(SharePurpose.ASSISTANCE in fact.purposes and holds(fact, today) for fact in facts)


def _place(location: Location) -> Place | None:
    if location.latitude is None or location.longitude is None:
        return None
    return Place(float(location.latitude), float(location.longitude), location.is_confidential)
