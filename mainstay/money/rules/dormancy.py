"""Dormancy then burst: what an occurrence means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.money.rules.alerts import alert_of, reason
from mainstay.money.types import AccountRole, Alert, DormancySettings, Reason, Role

DORMANCY = "dormancy_burst"


@dataclass(frozen=True, slots=True)
class DormancyFacts:
    """What is known of one dormancy then burst.

    `payers` are the accounts that paid into it, `receivers` those that it paid, with their share of what went out;
    `share` what went out of what came in, in the currency of most transactions.
    """

    account: str
    payers: Sequence[str]
    receivers: Sequence[tuple[str, float]]
    transactions: Sequence[str]
    start: datetime
    end: datetime
    amounts: dict[str, str]
    silent_days: float
    share: float


def dormancy_alert(facts: DormancyFacts, settings: DormancySettings, *, max_listed: int) -> Alert:
    """Return the alert of a dormancy then burst.

    Whoever got half or more of what went out is the collector. The account itself only let money through: its holder
    may have sold it, or not know. Those who paid into it are payers.
    """
    payers = set(facts.payers)
    roles = [AccountRole(facts.account, Role.PASS_THROUGH)]
    others = [(account, share) for account, share in facts.receivers if account not in payers]
    roles += [
        AccountRole(account, Role.COLLECTOR if share >= 0.5 else Role.UNKNOWN) for account, share in others[:max_listed]
    ]
    roles += [AccountRole(account, Role.PAYER) for account in facts.payers[:max_listed]]
    return alert_of(DORMANCY, facts.account, roles, facts, _reasons(facts, settings), max_listed)


def _reasons(facts: DormancyFacts, settings: DormancySettings) -> list[Reason]:
    count, silence = len(facts.transactions), settings.silence.total_seconds() / 86_400
    days = settings.window.total_seconds() / 86_400
    longer = 0.2 * min(1.0, facts.silent_days / (2 * silence)) if silence else 0.2
    text = f"the account was silent for {facts.silent_days:.0f} days"
    return [
        reason("silent", text, round(facts.silent_days, 1), "DORMANT", longer),
        reason(
            "woke",
            f"then {count} transactions within {days:g} days",
            count,
            "DORMANT",
            0.25 * min(1.0, count / (2 * settings.min_transactions)),
        ),
        reason(
            "went_out",
            f"{facts.share:.0%} of what came in went out again",
            round(facts.share, 3),
            "RF05",
            0.25 * min(1.0, facts.share),
        ),
        reason(
            "sold_or_taken",
            "the holder may have sold or lent the account, or not know: it may have been taken from a victim",
            count,
            "NONE",
            0.0,
        ),
    ]
