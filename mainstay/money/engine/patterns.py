"""The patterns that a scan looks for: each with its exact definition and its parameters."""

import inspect
from dataclasses import fields
from datetime import timedelta
from typing import Any

from mainstay.money import rules
from mainstay.money.engine import chains, fans, wages
from mainstay.money.types import ChainSettings, FanInSettings, WageSettings


def patterns() -> list[dict[str, Any]]:
    """Return name, title, definition and parameters (with their defaults, times in hours) of each pattern."""
    return [
        _pattern(rules.FAN_IN, fans.__doc__, FanInSettings()),
        _pattern(rules.WAGE_FUNNEL, wages.__doc__, WageSettings()),
        _pattern(rules.PASS_THROUGH, chains.__doc__, ChainSettings()),
    ]


def _pattern(name: str, text: str | None, settings: FanInSettings | WageSettings | ChainSettings) -> dict[str, Any]:
    title, _, definition = inspect.cleandoc(text or "").partition("\n\n")
    parameters = {f.name: getattr(settings, f.name) for f in fields(settings)}
    hours = {k: v.total_seconds() / 3600 if isinstance(v, timedelta) else v for k, v in parameters.items()}
    return {"name": name, "title": title, "definition": definition, "parameters": hours}
