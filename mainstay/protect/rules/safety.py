"""How much danger a person is in, and when to ask again: words about risk to them, never about risk from them.

No instrument with published figures stands behind it: the levels, what leads and the days are this node's working
values. They order attention and set a day to ask again; they decide nothing about the person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Domain(StrEnum):
    """What may put a person in danger."""

    WHEREABOUTS_KNOWN = "whereabouts_known"
    THREATS = "threats"
    DEBTS = "debts"
    FAMILY = "family"
    CONTACT = "contact"
    SELF_HARM = "self_harm"
    HEALTH = "health"
    HOUSING = "housing"
    TRAVEL = "travel"
    DIGITAL = "digital"


class Level(StrEnum):
    """How much danger comes from one domain, or from all of them."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    UNKNOWN = "unknown"


LEADING = (Domain.WHEREABOUTS_KNOWN, Domain.THREATS, Domain.CONTACT, Domain.FAMILY, Domain.SELF_HARM)
"""Domains of which one at "high" makes the whole "high": harm may come before anybody asks again. Working value."""
REASSESS_DAYS = {Level.HIGH: 7, Level.MEDIUM: 30, Level.LOW: 90, Level.NONE: 90, Level.UNKNOWN: 7}
"""Working values: no instrument sets them; an agency may ask sooner."""
MANY_MEDIUM = 3
_ORDER = (Level.NONE, Level.LOW, Level.MEDIUM, Level.HIGH)


class Because(StrEnum):
    """Why the overall level is what it is."""

    LEADING_HIGH = "leading_high"
    SEVERAL_HIGH = "several_high"
    ONE_HIGH = "one_high"
    MANY_MEDIUM = "many_medium"
    LEADING_UNKNOWN = "leading_unknown"
    HIGHEST = "highest"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Overall:
    """The overall level, why it is that, and which domains led to it."""

    level: Level
    because: Because
    leads: tuple[Domain, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What one domain was before and is now; `worse` is None where one of them is not known, or nothing changed."""

    domain: Domain
    before: Level
    now: Level
    worse: bool | None


def overall(levels: Mapping[Domain, Level]) -> Overall:
    """Return the overall level. What is not known never counts as safe: about a leading domain it is "medium".

    In this order: a leading domain at "high", or two domains at "high", is "high"; one other at "high", three at
    "medium", or a leading one not known, is "medium"; else the highest level. Nothing asked at all is "not known".
    """
    at = {level: tuple(d for d in Domain if levels.get(d, Level.UNKNOWN) is level) for level in Level}
    if len(at[Level.UNKNOWN]) == len(Domain):
        return Overall(Level.UNKNOWN, Because.NOT_ASKED, tuple(Domain))
    if leading := tuple(d for d in at[Level.HIGH] if d in LEADING):
        return Overall(Level.HIGH, Because.LEADING_HIGH, leading)
    if len(at[Level.HIGH]) > 1:
        return Overall(Level.HIGH, Because.SEVERAL_HIGH, at[Level.HIGH])
    if at[Level.HIGH]:
        return Overall(Level.MEDIUM, Because.ONE_HIGH, at[Level.HIGH])
    if len(at[Level.MEDIUM]) >= MANY_MEDIUM:
        return Overall(Level.MEDIUM, Because.MANY_MEDIUM, at[Level.MEDIUM])
    if unknown := tuple(d for d in at[Level.UNKNOWN] if d in LEADING):
        return Overall(Level.MEDIUM, Because.LEADING_UNKNOWN, unknown)
    highest = next(level for level in reversed(_ORDER) if at[level])
    return Overall(highest, Because.HIGHEST, at[highest] if highest is not Level.NONE else ())


def ask_again(assessed: date, level: Level) -> date:
    """Return the day by which to assess again: the sooner, the higher the level."""
    return assessed + timedelta(days=REASSESS_DAYS[level])


def compare(before: Mapping[Domain, Level], now: Mapping[Domain, Level]) -> list[Change]:
    """Return domain by domain what changed between two assessments; unchanged ones are left out."""
    pairs = [(d, before.get(d, Level.UNKNOWN), now.get(d, Level.UNKNOWN)) for d in Domain]
    return [Change(d, old, new, _is_worse(old, new)) for d, old, new in pairs if old is not new]


def _is_worse(before: Level, now: Level) -> bool | None:
    if Level.UNKNOWN in {before, now}:
        return None
    return _ORDER.index(now) > _ORDER.index(before)
