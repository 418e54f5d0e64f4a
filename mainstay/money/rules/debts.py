"""Recruitment-fee debt: what an occurrence means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.money.rules.alerts import abroad, alert_of, quickness, reason
from mainstay.money.types import AccountRole, Alert, DebtSettings, Reason, Role

DEBT = "recruitment_debt"


@dataclass(frozen=True, slots=True)
class DebtFacts:
    """What is known of one recruitment-fee debt.

    `begun_days` is how far apart the payers began, `payments` what half of the series have at least, `alike` the share
    of series with the sum that is paid most often, `of_all` the share of the payers among all who pay the receiver;
    `abroad` the share that pays from another country, None where unknown.
    """

    receiver: str
    payers: Sequence[str]
    transactions: Sequence[str]
    start: datetime
    end: datetime
    amounts: dict[str, str]
    period_days: int
    begun_days: float
    payments: int
    alike: float
    of_all: float
    abroad: float | None = None


def debt_alert(facts: DebtFacts, settings: DebtSettings, *, max_listed: int) -> Alert:
    """Return the alert of a recruitment-fee debt: who is paid, and those who pay and may be held by their debt."""
    roles = [AccountRole(facts.receiver, Role.COLLECTOR)]
    roles += [AccountRole(account, Role.PAYER) for account in facts.payers[:max_listed]]
    return alert_of(DEBT, f"{facts.receiver}\0{facts.period_days}", roles, facts, _reasons(facts, settings), max_listed)


def _reasons(facts: DebtFacts, settings: DebtSettings) -> list[Reason]:
    payers, span = len(facts.payers), settings.span.total_seconds() / 86_400
    other = "rent, school fees and savings clubs look alike: ask what is paid for, and whether the payers chose to"
    return [
        reason(
            "debtors",
            f"{payers} accounts pay the same one a fixed sum about every {facts.period_days} days",
            payers,
            "RF28",
            0.25 * min(1.0, payers / (2 * settings.min_payers)),
        ),
        reason(
            "begun_together",
            f"all of them began within {facts.begun_days:.1f} days",
            round(facts.begun_days, 3),
            "RF28",
            0.1 + 0.1 * quickness(facts.begun_days, span),
        ),
        reason(
            "instalments",
            f"half of them made {facts.payments} payments or more",
            facts.payments,
            "RF28",
            0.15 * min(1.0, facts.payments / (2 * settings.min_payments)),
        ),
        reason(
            "same_sum",
            f"{facts.alike:.0%} of them pay the same sum",
            round(facts.alike, 3),
            "RF28",
            0.15 * facts.alike,
        ),
        reason(
            "of_all_payers",
            f"they are {facts.of_all:.0%} of all who pay this account",
            round(facts.of_all, 3),
            "RF30",
            0.1 * facts.of_all,
        ),
        *abroad(facts.abroad, "RF30"),
        reason("other_fees", other, payers, "NONE", 0.0),
    ]
