"""How far one place is from another. Protected places and people's own are known only coarsely."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from math import asin, cos, radians, sin, sqrt

EARTH_KM = 6371.0088  # mean radius, IUGG
COARSE = Decimal("0.1")  # degrees: about 11 km from north to south
COARSE_KM = 10


@dataclass(frozen=True, slots=True)
class Place:
    """A place by degrees north and east; coarse where it was rounded on purpose."""

    latitude: float
    longitude: float
    coarse: bool = False


def coarse(degrees: Decimal) -> Decimal:
    """Return degrees rounded so that no house can be told from them."""
    return degrees.quantize(COARSE, rounding=ROUND_HALF_EVEN)


def kilometres(one: Place, other: Place) -> float:
    """Return the distance over the ground by the haversine formula."""
    lat, lat2 = radians(one.latitude), radians(other.latitude)
    across = sin((lat2 - lat) / 2) ** 2
    along = sin(radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(across + cos(lat) * cos(lat2) * along)))


def distance_km(one: Place | None, other: Place | None) -> int | None:
    """Return whole kilometres, in steps of ten where one place is coarse; None where one is not known."""
    if one is None or other is None:
        return None
    exact = kilometres(one, other)
    return COARSE_KM * max(1, round(exact / COARSE_KM)) if one.coarse or other.coarse else round(exact)
