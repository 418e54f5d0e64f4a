"""What an occurrence of a pattern means: roles of its accounts, a score that adds up, reasons with sources.

Sources are red flags published by financial intelligence units and the FATF. Where the source's own
wording was not read, `confirmed` is false and the reason says "to be confirmed".
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.money.types import (
    PROTECTED_ROLES,
    AccountRole,
    Alert,
    ChainSettings,
    FanInSettings,
    Reason,
    Role,
    WageSettings,
)

FAN_IN = "fan_in_collection"
WAGE_FUNNEL = "wage_funnel"
PASS_THROUGH = "pass_through_chain"  # noqa: S105 - a pattern, no password
NO_SUBJECT = frozenset({Role.UNKNOWN, Role.PASS_THROUGH})
KEEPS_NOTHING = 0.02
LATELY_DAYS = 180
"""How long before what is looked at an account was opened, for it to count as opened lately."""


@dataclass(frozen=True, slots=True)
class RedFlag:
    """A published indicator: where it stands, and whether its wording was read there."""

    source: str
    confirmed: bool


RED_FLAGS = {
    "RF02": RedFlag("RF02: many apparently unrelated senders, one beneficiary (FIN-2014-A008)", True),
    "RF05": RedFlag("RF05: rapid turnover (FIN-2014-A008; FinCEN alert, January 2023)", True),
    "RF07": RedFlag("RF07: many originators in different regions, one person (FinCEN alert, January 2023)", True),
    "RF26": RedFlag("RF26: wages passed on at once (FATF/APG 2018; AUSTRAC)", False),
    "RF27": RedFlag("RF27: employees' accounts share address or phone (FATF/APG 2018; OSCE 2019)", False),
    "RF28": RedFlag("RF28: deductions from many workers to one payee on payday (FATF/APG 2018; FIN-2020-A008)", False),
    "RF32": RedFlag("RF32: most or all money handed to one account (AUSTRAC, Fintel Alliance 2022)", True),
    "RF36": RedFlag("RF36: burst of payments in, then one or a few out (case reports on ransom)", True),
    "RF38": RedFlag("RF38: collector account, rapid transfer on (FATF 2022, migrant smuggling)", False),
    "RF40": RedFlag("RF40: what comes in goes out, next to nothing stays (FATF 2022, migrant smuggling)", True),
    "NONE": RedFlag("Mainstay: caution about who acts", True),
}


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


def reportable_subjects(alert: Alert) -> tuple[str, ...]:
    """Return the accounts that a report may name as its subject.

    Never one that has role `controlled` or `payer` in the alert: its holder may be a victim, or
    pay for one (Palermo Protocol art. 6; CETS 197 art. 26). An account that money only went through
    is no subject either: its holder may have been made to let it be used.
    """
    protected = {account.account_id for account in alert.accounts if account.role in PROTECTED_ROLES}
    named = (a.account_id for a in alert.accounts if a.role not in NO_SUBJECT)
    return tuple(dict.fromkeys(account for account in named if account not in protected))


def collection_alert(facts: CollectionFacts, settings: FanInSettings, *, max_listed: int) -> Alert:
    """Return the alert of a fan-in collection: collector, payers, and who received what was passed on."""
    roles = [AccountRole(facts.collector, Role.COLLECTOR)]
    payers = set(facts.payers)
    for account, share in facts.receivers:
        role = Role.CONTROLLER if share >= 0.5 and account not in payers else Role.UNKNOWN
        if account not in payers and account != facts.collector:
            roles.append(AccountRole(account, role))
    roles += [AccountRole(account, Role.PAYER) for account in facts.payers[:max_listed]]
    return _alert(FAN_IN, facts.collector, roles, facts, _collection_reasons(facts, settings), max_listed)


def _collection_reasons(facts: CollectionFacts, settings: FanInSettings) -> list[Reason]:
    hours = settings.window.total_seconds() / 3600
    ratio = facts.peak / facts.usual if facts.usual > 0 else float("inf")
    reasons = [
        _reason(
            "payers",
            f"{len(facts.payers)} different accounts paid the collector; {facts.peak} of them within {hours:g} hours",
            len(facts.payers),
            "RF02",
            0.25 * min(1.0, len(facts.payers) / (2 * settings.min_payers)),
        ),
        _reason(
            "burst",
            f"outside this burst the collector usually gets {facts.usual:.1f} payments in {hours:g} hours",
            round(facts.usual, 3),
            "RF36",
            0.2 * min(1.0, ratio / 10),
        ),
        _reason(
            "strangers",
            f"{facts.strangers:.0%} of the payers pay this collector at no other time",
            round(facts.strangers, 3),
            "RF02",
            0.2 * facts.strangers,
        ),
        _reason(
            "onward",
            f"{facts.onward_share:.0%} of the sum went on in one or two payments",
            round(facts.onward_share, 3),
            "RF38",
            0.25 * min(1.0, facts.onward_share),
        ),
    ]
    if facts.abroad is not None:
        text = f"{facts.abroad:.0%} of the payers pay from another country"
        reasons.append(_reason("abroad", text, round(facts.abroad, 3), "RF07", 0.1 * facts.abroad))
    if facts.onward_share >= 0.9 and (facts.opened_days is None or facts.opened_days < LATELY_DAYS):
        text = "the collector keeps almost nothing: its holder may be controlled by others and a victim too"
        reasons.append(_reason("may_be_controlled", text, round(1 - min(1.0, facts.onward_share), 3), "NONE", 0.0))
    return reasons


def funnel_alert(facts: FunnelFacts, settings: WageSettings, *, max_listed: int) -> Alert:
    """Return the alert of a wage funnel: employer, the controlled accounts, and the one their wages go to."""
    roles = [AccountRole(facts.controller, Role.CONTROLLER)]
    if facts.employer != facts.controller:
        roles.append(AccountRole(facts.employer, Role.EMPLOYER))
    roles += [AccountRole(account, Role.CONTROLLED) for account in facts.workers[:max_listed]]
    key = f"{facts.employer}\0{facts.controller}"
    return _alert(WAGE_FUNNEL, key, roles, facts, _funnel_reasons(facts, settings), max_listed)


def _funnel_reasons(facts: FunnelFacts, settings: WageSettings) -> list[Reason]:
    days = settings.within.total_seconds() / 86_400
    workers = len(facts.workers)
    reasons = [
        _reason(
            "workers",
            f"{workers} accounts paid by one employer pass their wages on to the same account",
            workers,
            "RF28",
            0.25 * min(1.0, workers / 6),
        ),
        _reason("months", f"in {facts.months} months", facts.months, "RF32", 0.25 * min(1.0, facts.months / 4)),
        _reason(
            "share",
            f"{facts.share:.0%} of the wages go on, on average",
            round(facts.share, 3),
            "RF32",
            0.3 * facts.share,
        ),
        _reason(
            "delay",
            f"half of them within {facts.delay_days:.1f} days of payday",
            round(facts.delay_days, 3),
            "RF26",
            0.1 * max(0.0, 1 - facts.delay_days / days),
        ),
    ]
    if facts.sharing:
        text = f"{facts.sharing:.0%} of the workers share a phone or an address with another, or with the controller"
        reasons.append(_reason("contacts", text, round(facts.sharing, 3), "RF27", 0.1 * facts.sharing))
    return reasons


def chain_alert(facts: ChainFacts, settings: ChainSettings, *, max_listed: int) -> Alert:
    """Return the alert of a pass-through chain: those it went through, who got it last, and who paid first."""
    roles = [AccountRole(account, Role.PASS_THROUGH) for account in facts.through]
    if facts.last is not None:
        roles.insert(0, AccountRole(facts.last, Role.COLLECTOR))
    if facts.first is not None:
        roles.append(AccountRole(facts.first, Role.UNKNOWN))
    return _alert(PASS_THROUGH, facts.transactions[0], roles, facts, _chain_reasons(facts, settings), max_listed)


def _chain_reasons(facts: ChainFacts, settings: ChainSettings) -> list[Reason]:
    steps, longest = len(facts.transactions), settings.within.total_seconds() / 3600
    quick = 1 - facts.hours / longest if longest else 1.0
    reasons = [
        _reason(
            "hands",
            f"the money went on through {len(facts.through)} accounts in {steps} payments",
            len(facts.through),
            "RF40",
            0.3 * min(1.0, steps / 6),
        ),
        _reason(
            "came_through",
            f"{facts.left:.0%} of it came out at the end; nobody kept more than {facts.kept:.0%}",
            round(facts.left, 3),
            "RF40",
            0.25 * facts.left,
        ),
        _reason(
            "stayed",
            f"it stayed nowhere longer than {facts.hours:.1f} hours",
            round(facts.hours, 3),
            "RF05",
            0.2 * max(0.0, quick),
        ),
    ]
    if facts.kept <= KEEPS_NOTHING or (facts.opened_days is not None and facts.opened_days < LATELY_DAYS):
        text = (
            "those it went through keep almost nothing or opened lately: "
            "they may be controlled by others and victims too"
        )
        reasons.append(_reason("through_controlled", text, round(facts.kept, 3), "NONE", 0.0))
    return reasons


def _reason(code: str, text: str, figure: float, flag: str, weight: float) -> Reason:
    source = RED_FLAGS[flag]
    said = source.source if source.confirmed else f"{source.source} (to be confirmed)"
    return Reason(code, text, float(figure), said, round(weight, 4), source.confirmed)


def _alert(
    pattern: str,
    key: str,
    roles: Sequence[AccountRole],
    facts: CollectionFacts | FunnelFacts | ChainFacts,
    reasons: Sequence[Reason],
    max_listed: int,
) -> Alert:
    score = round(min(1.0, sum(reason.weight for reason in reasons)), 4)
    return Alert(
        alert_id=_stable_id(pattern, key, facts.transactions),
        pattern=pattern,
        score=score,
        accounts=tuple(roles),
        transactions=tuple(facts.transactions[:max_listed]),
        start=facts.start,
        end=facts.end,
        amounts=facts.amounts,
        reasons=tuple(reasons),
        not_listed=max(0, len(facts.transactions) - max_listed),
    )


def _stable_id(pattern: str, key: str, transactions: Iterable[str]) -> str:
    """Return an id that depends on the pattern, its accounts and its transactions, not on their order."""
    digest = hashlib.sha256(f"{pattern}\0{key}".encode())
    for transaction in sorted(transactions):
        digest.update(b"\0" + transaction.encode())
    return digest.hexdigest()[:24]
