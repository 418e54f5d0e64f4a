"""Temporal cycle: what an occurrence means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.money.rules.alerts import alert_of, caution, quickness, reason
from mainstay.money.types import AccountRole, Alert, CycleSettings, Reason, Role

CYCLE = "temporal_cycle"


@dataclass(frozen=True, slots=True)
class CycleFacts:
    """What is known of one temporal cycle; accounts in the order in which the money went.

    `start_account` paid first and got the money back; `left` is the smallest amount of a round as a share of its
    largest, the least of all rounds; `days` how long the quickest round took; `opened_days` the least number of days
    that one of those between was open before, None where unknown.
    """

    start_account: str
    through: Sequence[str]
    transactions: Sequence[str]
    start: datetime
    end: datetime
    amounts: dict[str, str]
    rounds: int
    left: float
    days: float
    opened_days: int | None = None


def cycle_alert(facts: CycleFacts, settings: CycleSettings, *, max_listed: int) -> Alert:
    """Return the alert of a temporal cycle: who got the money back, and those it went through.

    Where payments need not be in order of time nobody can be said to have sent it off: all roles are unknown.
    """
    first, between = (Role.COLLECTOR, Role.PASS_THROUGH) if settings.in_order else (Role.UNKNOWN, Role.UNKNOWN)
    roles = [AccountRole(facts.start_account, first), *(AccountRole(account, between) for account in facts.through)]
    return alert_of(CYCLE, facts.transactions[0], roles, facts, _reasons(facts, settings), max_listed)


def _reasons(facts: CycleFacts, settings: CycleSettings) -> list[Reason]:
    accounts, longest = len(facts.through) + 1, settings.within.total_seconds() / 86_400
    return [
        reason(
            "circle",
            f"the money went round through {accounts} accounts and came back to where it left from",
            accounts,
            "CIRCLE",
            0.3 * min(1.0, accounts / 5),
        ),
        reason("rounds", f"rounds: {facts.rounds}", facts.rounds, "CIRCLE", 0.15 * min(1.0, facts.rounds / 3)),
        reason(
            "alike",
            f"the smallest payment of a round is {facts.left:.0%} of the largest",
            round(facts.left, 3),
            "RF40",
            0.2 * facts.left,
        ),
        reason(
            "round_days",
            f"the quickest round took {facts.days:.1f} days",
            round(facts.days, 3),
            "RF05",
            0.15 * quickness(facts.days, longest),
        ),
        *caution("between_controlled", facts.opened_days, len(facts.through)),
    ]
