"""Reading the fields of a table's rows: each as what it should be, or a fault that names row and field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from uuid import UUID

from mainstay.core.errors import Fault

LONG_TEXT, MOST_FAULTS = 10_000, 500


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table of a file: where it stands, and its values as text."""

    table: str
    number: int
    values: Mapping[str, str]


@dataclass
class Reading:
    """Rows by table while they are read, and what is wrong with them."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def of(self, table: str) -> list[Row]:
        """Return the rows of a table."""
        return self.rows.get(table, [])

    def fault(self, row: Row, name: str, expected: str, found: str | None = None) -> None:
        """Note what is wrong with a field."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(expected, row.number, f"{row.table}.{name}", found[:60] if found else None))

    def text(self, row: Row, name: str, most: int = LONG_TEXT, *, needed: bool = False) -> str:
        """Return a text of at most so many characters."""
        value = row.values.get(name, "").strip()
        if needed and not value:
            self.fault(row, name, "a value")
        if not _is_writable(value):
            self.fault(row, name, "text without control signs")
            return ""
        if len(value) > most:
            self.fault(row, name, f"at most {most} characters", f"{len(value)}")
        return value[:most]

    def uuid(self, row: Row, name: str) -> UUID | None:
        """Return an id that has to be there."""
        value = row.values.get(name, "").strip()
        try:
            return UUID(value)
        except ValueError:
            self.fault(row, name, "a UUID", value)
            return None

    def shaped(self, row: Row, name: str, pattern: str, expected: str, most: int) -> str:
        """Return a text of a shape, or nothing."""
        value = self.text(row, name, most)
        if value and not re.fullmatch(pattern, value):
            self.fault(row, name, expected, value)
            return ""
        return value

    def whole(self, row: Row, name: str, most: int) -> int | None:
        """Return a whole number from 0 on, or nothing."""
        value = row.values.get(name, "").strip()
        if not value:
            return None
        if re.fullmatch(r"\d{1,9}(\.0+)?", value) and int(float(value)) <= most:
            return int(float(value))
        self.fault(row, name, f"a whole number from 0 to {most}", value)
        return None

    def degrees(self, row: Row, name: str, most: int) -> Decimal | None:
        """Return degrees, or nothing."""
        value = row.values.get(name, "").strip()
        if not value:
            return None
        try:
            number = Decimal(value)
            if number.is_finite() and abs(number) <= most:
                return number.quantize(Decimal("0.00001"))
        except InvalidOperation:
            pass
        self.fault(row, name, f"degrees from -{most} to {most}", value)
        return None

    def day(self, row: Row, name: str) -> date | None:
        """Return a day, or nothing."""
        value = row.values.get(name, "").strip()
        try:
            return date.fromisoformat(value[:10]) if value else None
        except ValueError:
            self.fault(row, name, "a day as 2026-11-24", value)
            return None

    def moment(self, row: Row, name: str) -> datetime | None:
        """Return a moment, or nothing; without a zone it is in UTC."""
        value = row.values.get(name, "").strip()
        try:
            read = datetime.fromisoformat(value) if value else None
        except ValueError:
            self.fault(row, name, "a moment as 2026-11-24T08:00:00Z", value)
            return None
        return read if read is None or read.tzinfo else read.replace(tzinfo=UTC)

    def clock(self, row: Row, name: str) -> time | None:
        """Return a time of the place's own clock; an offset behind it is that of the place."""
        value = row.values.get(name, "").strip()
        try:
            return time.fromisoformat(value).replace(tzinfo=None, second=0, microsecond=0)
        except ValueError:
            self.fault(row, name, "a time as 09:00", value)
            return None


def _is_writable(text: str) -> bool:
    """Say whether a text can be kept: no null sign, no half of a pair."""
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)
