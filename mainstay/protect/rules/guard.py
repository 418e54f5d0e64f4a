"""The non-punishment guard: which grounds speak against a measure, which may, which do not, and why.

It never says more than a row does: CETS 197 article 26 speaks of penalties, not of arrest or charge; the Palermo
Protocol has no such clause and is an argument only. What is not known is said as not known, and takes a ground from
"applies" to "may apply"; a row whose text was not read stays marked "to be confirmed" whatever it answers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from mainstay.protect.rules.grounds import (
    FROM_THE_CASE,
    ORDER,
    STAGES,
    Fact,
    LegalGround,
    MeasureKind,
    Offence,
    Reading,
    Treaty,
    grounds,
)

TIES = (Fact.RELATED, Fact.DIRECT_CONSEQUENCE, Fact.COMPELLED, Fact.DURING)
CRIMINAL_KINDS = frozenset({MeasureKind.CHARGE, MeasureKind.PROSECUTION, MeasureKind.CONVICTION, MeasureKind.RECORD})
"""Measures that criminal law alone knows; an arrest or a fine may be either."""


class Answer(StrEnum):
    """What the guard says of a ground."""

    APPLIES = "applies"
    MAY_APPLY = "may_apply"
    NOT_YET = "not_yet"
    SUPPORTS = "supports"
    WARNS = "warns"
    DOES_NOT = "does_not"


class Standing(StrEnum):
    """How the person stands in the identification."""

    PRESUMED = "presumed"
    IDENTIFIED = "identified"
    NOT_IDENTIFIED = "not_identified"


@dataclass(frozen=True, slots=True)
class MeasureFacts:
    """A measure against a (presumed) victim, and what is known around it.

    `bound` says by which treaties the country is bound: a treaty that is not in it is not known of. `known` holds
    facts that were asked: one that is not in it is not known.
    """

    kind: MeasureKind
    country: str
    taken_on: date
    offences: frozenset[Offence] = frozenset()
    part: str = ""
    act_on: date | None = None
    exploited_from: date | None = None
    exploited_until: date | None = None
    standing: Standing = Standing.PRESUMED
    child_now: bool | None = None
    presumed_child: bool = False
    reflection_running: bool = False
    known: Mapping[Fact, bool] = field(default_factory=dict)
    bound: Mapping[Treaty, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """What the guard says of one ground: why not, or what is missing, as codes.

    `fact:x` among `against` is a fact that had to hold and does not, `fact:!x` one that holds and must not.
    """

    ground: LegalGround
    answer: Answer
    against: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    only_offences: tuple[Offence, ...] = ()


def guard(facts: MeasureFacts, rows: Iterable[LegalGround] | None = None) -> tuple[Finding, ...]:
    """Return a finding for every ground, in the order of the data."""
    every = tuple(grounds() if rows is None else rows)
    has_own_law = any(row.reading.country == facts.country for row in every)
    return tuple(_find(row, facts, has_own_law=has_own_law) for row in every)


def facts_asked(facts: MeasureFacts) -> tuple[Fact, ...]:
    """Return the facts worth asking for: those that could still change what a ground answers here."""
    wanted: set[Fact] = set()
    asked = {f"fact:{fact}" for fact in facts.known}
    for finding in guard(facts):
        if finding.answer is not Answer.DOES_NOT or {code.replace("!", "") for code in finding.against} <= asked:
            wanted |= finding.ground.reading.facts()
    return tuple(fact for fact in Fact if fact in wanted - FROM_THE_CASE)


def held(facts: MeasureFacts) -> dict[Fact, bool | None]:
    """Return every fact as it holds for the measure: what was asked, and what the case and the days tell."""
    found: dict[Fact, bool | None] = {fact: facts.known.get(fact) for fact in Fact}
    standing = facts.standing
    found[Fact.VICTIM] = None if standing is Standing.NOT_IDENTIFIED else True
    found[Fact.RECOGNISED] = {Standing.IDENTIFIED: True, Standing.PRESUMED: None}.get(standing, False)
    found[Fact.IDENTIFICATION_OPEN] = standing is Standing.PRESUMED
    if standing is Standing.IDENTIFIED:
        found[Fact.REASONABLE_GROUNDS] = True
    found[Fact.REFLECTION_RUNNING] = facts.reflection_running
    found[Fact.PRESUMED_CHILD] = facts.presumed_child
    found[Fact.CHILD] = True if facts.presumed_child else facts.child_now
    if found[Fact.CHILD_AT_ACT] is None and found[Fact.CHILD]:
        found[Fact.CHILD_AT_ACT] = True  # who is a child now was one before
    if found[Fact.CRIMINAL] is None and facts.kind in CRIMINAL_KINDS:
        found[Fact.CRIMINAL] = True
    if found[Fact.DURING] is None:
        found[Fact.DURING] = _within(facts)
    if found[Fact.DIRECT_CONSEQUENCE] or found[Fact.COMPELLED]:
        found[Fact.RELATED] = True
    if _before_exploitation(facts):  # the days contradict a tie: somebody has to look before it is claimed
        for tie in TIES:
            found[tie] = False if found[tie] is False else None
    return found


def _within(facts: MeasureFacts) -> bool | None:
    if facts.act_on is None or facts.exploited_from is None:
        return None
    if facts.act_on < facts.exploited_from:
        return False
    if facts.exploited_until is None:
        return None
    return facts.act_on <= facts.exploited_until


def _before_exploitation(facts: MeasureFacts) -> bool:
    return facts.act_on is not None and facts.exploited_from is not None and facts.act_on < facts.exploited_from


def _find(row: LegalGround, facts: MeasureFacts, *, has_own_law: bool) -> Finding:
    if row.reading.does == "gap":
        return Finding(
            row, Answer.DOES_NOT if has_own_law else Answer.WARNS, ("own_law_loaded",) if has_own_law else ()
        )
    against, missing = _where(row.reading, facts)
    more_against, more_missing = _days(row.reading, facts)
    only, outside = _acts(row.reading, facts)
    fact_against, fact_missing = _facts(row.reading, facts)
    against += [*more_against, *outside, *fact_against]
    missing += [*more_missing, *fact_missing]
    if row.reading.offences is not None and not facts.offences:
        missing.append("offences")
    if _before_exploitation(facts) and any(f"fact:{tie}" in missing for tie in TIES):
        missing.append("days_contradict")
    reached, later = _stage(row, facts.kind)
    if row.reading.does != "rule":
        later = ()  # a limit, a warning or an argument is no ground that would speak later
    if against or not (reached or later):
        return Finding(row, Answer.DOES_NOT, (*against, *([] if reached or later else ["stage"])))
    if not reached:
        return Finding(row, Answer.NOT_YET, (), tuple(missing), later, only)
    return Finding(row, _answer(row.reading, missing), (), tuple(missing), (), only)


def _answer(reading: Reading, missing: list[str]) -> Answer:
    if reading.does == "support":
        return Answer.SUPPORTS
    if reading.does in {"limit", "warning"}:
        return Answer.WARNS
    return Answer.MAY_APPLY if missing else Answer.APPLIES


def _stage(row: LegalGround, kind: MeasureKind) -> tuple[bool, tuple[str, ...]]:
    """Say whether a row speaks of this measure; if not, of which later stages."""
    at = STAGES[kind]
    if at & row.stages and kind not in row.reading.leaves_out:
        return True, ()
    last = max((ORDER.index(stage) for stage in at if stage in ORDER), default=len(ORDER))
    return False, tuple(stage for stage in ORDER[last + 1 :] if stage in row.stages)


def _where(reading: Reading, facts: MeasureFacts) -> tuple[list[str], list[str]]:
    """Whether the row binds where the measure was taken."""
    if reading.bound == "all":
        return [], []
    if reading.bound != "law":
        is_bound = facts.bound.get(Treaty(reading.bound))
        if is_bound is None:
            return [], [f"treaty:{reading.bound}"]
        return ([] if is_bound else [f"treaty:{reading.bound}"]), []
    if reading.country != facts.country:
        return ["country"], []
    if reading.part and not facts.part:
        return [], ["part"]
    return (["part"] if reading.part and reading.part != facts.part else []), []


def _days(reading: Reading, facts: MeasureFacts) -> tuple[list[str], list[str]]:
    """Whether act and measure fall into the days that the row covers."""
    if reading.taken_from is not None and facts.taken_on < reading.taken_from:
        return ["before_in_force"], []
    if reading.act_from is None:
        return [], []
    if facts.act_on is None:
        return [], ["act_on"]
    return (["before_in_force"] if facts.act_on < reading.act_from else []), []


def _acts(reading: Reading, facts: MeasureFacts) -> tuple[tuple[Offence, ...], list[str]]:
    """Which of the acts a closed list covers, and whether it covers none."""
    covered = reading.removal_for if facts.kind is MeasureKind.REMOVAL else reading.offences
    covered = covered if covered is not None else reading.offences
    if covered is None or not facts.offences:
        return (), []
    within = tuple(sorted(one for one in facts.offences if one in covered))
    if not within:
        return (), ["offences"]
    return (within if len(within) < len(facts.offences) else ()), []


def _facts(reading: Reading, facts: MeasureFacts) -> tuple[list[str], list[str]]:
    """Which facts speak against the row, and which it still needs."""
    found = held(facts)
    against = [f"fact:!{name}" for name in reading.stopped if found[Fact(name)]]
    missing: list[str] = []
    needs = reading.needs
    if not _is_free(reading, facts, found):
        needs += reading.link
        if reading.adult is not None and reading.child is not None:
            by_age = found[Fact.CHILD_AT_ACT]
            if by_age is None:
                return _either(reading, found, against)
            needs += reading.child if by_age else reading.adult
    for group in needs:
        _weigh(group, found, against, missing)
    return against, missing


def _is_free(reading: Reading, facts: MeasureFacts, found: Mapping[Fact, bool | None]) -> bool:
    """Say whether the row asks for no tie between act and exploitation: for some measures or acts it does not."""
    if facts.kind in reading.free_measures:
        return True
    within = bool(facts.offences) and facts.offences <= reading.free_offences
    return within and (not reading.free_needs or bool(found[Fact(reading.free_needs)]))


def _either(reading: Reading, found: Mapping[Fact, bool | None], against: list[str]) -> tuple[list[str], list[str]]:
    """Weigh the test for adults and the one for children, where the age at the act is not known."""
    missing: list[str] = []
    for group in reading.needs:
        _weigh(group, found, against, missing)
    tests = []
    for needs in (reading.adult or (), reading.child or ()):
        no: list[str] = []
        unknown: list[str] = []
        for group in needs:
            _weigh(group, found, no, unknown)
        tests.append((no, unknown))
    if all(no for no, _unknown in tests):
        return against + [code for no, _unknown in tests for code in no], missing
    if all(not no and not unknown for no, unknown in tests):
        return against, missing
    more = dict.fromkeys(code for no, unknown in tests if not no for code in unknown)
    return against, [*missing, f"fact:{Fact.CHILD_AT_ACT}", *more]


def _weigh(group: tuple[str, ...], found: Mapping[Fact, bool | None], against: list[str], missing: list[str]) -> None:
    values = [_value(name, found) for name in group]
    if any(values):
        return
    if None in values:
        missing.extend(f"fact:{name.lstrip('!')}" for name, value in zip(group, values, strict=True) if value is None)
    else:
        against.extend(f"fact:{name}" for name in group)


def _value(name: str, found: Mapping[Fact, bool | None]) -> bool | None:
    value = found[Fact(name.lstrip("!"))]
    return (None if value is None else not value) if name.startswith("!") else value
