"""Stacked bipartite: what an occurrence means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.money.rules.alerts import alert_of, caution, reason, stayed
from mainstay.money.types import AccountRole, Alert, Reason, Role, StackSettings

STACK = "stacked_bipartite"


@dataclass(frozen=True, slots=True)
class StackFacts:
    """What is known of one stack: who only pays in it, those that the money went through, and who is only paid.

    `kept` is the largest share that one of those between kept of a sum, `left` what went on of all that came to them;
    `hours` the longest time that it stayed anywhere; `opened_days` the least number of days that one of them was open
    before, None where unknown.
    """

    firsts: Sequence[str]
    middles: Sequence[str]
    lasts: Sequence[str]
    transactions: Sequence[str]
    start: datetime
    end: datetime
    amounts: dict[str, str]
    sums: int
    left: float
    kept: float
    hours: float
    opened_days: int | None = None


def stack_alert(facts: StackFacts, settings: StackSettings, *, max_listed: int) -> Alert:
    """Return the alert of a stack: those paid last collect; of those between it is not known for whom they act."""
    both = set(facts.firsts) & set(facts.lasts)
    roles = [AccountRole(account, Role.COLLECTOR) for account in facts.lasts if account not in both][:max_listed]
    roles += [AccountRole(account, Role.PASS_THROUGH) for account in facts.middles[:max_listed]]
    roles += [AccountRole(account, Role.UNKNOWN) for account in facts.firsts[:max_listed]]
    return alert_of(STACK, facts.transactions[0], roles, facts, _reasons(facts, settings), max_listed)


def _reasons(facts: StackFacts, settings: StackSettings) -> list[Reason]:
    middles = len(facts.middles)
    firsts, lasts = len(facts.firsts), len(facts.lasts)
    return [
        reason(
            "between_layers",
            f"{middles} accounts stand between {firsts} that only pay and {lasts} that are only paid",
            middles,
            "RF40",
            0.25 * min(1.0, middles / (2 * settings.min_middles)),
        ),
        reason(
            "each_several",
            f"each of them is paid by several and pays several; {facts.sums} sums went through",
            facts.sums,
            "RF40",
            0.15 * min(1.0, facts.sums / (4 * settings.min_middles * settings.min_partners)),
        ),
        reason(
            "went_on",
            f"{facts.left:.0%} of it went on; nobody kept more than {facts.kept:.0%} of a sum",
            round(facts.left, 3),
            "RF40",
            0.2 * facts.left,
        ),
        stayed(facts.hours, settings.within),
        *caution("between_controlled", facts.opened_days, middles),
    ]
