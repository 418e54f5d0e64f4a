"""An instrument as plain JSON and back, so that a node keeps the very version that was asked."""

from collections.abc import Mapping
from typing import Any

from mainstay.identify.types import (
    Choice,
    Dimension,
    Element,
    Exploitation,
    Instrument,
    Judgement,
    Question,
    Strength,
    Urgent,
)

_PLAIN = ("name", "type", "required", "relevant", "constraint")
_TEXTS = ("labels", "hints", "constraint_messages")


def dump(instrument: Instrument) -> dict[str, Any]:
    """Return the definition of an instrument; its XForm is kept beside it."""
    return {
        "name": instrument.name,
        "version": instrument.version,
        "title": instrument.title,
        "languages": list(instrument.languages),
        **({"to_be_confirmed": instrument.to_be_confirmed} if instrument.to_be_confirmed else {}),
        "questions": [_dump_question(question) for question in instrument.questions],
    }


def load(definition: Mapping[str, Any], xform: str) -> Instrument:
    """Return the instrument of a definition."""
    return Instrument(
        name=definition["name"],
        version=definition["version"],
        title=definition["title"],
        languages=tuple(definition["languages"]),
        questions=tuple(_load_question(question) for question in definition["questions"]),
        xform=xform,
        to_be_confirmed=definition.get("to_be_confirmed", ""),
    )


def _dump_question(question: Question) -> dict[str, Any]:
    return {
        **{name: getattr(question, name) for name in _PLAIN},
        **{name: dict(getattr(question, name)) for name in _TEXTS},
        "choices": [
            {"name": c.name, "labels": dict(c.labels), "judgement": _dump_judgement(c.judgement)}
            for c in question.choices
        ],
        "judgement": _dump_judgement(question.judgement),
        "depends_on": list(question.depends_on),
    }


def _load_question(body: Mapping[str, Any]) -> Question:
    return Question(
        **{name: body[name] for name in (*_PLAIN, *_TEXTS)},
        choices=tuple(Choice(c["name"], c["labels"], _load_judgement(c["judgement"])) for c in body["choices"]),
        judgement=_load_judgement(body["judgement"]),
        depends_on=tuple(body["depends_on"]),
    )


def _dump_judgement(judgement: Judgement | None) -> dict[str, Any] | None:
    if judgement is None:
        return None
    return {
        "indicator": judgement.indicator,
        "strength": judgement.strength,
        "child_strength": judgement.child_strength,
        "dimension": judgement.dimension,
        "elements": list(judgement.elements),
        "urgent": list(judgement.urgent),
        "forms": list(judgement.forms),
    }


def _load_judgement(body: Mapping[str, Any] | None) -> Judgement | None:
    if body is None:
        return None
    return Judgement(
        indicator=body["indicator"],
        strength=Strength(body["strength"]) if body["strength"] else None,
        child_strength=Strength(body["child_strength"]) if body["child_strength"] else None,
        dimension=Dimension(body["dimension"]) if body["dimension"] else None,
        elements=tuple(Element(word) for word in body["elements"]),
        urgent=tuple(Urgent(word) for word in body["urgent"]),
        forms=tuple(Exploitation(word) for word in body["forms"]),
    )
