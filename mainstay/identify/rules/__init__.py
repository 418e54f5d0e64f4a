"""From answers to a reasoned level: pure, without a clock, a database or a language."""

from collections.abc import Collection
from itertools import chain
from typing import Any

from mainstay.identify.rules.bounds import ADULTS, CHILDREN, Reach, Reading, read, settling
from mainstay.identify.rules.findings import age_status, is_indicated
from mainstay.identify.rules.reasons import Limits, because_of, explain
from mainstay.identify.rules.tables import Table, Verdict, forms_in_order, merge_indicators, tables
from mainstay.identify.types import (
    MISSING_VALUES,
    AgeStatus,
    Answers,
    Assessment,
    Classification,
    Elements,
    Exploitation,
    IndicatorFound,
    Instrument,
    Level,
    Urgent,
)

RANKED = (Level.NOT_INDICATED, Level.POSSIBLE, Level.LIKELY, Level.INDICATED)


def assess(instrument: Instrument, answers: Answers, child: bool | None, not_asked: Collection[str] = ()) -> Assessment:
    """Return what the answers indicate, why, and between which levels the missing answers leave it.

    `answers` hold only questions that the form asks; `not_asked` names those that its own conditions leave out given
    these answers. `child` is what is known of the person's age: under 18, of age, or not known.
    Sources: Palermo Protocol art. 3; CETS 197 art. 10(3); the Delphi survey of ILO and European Commission, 2009.
    """
    table = tables.of(instrument)
    reading = read(table, answers, not_asked)
    age = age_status(child, looks_young=table.shows_child(reading.present))
    verdict = table.verdict(reading.present, CHILDREN if age.protected_as_child else ADULTS)
    indicators = _indicators(table, reading, age)
    because = because_of(age, reading.shown, indicators)
    urgent_because = _urgent(reading)
    limits, settle = _limits(table, reading, child, not_asked)
    return Assessment(
        level=_level(verdict, limits),
        lowest=limits.lowest,
        highest=limits.highest,
        age=age,
        indicators=indicators,
        elements=verdict.elements[_open_elements(table, reading)],
        element_because=because.elements,
        dimensions=verdict.dimensions,
        classification=verdict.classification,
        forms=_forms(reading, verdict),
        urgent=tuple(urgent_because),
        urgent_because=urgent_because,
        reasons=explain(verdict, because, limits, judged=table.judged),
        unanswered=limits.unanswered,
        settle=settle,
    )


def as_document(assessment: Assessment) -> dict[str, Any]:
    """Return the assessment as the JSON document of the public interface."""
    elements: Elements = assessment.elements
    return {
        "level": assessment.level,
        "interval": {"lowest": assessment.lowest, "highest": assessment.highest},
        "age": assessment.age,
        "indicators": [
            {"name": i.name, "strength": i.strength, "dimension": i.dimension, "because": list(i.because)}
            for i in assessment.indicators
        ],
        "elements": {"act": elements.act, "means": elements.means, "purpose": elements.purpose},
        "elements_because": {element.value: list(names) for element, names in assessment.element_because.items()},
        "dimensions": list(assessment.dimensions),
        "classification": assessment.classification,
        "forms": list(assessment.forms),
        "urgent": list(assessment.urgent),
        "urgent_because": {need.value: list(names) for need, names in assessment.urgent_because.items()},
        "reasons": [
            {"code": r.code, "text": r.text, "source": r.source, "because": list(r.because)} for r in assessment.reasons
        ],
        "unanswered": list(assessment.unanswered),
        "settle": list(assessment.settle),
    }


def as_record(assessment: Assessment) -> dict[str, Any]:
    """Return the document with what is needed to say its reasons in another language."""
    document = as_document(assessment)
    for written, reason in zip(document["reasons"], assessment.reasons, strict=True):
        written |= {"template": reason.template, "values": dict(reason.values)}
    return document


def is_answered(answers: Answers, name: str) -> bool:
    """Return whether a question has an answer that says something."""
    return answers.get(name, "") not in ("", *MISSING_VALUES)


def _limits(
    table: Table, reading: Reading, child: bool | None, not_asked: Collection[str]
) -> tuple[Limits, tuple[str, ...]]:
    if not table.judged:
        return Limits(Level.NOT_INDICATED, Level.INDICATED, ()), ()
    reach = Reach(table, reading, child)
    lowest = reach.lowest(reading.certain, reach.ways())
    height = reach.highest(reading.present, reading.lasting, reading.certain)
    unanswered = tuple([row.name for row in reading.open_rows])
    limits = Limits(RANKED[lowest], RANKED[height.rank], unanswered)
    return limits, settling(reading, reach, lowest, height, not_asked)


def _level(verdict: Verdict, limits: Limits) -> Level:
    """No sign means `not indicated` only where the missing answers could not make it likely."""
    if verdict.level is Level.NOT_INDICATED and limits.highest.rank >= Level.LIKELY.rank:
        return Level.CANNOT_TELL
    return verdict.level


def _indicators(table: Table, reading: Reading, age: AgeStatus) -> tuple[IndicatorFound, ...]:
    of = age.protected_as_child
    found = chain.from_iterable([answer.indicators[of] for answer in reading.shown])
    return merge_indicators(found) if table.shares else tuple(found)


def _forms(reading: Reading, verdict: Verdict) -> tuple[Exploitation, ...]:
    named = frozenset[Exploitation]().union(*[answer.forms for answer in reading.shown if answer.forms])
    if verdict.classification is Classification.FORCED_LABOUR:
        named |= {Exploitation.FORCED_LABOUR}
    return forms_in_order(named)


def _urgent(reading: Reading) -> dict[Urgent, tuple[str, ...]]:
    """Each urgent need with the questions that it comes from."""
    showing = [answer for answer in reading.shown if answer.urgent]
    needs = [need for need in Urgent if any(need in answer.urgent for answer in showing)] if showing else []
    return {need: tuple([answer.question for answer in showing if need in answer.urgent]) for need in needs}


def _open_elements(table: Table, reading: Reading) -> int:
    """The bits of the elements that a missing answer could show, or that no question asks about."""
    bits = table.never_shown
    for row in reading.open_rows:
        bits |= row.can_show
    return bits


__all__ = ["as_document", "as_record", "assess", "is_answered", "is_indicated"]
