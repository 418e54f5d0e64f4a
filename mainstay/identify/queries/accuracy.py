"""Screenings held against later decisions, as counts; nobody in particular."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.identify.models.instruments import InstalledInstrument
from mainstay.identify.models.screenings import IndicatorSeen, Outcome, Prevalence, SamePerson, Screening, Status
from mainstay.identify.queries.screenings import newest_versions
from mainstay.identify.rules.accuracy import Accuracy, Agreement, Worth, accuracy_of, agreement, shown_groups, worth_of

BREAKDOWNS = ("sex", "age_group", "nationality", "language")
ENOUGH_TO_MISS = 50
"""From so many screenings on, an indicator that never fired is worth a question."""


@dataclass(frozen=True, slots=True)
class Learning:
    """What is known of one instrument's work at a place."""

    screened: int
    decided: Accuracy
    levels: tuple[tuple[str, int], ...]
    groups: Mapping[str, Mapping[str, Accuracy | None]]
    agreement: Agreement
    never_found: tuple[str, ...] | None


def learn(instrument: str, viewer: User) -> Learning:
    """Return how an instrument's levels compare with later decisions, for the viewer's reach; small groups hidden."""
    rows = access.narrow(_finished(instrument), viewer, "identify.learn")
    by = [*BREAKDOWNS, *(["owner__name"] if access.allowed(viewer, "identify.learn_by_screener") else [])]
    levels = rows.values_list("level").annotate(count=Count("pk"))
    return Learning(
        screened=rows.count(),
        decided=_accuracy(rows),
        levels=tuple(sorted((level, count) for level, count in levels)),
        groups={name: shown_groups(_by(rows, name)) for name in by},
        agreement=_agreement(rows),
        never_found=_never_found(instrument, rows, viewer),
    )


def worth_for(instrument: str, viewer: User) -> Worth:
    """Return what a positive of an instrument is worth at the viewer's agency."""
    own = _accuracy(_finished(instrument).filter(agency_id=viewer.agency_id))
    known = prevalence_at(viewer)
    return worth_of(instrument, own, float(known.per_thousand) / 1000 if known else None)


def prevalence_at(viewer: User) -> Prevalence | None:
    """Return what the viewer's agency says of how many of those it screens are victims."""
    return Prevalence.objects.filter(agency_id=viewer.agency_id).first()


def _finished(instrument: str) -> QuerySet[Screening]:
    rows = Screening.objects.filter(status=Status.FINISHED, instrument__name=instrument)
    return newest_versions(rows).order_by()


def _accuracy(rows: QuerySet[Screening]) -> Accuracy:
    return accuracy_of(_cells(rows.exclude(outcome="").values_list("level", "outcome").annotate(count=Count("pk"))))


def _by(rows: QuerySet[Screening], name: str) -> dict[str, Accuracy]:
    found: dict[str, list[tuple[str, str, int]]] = {}
    counted = rows.exclude(outcome="").values_list(name, "level", "outcome").annotate(count=Count("pk"))
    for group, level, outcome, count in counted:
        found.setdefault(str(group or ""), []).append((level, outcome, count))
    return {group: accuracy_of(_cells(cells)) for group, cells in sorted(found.items())}


def _cells(counted: Any) -> dict[tuple[str, bool], int]:
    return {(level, outcome == Outcome.IDENTIFIED): count for level, outcome, count in counted}


def _agreement(rows: QuerySet[Screening]) -> Agreement:
    """Two screeners on one person: what colleagues said of pairs, both by this instrument."""
    pairs = SamePerson.objects.filter(Q(same=True), earlier__in=rows, later__in=rows)
    pairs = pairs.exclude(earlier__owner=F("later__owner"))
    counted = pairs.values_list("earlier__level", "later__level").annotate(count=Count("pk")).order_by()
    return agreement({(one, other): count for one, other, count in counted})


def _never_found(instrument: str, rows: QuerySet[Screening], viewer: User) -> tuple[str, ...] | None:
    """The newest version's indicators that no screening by it ever showed; None while there are too few to say."""
    newest = InstalledInstrument.objects.filter(name=instrument).order_by("-installed_at").first()
    if newest is None or rows.filter(instrument=newest).count() < ENOUGH_TO_MISS:
        return None
    seen = access.narrow(IndicatorSeen.objects.filter(instrument=newest), viewer, "identify.learn")
    found = set(seen.values_list("indicator", flat=True))
    listed = dict.fromkeys(_indicators(newest.definition))
    return tuple(name for name in listed if name not in found)


def _indicators(definition: Mapping[str, Any]) -> list[str]:
    judgements = [
        judgement
        for question in definition["questions"]
        for judgement in (question["judgement"], *(choice["judgement"] for choice in question["choices"]))
    ]
    return [judgement["indicator"] for judgement in judgements if judgement and judgement["indicator"]]
