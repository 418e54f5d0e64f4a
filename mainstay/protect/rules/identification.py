"""The procedure from presumption to decision: who may take part, what follows what, and by when.

CETS 197 art. 10: competent authorities with trained people identify victims, together with support organisations; no
removal until the process is completed (10(2)). Reasons, a second reader and an appeal before fresh eyes are this node's
own safeguards, not the Convention's words.
"""

from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum

DECISION_DAYS = 30
"""Working value: the Convention sets no number of days; national law may."""
APPEAL_DAYS = 30
"""Working value: national law decides. A later appeal is still taken, and marked as late."""


class ProcedureState(StrEnum):
    """Where a procedure stands."""

    WAITING = "waiting"
    PROPOSED = "proposed"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


class Event(StrEnum):
    """What may happen to a procedure."""

    PROPOSE = "propose"
    CONFIRM = "confirm"
    DISAGREE = "disagree"
    APPEAL = "appeal"
    TAKE_BACK = "take_back"


_FOLLOWS = {
    (ProcedureState.WAITING, Event.PROPOSE): ProcedureState.PROPOSED,
    (ProcedureState.PROPOSED, Event.CONFIRM): ProcedureState.DECIDED,
    (ProcedureState.PROPOSED, Event.DISAGREE): ProcedureState.WAITING,
    (ProcedureState.DECIDED, Event.APPEAL): ProcedureState.WAITING,
    (ProcedureState.WAITING, Event.TAKE_BACK): ProcedureState.WITHDRAWN,
    (ProcedureState.PROPOSED, Event.TAKE_BACK): ProcedureState.WITHDRAWN,
}
OPEN = frozenset({ProcedureState.WAITING, ProcedureState.PROPOSED})
"""Where something is still to come; one that was taken back is over like one that was decided, and is no decision."""


def follows(state: ProcedureState, event: Event) -> ProcedureState | None:
    """Return the state after an event; None where it cannot happen now. No decision stands without a second reader."""
    return _FOLLOWS.get((state, event))


def decision_due(referred: date, reflection_last_day: date, days: int = DECISION_DAYS) -> date:
    """Return the day by which a decision is due: not before the reflection period ends, so that nobody is hurried."""
    return max(referred + timedelta(days=days), reflection_last_day)


def appeal_due(decided: date, days: int = APPEAL_DAYS) -> date:
    """Return the last day of an appeal that is in time."""
    return decided + timedelta(days=days)


def may_take_part(person: str, proposer: str | None, earlier: Collection[str]) -> bool:
    """Say whether somebody may decide or read a second time.

    The second reader is somebody else than who proposed; an appeal is decided by people who took no part before
    (`earlier` names them).
    """
    return person != proposer and person not in earlier
