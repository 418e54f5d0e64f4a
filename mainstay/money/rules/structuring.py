"""Structuring under a limit: what an occurrence means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.money.rules.alerts import alert_of, reason
from mainstay.money.types import AccountRole, Alert, Reason, Role, StructuringSettings

STRUCTURING = "structuring"


@dataclass(frozen=True, slots=True)
class StructuringFacts:
    """What is known of one structuring: `limit` in whole units, `above` the sum as so many times the limit,
    `near` the mean payment as a share of the limit, `share` what part of the cash payments meanwhile they are."""

    account: str
    into: bool
    transactions: Sequence[str]
    start: datetime
    end: datetime
    amounts: dict[str, str]
    limit: int
    above: float
    near: float
    share: float


def structuring_alert(facts: StructuringFacts, settings: StructuringSettings, *, max_listed: int) -> Alert:
    """Return the alert of a structuring.

    Whose account cash is brought to is its collector. Who takes cash out may have been sent to: the role is unknown.
    """
    roles = [AccountRole(facts.account, Role.COLLECTOR if facts.into else Role.UNKNOWN)]
    key = f"{facts.account}\0{'in' if facts.into else 'out'}"
    return alert_of(STRUCTURING, key, roles, facts, _reasons(facts, settings), max_listed)


def _reasons(facts: StructuringFacts, settings: StructuringSettings) -> list[Reason]:
    count = len(facts.transactions)
    code, verb = ("cash_in_under", "brought in") if facts.into else ("cash_out_under", "taken out")
    sent = "two sums near the limit prove nothing, and whoever carries the cash may have been sent by others"
    return [
        reason(
            code,
            f"cash was {verb} {count} times in sums just under {facts.limit}",
            count,
            "STRUCTURING",
            0.3 * min(1.0, count / (2 * settings.min_payments)),
        ),
        reason(
            "together_over",
            f"together they are {facts.above:.1f} times the sum that has to be reported",
            round(facts.above, 3),
            "STRUCTURING",
            0.15 * min(1.0, facts.above / 5),
        ),
        reason(
            "near_limit",
            f"on average they are {facts.near:.0%} of it",
            round(facts.near, 3),
            "STRUCTURING",
            0.15 * facts.near,
        ),
        reason(
            "of_all_cash",
            f"they are {facts.share:.0%} of the cash payments in that time",
            round(facts.share, 3),
            "STRUCTURING",
            0.15 * facts.share,
        ),
        reason("carrier", sent, count, "NONE", 0.0),
    ]
