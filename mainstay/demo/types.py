"""What a scenario plants, and what the path finds of it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a scenario is."""

    screenings: int
    victims: int
    accounts: int
    days: int
    funnels: int
    collections: int


SCALES = {
    "small": Scale(screenings=30, victims=14, accounts=1_500, days=120, funnels=3, collections=3),
    "medium": Scale(screenings=120, victims=50, accounts=15_000, days=150, funnels=10, collections=10),
    "large": Scale(screenings=400, victims=160, accounts=100_000, days=180, funnels=30, collections=30),
}


@dataclass(frozen=True, slots=True)
class Story:
    """One made-up person's answers to the rapid screen, and what is true of them.

    `days_ago` is the day of the interview; `sealed` what a case would hold, by field name.
    """

    answers: dict[str, str]
    child: bool | None
    sex: str
    victim: bool
    days_ago: int
    sealed: dict[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    consents_to_peer: bool = False


@dataclass(frozen=True, slots=True)
class Planted:
    """What was put in: the answer key that the summary is compared with."""

    victims: int
    funnel_controllers: tuple[str, ...]
    funnel_workers: tuple[str, ...]
    collectors: tuple[str, ...]
    known_abroad: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the counts, by the names of the summary."""
        return {
            "presumed_victims": self.victims,
            "wage_funnels": len(self.funnel_controllers),
            "collections": len(self.collectors),
            "accounts_known_abroad": len(self.known_abroad),
            "requests_answered": 1 if self.known_abroad else 0,
        }
