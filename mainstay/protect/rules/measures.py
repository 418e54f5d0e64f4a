"""How a measure against a person is followed until it ends, and which one a figure counts."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum

from mainstay.protect.rules.grounds import MeasureKind

RECHECK_DAYS = {"arrest": 1, "detention": 1, "removal": 1}
"""Working values: a person who is held, or is to be removed, is looked at again the next day."""
OTHER_RECHECK_DAYS = 14


class MeasureState(StrEnum):
    """How far a measure got."""

    RECORDED = "recorded"
    SUBMITTED = "submitted"
    ANSWERED = "answered"
    DROPPED = "dropped"
    UPHELD = "upheld"
    APPEALED = "appealed"
    WITHDRAWN = "withdrawn"
    MISTAKE = "mistake"


_S = MeasureState
TAKEN_BACK = frozenset({_S.WITHDRAWN, _S.MISTAKE})
"""The authority took it back itself, or it was recorded by mistake: no outcome, and always with a reason."""
_FOLLOWS: dict[MeasureState, frozenset[MeasureState]] = {
    _S.RECORDED: frozenset({_S.SUBMITTED, _S.DROPPED, _S.UPHELD, *TAKEN_BACK}),
    _S.SUBMITTED: frozenset({_S.SUBMITTED, _S.ANSWERED, _S.DROPPED, _S.UPHELD, *TAKEN_BACK}),
    _S.ANSWERED: frozenset({_S.SUBMITTED, _S.DROPPED, _S.UPHELD, *TAKEN_BACK}),
    _S.UPHELD: frozenset({_S.APPEALED, _S.DROPPED, *TAKEN_BACK}),
    _S.APPEALED: frozenset({_S.SUBMITTED, _S.ANSWERED, _S.DROPPED, _S.UPHELD, *TAKEN_BACK}),
    _S.DROPPED: frozenset({_S.RECORDED, _S.MISTAKE}),  # taken up again, or it never was
    _S.WITHDRAWN: frozenset({_S.RECORDED, _S.MISTAKE}),
    _S.MISTAKE: frozenset({_S.RECORDED}),
}
OPEN = frozenset({_S.RECORDED, _S.SUBMITTED, _S.ANSWERED, _S.UPHELD, _S.APPEALED})
"""A measure is followed until it is dropped: one that is upheld still asks for an appeal or for clearing the record."""
GRAVEST_FIRST: Sequence[MeasureKind] = (
    MeasureKind.CONVICTION,
    MeasureKind.RECORD,
    MeasureKind.PROSECUTION,
    MeasureKind.CHARGE,
    MeasureKind.DETENTION,
    MeasureKind.ARREST,
    MeasureKind.REMOVAL,
    MeasureKind.FINE,
    MeasureKind.INVESTIGATION,
)


def may_follow(state: MeasureState) -> tuple[MeasureState, ...]:
    """Return the states that may come after one, in their order."""
    return tuple(one for one in MeasureState if one in _FOLLOWS[state])


def recheck_due(state: MeasureState, kind: MeasureKind, day: date) -> date | None:
    """Return the day on which somebody looks at a measure again; None once it is dropped. Working values."""
    if state not in OPEN:
        return None
    days = RECHECK_DAYS.get(kind, OTHER_RECHECK_DAYS) if state is _S.RECORDED else OTHER_RECHECK_DAYS
    return day + timedelta(days=days)


def counted(measures: Iterable[tuple[MeasureKind, Sequence[str], MeasureState]]) -> tuple[str, str, str]:
    """Return the one cell in which a person with measures is counted: their gravest measure that was not taken back.

    Each person is in one cell, so that a figure that is shown stands for as many people as it says. Who has none but
    measures that were taken back is counted apart, under that outcome.
    """
    kind, offences, state = min(measures, key=lambda one: (one[2] in TAKEN_BACK, GRAVEST_FIRST.index(one[0]), one[2]))
    offence = "multiple" if len(offences) > 1 else next(iter(offences), "unknown")
    return kind.value, offence, state.value
