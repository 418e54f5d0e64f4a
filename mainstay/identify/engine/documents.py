"""The answers document of the public interface: `{"instrument", "version", "child", "answers"}`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from mainstay.core.errors import BadInputError, Fault
from mainstay.identify.engine.answering import asked, read_answers
from mainstay.identify.rules import assess
from mainstay.identify.types import Assessment, Instrument

MAX_BYTES = 5_000_000
KEYS = ("instrument", "version", "child", "answers")

FindInstrument = Callable[[str], Instrument | None]


@dataclass(frozen=True, slots=True)
class AnswersDocument:
    """A checked answers document."""

    instrument: Instrument
    child: bool | None
    answers: Mapping[str, str]


def read_file(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file; raise BadInputError where there is none."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInputError(path.name, Fault("a readable file", found=error.strerror)) from error
    if not content:
        raise BadInputError(path.name, Fault("a JSON object", found="an empty file"))
    if len(content) > MAX_BYTES:
        raise BadInputError(path.name, Fault(f"at most {MAX_BYTES // 1_000_000} MB"))
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise BadInputError(path.name, Fault("JSON", row=error.lineno, found=error.msg)) from error
    if not isinstance(document, dict):
        raise BadInputError(path.name, Fault("a JSON object", found=type(document).__name__))
    return document


def read_document(source: str, document: Mapping[str, Any], find: FindInstrument, *, today: date) -> AnswersDocument:
    """Check an answers document against the instrument it names; raise BadInputError with every fault."""
    faults = [Fault(f"one of {', '.join(KEYS)}", field=key, found="an unknown key") for key in document.keys() - KEYS]
    name, child, answers = document.get("instrument"), document.get("child"), document.get("answers")
    if not isinstance(name, str) or not name:
        faults.append(Fault("the name of an instrument", field="instrument", found=_kind(name)))
    if child is not None and not isinstance(child, bool):
        faults.append(Fault("true, false or null", field="child", found=_kind(child)))
    if not isinstance(answers, dict):
        faults.append(Fault("an object of question names and values", field="answers", found=_kind(answers)))
    if faults or not isinstance(name, str) or not isinstance(answers, dict):
        raise BadInputError(source, faults)
    instrument = find(name)
    if instrument is None:
        raise BadInputError(source, Fault("an instrument of this node", field="instrument", found=repr(name)))
    _check_version(source, instrument, document.get("version"))
    return AnswersDocument(instrument, child, read_answers(source, instrument, answers, today=today))


def with_draft(result: dict[str, Any], instrument: Instrument) -> dict[str, Any]:
    """Say in a result that the weights behind it are a draft, where they are."""
    return {**result, "to_be_confirmed": instrument.to_be_confirmed} if instrument.to_be_confirmed else result


def assess_document(document: AnswersDocument, *, today: date) -> Assessment:
    """Return the assessment of a checked document."""
    left_out = asked(document.instrument, document.answers, today=today).left_out
    return assess(document.instrument, document.answers, document.child, left_out)


def _check_version(source: str, instrument: Instrument, version: object) -> None:
    if version is None:
        return
    if isinstance(version, bool) or not isinstance(version, int | str) or str(version) != instrument.version:
        raise BadInputError(
            source,
            Fault(f"version {instrument.version} of {instrument.name}", field="version", found=str(version)[:40]),
        )


def _kind(value: object) -> str:
    return "nothing" if value is None else f"{type(value).__name__} {str(value)[:40]!r}"
