"""Days of a journey as far as they are known, and whether its stations follow one another."""

import re
from collections.abc import Sequence
from datetime import date

_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?\Z")


def is_partial_date(text: str) -> bool:
    """Say whether a text is a day, a month or a year (ISO 8601: `2025-03-01`, `2025-03`, `2025`)."""
    found = _PARTIAL.match(text)
    if not found:
        return False
    try:
        date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        return False
    return True


def begins_before(earlier: str, later: str) -> bool | None:
    """Say whether one partly known day is before another; None where what is known does not tell."""
    shortest = min(len(earlier), len(later))
    if not earlier or not later or earlier[:shortest] == later[:shortest]:
        return None
    return earlier[:shortest] < later[:shortest]


def out_of_order(stations: Sequence[tuple[str, str]]) -> list[int]:
    """Return the places (from 0) of stations that they left before they came, or came to before the station before.

    A journey may be told out of order: this is said, never refused.
    """
    found = []
    latest = ""
    for place, (came, left) in enumerate(stations):
        wrong = begins_before(left, came) or (latest and (begins_before(came, latest) or begins_before(left, latest)))
        if wrong:
            found.append(place)
        for day in (came, left):
            if day and (not latest or begins_before(latest, day)):
                latest = day
    return found
