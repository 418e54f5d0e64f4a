"""From answers to a reasoned level: pure, without a clock, a database or a language."""

from collections.abc import Collection, Sequence
from typing import Any

from mainstay.identify.rules.bounds import Bounds, bounds, is_answered, signs_of
from mainstay.identify.rules.findings import (
    Findings,
    age_status,
    bears_on,
    classify,
    elements_of,
    find,
    is_indicated,
    level_of,
)
from mainstay.identify.rules.reasons import explain, questions_for
from mainstay.identify.types import (
    Answers,
    Assessment,
    Classification,
    Dimension,
    Element,
    Elements,
    Exploitation,
    Instrument,
    Level,
    Question,
    Sign,
    Urgent,
)

PALERMO_ELEMENTS = (Element.ACT, Element.MEANS, Element.PURPOSE)


def assess(instrument: Instrument, answers: Answers, child: bool | None, not_asked: Collection[str] = ()) -> Assessment:
    """Return what the answers indicate, why, and between which levels the missing answers leave it.

    `answers` hold only questions that the form asks; `not_asked` names those that its own conditions leave out given
    these answers. `child` is what is known of the person's age: under 18, of age, or not known.
    Sources: Palermo Protocol art. 3; CETS 197 art. 10(3); the Delphi survey of ILO and European Commission, 2009.
    """
    signs = signs_of(instrument.questions, answers)
    found = find(signs, age_status(child, signs))
    limits = bounds(instrument, answers, child, not_asked)
    judged = any(question.bears_on_level for question in instrument.questions)
    if not judged:
        limits = Bounds(Level.NOT_INDICATED, Level.INDICATED, ())
    return Assessment(
        level=_level(found, limits),
        lowest=limits.lowest,
        highest=limits.highest,
        age=found.age,
        indicators=found.indicators,
        elements=elements_of(found, _open_elements(instrument, limits.unanswered)),
        element_because={element: questions_for(signs, element) for element in PALERMO_ELEMENTS},
        dimensions=tuple(dimension for dimension in Dimension if dimension in found.dimensions),
        classification=classify(found) if judged else None,
        forms=_forms(signs, found),
        urgent=tuple(need for need in Urgent if _questions_with(signs, need)),
        urgent_because={need: because for need in Urgent if (because := _questions_with(signs, need))},
        reasons=explain(found, signs, limits, judged=judged),
        unanswered=limits.unanswered,
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
    }


def as_record(assessment: Assessment) -> dict[str, Any]:
    """Return the document with what is needed to say its reasons in another language."""
    document = as_document(assessment)
    for written, reason in zip(document["reasons"], assessment.reasons, strict=True):
        written |= {"template": reason.template, "values": dict(reason.values)}
    return document


def _level(found: Findings, limits: Bounds) -> Level:
    """No sign means `not indicated` only where the missing answers could not make it likely."""
    level = level_of(found)
    if level is Level.NOT_INDICATED and limits.highest.rank >= Level.LIKELY.rank:
        return Level.CANNOT_TELL
    return level


def _forms(signs: Sequence[Sign], found: Findings) -> tuple[Exploitation, ...]:
    named = {form for sign in signs for form in sign.judgement.forms}
    if classify(found) is Classification.FORCED_LABOUR:
        named.add(Exploitation.FORCED_LABOUR)
    return tuple(form for form in Exploitation if form in named)


def _questions_with(signs: Sequence[Sign], need: Urgent) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sign.question for sign in signs if need in sign.judgement.urgent))


def _open_elements(instrument: Instrument, unanswered: Collection[str]) -> frozenset[Element]:
    """The elements that a missing answer could show, or that no question asks about."""
    return frozenset(
        element
        for element in PALERMO_ELEMENTS
        if not any(_can_show(q, element) for q in instrument.questions)
        or any(_can_show(q, element) for q in instrument.questions if q.name in unanswered)
    )


def _can_show(question: Question, element: Element) -> bool:
    judgements = [question.judgement, *(choice.judgement for choice in question.choices)]
    return any(bears_on(Sign(question.name, "", judgement), element) for judgement in judgements if judgement)


__all__ = ["as_document", "as_record", "assess", "is_answered", "is_indicated"]
