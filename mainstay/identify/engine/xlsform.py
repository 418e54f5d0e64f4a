"""An XLSForm with our extra columns becomes an instrument; every fault of it is told at once."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mainstay.core.errors import BadInputError, Fault
from mainstay.identify.engine.judgements import JUDGEMENT_COLUMNS, dimension_faults, read_judgement
from mainstay.identify.engine.reachable import REFERENCE, reachability_faults
from mainstay.identify.engine.texts import language_tag, text_faults
from mainstay.identify.engine.workbook import EMPTY, Row, Sheet, read_workbook
from mainstay.identify.engine.xform import compile_form
from mainstay.identify.types import YES, Choice, Instrument, Judgement, Question

UNTAGGED = "default"
"""Language code of a label column without a language."""

ASKED = frozenset({"text", "integer", "decimal", "date", "time", "dateTime", "note", "acknowledge", "barcode",
                   "geopoint", "geotrace", "geoshape", "image", "audio", "video", "file", "range",
                   "select_one", "select_multiple", "select_one_from_file"})  # fmt: skip
TAKEN_ALONG = "appointments.csv"
"""The one list that comes from elsewhere: the appointments that a phone takes along."""
UNASKED = frozenset({"start", "end", "today", "deviceid", "phonenumber", "username", "email", "audit", "calculate",
                     "hidden", "background-audio", "start-geopoint"})  # fmt: skip
GROUPS = frozenset({"begin_group", "end_group"})
SYNONYMS = {"select one": "select_one", "select1": "select_one", "select multiple": "select_multiple",
            "begin group": "begin_group", "end group": "end_group", "int": "integer", "string": "text",
            "datetime": "dateTime", "photo": "image", "location": "geopoint", "begin repeat": "begin_repeat",
            "end repeat": "end_repeat", "select_one_from": "select_one", "trigger": "acknowledge"}  # fmt: skip
NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_.-]*$")
ROW_OF_PYXFORM = re.compile(r"\[row : (\d+)\]\s*")


def read_instrument(source: str | Path, content: bytes | None = None) -> Instrument:
    """Read an XLSForm file, or its bytes under the name `source`; raise BadInputError with every fault found."""
    path = Path(source)
    if content is None:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise BadInputError(source, Fault("a readable file", found=error.strerror)) from error
    return _Reader(path.name, read_workbook(path.name, content)).instrument()


class _Reader:
    """Goes once through the sheets and keeps the faults."""

    def __init__(self, source: str, sheets: dict[str, Sheet]) -> None:
        self.source = source
        self.survey = sheets.get("survey", EMPTY)
        self.choices = sheets.get("choices", EMPTY)
        self.settings = sheets.get("settings", EMPTY)
        self.faults: list[Fault] = []
        if "survey" not in sheets:
            self.faults.append(Fault("a sheet named 'survey'", field="survey"))

    def instrument(self) -> Instrument:
        self._check_columns()
        self._stop_if_faulty()
        lists = self._read_choices()
        questions = list(self._read_questions(lists))
        if not questions and not self.faults:
            self.faults.append(Fault("at least one question", field="survey"))
        self.faults.extend(text_faults(self.survey, self.choices))
        self.faults.extend(dimension_faults({"survey": self.survey.rows, "choices": self.choices.rows}))
        self.faults.extend(reachability_faults(self.survey.rows, {question.name: question for question in questions}))
        self._check_settings()
        self._stop_if_faulty()
        instrument = self._build(questions)
        self.faults.extend(compile_form(instrument.xform).faults(self._rows_by_name()))
        self._stop_if_faulty()
        return instrument

    def _stop_if_faulty(self) -> None:
        if self.faults:
            raise BadInputError(self.source, sorted(self.faults, key=lambda fault: (fault.row or 0, fault.field or "")))

    def _check_columns(self) -> None:
        for sheet, needed in ((self.survey, ("type", "name")), (self.choices, ("list_name", "name"))):
            missing = [column for column in needed if sheet is not EMPTY and column not in sheet.columns]
            self.faults.extend(Fault(f"a column {column!r}", row=1, field=sheet.name) for column in missing)
        for sheet in (self.survey, self.choices, self.settings):
            twice = [column for column, times in Counter(sheet.columns).items() if times > 1]
            self.faults.extend(Fault("a column used once", 1, f"{sheet.name}.{column}", column) for column in twice)

    def _read_choices(self) -> dict[str, tuple[Choice, ...]]:
        lists: dict[str, list[Choice]] = {}
        for row in self.choices.rows:
            if not row["list_name"]:
                continue
            taken = lists.setdefault(row["list_name"], [])
            fault = _name_fault(row["name"], {choice.name for choice in taken}, choice=True)
            if fault:
                self.faults.append(Fault(fault, row.number, "choices.name", row["name"] or "nothing"))
            judgement = read_judgement("choices", row, self.faults)
            taken.append(Choice(row["name"], _texts(row, "label"), judgement))
        return {name: tuple(choices) for name, choices in lists.items()}

    def _read_questions(self, lists: Mapping[str, tuple[Choice, ...]]) -> Iterator[Question]:
        names: set[str] = set()
        groups: list[Row] = []
        for row in self.survey.rows:
            kind, _, of = _kind(row["type"])
            if kind == "begin_group":
                groups.append(row)
            elif kind == "end_group":
                self._close(groups, row)
                continue
            if not self._is_sound(row, kind, names):
                continue
            names.add(row["name"])
            judgement = read_judgement("survey", row, self.faults)
            if kind in ASKED:
                yield self._question(row, kind, lists.get(of), judgement, groups)
        self.faults.extend(Fault("an end_group for this group", g.number, "survey.type", g["name"]) for g in groups)

    def _close(self, groups: list[Row], row: Row) -> None:
        if groups:
            groups.pop()
        else:
            self.faults.append(Fault("a begin_group before it", row.number, "survey.type", row["type"]))

    def _is_sound(self, row: Row, kind: str, names: set[str]) -> bool:
        if not kind or kind not in ASKED | UNASKED | GROUPS:
            expected = "no repeated group" if kind.endswith("_repeat") else "a question type that can be answered here"
            self.faults.append(Fault(expected, row.number, "survey.type", row["type"] or "nothing"))
            return False
        fault = _name_fault(row["name"], names)
        if fault:
            self.faults.append(Fault(fault, row.number, "survey.name", row["name"] or "nothing"))
        return fault is None

    def _question(
        self,
        row: Row,
        kind: str,
        choices: tuple[Choice, ...] | None,
        judgement: Judgement | None,
        groups: Sequence[Row],
    ) -> Question:
        if row["choice_filter"]:
            self.faults.append(Fault("no filter of choices", row.number, "survey.choice_filter", row["choice_filter"]))
        if kind == "select_one_from_file":
            self._check_file(row)
        elif kind.startswith("select_") and choices is None:
            self.faults.append(Fault("a list of the choices sheet", row.number, "survey.type", row["type"]))
        conditions = [r["relevant"] for r in (*groups, row) if r["relevant"]]
        question = Question(
            name=row["name"],
            type=kind,
            labels=_texts(row, "label"),
            hints=_texts(row, "hint"),
            choices=choices or (),
            required=row["required"],
            relevant=" and ".join(f"({condition})" for condition in conditions),
            constraint=row["constraint"],
            constraint_messages=_texts(row, "constraint_message"),
            judgement=judgement,
            depends_on=self._references(" ".join(conditions)),
        )
        if judgement and YES not in {choice.name for choice in question.choices}:
            expected = f"a choice named {YES!r} to carry this judgement (or the judgement on the choices)"
            self.faults.append(Fault(expected, row.number, "survey.type", row["type"]))
        return question

    def _check_file(self, row: Row) -> None:
        if row["type"].split()[1:] != [TAKEN_ALONG]:
            self.faults.append(Fault(f"the file {TAKEN_ALONG}, no other", row.number, "survey.type", row["type"]))

    def _references(self, expression: str) -> tuple[str, ...]:
        """Every question that an expression rests on, through calculations and through conditions."""
        rows = {row["name"]: row for row in self.survey.rows if row["name"]}
        seen: dict[str, None] = {}
        waiting = REFERENCE.findall(expression)
        while waiting:
            name = waiting.pop(0)
            if name in seen or name not in rows:
                continue
            seen[name] = None
            waiting += REFERENCE.findall(f"{rows[name]['calculation']} {rows[name]['relevant']}")
        return tuple(name for name in seen if _kind(rows[name]["type"])[0] in ASKED)

    def _build(self, questions: list[Question]) -> Instrument:
        settings, name = self._settings(), self._form_id()
        languages = tuple(dict.fromkeys(tag for question in questions for tag in question.labels))
        default = language_tag(settings["default_language"]) if settings["default_language"] else ""
        return Instrument(
            name=name,
            version=settings["version"],
            title=settings["form_title"] or settings["title"] or name,
            languages=tuple(sorted(languages, key=lambda tag: tag != default)) or (UNTAGGED,),
            questions=tuple(replace(question) for question in questions),
            xform=self._xform(name),
            to_be_confirmed=settings["to_be_confirmed"],
        )

    def _settings(self) -> Row:
        return self.settings.rows[0] if self.settings.rows else Row(2, {})

    def _form_id(self) -> str:
        settings = self._settings()
        return settings["form_id"] or settings["id_string"] or re.sub(r"[^A-Za-z0-9_]+", "_", Path(self.source).stem)

    def _check_settings(self) -> None:
        """One row, which names the form once and not at length."""
        settings = self._settings()
        for row in self.settings.rows[1:]:
            self.faults.append(Fault("one row of settings", row.number, "settings"))
        if settings["form_id"] and settings["id_string"] not in ("", settings["form_id"]):
            expected = "one name for the form (form_id is also called id_string)"
            self.faults.append(Fault(expected, settings.number, "settings.id_string", settings["id_string"]))
        for column, text, longest in (
            ("form_id", self._form_id(), 120),
            ("version", settings["version"], 60),
            ("form_title", settings["form_title"], 200),
        ):
            if len(text) > longest:
                self.faults.append(Fault(f"at most {longest} characters", settings.number, f"settings.{column}"))

    def _xform(self, name: str) -> str:
        """The XForm; what answers mean stays here and does not travel to the phone."""
        from pyxform.errors import PyXFormError  # takes a second to load: only who installs a form waits for it
        from pyxform.xls2xform import convert

        form: dict[str, Any] = {"sheet_names": ["survey", "choices", "settings"], "fallback_form_name": name}
        for sheet in (self.survey, self.choices, self.settings):
            if sheet is not EMPTY:
                columns = [column for column in sheet.columns if column not in (*JUDGEMENT_COLUMNS, "to_be_confirmed")]
                form[sheet.name] = _with_blank_rows(sheet, columns)
                form[f"{sheet.name}_header"] = [dict.fromkeys(columns)]
        try:
            return str(convert(form, validate=False).xform)
        except PyXFormError as error:
            self.faults.append(_fault_of(str(error)))
        except Exception:  # noqa: BLE001 - pyxform meets odd sheets with any error; the author needs a refusal, not a trace
            self.faults.append(Fault("a form that can be converted to an XForm", field="survey"))
        self._stop_if_faulty()
        return ""

    def _rows_by_name(self) -> dict[str, int]:
        return {row["name"]: row.number for row in self.survey.rows if row["name"]}


def _kind(cell: str) -> tuple[str, str, str]:
    """Split `select_one yes_no` into its kind and list."""
    for words, kind in SYNONYMS.items():
        if cell == words or cell.startswith(f"{words} "):
            return kind, "", cell[len(words) :].strip()
    kind, space, of = cell.partition(" ")
    return kind, space, of.split(" ")[0] if of else ""


def _name_fault(name: str, taken: set[str], *, choice: bool = False) -> str | None:
    if not name:
        return "a name"
    if name in taken:
        return "a name used once"
    if choice:
        return "a name without spaces" if re.search(r"\s", name) else None
    return None if NAME.match(name) else "a name of letters, digits, '_', '-' and '.', not starting with a digit"


def _texts(row: Row, column: str) -> dict[str, str]:
    prefix = f"{column}:"
    return {
        language_tag(head[len(prefix) :].lstrip(":")) if head != column else UNTAGGED: text
        for head, text in row.cells.items()
        if head == column or head.startswith(prefix)
    }


def _with_blank_rows(sheet: Sheet, columns: list[str]) -> list[dict[str, str]]:
    """Rows at their own place, so that pyxform names the row that the author sees."""
    by_number = {row.number: {c: row[c] for c in columns if row[c]} for row in sheet.rows}
    return [by_number.get(number, {}) for number in range(2, max(by_number, default=1) + 1)]


def _fault_of(message: str) -> Fault:
    row = ROW_OF_PYXFORM.search(message)
    text = " ".join(ROW_OF_PYXFORM.sub("", message).split())
    return Fault("a form that pyxform accepts", int(row.group(1)) if row else None, "survey", text)
