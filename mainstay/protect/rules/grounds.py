"""The grounds against punishing a (presumed) victim as data: each row's own words, and how the guard reads it."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "data"
READ = "text read"


class MeasureKind(StrEnum):
    """What was done against the person."""

    INVESTIGATION = "investigation"
    ARREST = "arrest"
    DETENTION = "detention"
    CHARGE = "charge"
    PROSECUTION = "prosecution"
    FINE = "fine"
    CONVICTION = "conviction"
    RECORD = "record"
    REMOVAL = "removal"


STAGES: Mapping[MeasureKind, frozenset[str]] = {
    MeasureKind.INVESTIGATION: frozenset({"investigate"}),
    MeasureKind.ARREST: frozenset({"detain"}),  # taking somebody's liberty, however briefly
    MeasureKind.DETENTION: frozenset({"detain"}),
    MeasureKind.CHARGE: frozenset({"charge"}),
    MeasureKind.PROSECUTION: frozenset({"prosecute"}),
    MeasureKind.FINE: frozenset({"punish"}),
    MeasureKind.CONVICTION: frozenset({"punish", "record"}),
    MeasureKind.RECORD: frozenset({"record"}),
    MeasureKind.REMOVAL: frozenset({"remove"}),
}
"""At which stage a measure stands, in the words of the rows."""
ORDER = ("investigate", "detain", "charge", "prosecute", "punish", "record")
"""What follows what; a removal stands apart."""


class Offence(StrEnum):
    """What the person is said to have done."""

    ENTRY_STAY = "entry_stay"
    DOCUMENTS = "documents"
    FALSE_STATEMENT = "false_statement"
    WORK = "work"
    SEX_WORK = "sex_work"
    DRUGS = "drugs"
    THEFT = "theft"
    FRAUD = "fraud"
    BEGGING = "begging"
    RECRUITING = "recruiting"
    CHILD_SOLDIER = "child_soldier"
    TERRORISM = "terrorism"
    VIOLENCE = "violence"
    OTHER = "other"


class Treaty(StrEnum):
    """What a country may be bound by, or a member of."""

    CETS197 = "CETS197"
    PALERMO = "PALERMO"
    SMUGGLING = "SMUGGLING"
    UNTOC = "UNTOC"
    CRC = "CRC"
    REFUGEE = "REFUGEE"
    ILO_P29 = "ILO-P29"
    ECHR = "ECHR"
    EU2011_36 = "EU2011-36"
    ACTIP = "ACTIP"
    ASEAN = "ASEAN"
    OSCE = "OSCE"


class Fact(StrEnum):
    """A fact that a ground may need; it holds, does not hold, or is not known."""

    COMPELLED = "compelled"
    DIRECT_CONSEQUENCE = "direct_consequence"
    RELATED = "related"
    DURING = "during"
    CHILD_AT_ACT = "child_at_act"
    CRIMINAL = "criminal"
    REASONABLE_GROUNDS = "reasonable_grounds"
    EXCLUDED = "excluded"
    REASONABLE_PERSON = "reasonable_person"
    PROPORTIONATE = "proportionate"
    ABROAD = "abroad"
    EXCEPTION_CLAIMED = "exception_claimed"
    FORCED_LABOUR = "forced_labour"
    CONFLICT = "conflict"
    RELEASED_FROM_GROUP = "released_from_group"
    REFUGEE = "refugee"
    CAME_DIRECTLY = "came_directly"
    FOR_BEING_SMUGGLED = "for_being_smuggled"
    TRAVEL_ON_REQUEST = "travel_on_request"
    BEFORE_DEPARTURE = "before_departure"
    TAKEN_OVER = "taken_over"
    FEDERAL = "federal"
    LOCAL_LAW_COVERS = "local_law_covers"
    OWN_REPORT = "own_report"
    PERMISSION_TO_PROSECUTE = "permission_to_prosecute"
    # known from the case itself
    VICTIM = "victim"
    RECOGNISED = "recognised"
    IDENTIFICATION_OPEN = "identification_open"
    REFLECTION_RUNNING = "reflection_running"
    CHILD = "child"
    PRESUMED_CHILD = "presumed_child"


FROM_THE_CASE = frozenset(
    {
        Fact.VICTIM,
        Fact.RECOGNISED,
        Fact.IDENTIFICATION_OPEN,
        Fact.REFLECTION_RUNNING,
        Fact.CHILD,
        Fact.PRESUMED_CHILD,
    }
)
"""Facts that nobody is asked for: the case tells them."""

Needs = tuple[tuple[str, ...], ...]
"""All of these, each of them by one of its facts; `!x` where x must not hold."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How the guard reads a row: whom it binds and which facts it needs."""

    does: str
    bound: str
    country: str = ""
    part: str = ""
    needs: Needs = ()
    link: Needs = ()
    adult: Needs | None = None
    child: Needs | None = None
    offences: frozenset[str] | None = None
    stopped: tuple[str, ...] = ()
    leaves_out: frozenset[str] = frozenset()
    free_offences: frozenset[str] = frozenset()
    free_needs: str = ""
    free_measures: frozenset[str] = frozenset()
    removal_for: frozenset[str] | None = None
    act_from: date | None = None
    taken_from: date | None = None

    def facts(self) -> frozenset[Fact]:
        """Return every fact that bears on the row."""
        groups = (*self.needs, *self.link, *(self.adult or ()), *(self.child or ()), self.stopped)
        named = {one.lstrip("!") for group in groups for one in group} | ({self.free_needs} - {""})
        by_age = {Fact.CHILD_AT_ACT.value} if self.adult is not None else set()
        return frozenset(Fact(one) for one in named | by_age)


@dataclass(frozen=True, slots=True)
class LegalGround:
    """One row: what it says, in our own words, and how it is read."""

    id: str
    instrument: str
    provision: str
    kind: str
    binding: str
    binds: str
    force: str
    rule: str
    offences_covered: str
    test: str
    test_note: str
    adult_child: str
    stages: frozenset[str]
    basis: str
    source: str
    read_as: str
    limits: tuple[str, ...]
    reading: Reading = field(repr=False)

    @property
    def to_be_confirmed(self) -> bool:
        """Say whether the text itself was not read: a lawyer confirms the row before anybody cites it."""
        return self.basis != READ

    @property
    def citation(self) -> str:
        """Return the row's name, as a document cites it."""
        return self.instrument if self.provision in ("", "-") else f"{self.instrument}, {self.provision}"


@cache
def grounds() -> tuple[LegalGround, ...]:
    """Return every ground, in the order of the data."""
    rows = json.loads((DATA / "non_punishment.json").read_text(encoding="utf-8"))["grounds"]
    readings = tomllib.loads((DATA / "guard.toml").read_text(encoding="utf-8"))
    return tuple(_ground(row, readings[row["id"]]) for row in rows)


def ground(ground_id: str) -> LegalGround:
    """Return one ground by its id."""
    return next(one for one in grounds() if one.id == ground_id)


def _ground(row: Mapping[str, Any], reading: Mapping[str, Any]) -> LegalGround:
    kept = {name: row[name] for name in LegalGround.__slots__ if name not in {"stages", "limits", "reading"}}
    limits = tuple(one for one in row["leads"] if one != "-")
    return LegalGround(**kept, stages=frozenset(row["stages"]), limits=limits, reading=_reading(reading))


def _reading(given: Mapping[str, Any]) -> Reading:
    free = given.get("free", {})
    return Reading(
        does=given["does"],
        bound=given["bound"],
        country=given.get("country", ""),
        part=given.get("part", ""),
        needs=_needs(given.get("needs", [])),
        link=_needs(given.get("link", [])),
        adult=_needs(given["adult"]) if "adult" in given else None,
        child=_needs(given["child"]) if "child" in given else None,
        offences=frozenset(given["offences"]) if "offences" in given else None,
        stopped=tuple(given.get("stopped", ())),
        leaves_out=frozenset(given.get("not", ())),
        free_offences=frozenset(free.get("offences", ())),
        free_needs=free.get("needs", ""),
        free_measures=frozenset(free.get("measures", ())),
        removal_for=frozenset(given["removal_for"]) if "removal_for" in given else None,
        act_from=given.get("act_from"),
        taken_from=given.get("taken_from"),
    )


def _needs(groups: list[list[str]]) -> Needs:
    return tuple(tuple(group) for group in groups)
