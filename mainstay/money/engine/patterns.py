"""The patterns that a scan looks for: each with its exact definition and its parameters."""

import inspect
from dataclasses import fields
from datetime import timedelta
from types import ModuleType
from typing import Any

from mainstay.money import rules
from mainstay.money.engine import (
    bookings,
    chains,
    debts,
    dormancy,
    fans,
    funnel_accounts,
    gathering,
    rings,
    scattering,
    stacks,
    structuring,
    wages,
    walks,
)
from mainstay.money.types import ScanSettings


def patterns() -> list[dict[str, Any]]:
    """Return name, title, definition and parameters (with their defaults, times in hours) of each pattern."""
    chosen = ScanSettings()
    return [
        _pattern(rules.FAN_IN, fans, chosen.fan_in),
        _pattern(rules.WAGE_FUNNEL, wages, chosen.wages),
        _pattern(rules.PASS_THROUGH, chains, chosen.chains),
        _pattern(rules.CYCLE, rings, chosen.cycles),
        _pattern(rules.DEBT, debts, chosen.debts),
        _pattern(rules.STRUCTURING, structuring, chosen.structuring),
        _pattern(rules.FUNNEL_ACCOUNT, funnel_accounts, chosen.funnel_accounts),
        _pattern(rules.SCATTER_GATHER, scattering, chosen.scatter),
        _pattern(rules.GATHER_SCATTER, gathering, chosen.gather),
        _pattern(rules.DORMANCY, dormancy, chosen.dormancy),
        _pattern(rules.BOOKINGS, bookings, chosen.bookings),
        _pattern(rules.STACK, stacks, chosen.stacks),
        _pattern(rules.WALK, walks, chosen.walks),
    ]


def _pattern(name: str, module: ModuleType, settings: Any) -> dict[str, Any]:
    title, _, definition = inspect.cleandoc(module.__doc__ or "").partition("\n\n")
    parameters = {f.name: getattr(settings, f.name) for f in fields(settings)}
    hours = {k: v.total_seconds() / 3600 if isinstance(v, timedelta) else v for k, v in parameters.items()}
    return {"name": name, "title": title, "definition": definition, "parameters": hours}
