"""The languages of an XLSForm: a text that is given in one of them is given in all."""

import re
from collections.abc import Iterator, Sequence

from mainstay.core.errors import Fault
from mainstay.identify.engine.workbook import Sheet

TAGGED = re.compile(r"\(([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\)\s*$")
TEXTS = ("label", "hint", "guidance_hint", "constraint_message", "required_message")


def language_tag(language: str) -> str:
    """`العربية (ar)` is `ar`; a language without a code keeps its name."""
    found = TAGGED.search(language)
    return found.group(1) if found else language.strip()


def text_faults(survey: Sheet, choices: Sheet) -> Iterator[Fault]:
    """Name every text that is missing in a language of the form: labels, hints, messages, choices."""
    languages = list(dict.fromkeys(head for head in map(_language, survey.columns) if head))
    for sheet in (survey, choices):
        for kind in TEXTS:
            columns = [column for column in sheet.columns if column == kind or column.startswith(f"{kind}:")]
            if any(row[column] for row in sheet.rows for column in columns):
                yield from _missing_columns(sheet, kind, columns, languages)
                yield from _missing_cells(sheet, columns)


def _missing_columns(sheet: Sheet, kind: str, columns: Sequence[str], languages: Sequence[str]) -> Iterator[Fault]:
    """A language without a column; a column without a language serves every language."""
    if kind in columns:
        return
    have = {language_tag(_language(column)) for column in columns}
    for language in languages:
        if language_tag(language) not in have:
            expected = f"a column {f'{kind}::{language}'!r} with its texts, as in the other languages"
            yield Fault(expected, 1, f"{sheet.name}.{kind}::{language}", "nothing")


def _missing_cells(sheet: Sheet, columns: Sequence[str]) -> Iterator[Fault]:
    for row in sheet.rows:
        if any(row[column] for column in columns):
            for column in columns:
                if not row[column]:
                    expected = "a text in every language of the form"
                    yield Fault(expected, row.number, f"{sheet.name}.{column}", "nothing")


def _language(column: str) -> str:
    """The language in the head of a column of texts; media and the rest have none."""
    kind, _, language = column.partition(":")
    return language.lstrip(":").strip() if kind in TEXTS else ""
