"""Small instruments and workbooks for the tests."""

from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook

from mainstay.identify.rules.indicators import INDICATORS
from mainstay.identify.types import Choice, Element, Instrument, Judgement, Question, Strength

SHARED = Path(__file__).resolve().parents[3] / "shared"
YES_NO = tuple(Choice(name, {"en": name}) for name in ("yes", "no", "declined", "not_asked"))


def shared(*parts: str) -> Path:
    """Return a file of the shared folder beside the project, or skip the test."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the shared folder with {'/'.join(parts)} is not beside the project")
    return path


def judgement(indicator: str = "", *elements: str, strength: Strength | None = None) -> Judgement:
    """Return a judgement; weights and dimension come from the list of indicators."""
    known = INDICATORS.get(indicator)
    return Judgement(
        indicator=indicator,
        strength=strength or (known.adult if known else None),
        child_strength=strength or (known.child if known else None),
        dimension=known.dimension if known else None,
        elements=tuple(Element(element) for element in elements),
    )


def asks(name: str, meaning: Judgement | None, depends_on: tuple[str, ...] = ()) -> Question:
    """Return a yes-or-no question whose yes carries a meaning."""
    return Question(name, "select_one", {"en": name}, choices=YES_NO, judgement=meaning, depends_on=depends_on)


def an_instrument(*questions: Question) -> Instrument:
    """Return an instrument of these questions (without a form behind it)."""
    return Instrument("made_up", "1", "Made up", ("en",), questions, "")


def indicator_instrument() -> Instrument:
    """Return an instrument with one question for each indicator, named for it."""
    return an_instrument(*(asks(key, judgement(key)) for key in INDICATORS))


Rows = list[list[str]]


def workbook(survey: Rows | None, choices: Rows | None = None, settings: Rows | None = None) -> bytes:
    """Return the bytes of an XLSForm with these rows, heads first."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in (("survey", survey), ("choices", choices), ("settings", settings)):
        if rows is not None:
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
    if not book.worksheets:
        book.create_sheet("about")
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()
