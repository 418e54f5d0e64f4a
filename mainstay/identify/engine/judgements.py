"""Our extra columns of an XLSForm: what an answer means."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from mainstay.core.errors import Fault
from mainstay.identify.engine.workbook import Row
from mainstay.identify.rules.indicators import INDICATORS
from mainstay.identify.types import MISSING_VALUES, Dimension, Element, Exploitation, Judgement, Strength, Urgent

JUDGEMENT_COLUMNS = ("indicator", "strength", "dimension", "element", "urgent", "form")
OWN_PREFIX = "x_"

Word = TypeVar("Word", bound=StrEnum)


def read_judgement(sheet: str, row: Row, faults: list[Fault]) -> Judgement | None:
    """Return what a row says its answer means, or None where it says nothing; faults are added to the list."""
    if not any(row[column] for column in JUDGEMENT_COLUMNS):
        return None
    found = list(_faults(sheet, row))
    faults.extend(found)
    if found:
        return None
    known = INDICATORS.get(row["indicator"])
    strength = Strength(row["strength"]) if row["strength"] else None
    dimension = Dimension(row["dimension"]) if row["dimension"] else None
    return Judgement(
        indicator=row["indicator"],
        strength=strength or (known.adult if known else None),
        child_strength=strength or (known.child if known else None),
        dimension=dimension or (known.dimension if known else None),
        elements=_words(row, "element", Element),
        urgent=_words(row, "urgent", Urgent),
        forms=_words(row, "form", Exploitation),
    )


def _words(row: Row, column: str, kind: type[Word]) -> tuple[Word, ...]:
    return tuple(kind(word) for word in row[column].split())


def _faults(sheet: str, row: Row) -> Iterator[Fault]:
    kinds: dict[str, type[StrEnum]] = {
        "strength": Strength,
        "dimension": Dimension,
        "element": Element,
        "urgent": Urgent,
        "form": Exploitation,
    }
    for column, kind in kinds.items():
        many = column in ("element", "urgent", "form")
        words = row[column].split() if many else [row[column]]
        for word in words:
            if word and word not in list(kind):
                yield Fault(f"one of {', '.join(kind)}", row=row.number, field=f"{sheet}.{column}", found=word)
    yield from _indicator_faults(sheet, row)
    if sheet == "choices" and row["name"] in MISSING_VALUES:
        yield Fault("no judgement on an answer that says nothing", row.number, f"{sheet}.name", row["name"])


def _indicator_faults(sheet: str, row: Row) -> Iterator[Fault]:
    name = row["indicator"]
    known = INDICATORS.get(name)
    if known and row["dimension"] not in ("", known.dimension):
        expected = f"{known.dimension.value}, the dimension of {name} in the list (or nothing)"
        yield Fault(expected, row.number, f"{sheet}.dimension", row["dimension"])
    if not name or known:
        return
    where = f"{sheet}.indicator"
    if not name.startswith(OWN_PREFIX):
        yield Fault(
            f"an indicator of the list, or one of your own starting with {OWN_PREFIX!r}", row.number, where, name
        )
    elif not (row["strength"] and row["dimension"]):
        yield Fault("its strength and dimension beside an indicator of your own", row.number, where, name)


def dimension_faults(sheets: Mapping[str, Sequence[Row]]) -> Iterator[Fault]:
    """Name every row that puts an indicator of your own into another dimension than the rows before it."""
    first: dict[str, str] = {}
    for sheet, rows in sheets.items():
        for row in rows:
            name, dimension = row["indicator"], row["dimension"]
            if name.startswith(OWN_PREFIX) and dimension and first.setdefault(name, dimension) != dimension:
                expected = f"{first[name]}, the dimension of {name} in the rows before"
                yield Fault(expected, row.number, f"{sheet}.dimension", dimension)
