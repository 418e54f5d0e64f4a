"""Pass-through chain: what an occurrence means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.money.rules.alerts import LATELY_DAYS, alert_of, came_through, reason, stayed
from mainstay.money.types import AccountRole, Alert, ChainSettings, Reason, Role

PASS_THROUGH = "pass_through_chain"  # noqa: S105 - a pattern, no password
KEEPS_NOTHING = 0.02


@dataclass(frozen=True, slots=True)
class ChainFacts:
    """What is known of one pass-through chain; accounts in the order in which the money went, cash left out.

    `through` are those that it came to and left again; `kept` is the largest share that one of them kept, `left` what
    came through of the first amount; `hours` the longest time that it stayed anywhere; `opened_days` the least number
    of days that one of them was open before, None where unknown.
    """

    first: str | None
    through: Sequence[str]
    last: str | None
    transactions: Sequence[str]
    start: datetime
    end: datetime
    amounts: dict[str, str]
    kept: float
    left: float
    hours: float
    opened_days: int | None = None


def chain_alert(facts: ChainFacts, settings: ChainSettings, *, max_listed: int) -> Alert:
    """Return the alert of a pass-through chain: those it went through, who got it last, and who paid first."""
    roles = [AccountRole(account, Role.PASS_THROUGH) for account in facts.through]
    if facts.last is not None:
        roles.insert(0, AccountRole(facts.last, Role.COLLECTOR))
    if facts.first is not None:
        roles.append(AccountRole(facts.first, Role.UNKNOWN))
    return alert_of(PASS_THROUGH, facts.transactions[0], roles, facts, _chain_reasons(facts, settings), max_listed)


def _chain_reasons(facts: ChainFacts, settings: ChainSettings) -> list[Reason]:
    steps = len(facts.transactions)
    reasons = [
        reason(
            "hands",
            f"the money went on through {len(facts.through)} accounts in {steps} payments",
            len(facts.through),
            "RF40",
            0.3 * min(1.0, steps / 6),
        ),
        came_through(facts.left, facts.kept, 0.25),
        stayed(facts.hours, settings.within),
    ]
    if facts.kept <= KEEPS_NOTHING or (facts.opened_days is not None and facts.opened_days < LATELY_DAYS):
        text = (
            "those it went through keep almost nothing or opened lately: "
            "they may be controlled by others and victims too"
        )
        reasons.append(reason("through_controlled", text, round(facts.kept, 3), "NONE", 0.0))
    return reasons
