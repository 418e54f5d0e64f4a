"""How far a plan got, and until when a referral waits for its answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

ANSWER_DAYS = {"shelter": 1, "safety": 1, "health": 2}  # working values of ours: no treaty sets them
OTHER_ANSWER_DAYS = 7
REVIEW_DAYS = 30  # a working value: the length of the reflection period (CETS 197 art. 13(1))


@dataclass(frozen=True, slots=True)
class Progress:
    """Steps done of those that still count; dropped ones do not."""

    done: int
    count: int


def progress(states: Iterable[str]) -> Progress:
    """Return how many steps are done, of all that were not dropped."""
    counted = [state for state in states if state != "dropped"]
    return Progress(counted.count("done"), len(counted))


def answer_by(kind: str, sent: date) -> date:
    """Return the last day for an answer to a referral; after it, it counts as not answered."""
    return sent + timedelta(days=ANSWER_DAYS.get(kind, OTHER_ANSWER_DAYS))
