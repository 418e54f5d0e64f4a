"""Mappings: how another system's columns become Mainstay's.

A mapping is data (TOML). Built in: `interface`, `amlsim`, `berka`; anyone can write a file with

- `delimiter`, `decimal` (the decimal mark), `ids_from_rows` (a prefix: ids are made from row numbers);
- `date_format` (strptime) with `offset` for dates without one, or `epoch` and `unit` for counted time;
- `[columns]` ours = "theirs", `[constants]` ours = "value", `[values.OURS]` "theirs" = "ours";
- `[statement]` for a bank's own statement, one account a row: `account`, `direction`, `incoming`
  (values that mean money in), `counterparty` (columns that name the other side together), and
  `house_account`, `house_column`, `house_values` for rows between the customer and the bank itself.
"""

import tomllib
from dataclasses import dataclass, field, fields
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl

from mainstay.core.errors import BadInputError, Fault
from mainstay.money.engine.reading import Block
from mainstay.money.types import DAY, HOUR, MICROSECONDS

BUILT_IN = ("interface", "amlsim", "berka")
TRANSACTION_COLUMNS = (
    "transaction_id",
    "booked_at",
    "from_account",
    "to_account",
    "amount",
    "currency",
    "channel",
)
OPTIONAL_COLUMNS = ("text", "from_country", "to_country", "from_place", "to_place", "merchant_category")
_UNITS = {"days": DAY, "hours": HOUR, "seconds": MICROSECONDS}
_NO_ACCOUNT = ("", "0")


@dataclass(frozen=True, slots=True)
class Statement:
    """How a bank's own statement, one account a row, becomes payments from one account to another."""

    account: str
    direction: str
    incoming: tuple[str, ...]
    counterparty: tuple[str, ...] = ()
    house_account: str = ""
    house_column: str = ""
    house_values: tuple[str, ...] = ()

    def columns(self) -> list[str]:
        """Return the file's columns that are read."""
        return [c for c in (self.account, self.direction, *self.counterparty, self.house_column) if c]


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping as read from TOML; see the module's text for the meaning of each key."""

    name: str = "interface"
    about: str = ""
    delimiter: str = ","
    decimal: str = "."
    ids_from_rows: str = ""
    date_format: str = ""
    offset: str = ""
    epoch: str = ""
    unit: str = "days"
    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    statement: Statement | None = None

    def apply(self, block: Block, source: Path) -> pl.DataFrame:
        """Return the block's rows at Mainstay's columns; `BadInputError` names a column that is missing."""
        frame = block.frame
        self._require_columns(frame.columns, source)
        made = [self._column(name, frame) for name in (*TRANSACTION_COLUMNS, *OPTIONAL_COLUMNS)]
        made = [column for column in made if column is not None]
        if self.ids_from_rows:
            rows = pl.Series("transaction_id", block.rows).cast(pl.String)
            made.append((pl.lit(self.ids_from_rows) + pl.lit(rows)).alias("transaction_id"))
        if self.statement is not None:
            made += self._sides(self.statement)
        return frame.select(made)

    def _theirs(self, name: str) -> str | None:
        if name in self.columns:
            return self.columns[name]
        made = name == "transaction_id" and self.ids_from_rows
        sided = self.statement is not None and name in {"from_account", "to_account"}
        return None if name in self.constants or made or sided else name

    def _require_columns(self, present: list[str], source: Path) -> None:
        wanted = [self._theirs(name) for name in TRANSACTION_COLUMNS]
        wanted += self.statement.columns() if self.statement else []
        missing = [name for name in wanted if name is not None and name not in present]
        if missing:
            raise BadInputError(source, [Fault("a column of this name", row=1, field=name) for name in missing])

    def _column(self, name: str, frame: pl.DataFrame) -> pl.Expr | None:
        if name in self.constants:
            return pl.lit(self.constants[name]).alias(name)
        theirs = self._theirs(name)
        if theirs is None or theirs not in frame.columns:
            return None
        column = pl.col(theirs)
        if name == "booked_at":
            return self._moment(column).alias(name)
        column = column.cast(pl.String)
        if name == "amount" and self.decimal != ".":
            column = column.str.replace_all(self.decimal, ".", literal=True)
        if name in self.values:
            column = column.replace(self.values[name])
        return column.alias(name)

    def _moment(self, column: pl.Expr) -> pl.Expr:
        if self.epoch:
            start = int(datetime.fromisoformat(self.epoch).timestamp()) * MICROSECONDS
            counted = column.cast(pl.String).cast(pl.Int64, strict=False) * _UNITS[self.unit] + start
            return counted.cast(pl.Datetime("us", "UTC"))
        if self.date_format:
            read = column.cast(pl.String).str.to_datetime(self.date_format, strict=False, time_unit="us")
            return (read - _offset(self.offset)).dt.replace_time_zone("UTC")
        return column

    def _sides(self, statement: Statement) -> list[pl.Expr]:
        own = pl.col(statement.account).cast(pl.String)
        last = pl.col(statement.counterparty[-1]).cast(pl.String).fill_null("")
        named = pl.concat_str([pl.col(c).cast(pl.String) for c in statement.counterparty], separator="-")
        other = pl.when(last.str.strip_chars().is_in(_NO_ACCOUNT)).then(pl.lit("")).otherwise(named)
        if statement.house_account:
            house = pl.col(statement.house_column).is_in(statement.house_values)
            other = pl.when(house).then(pl.lit(statement.house_account)).otherwise(other)
        incoming = pl.col(statement.direction).is_in(statement.incoming)
        return [
            pl.when(incoming).then(other).otherwise(own).alias("from_account"),
            pl.when(incoming).then(own).otherwise(other).alias("to_account"),
        ]


def _offset(text: str) -> pl.Expr:
    aware = datetime.fromisoformat(f"2000-01-01T00:00:00{text or 'Z'}")
    offset = aware.utcoffset()
    return pl.lit(offset)


def load_mapping(name: str) -> Mapping:
    """Return a built-in mapping by name, or the one in a TOML file."""
    if name in BUILT_IN:
        text = resources.files("mainstay.money.engine").joinpath("mappings", f"{name}.toml").read_text("utf-8")
        return _from_toml(name, tomllib.loads(text))
    path = Path(name)
    expected = f"a mapping: {', '.join(BUILT_IN)} or a TOML file"
    if not path.is_file():
        raise BadInputError(name, Fault(expected, field="--mapping"))
    try:
        return _from_toml(name, tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInputError(name, Fault(expected, field="--mapping", found="no readable TOML")) from error


def _from_toml(name: str, document: dict[str, Any]) -> Mapping:
    known = {f.name for f in fields(Mapping)} - {"name"}
    for key, value in document.items():
        table = key in {"columns", "constants", "values", "statement"}
        if key not in known or isinstance(value, dict) is not table or (not table and not isinstance(value, str)):
            raise BadInputError(name, Fault(f"keys among {', '.join(sorted(known))}, text or table", field=key))
    keys = dict(document)
    statement = keys.pop("statement", None)
    ours = {*TRANSACTION_COLUMNS, *OPTIONAL_COLUMNS}
    unknown = [c for part in ("columns", "constants", "values") for c in keys.get(part, {}) if c not in ours]
    if unknown:
        raise BadInputError(name, Fault("a column of Mainstay's on the left", field=unknown[0]))
    _check_times(name, keys)
    return Mapping(name=name, statement=_statement(name, statement) if statement else None, **keys)


def _check_times(name: str, keys: dict[str, Any]) -> None:
    if keys.get("unit", "days") not in _UNITS:
        raise BadInputError(name, Fault(f"one of {', '.join(_UNITS)}", field="unit"))
    try:
        datetime.fromisoformat(f"2000-01-01T00:00:00{keys.get('offset') or 'Z'}")
        aware = datetime.fromisoformat(keys["epoch"]).tzinfo is not None if "epoch" in keys else True
    except ValueError as error:
        raise BadInputError(name, Fault("a time zone like +01:00, a moment like 2020-01-01T00:00:00Z")) from error
    if not aware:
        raise BadInputError(name, Fault("a moment with a time zone", field="epoch"))


def _statement(name: str, document: dict[str, Any]) -> Statement:
    try:
        listed: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in document.items()}
        return Statement(**listed)
    except TypeError as error:
        known = ", ".join(f.name for f in fields(Statement))
        raise BadInputError(name, Fault(f"keys among {known}", field="statement")) from error
