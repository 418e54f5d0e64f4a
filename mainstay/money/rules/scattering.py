"""Scatter-gather: what an occurrence means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.money.rules.alerts import alert_of, caution, reason, stayed
from mainstay.money.types import AccountRole, Alert, Reason, Role, ScatterSettings

SCATTER_GATHER = "scatter_gather"


@dataclass(frozen=True, slots=True)
class ScatterFacts:
    """What is known of one scatter-gather: `left` is what came together of what was sent out, `kept` the largest share
    that one of the middles kept of a payment, `hours` the longest time that one held it, `opened_days` the least number
    of days that one of them was open before, None where unknown."""

    payer: str
    middles: Sequence[str]
    receiver: str
    transactions: Sequence[str]
    start: datetime
    end: datetime
    amounts: dict[str, str]
    left: float
    kept: float
    hours: float
    opened_days: int | None = None


def scatter_alert(facts: ScatterFacts, settings: ScatterSettings, *, max_listed: int) -> Alert:
    """Return the alert of a scatter-gather: who got it together, those it went through, and who sent it out."""
    roles = [AccountRole(facts.receiver, Role.COLLECTOR)]
    roles += [AccountRole(account, Role.PASS_THROUGH) for account in facts.middles[:max_listed]]
    roles.append(AccountRole(facts.payer, Role.UNKNOWN))
    key = f"{facts.payer}\0{facts.receiver}"
    return alert_of(SCATTER_GATHER, key, roles, facts, _reasons(facts, settings), max_listed)


def _reasons(facts: ScatterFacts, settings: ScatterSettings) -> list[Reason]:
    middles = len(facts.middles)
    return [
        reason(
            "scattered",
            f"one account paid another through {middles} accounts",
            middles,
            "RF40",
            0.35 * min(1.0, middles / (2 * settings.min_middles)),
        ),
        reason(
            "came_together",
            f"{facts.left:.0%} of it came together; nobody kept more than {facts.kept:.0%}",
            round(facts.left, 3),
            "RF40",
            0.25 * facts.left,
        ),
        stayed(facts.hours, settings.within),
        *caution("between_controlled", facts.opened_days, middles),
    ]
