"""Fan-in collection: what an occurrence means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.money.rules.alerts import abroad, alert_of, is_new, reason
from mainstay.money.types import AccountRole, Alert, FanInSettings, Reason, Role

FAN_IN = "fan_in_collection"


@dataclass(frozen=True, slots=True)
class CollectionFacts:
    """What is known of one fan-in collection; accounts and transactions by their ids.

    `receivers` are the accounts that got the onward payments with their share of the collected sum;
    `abroad` the share of payers whose country differs from the collector's, None where unknown;
    `opened_days` how many days before the burst the collector's account was opened, None where unknown.
    """

    collector: str
    payers: Sequence[str]
    receivers: Sequence[tuple[str, float]]
    transactions: Sequence[str]
    start: datetime
    end: datetime
    amounts: dict[str, str]
    peak: int
    usual: float
    strangers: float
    onward_share: float
    abroad: float | None = None
    opened_days: int | None = None


def collection_alert(facts: CollectionFacts, settings: FanInSettings, *, max_listed: int) -> Alert:
    """Return the alert of a fan-in collection: collector, payers, and who received what was passed on."""
    roles = [AccountRole(facts.collector, Role.COLLECTOR)]
    payers = set(facts.payers)
    for account, share in facts.receivers:
        role = Role.CONTROLLER if share >= 0.5 and account not in payers else Role.UNKNOWN
        if account not in payers and account != facts.collector:
            roles.append(AccountRole(account, role))
    roles += [AccountRole(account, Role.PAYER) for account in facts.payers[:max_listed]]
    return alert_of(FAN_IN, facts.collector, roles, facts, _collection_reasons(facts, settings), max_listed)


def _collection_reasons(facts: CollectionFacts, settings: FanInSettings) -> list[Reason]:
    hours = settings.window.total_seconds() / 3600
    ratio = facts.peak / facts.usual if facts.usual > 0 else float("inf")
    reasons = [
        reason(
            "payers",
            f"{len(facts.payers)} different accounts paid the collector; {facts.peak} of them within {hours:g} hours",
            len(facts.payers),
            "RF02",
            0.25 * min(1.0, len(facts.payers) / (2 * settings.min_payers)),
        ),
        reason(
            "burst",
            f"outside this burst the collector usually gets {facts.usual:.1f} payments in {hours:g} hours",
            round(facts.usual, 3),
            "RF36",
            0.2 * min(1.0, ratio / 10),
        ),
        reason(
            "strangers",
            f"{facts.strangers:.0%} of the payers pay this collector at no other time",
            round(facts.strangers, 3),
            "RF02",
            0.2 * facts.strangers,
        ),
        reason(
            "onward",
            f"{facts.onward_share:.0%} of the sum went on in one or two payments",
            round(facts.onward_share, 3),
            "RF38",
            0.25 * min(1.0, facts.onward_share),
        ),
        *abroad(facts.abroad, "RF07"),
    ]
    if facts.onward_share >= 0.9 and is_new(facts.opened_days):
        text = "the collector keeps almost nothing: its holder may be controlled by others and a victim too"
        reasons.append(reason("may_be_controlled", text, round(1 - min(1.0, facts.onward_share), 3), "NONE", 0.0))
    return reasons
