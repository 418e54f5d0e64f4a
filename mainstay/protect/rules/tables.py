"""Leaving rows and columns of a spreadsheet out before it leaves: the table is written anew, with values alone.

What else a workbook holds (formulas, comments, hidden sheets' marks, names of who wrote it) is not in what goes.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mainstay.protect.rules.exchange import harmless
from mainstay.protect.rules.redaction import BAR

MOST_CELLS = 500_000
DELIMITERS = ",;\t|"
LOOKED_AT = 20
"""So many rows of a text have to have as many cells each before it is read as a table."""


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet: its name (none in a text), and its rows of values."""

    name: str
    rows: list[list[Any]]

    @property
    def width(self) -> int:
        """How many columns its widest row has."""
        return max((len(row) for row in self.rows), default=0)


@dataclass(frozen=True, slots=True)
class Cells:
    """What is left out of one sheet: whole rows (from 1) and whole columns (from 1)."""

    sheet: str
    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()

    def as_json(self) -> dict[str, Any]:
        """Return the marks as they are kept."""
        return {"sheet": self.sheet, "rows": sorted(self.rows), "columns": sorted(self.columns)}


def cells_of(kept: Mapping[str, Any]) -> Cells:
    """Return the marks out of what is kept of them."""
    return Cells(kept["sheet"], frozenset(kept["rows"]), frozenset(kept["columns"]))


def read_text(text: str) -> Grid | None:
    """Return the table that a text is (CSV); None where it is none."""
    sign = _delimiter(text)
    return _grid(text, sign) if sign else None


def read_workbook(content: bytes) -> list[Grid] | None:
    """Return the sheets of a workbook with their values, hidden ones too; None where it is damaged, or huge."""
    from openpyxl import load_workbook  # slow to load, and few pages read a workbook

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        grids, count = [], 0
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # a file may claim any size
            rows: list[list[Any]] = []
            for row in sheet.iter_rows(values_only=True):
                count += max(1, len(row))
                if count > MOST_CELLS:
                    return None
                rows.append(list(row))
            grids.append(Grid(sheet.title, rows))
    except Exception:  # noqa: BLE001 - a damaged workbook fails anywhere in its reader; it is then not marked at all
        return None
    return grids


def text_without(text: str, marks: Iterable[Cells]) -> str:
    """Return a table of text with bars in what is left out; one bar for all of it where it is no table."""
    sign = _delimiter(text)
    if not sign:
        return BAR
    out = io.StringIO()
    csv.writer(out, delimiter=sign, lineterminator="\n").writerows(_barred(_grid(text, sign), marks))
    return out.getvalue()


def workbook_without(content: bytes, marks: Iterable[Cells]) -> bytes | None:
    """Return a workbook written anew with bars in what is left out; None where it cannot be read."""
    from openpyxl import Workbook

    grids = read_workbook(content)
    if grids is None:
        return None
    marks = list(marks)
    book = Workbook(write_only=True)
    for grid in grids:
        sheet = book.create_sheet(grid.name)
        for row in _barred(grid, marks):
            sheet.append([harmless(value) if isinstance(value, str) else value for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def is_all(grids: Iterable[Grid], marks: Iterable[Cells]) -> bool:
    """Say whether marks leave nothing of any sheet."""
    marks = list(marks)
    return all(all(value == BAR for value in row) for grid in grids for row in _barred(grid, marks))


def read_places(text: str, *, letters: bool) -> set[int] | None:
    """Return rows (`2, 5-7`) or columns (`A, C-E`) that somebody wrote, from 1; None where it is neither."""
    from openpyxl.utils import column_index_from_string

    places: set[int] = set()
    for word in re.split(r"[\s,;]+", text.strip().upper()):
        found = re.fullmatch(r"([A-Z]{1,3}|\d{1,7})(?:-([A-Z]{1,3}|\d{1,7}))?", word)
        if not word:
            continue
        if found is None:
            return None
        first, last = found[1], found[2] or found[1]
        if first.isdigit() is letters or last.isdigit() is letters:
            return None
        begins, ends = (column_index_from_string(one) if letters else int(one) for one in (first, last))
        if not 1 <= begins <= ends <= MOST_CELLS:
            return None
        places |= set(range(begins, ends + 1))
    return places


def said_places(places: Iterable[int], *, letters: bool) -> str:
    """Return rows or columns as somebody would write them."""
    from openpyxl.utils import get_column_letter

    return ", ".join(get_column_letter(one) if letters else str(one) for one in sorted(places))


def _barred(grid: Grid, marks: Iterable[Cells]) -> list[list[Any]]:
    mine = [mark for mark in marks if mark.sheet == grid.name]
    rows = frozenset().union(*(mark.rows for mark in mine))
    columns = frozenset().union(*(mark.columns for mark in mine))
    if not mine:
        return grid.rows
    return [
        [BAR if number in rows or place in columns else value for place, value in enumerate(row, start=1)]
        for number, row in enumerate(grid.rows, start=1)
    ]


def _grid(text: str, sign: str) -> Grid:
    return Grid("", list(csv.reader(io.StringIO(text), delimiter=sign)))


def _delimiter(text: str) -> str:
    for sign in DELIMITERS:
        try:
            rows = list(csv.reader(io.StringIO(text), delimiter=sign))[:LOOKED_AT]
        except csv.Error:
            continue
        widths = {len(row) for row in rows if row}
        if len(rows) > 1 and len(widths) == 1 and widths.pop() > 1:
            return sign
    return ""
