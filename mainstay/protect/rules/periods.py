"""The recovery and reflection period by country, as data: the treaty's floor, and what is said of countries."""

import json
from dataclasses import dataclass
from functools import cache

from mainstay.protect.rules.grounds import DATA, READ


@dataclass(frozen=True, slots=True)
class CountryPeriod:
    """What is said of one country's period; counted with only once an administrator has set it with its source."""

    country: str
    days: int
    provision: str
    basis: str
    source: str

    @property
    def to_be_confirmed(self) -> bool:
        """Say whether nobody has read the text."""
        return self.basis != READ


@cache
def country_periods() -> tuple[CountryPeriod, ...]:
    """Return the rows by country."""
    document = json.loads((DATA / "reflection_periods.json").read_text(encoding="utf-8"))
    return tuple(CountryPeriod(**row) for row in document["countries"])
