"""An instrument as a browser without network asks it: questions, conditions and urgent needs, no other judgement."""

from typing import Any

from mainstay.identify.engine.xform import compile_form
from mainstay.identify.types import Instrument, Judgement, Question


def for_phone(instrument: Instrument) -> dict[str, Any]:
    """Return what a browser needs to ask an instrument by itself.

    Of what answers mean only the urgent needs travel, because they are seen to before there is a line.
    Indicators, strengths, elements and forms stay on the node.
    """
    return {
        "name": instrument.name,
        "version": instrument.version,
        "title": instrument.title,
        "languages": list(instrument.languages),
        "questions": [_question(question) for question in instrument.questions],
        **compile_form(instrument.xform).outline(),
    }


def _question(question: Question) -> dict[str, Any]:
    return {
        "name": question.name,
        "type": question.type,
        "labels": dict(question.labels),
        "hints": dict(question.hints),
        "messages": dict(question.constraint_messages),
        "urgent": _urgent(question.judgement),
        "choices": [
            {"name": choice.name, "labels": dict(choice.labels), "urgent": _urgent(choice.judgement)}
            for choice in question.choices
        ],
    }


def _urgent(judgement: Judgement | None) -> list[str]:
    return [] if judgement is None else list(judgement.urgent)
