"""Funnel account: what an occurrence means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.money.rules.alerts import alert_of, caution, quickness, reason
from mainstay.money.types import AccountRole, Alert, FunnelAccountSettings, Reason, Role

FUNNEL_ACCOUNT = "funnel_account"


@dataclass(frozen=True, slots=True)
class FunnelAccountFacts:
    """What is known of one funnel account.

    `places` is the number of places where cash came in, `elsewhere` the share of withdrawals at a place where none did,
    `share` what was taken out of what came in, `hours` the time from a deposit to the next withdrawal that half of the
    deposits stay under; `opened_days` how many days it was open before, None where unknown.
    """

    account: str
    transactions: Sequence[str]
    start: datetime
    end: datetime
    amounts: dict[str, str]
    deposits: int
    places: int
    elsewhere: float
    share: float
    hours: float
    opened_days: int | None = None


def funnel_account_alert(facts: FunnelAccountFacts, settings: FunnelAccountSettings, *, max_listed: int) -> Alert:
    """Return the alert of a funnel account; its holder may have lent it or been made to, and the reasons say so."""
    roles = [AccountRole(facts.account, Role.COLLECTOR)]
    return alert_of(FUNNEL_ACCOUNT, facts.account, roles, facts, _reasons(facts, settings), max_listed)


def _reasons(facts: FunnelAccountFacts, settings: FunnelAccountSettings) -> list[Reason]:
    longest = settings.within.total_seconds() / 3600
    return [
        reason(
            "deposit_places",
            f"cash came in {facts.deposits} times at {facts.places} places",
            facts.places,
            "RF01",
            0.3 * min(1.0, facts.places / (2 * settings.min_places)),
        ),
        reason(
            "elsewhere",
            f"{facts.elsewhere:.0%} of the withdrawals were at a place where none came in",
            round(facts.elsewhere, 3),
            "RF01",
            0.2 * facts.elsewhere,
        ),
        reason(
            "taken_out",
            f"{facts.share:.0%} of what came in was taken out",
            round(facts.share, 3),
            "RF01",
            0.2 * min(1.0, facts.share),
        ),
        reason(
            "soon",
            f"half of it had stayed for {facts.hours:.1f} hours or less at the next withdrawal",
            round(facts.hours, 3),
            "RF05",
            0.2 * quickness(facts.hours, longest),
        ),
        *caution("used_by_others", facts.opened_days, facts.deposits),
    ]
