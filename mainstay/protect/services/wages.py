"""Keeping an estimate of unpaid wages, sealed, in the file of the person."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.protect.models import Case, WageCalculation
from mainstay.protect.rules.wages import Claim, Deduction, Payment, Period
from mainstay.protect.services.sharing import locked


@transaction.atomic
def keep_calculation(case: Case, claim: Claim, *, actor: User, now: datetime) -> WageCalculation:
    """Keep what an estimate is worked out from; the working follows from it each time it is opened."""
    access.require(actor, "protect.change_case", case)
    locked(case)
    row = WageCalculation(case=case, key_id=case.key_id, made_by=actor, made_at=now)
    row.claim = _as_json(asdict(claim))
    row.save()
    audit.record(actor, "protect.wages_kept", row, purpose=Purpose.ASSISTANCE)
    return row


@transaction.atomic
def open_calculation(row: WageCalculation, *, actor: User) -> Claim:
    """Return what an estimate was worked out from; the read is on the chain."""
    access.require(actor, "protect.read_identity", row.case)
    audit.record(actor, "protect.wages_read", row, purpose=Purpose.ASSISTANCE)
    return claim_of(row.claim.open())


def claim_of(kept: dict[str, Any]) -> Claim:
    """Return a claim out of what JSON holds of it."""
    return Claim(
        currency=kept["currency"],
        until=date.fromisoformat(kept["until"]),
        periods=tuple(Period(**_typed(each, {"start", "end"}, PERIOD_FIGURES)) for each in kept["periods"]),
        deductions=tuple(Deduction(**_typed(each, set(), {"amount"})) for each in kept["deductions"]),
        payments=tuple(Payment(**_typed(each, {"on"}, {"amount"})) for each in kept["payments"]),
        rate=Decimal(kept["rate"]),
        rate_source=kept["rate_source"],
    )


PERIOD_FIGURES = {"wage", "hours", "normal_hours", "days", "overtime_factor", "rest_hours", "rest_factor"}


def _typed(values: dict[str, Any], days: set[str], figures: set[str]) -> dict[str, Any]:
    return {
        name: date.fromisoformat(v) if name in days else Decimal(v) if name in figures else v
        for name, v in values.items()
    }


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(each) for each in value]
    return str(value) if isinstance(value, Decimal | date) else value
