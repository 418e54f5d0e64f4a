"""The procedure from its sources: CETS 197 art. 10 and 13, and the node's own safeguards."""

from datetime import date, timedelta
from itertools import product

import pytest

from mainstay.protect.rules.identification import (
    APPEAL_DAYS,
    Event,
    ProcedureState,
    appeal_due,
    decision_due,
    follows,
    may_take_part,
)

REFERRED = date(2026, 3, 10)


def test_nobody_is_hurried_out_of_the_reflection_period() -> None:
    assert decision_due(REFERRED, date(2026, 6, 1)) == date(2026, 6, 1)
    assert decision_due(REFERRED, date(2026, 3, 20)) == REFERRED + timedelta(days=30)
    assert appeal_due(REFERRED) == REFERRED + timedelta(days=APPEAL_DAYS)


def test_no_decision_stands_without_a_second_reader() -> None:
    ways = {(s, e): follows(s, e) for s, e in product(ProcedureState, Event)}
    assert [way for way, after in ways.items() if after is ProcedureState.DECIDED] == [
        (ProcedureState.PROPOSED, Event.CONFIRM)
    ]
    assert ways[ProcedureState.PROPOSED, Event.DISAGREE] is ProcedureState.WAITING
    assert ways[ProcedureState.DECIDED, Event.APPEAL] is ProcedureState.WAITING
    taken_back = [state for (state, event), after in ways.items() if after is ProcedureState.WITHDRAWN]
    assert taken_back == [ProcedureState.WAITING, ProcedureState.PROPOSED]  # what was decided is never taken back
    assert sum(after is not None for after in ways.values()) == 6


@pytest.mark.parametrize(
    ("person", "proposer", "earlier", "may"),
    [
        ("b", "a", (), True),
        ("a", "a", (), False),
        ("a", None, ("a", "b"), False),
        ("c", None, ("a", "b"), True),
    ],
)
def test_a_fresh_pair_of_eyes_reads_a_decision_and_an_appeal(
    person: str, proposer: str | None, earlier: tuple[str, ...], may: bool
) -> None:
    assert may_take_part(person, proposer, earlier) is may
