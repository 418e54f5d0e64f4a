"""Alerts out of facts: a score that adds up, reasons with their sources, and who may be a report's subject.

Sources are red flags published by financial intelligence units and the FATF. Where the source's own
wording was not read, `confirmed` is false and the reason says "to be confirmed".
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from mainstay.money.types import PROTECTED_ROLES, AccountRole, Alert, Reason, Role

NO_SUBJECT = frozenset({Role.UNKNOWN, Role.PASS_THROUGH, Role.ADVERTISER})
LATELY_DAYS = 180
"""How long before what is looked at an account was opened, for it to count as opened lately."""


@dataclass(frozen=True, slots=True)
class RedFlag:
    """A published indicator: where it stands, and whether its wording was read there."""

    source: str
    confirmed: bool


RED_FLAGS = {
    "RF01": RedFlag("RF01: funnel account: cash in at many places, out elsewhere soon (FIN-2014-A008)", True),
    "RF02": RedFlag("RF02: many apparently unrelated senders, one beneficiary (FIN-2014-A008)", True),
    "RF05": RedFlag("RF05: rapid turnover (FIN-2014-A008; FinCEN alert, January 2023)", True),
    "RF07": RedFlag("RF07: many originators in different regions, one person (FinCEN alert, January 2023)", True),
    "RF11": RedFlag("RF11: spending that looks like keeping several people, beyond profile (FIN-2020-A008)", True),
    "RF21": RedFlag("RF21: hotels booked again and again, with air or rail tickets (FINTRAC 2016)", True),
    "RF23": RedFlag("RF23: payments for escort advertising (FINTRAC 2016)", True),
    "RF25": RedFlag("RF25: small transfers from many people (FINTRAC-2021-OA001)", False),
    "RF26": RedFlag("RF26: wages passed on at once (FATF/APG 2018; AUSTRAC)", False),
    "RF27": RedFlag("RF27: employees' accounts share address or phone (FATF/APG 2018; OSCE 2019)", False),
    "RF28": RedFlag("RF28: deductions from many workers to one payee on payday (FATF/APG 2018; FIN-2020-A008)", False),
    "RF30": RedFlag("RF30: recruiter paid from abroad in sums of like size (FIN-2020-A008; Polaris)", False),
    "RF32": RedFlag("RF32: most or all money handed to one account (AUSTRAC, Fintel Alliance 2022)", True),
    "RF36": RedFlag("RF36: burst of payments in, then one or a few out (case reports on ransom)", True),
    "RF38": RedFlag("RF38: collector account, rapid transfer on (FATF 2022, migrant smuggling)", False),
    "RF40": RedFlag("RF40: what comes in goes out, next to nothing stays (FATF 2022, migrant smuggling)", True),
    "CIRCLE": RedFlag("Payments that go in a circle (FATF/Egmont 2021, trade-based laundering)", False),
    "STRUCTURING": RedFlag(
        "Sums broken down to stay under what is reported (31 CFR 1010.100(xx); FFIEC manual, G)", True
    ),
    "DORMANT": RedFlag("Account silent for long, then suddenly busy (FATF, FFIEC: indicators)", False),
    "NONE": RedFlag("Mainstay: caution about who acts", True),
}


CAUTIONS = {
    "between_controlled": "it is not known that those between act for themselves: "
    "they may be controlled by others and victims too",
    "used_by_others": "it is not known that the holder uses the account alone: "
    "it may be lent, sold or taken from a victim",
}


class Facts(Protocol):
    """What every pattern's facts have."""

    @property
    def transactions(self) -> Sequence[str]:
        """Ids of the transactions."""

    @property
    def start(self) -> datetime:
        """Moment of the first."""

    @property
    def end(self) -> datetime:
        """Moment of the last."""

    @property
    def amounts(self) -> dict[str, str]:
        """Sum by currency, as decimal text."""


def reportable_subjects(alert: Alert) -> tuple[str, ...]:
    """Return the accounts that a report may name as its subject.

    Never one that has role `controlled` or `payer` in the alert: its holder may be a victim, or
    pay for one (Palermo Protocol art. 6; CETS 197 art. 26). An account that money only went through
    is no subject either: its holder may have been made to let it be used; nor is a business that was
    paid for adverts.
    """
    protected = {account.account_id for account in alert.accounts if account.role in PROTECTED_ROLES}
    named = (a.account_id for a in alert.accounts if a.role not in NO_SUBJECT)
    return tuple(dict.fromkeys(account for account in named if account not in protected))


def reason(code: str, text: str, figure: float, flag: str, weight: float) -> Reason:
    """Return a ground with the published flag that it rests on, by its number in `RED_FLAGS`."""
    source = RED_FLAGS[flag]
    said = source.source if source.confirmed else f"{source.source} (to be confirmed)"
    return Reason(code, text, float(figure), said, round(weight, 4), source.confirmed)


def quickness(taken: float, most: float) -> float:
    """Return how quick something was: 1 at once, 0 where it took the most that is allowed; 1 where that is nothing."""
    return max(0.0, 1 - taken / most) if most else 1.0


def abroad(share: float | None, flag: str) -> list[Reason]:
    """Return the ground that payers pay from another country, by their share; none where it is not known."""
    if share is None:
        return []
    text = f"{share:.0%} of the payers pay from another country"
    return [reason("abroad", text, round(share, 3), flag, 0.1 * share)]


def stayed(hours: float, longest: timedelta) -> Reason:
    """Return the ground that money stayed nowhere for long, by the longest time and the longest that is allowed."""
    weight = 0.2 * quickness(hours, longest.total_seconds() / 3600)
    return reason("stayed", f"it stayed nowhere longer than {hours:.1f} hours", round(hours, 3), "RF05", weight)


def came_through(left: float, kept: float, most: float) -> Reason:
    """Return the ground that money came out at the end: what is left of it, the largest share kept, its most weight."""
    text = f"{left:.0%} of it came out at the end; nobody kept more than {kept:.0%}"
    return reason("came_through", text, round(left, 3), "RF40", most * left)


def is_new(opened_days: int | None) -> bool:
    """Say whether an account was opened lately, or nobody knows: its holder may not be who uses it."""
    return opened_days is None or opened_days < LATELY_DAYS


def caution(code: str, opened_days: int | None, figure: float) -> list[Reason]:
    """Return one of the `CAUTIONS` about accounts that are new, the newest of them opened so many days before."""
    return [reason(code, CAUTIONS[code], figure, "NONE", 0.0)] if is_new(opened_days) else []


def alert_of(
    pattern: str,
    key: str,
    roles: Sequence[AccountRole],
    facts: Facts,
    reasons: Sequence[Reason],
    max_listed: int,
) -> Alert:
    """Return the alert of facts with its roles and reasons; `key` tells apart alerts with the same transactions."""
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
