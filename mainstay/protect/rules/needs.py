"""What a needs assessment says: which needs it makes, and what changed since the one before."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

NEED_OF_DOMAIN = {
    "safety": "safety",
    "housing": "shelter",
    "health": "health",
    "psychological": "psychological",
    "legal": "legal",
    "livelihood": "money",
    "education": "education",
    "family": "family",
    "papers": "papers",
    "children": "childcare",
}
"""Domain by domain the kind of need that it makes (CETS 197 art. 12(1)-(4) names what they cover)."""
DOMAINS = tuple(NEED_OF_DOMAIN)
MOST_URGENT = 3


class Direction(StrEnum):
    """How a domain changed."""

    NEW = "new"
    WORSE = "worse"
    SAME = "same"
    BETTER = "better"


@dataclass(frozen=True, slots=True)
class Change:
    """One domain in an assessment, beside the one before."""

    domain: str
    before: int | None
    now: int
    direction: Direction


def needs_of(urgencies: Mapping[str, int]) -> dict[str, int]:
    """Return each kind of need with its urgency, 0 where the assessment says that there is none."""
    return {NEED_OF_DOMAIN[domain]: urgency for domain, urgency in urgencies.items()}


def compare(before: Mapping[str, int] | None, now: Mapping[str, int]) -> list[Change]:
    """Return domain by domain how an assessment differs from the one before, in the order of the domains."""
    return [_change(domain, (before or {}).get(domain), now[domain]) for domain in DOMAINS if domain in now]


def _change(domain: str, before: int | None, now: int) -> Change:
    if before is None:
        return Change(domain, None, now, Direction.NEW)
    if now == before:
        return Change(domain, before, now, Direction.SAME)
    return Change(domain, before, now, Direction.WORSE if now > before else Direction.BETTER)
