"""Gather-scatter: what an occurrence means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.money.rules.alerts import alert_of, caution, quickness, reason
from mainstay.money.types import AccountRole, Alert, GatherSettings, Reason, Role

GATHER_SCATTER = "gather_scatter"


@dataclass(frozen=True, slots=True)
class GatherFacts:
    """What is known of one gather-scatter: `share` is what was paid out of what was gathered, `hours` the time from
    the first payment to the last; `opened_days` how many days the account was open before, None where unknown."""

    account: str
    payers: Sequence[str]
    receivers: Sequence[str]
    transactions: Sequence[str]
    start: datetime
    end: datetime
    amounts: dict[str, str]
    share: float
    hours: float
    opened_days: int | None = None


def gather_alert(facts: GatherFacts, settings: GatherSettings, *, max_listed: int) -> Alert:
    """Return the alert of a gather-scatter: whose account it went through, who paid, and who was paid."""
    payers = set(facts.payers)
    roles = [AccountRole(facts.account, Role.COLLECTOR)]
    roles += [AccountRole(account, Role.UNKNOWN) for account in facts.receivers if account not in payers][:max_listed]
    roles += [AccountRole(account, Role.PAYER) for account in facts.payers[:max_listed]]
    return alert_of(GATHER_SCATTER, facts.account, roles, facts, _reasons(facts, settings), max_listed)


def _reasons(facts: GatherFacts, settings: GatherSettings) -> list[Reason]:
    most, longest = 2 * settings.min_partners, settings.max_windows * settings.window + settings.within
    return [
        reason(
            "gathered_from",
            f"{len(facts.payers)} accounts paid this one",
            len(facts.payers),
            "RF02",
            0.2 * min(1.0, len(facts.payers) / most),
        ),
        reason(
            "scattered_to",
            f"it paid {len(facts.receivers)} accounts soon after",
            len(facts.receivers),
            "RF40",
            0.2 * min(1.0, len(facts.receivers) / most),
        ),
        reason(
            "paid_out",
            f"what it paid is {facts.share:.0%} of what it got",
            round(facts.share, 3),
            "RF40",
            0.2 * max(0.0, 1 - abs(1 - facts.share)),
        ),
        reason(
            "all_within",
            f"all of it within {facts.hours:.1f} hours",
            round(facts.hours, 3),
            "RF05",
            0.2 * quickness(facts.hours, longest.total_seconds() / 3600),
        ),
        *caution("used_by_others", facts.opened_days, len(facts.payers)),
    ]
