"""Wage funnel: what an occurrence means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.money.rules.alerts import alert_of, quickness, reason
from mainstay.money.types import AccountRole, Alert, Reason, Role, WageSettings

WAGE_FUNNEL = "wage_funnel"


@dataclass(frozen=True, slots=True)
class FunnelFacts:
    """What is known of one wage funnel; `sharing` is the share of workers whose phone or address another
    of them or the controller also has, None where the accounts file tells nothing."""

    employer: str
    controller: str
    workers: Sequence[str]
    transactions: Sequence[str]
    start: datetime
    end: datetime
    amounts: dict[str, str]
    months: int
    share: float
    delay_days: float
    sharing: float | None = None


def funnel_alert(facts: FunnelFacts, settings: WageSettings, *, max_listed: int) -> Alert:
    """Return the alert of a wage funnel: employer, the controlled accounts, and the one their wages go to."""
    roles = [AccountRole(facts.controller, Role.CONTROLLER)]
    if facts.employer != facts.controller:
        roles.append(AccountRole(facts.employer, Role.EMPLOYER))
    roles += [AccountRole(account, Role.CONTROLLED) for account in facts.workers[:max_listed]]
    key = f"{facts.employer}\0{facts.controller}"
    return alert_of(WAGE_FUNNEL, key, roles, facts, _funnel_reasons(facts, settings), max_listed)


def _funnel_reasons(facts: FunnelFacts, settings: WageSettings) -> list[Reason]:
    days = settings.within.total_seconds() / 86_400
    workers = len(facts.workers)
    reasons = [
        reason(
            "workers",
            f"{workers} accounts paid by one employer pass their wages on to the same account",
            workers,
            "RF28",
            0.25 * min(1.0, workers / 6),
        ),
        reason("months", f"in {facts.months} months", facts.months, "RF32", 0.25 * min(1.0, facts.months / 4)),
        reason(
            "share",
            f"{facts.share:.0%} of the wages go on, on average",
            round(facts.share, 3),
            "RF32",
            0.3 * facts.share,
        ),
        reason(
            "delay",
            f"half of them within {facts.delay_days:.1f} days of payday",
            round(facts.delay_days, 3),
            "RF26",
            0.1 * quickness(facts.delay_days, days),
        ),
    ]
    if facts.sharing:
        text = f"{facts.sharing:.0%} of the workers share a phone or an address with another, or with the controller"
        reasons.append(reason("contacts", text, round(facts.sharing, 3), "RF27", 0.1 * facts.sharing))
    return reasons
