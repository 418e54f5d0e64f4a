"""Which service fits a need best: by who may come, language, free places, opening, distance; each with its reason.

What is not known is said as not known; it counts between yes and no, so that a service is not lost for a gap in
the directory. The weights are ours, in the order in which they matter to somebody in danger.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from mainstay.protect.rules.assistance import Met
from mainstay.protect.rules.opening import Hours, is_open
from mainstay.protect.rules.places import Place, distance_km

WEIGHTS = {"who": 32, "places": 16, "language": 8, "place": 4, "open": 2}
NEAR_KM, FAR_KM = 25, 200  # near counts whole, past far counts nothing
VALUE = {Met.YES: 1.0, Met.UNKNOWN: 0.5, Met.NO: 0.0}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person needs of a service."""

    kinds: frozenset[str]
    age_group: str
    sex: str
    languages: frozenset[str]
    place: Place | None
    moment: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """A service as the rule sees it."""

    key: str
    kind: str
    languages: frozenset[str]
    hours: tuple[Hours, ...]
    places: tuple[Place, ...]
    free_places: int | None
    minimum_age: int | None = None
    maximum_age: int | None = None
    sexes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for a service, against it, or that is not known; with its figure where it has one."""

    code: str
    met: Met
    figure: int | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A service with its score from 0 to 1, and each reason."""

    key: str
    score: float
    reasons: tuple[Reason, ...]


def rank(wanted: Wanted, offers: Iterable[Offer]) -> list[Ranked]:
    """Return the offers of a wanted kind, the best fit first; equal ones in the order of their keys."""
    rows = [_ranked(wanted, offer) for offer in offers if offer.kind in wanted.kinds]
    return sorted(rows, key=lambda row: (-row.score, row.key))


def _ranked(wanted: Wanted, offer: Offer) -> Ranked:
    distance = _nearest(wanted.place, offer.places)
    reasons = (
        Reason("who", serves(wanted, offer)),
        Reason("places", _met(None if offer.free_places is None else offer.free_places > 0), offer.free_places),
        Reason("language", _speaks(wanted, offer)),
        Reason("place", _met(None if distance is None else distance <= NEAR_KM), distance),
        Reason("open", _met(is_open(offer.hours, wanted.moment))),
    )
    points = sum(WEIGHTS[reason.code] * _value(reason) for reason in reasons)
    return Ranked(offer.key, round(points / sum(WEIGHTS.values()), 4), reasons)


def serves(wanted: Wanted, offer: Offer) -> Met:
    """Say whether a service takes people of this age group and sex."""
    answers = {_age(wanted.age_group, offer), _sex(wanted.sex, offer.sexes)}
    return Met.NO if Met.NO in answers else Met.UNKNOWN if Met.UNKNOWN in answers else Met.YES


def _age(group: str, offer: Offer) -> Met:
    low, high = offer.minimum_age or 0, 200 if offer.maximum_age is None else offer.maximum_age
    if (low, high) == (0, 200):
        return Met.YES
    if group == "unknown":
        return Met.UNKNOWN
    first, last = (0, 17) if group == "0-17" else (18, 200)
    if high < first or low > last:
        return Met.NO
    return Met.YES if low <= first and high >= last else Met.UNKNOWN  # only some of the ages in the group


def _sex(sex: str, taken: frozenset[str]) -> Met:
    if not taken:
        return Met.YES
    if sex == "unknown":
        return Met.UNKNOWN
    return Met.YES if sex in taken else Met.NO


def _speaks(wanted: Wanted, offer: Offer) -> Met:
    if not wanted.languages or not offer.languages:
        return Met.UNKNOWN
    return Met.YES if wanted.languages & offer.languages else Met.NO


def _nearest(place: Place | None, places: tuple[Place, ...]) -> int | None:
    known = [km for km in (distance_km(place, each) for each in places) if km is not None]
    return min(known, default=None)


def _met(answer: bool | None) -> Met:
    return Met.UNKNOWN if answer is None else Met.YES if answer else Met.NO


def _value(reason: Reason) -> float:
    if reason.code == "place" and reason.figure is not None:
        return min(1.0, max(0.0, (FAR_KM - reason.figure) / (FAR_KM - NEAR_KM)))
    return VALUE[reason.met]
