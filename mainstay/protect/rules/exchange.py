"""How a case is written in HTCDS 2.0 and in a workbook, and what a passphrase has to be; without Django.

Field names are those of the Human Trafficking Case Data Standard 2.0 of the International Organization for Migration
(UNMigration/HTCDS, CC BY 4.0), kept as data in `htcds_fields.json`. HTCDS has no field for a case's own number, for
health, for what happened in a person's words or for a safe way to reach them: those stand in columns that begin with
`mainstay_`, which another program may leave out.
"""

import csv
import io
import json
import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

OWN = "mainstay_"
REFERENCE = f"{OWN}Reference"
COLUMNS: dict[str, str] = {
    "name": "prs_FirstName",
    "birth_date": "prs_Birthdate",
    "phone": "prs_MobilePhone",
    "safe_contact": f"{OWN}SafeContact",
    "health": f"{OWN}Health",
    "route": f"{OWN}Route",
    "story": f"{OWN}Story",
    "exploiter_name": f"{OWN}ControllerName",
    "exploiter_phone": f"{OWN}ControllerPhone",
    "exploiter_account": f"{OWN}CollectorAccount",
    "forms": "vic_TypeOfExploitation",
    "needs": f"{OWN}Needs",
    "names": f"{OWN}OtherNames",
    "papers": f"{OWN}IdentityDocuments",
    "relatives": f"{OWN}Family",
    "stations": f"{OWN}Stations",
    "facts": f"{OWN}Facts",
    "involved": f"{OWN}Involved",
    "accounts": f"{OWN}InvolvedAccounts",
}
DO_NOT_CALL = f"{OWN}DoNotCall"
"""Why, or outside which hours, the person is not to be called; empty where they agreed to calls at any hour."""
DOCUMENTS = f"{OWN}Documents"
"""Titles, kinds and sizes of documents; their bytes are in no table."""
"""Where each field of a case that may leave is written. A name stays whole: no rule says where it would be cut."""
WITHHELD_COLUMNS = (REFERENCE, "field", "why")
LIST_SIGN = ";"
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
LEAST_PASSPHRASE = 12
LEAST_BITS = 50
"""age stretches a passphrase with scrypt (2^18 in our library's choice); with that, 50 bits of guessing is years of
rented machines. The estimate below is rough and on the low side: it takes signs as if chosen one by one."""


@dataclass(frozen=True, slots=True)
class ExportedCase:
    """What leaves of one case: its reference, the values by field, and why each other field stays.

    `do_not_call` stands beside a number that leaves: why, or at which hours, it is not to be called.
    """

    reference: str
    values: Mapping[str, Any]
    withheld: Mapping[str, str]
    do_not_call: str = ""


@cache
def htcds_fields() -> tuple[tuple[str, str, str], ...]:
    """Return every field of HTCDS 2.0 in its order: name, label, type."""
    text = (Path(__file__).parent / "htcds_fields.json").read_text(encoding="utf-8")
    return tuple((name, label, kind) for name, label, kind in json.loads(text)["fields"])


@cache
def columns() -> tuple[str, ...]:
    """Return the columns of an export: our number, those of HTCDS that a case fills in the order of HTCDS, ours."""
    used = set(COLUMNS.values())
    standard = [name for name, _label, _kind in htcds_fields() if name in used]
    return (REFERENCE, *standard, *(name for name in COLUMNS.values() if name.startswith(OWN)), DO_NOT_CALL, DOCUMENTS)


def as_row(case: ExportedCase) -> dict[str, str]:
    """Return one case by column; a list is joined by semicolons, as HTCDS's own multiselect columns are."""
    row = {COLUMNS[name]: _text(value) for name, value in case.values.items() if name in COLUMNS}
    documents = [value for name, value in case.values.items() if name.startswith("document:")]
    warning = {DO_NOT_CALL: case.do_not_call} if case.do_not_call else {}
    return {REFERENCE: case.reference, **row, **warning, **({DOCUMENTS: _text(documents)} if documents else {})}


def harmless(text: str) -> str:
    """Return a cell that no program for tables takes for a formula (CWE-1236): an apostrophe goes before it."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def plain_again(text: str) -> str:
    """Return a cell as it was before `harmless`."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_SIGNS) else text


def write(kind: str, cases: Sequence[ExportedCase], head: Mapping[str, str]) -> tuple[str, bytes]:
    """Return the file's ending and bytes: `htcds_csv` (a zip of tables), `htcds_json` or `xlsx`."""
    return {"htcds_csv": _as_csv, "htcds_json": _as_json, "xlsx": _as_workbook}[kind](cases, head)


def _as_csv(cases: Sequence[ExportedCase], head: Mapping[str, str]) -> tuple[str, bytes]:
    out = io.BytesIO()
    about = [["about", "value"], *([name, value] for name, value in head.items())]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in (("cases.csv", _rows(cases)), ("withheld.csv", _withheld(cases)), ("about.csv", about)):
            text = io.StringIO()
            csv.writer(text).writerows([[harmless(cell) for cell in row] for row in rows])
            archive.writestr(zipfile.ZipInfo(name), text.getvalue().encode("utf-8-sig"))
    return "zip", out.getvalue()


def _as_json(cases: Sequence[ExportedCase], head: Mapping[str, str]) -> tuple[str, bytes]:
    def body(case: ExportedCase) -> dict[str, Any]:
        row: dict[str, Any] = {name: value for name, value in as_row(case).items() if value}
        lists = {COLUMNS[n]: list(v) for n, v in case.values.items() if isinstance(v, list | tuple) and n in COLUMNS}
        return {**row, **lists, f"{OWN}Withheld": dict(case.withheld)}

    document = {"standard": "HTCDS", "version": "2.0", "about": dict(head), "cases": [body(case) for case in cases]}
    return "json", json.dumps(document, ensure_ascii=False, indent=1).encode()


def _as_workbook(cases: Sequence[ExportedCase], head: Mapping[str, str]) -> tuple[str, bytes]:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    about = [["about", "value"], *([name, value] for name, value in head.items())]
    for title, rows in (("cases", _rows(cases)), ("withheld", _withheld(cases)), ("about", about)):
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "B2"
        for number, row in enumerate(rows):
            sheet.append([_cell(sheet, harmless(value), bold=not number) for value in row])
    out = io.BytesIO()
    book.save(out)
    return "xlsx", out.getvalue()


def _cell(sheet: Any, text: str, *, bold: bool) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font

    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)[:32_767])
    cell.data_type = "s"
    cell.font = Font(bold=bold)
    return cell


def _rows(cases: Sequence[ExportedCase]) -> list[list[str]]:
    rows = [as_row(case) for case in cases]
    return [[*columns()], *([row.get(name, "") for name in columns()] for row in rows)]


def _withheld(cases: Sequence[ExportedCase]) -> list[list[str]]:
    lines = [[case.reference, COLUMNS.get(name, name), why] for case in cases for name, why in case.withheld.items()]
    return [[*WITHHELD_COLUMNS], *lines]


def _text(value: Any) -> str:
    if isinstance(value, dict) or (isinstance(value, list | tuple) and any(isinstance(v, dict) for v in value)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return LIST_SIGN.join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def is_weak_passphrase(text: str) -> bool:
    """Say whether a passphrase is too short, or made of so little that a machine guesses it.

    At least 12 signs, not one of few different ones, and about 50 bits by the kinds of signs in it; three words or
    more count by their length.
    """
    words = text.split()
    if len(text) < LEAST_PASSPHRASE or len(set(text.casefold())) < 6:
        return True
    kinds = ((str.islower, 26), (str.isupper, 26), (str.isdigit, 10), (lambda c: not c.isalnum(), 20))
    size = sum(count for is_kind, count in kinds if any(is_kind(sign) for sign in text)) or 26
    distinct = len("".join(dict.fromkeys(words)))  # a word said twice is no second word
    return min(distinct, len(text)) * math.log2(size) < LEAST_BITS
