"""Cases out of files that people wrote: HTCDS 2.0 and Primero v2, as CSV or JSON; pure, and nothing is dropped.

**HTCDS**: the columns are read by field name or by label. IOM's spreadsheet (`htcds_spreadsheet_v2.0.xlsx`, read
2026-11) has two heads: its second row holds the labels, its first the field names, of which several stand over the
wrong label (`prs_MailingCity` over "Mailing Street") and one is missing; so that where both heads are there, the label
wins. Its first column numbers the rows and has no head: it names nobody.

**Primero v2**: `GET /api/v2/cases` answers `{"data": [{"id", "age", "sex", "name", "owned_by", "created_at",
"case_id_display", "registration_date", …}], "metadata": …}` (primeroIMS/primero, app/controllers/api/v2/docs/cases/
get.md); its JSON export is a list of records whose fields lie in `data` (app/models/exporters/json_exporter.rb), its
CSV export has one column a field after `id` (csv_exporter.rb). What a field is called beyond those is the site's own
configuration, so that every field that is not known here is kept as it was said.

A value that has no own place is kept as it was said, by its column. A fault says where it is and what was expected,
never what was written there.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from mainstay.core.errors import Fault
from mainstay.protect.rules.cell_values import (
    HTCDS,
    HTCDS_SEX,
    PRIMERO_SEX,
    RowFaultError,
    RowValues,
    age_of,
    codes_of,
    country_of,
    fold,
    group_at,
    group_born,
)
from mainstay.protect.rules.exchange import COLUMNS, OWN, REFERENCE, htcds_fields, plain_again

MOST_SIGNS = 20_000
MOST_ROWS = 100_000
PRIMERO = "primero"


@dataclass(frozen=True, slots=True)
class FoundCase:
    """One person as a file tells of them: what gets its own place here, and what is kept as it was said."""

    row: int
    external_id: str
    sealed: dict[str, str]
    sex: str = "unknown"
    age_group: str = "unknown"
    forms: tuple[str, ...] = ()
    citizenship: str = ""
    needs: tuple[str, ...] = ()
    known_since: date | None = None
    kept: dict[str, Any] = field(default_factory=dict)
    said: str = ""

    @property
    def named_by(self) -> str:
        """What names the person in the file: their number there, or else all that it says of them."""
        return f"id:{self.external_id}" if self.external_id else f"row:{self.said}"


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A file of cases, read: its form, whom it tells of, its faults by row, and how many rows are empty."""

    form: str
    found: tuple[FoundCase, ...]
    faults: tuple[Fault, ...]
    empty: int = 0
    rows: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)


def read_cases(content: bytes, suffix: str, *, today: date, dates: str = "") -> CaseFile:
    """Read a file of cases; what cannot be read of it is listed as faults, row by row, without what was written.

    `dates` says how days with two readings are meant (`dmy` or `mdy`); left out, such a day is kept as it was said.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return CaseFile("", (), (Fault("text in UTF-8", found="other bytes"),))
    try:
        rows = list(_json_rows(text) if suffix == ".json" else _csv_rows(text))
    except RowFaultError as error:
        return CaseFile("", (), (Fault(error.expected, field=error.column or None, found=error.found),))
    columns = {name for _number, row, _extra in rows for name in row}
    form = _form_of(columns)
    if not form:
        expected = "columns of HTCDS 2.0 (prs_FirstName or 'First Name', …) or of Primero (id, case_id_display, …)"
        return CaseFile("", (), (Fault(expected, row=1, found="none of them"),))
    if len(rows) > MOST_ROWS:
        return CaseFile(form, (), (Fault(f"at most {MOST_ROWS} rows", found=str(len(rows))),))
    return _read_rows(form, rows, today, dates)


def _read_rows(form: str, rows: list[tuple[int, dict[str, Any], bool]], today: date, dates: str) -> CaseFile:
    found: list[FoundCase] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    empty = 0
    for number, row, too_wide in rows:
        try:
            if too_wide:
                raise RowFaultError("", "no more cells than there are columns", "more")
            one = _one(form, number, row, today, dates)
            if one is None:
                empty += 1
                continue
            if one.external_id and one.external_id in seen:
                name = "id" if form == PRIMERO else REFERENCE
                raise RowFaultError(name, "each person once", f"the same as in row {seen[one.external_id]}")
        except RowFaultError as error:
            faults.append(Fault(error.expected, row=number, field=error.column or None, found=error.found))
            continue
        if one.external_id:
            seen[one.external_id] = number
        found.append(one)
    bad = {fault.row for fault in faults}
    said = {number: row for number, row, _wide in rows if number in bad}
    return CaseFile(form, tuple(found), tuple(faults), empty, said)


def _csv_rows(text: str) -> Iterator[tuple[int, dict[str, Any], bool]]:
    sample = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=sample.count)
    try:
        lines = [
            (number, cells) for number, cells in _lines(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        ]
    except csv.Error:
        raise RowFaultError("", "a table of values set apart by commas", "a broken line") from None
    if not lines:
        raise RowFaultError("", "a head and at least one row", "an empty file")
    head, body = _head(lines)
    for number, cells in body:
        row = {name: plain_again(cell) for name, cell in zip(head, cells, strict=False) if name}
        unnamed = {
            f"column {at + 1}": cell for at, (n, cell) in enumerate(zip(head, cells, strict=False)) if not n and at
        }
        row |= {name: cell for name, cell in unnamed.items() if cell.strip()}
        yield number, row, any(cell.strip() for cell in cells[len(head) :])


def _lines(reader: Any) -> Iterator[tuple[int, list[str]]]:
    for cells in reader:
        yield reader.line_num, cells


def _head(lines: list[tuple[int, list[str]]]) -> tuple[list[str], list[tuple[int, list[str]]]]:
    first = [cell.strip() for cell in lines[0][1]]
    second = [cell.strip() for cell in lines[1][1]] if len(lines) > 1 else []
    labels = sum(1 for cell in second if cell in _by_label())
    if labels >= 3 and any(cell in _field_names() for cell in first):  # IOM's spreadsheet: the labels are right
        wide = max(len(first), len(second))
        first, second = (cells + [""] * (wide - len(cells)) for cells in (first, second))
        return [_named(label) or name for name, label in zip(first, second, strict=True)], lines[2:]
    return [_named(cell) for cell in first], lines[1:]


def _named(head: str) -> str:
    return head if head in _field_names() else _by_label().get(head, head)


def _field_names() -> frozenset[str]:
    return frozenset(name for name, _label, _kind in htcds_fields())


def _by_label() -> dict[str, str]:
    """Fields by label; of two with one label the earlier, which is the person's or the case's."""
    labels: dict[str, str] = {"Trafficking Status Decision Making Organ": "vic_TraffickingStatusDecisionMakingOrg"}
    for name, label, _kind in htcds_fields():
        labels.setdefault(label, name)
    return labels


def _json_rows(text: str) -> Iterator[tuple[int, dict[str, Any], bool]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise RowFaultError("", "a JSON document", "something else") from None
    if isinstance(document, dict):
        document = document.get("cases", document.get("data", document))
    records = document if isinstance(document, list) else [document]
    if not records:
        raise RowFaultError("", "at least one case", "an empty list")
    for number, record in enumerate(records, 1):
        if not isinstance(record, dict):
            raise RowFaultError("", "a list of objects, one a case", f"something else at {number}")
        inner = record.get("data")
        row = {**{k: v for k, v in record.items() if k != "data"}, **inner} if isinstance(inner, dict) else record
        yield number, {str(name): value for name, value in row.items() if name != f"{OWN}Withheld"}, False


def _form_of(columns: set[str]) -> str:
    if len(columns & {*_field_names(), *COLUMNS.values(), REFERENCE}) >= 2:
        return HTCDS
    primero = {"case_id_display", "case_id", "registration_date", "owned_by", "age", "sex", "name", "name_first"}
    return PRIMERO if "id" in columns and len(columns & primero) >= 2 else ""


def _one(form: str, number: int, row: Mapping[str, Any], today: date, dates: str) -> FoundCase | None:
    values = {name: value for name, value in row.items() if not _is_empty(value)}
    for name, value in values.items():
        _check(name, value)
    if not values:
        return None
    said = json.dumps(values, sort_keys=True, ensure_ascii=False)
    one = (_from_primero if form == PRIMERO else _from_htcds)(number, RowValues(dict(values), today, dates))
    return replace(one, said=said)


def _is_empty(value: Any) -> bool:
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())


def _check(name: str, value: Any) -> None:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if len(text) > MOST_SIGNS:
        raise RowFaultError(name, f"at most {MOST_SIGNS} signs", f"{len(text)} signs")
    if any(ord(sign) < 32 and sign not in "\t\r\n" for sign in text) or _has_halves(text):
        raise RowFaultError(name, "text without control characters", "a control character")


def _has_halves(text: str) -> bool:
    return any(0xD800 <= ord(sign) <= 0xDFFF for sign in text)


def _from_htcds(number: int, row: RowValues) -> FoundCase:
    sealed: dict[str, str] = {}
    parts = [row.text(name) for name in ("prs_FirstName", "prs_MiddleName", "prs_SecondName")]
    sealed["name"] = " ".join(part for part in parts if part)
    sealed["phone"] = row.text("prs_MobilePhone") or row.text("prs_HomePhone")
    birth = row.day("prs_Birthdate")
    sealed["birth_date"] = birth.isoformat() if birth else row.text("prs_Birthdate")
    for name, column in COLUMNS.items():
        if column.startswith(OWN) and name not in {"needs", "forms"}:
            sealed[name] = row.text(column)
    sex = row.coded("prs_Gender", HTCDS_SEX)
    return FoundCase(
        row=number,
        external_id=row.text(REFERENCE),
        sealed={name: value for name, value in sealed.items() if value},
        sex=sex[0] if len(sex) == 1 else "unknown",
        age_group=group_born(birth, row.today),
        forms=row.coded("vic_TypeOfExploitation", codes_of("vic_TypeOfExploitation")),
        citizenship=country_of(row, "prs_Citizenship"),
        needs=row.coded(COLUMNS["needs"], {fold(n): n for n in NEEDS}),
        known_since=row.day("cas_IncomingReferralDate"),
        kept=row.values,
    )


NEEDS = (
    "shelter", "health", "legal", "interpreter", "food", "money", "papers", "education", "work", "family", "return",
    "safety", "psychological", "childcare", "compensation", "resettlement",
)  # fmt: skip


def _from_primero(number: int, row: RowValues) -> FoundCase:
    external = row.text("id") or row.text("case_id")
    parts = [row.text(name) for name in ("name_first", "name_middle", "name_last")]
    joined = " ".join(part for part in parts if part)
    said = row.text("name")
    if joined and said and fold(joined) != fold(said):
        row.values["name"] = said
    birth = row.day("date_of_birth")
    age = age_of(row)
    sex = row.coded("sex", PRIMERO_SEX)
    sealed = {
        "name": joined or said,
        "birth_date": birth.isoformat() if birth else row.text("date_of_birth"),
        "phone": row.text("telephone_current", "telephone"),
    }
    return FoundCase(
        row=number,
        external_id=external,
        sealed={name: value for name, value in sealed.items() if value},
        sex=sex[0] if len(sex) == 1 else "unknown",
        age_group=group_born(birth, row.today) if birth else group_at(age),
        citizenship=country_of(row, "nationality"),
        known_since=row.day("registration_date"),
        kept={**row.values, **({"age": age} if age is not None else {})},
    )
