"""The sheets of an XLSForm as rows of text, or one clear refusal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, cast
from zipfile import BadZipFile, ZipFile

from mainstay.core.errors import BadInputError, Fault

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MAX_FILE_BYTES = 10_000_000
MAX_UNPACKED_BYTES = 100_000_000
MAX_ROWS = 20_000
SHEETS = ("survey", "choices", "settings")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet: its number in the file, and its cells by column head, as trimmed text."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its column heads in order and its rows that are not empty."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


EMPTY = Sheet("", (), ())


def read_workbook(source: str, content: bytes) -> dict[str, Sheet]:
    """Return the survey, choices and settings sheets of an xlsx file; absent ones are left out."""
    from openpyxl import load_workbook  # slow to load, and few commands read a workbook

    _check_archive(source, content)
    try:
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
        sheets = {name.strip().lower(): book[name] for name in book.sheetnames}
        return {name: _read(name, cast("Worksheet", sheets[name])) for name in SHEETS if name in sheets}
    except BadInputError:
        raise
    except Exception as error:  # a damaged file fails anywhere inside the reader, with any error
        raise BadInputError(source, Fault("an Excel workbook (.xlsx)", found="a damaged file")) from error


def _check_archive(source: str, content: bytes) -> None:
    if not content:
        raise BadInputError(source, Fault("an XLSForm workbook (.xlsx)", found="an empty file"))
    if len(content) > MAX_FILE_BYTES:
        raise BadInputError(source, Fault("a workbook of at most 10 MB", found=f"{len(content) // 1_000_000} MB"))
    try:
        with ZipFile(BytesIO(content)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (BadZipFile, ValueError, OSError, NotImplementedError, UnicodeError) as error:
        raise BadInputError(source, Fault("an Excel workbook (.xlsx)", found="another kind of file")) from error
    if unpacked > MAX_UNPACKED_BYTES:
        raise BadInputError(source, Fault("a workbook of at most 100 MB unpacked", found="a larger one"))


def _read(name: str, sheet: "Worksheet") -> Sheet:
    lines = sheet.iter_rows(values_only=True)
    head = [_text(cell) for cell in next(lines, ())]
    rows = []
    for number, line in enumerate(lines, start=2):
        if number > MAX_ROWS:
            raise BadInputError(name, Fault(f"at most {MAX_ROWS} rows", row=number))
        cells = {column: text for column, cell in zip(head, line, strict=False) if column and (text := _text(cell))}
        if cells:
            rows.append(Row(number, cells))
    return Sheet(name, tuple(column for column in head if column), tuple(rows))


def _text(cell: object) -> str:
    """Spreadsheets turn names into numbers, dates and booleans; give back what the author sees."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell).replace("\xa0", " ").strip()
