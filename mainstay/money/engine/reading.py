"""Reading tables of transactions or accounts block by block, in bounded memory.

Two readers give the same blocks. The quick one (Arrow) takes regular files; as soon as it meets
anything odd it raises `IrregularFileError`, and the import starts again with the careful one,
which goes record by record and says which row is wrong. Rows count as a spreadsheet shows them:
the header is row 1, the first record row 2.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from mainstay.core.errors import BadInputError, Fault
from mainstay.money.engine.compiling import tight, tight_kernel

BLOCK_BYTES = 16 << 20
BLOCK_ROWS = 200_000
_CHUNK_BYTES = 1 << 20
_ZERO, _LINE, _RETURN, _QUOTE = (np.uint8(one) for one in b'\0\n\r"')
BOM = b"\xef\xbb\xbf"
csv.field_size_limit(1 << 20)


class IrregularFileError(Exception):
    """The quick reader met something that only the careful one can judge."""


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A record whose very structure is wrong: the fault and what could be read of it."""

    fault: Fault
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a file: columns by the file's own names, and each row's number in the file."""

    frame: pl.DataFrame
    rows: npt.NDArray[np.int64]
    broken: Sequence[BrokenRow] = field(default=())


def read_blocks(path: Path, *, delimiter: str = ",", careful: bool = False) -> Iterator[Block]:
    """Yield the rows of a CSV or Parquet file in blocks; raise `BadInputError` for a file that is no table."""
    if not path.is_file():
        raise BadInputError(path, Fault("a file that exists"))
    if path.stat().st_size == 0:
        raise BadInputError(path, Fault("a table with a header and at least one row", found="an empty file (0 bytes)"))
    suffix = path.suffix.lower()
    if suffix in {".xml", ".xls", ".xlsx", ".ods", ".zip", ".gz", ".tgz", ".json", ".pdf"}:
        raise BadInputError(path, Fault("a CSV or Parquet file", found=f"a {suffix} file"))
    if suffix in {".parquet", ".pq"} or _starts_with(path, b"PAR1"):
        yield from _parquet_blocks(path)
    elif careful or _is_irregular(path):
        yield from _careful_csv(path, delimiter)
    else:
        yield from _quick_csv(path, delimiter)


def _starts_with(path: Path, start: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(start)) == start


def _is_irregular(path: Path) -> bool:
    """Tell whether a file has quotes, binary zeros, empty lines or lone carriage returns."""
    with path.open("rb") as file:
        last = _ZERO
        while chunk := file.read(_CHUNK_BYTES):
            text = np.frombuffer(chunk, np.uint8)
            if _is_odd_in(text, last):
                return True
            last = text[-1]
    return bool(last == _RETURN)


@tight_kernel
def _is_odd_in(text, before):  # type: ignore[no-untyped-def]
    """Say whether something is odd in bytes that follow another one; without a branch, many are looked at in one."""
    odd = _is_odd(before, text[0])
    for at in range(1, len(text)):
        odd |= _is_odd(text[at - 1], text[at])
    return odd


@tight
def _is_odd(before, here):  # type: ignore[no-untyped-def]
    emptied = (before == _LINE) & ((here == _LINE) | (here == _RETURN))
    return (here == _QUOTE) | (here == _ZERO) | emptied | ((before == _RETURN) & (here != _LINE))


def header_of(path: Path, delimiter: str) -> list[str]:
    """Return the column names in the first line of a CSV file."""
    with path.open("rb") as file:
        line = file.readline(1 << 20).removeprefix(BOM)
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInputError(path, Fault("text in UTF-8", row=1, found="another encoding")) from error
    if "\0" in text:
        raise BadInputError(path, Fault("text in UTF-8", row=1, found="binary content"))
    try:
        names = next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        raise BadInputError(path, Fault("column names, with quotes closed", row=1)) from error
    names = [name.strip() for name in names]
    if not any(names):
        raise BadInputError(path, Fault("a line of column names", row=1, found="nothing"))
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadInputError(path, Fault("each column once", row=1, field=twice, found="it twice"))
    return names


def _header(names: list[str]) -> Block:
    """Return a block without rows, so that missing columns are named even where no row follows."""
    return Block(pl.DataFrame(schema=dict.fromkeys(names, pl.String)), np.zeros(0, np.int64))


def _quick_csv(path: Path, delimiter: str) -> Iterator[Block]:
    names = header_of(path, delimiter)
    yield _header(names)
    row = 2
    try:
        reader = pc.open_csv(
            path,
            read_options=pc.ReadOptions(block_size=BLOCK_BYTES, column_names=names, skip_rows=1),
            parse_options=pc.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
            convert_options=pc.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
        for batch in reader:
            if batch.num_rows == 0:
                continue
            frame = pl.DataFrame(pa.Table.from_batches([batch]))
            yield Block(frame, np.arange(row, row + batch.num_rows, dtype=np.int64))
            row += batch.num_rows
    except pa.ArrowInvalid as error:
        raise IrregularFileError(str(error)) from error


def _careful_csv(path: Path, delimiter: str) -> Iterator[Block]:
    names = header_of(path, delimiter)
    yield _header(names)
    with path.open("rb") as raw:
        text = io.TextIOWrapper(raw, encoding="utf-8", errors="surrogateescape", newline="")
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        next(reader, None)
        row, done = 1, False
        while not done:
            cells: list[list[str]] = []
            rows: list[int] = []
            broken: list[BrokenRow] = []
            while len(cells) < BLOCK_ROWS:
                row += 1
                try:
                    record = next(reader)
                except StopIteration:
                    done = True
                    break
                except csv.Error as error:
                    broken.append(BrokenRow(Fault("quotes that are closed", row=row, found=_csv_words(error)), ()))
                    continue
                if not record:
                    continue
                fault = _structure_fault(record, names, row)
                if fault is None:
                    cells.append(record)
                    rows.append(row)
                else:
                    broken.append(BrokenRow(fault, tuple(cell.encode(errors="replace").decode() for cell in record)))
            frame = pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String), orient="row")
            if rows or broken:
                yield Block(frame, np.array(rows, dtype=np.int64), broken)


def _csv_words(error: csv.Error) -> str:
    return "the end of the file inside quotes" if "end of data" in str(error) else "text after a closing quote"


def _structure_fault(record: list[str], names: list[str], row: int) -> Fault | None:
    if len(record) != len(names):
        more = " (is the file cut?)" if len(record) < len(names) else ""
        return Fault(f"{len(names)} columns", row=row, found=f"{len(record)}{more}")
    for name, cell in zip(names, record, strict=True):
        if not cell.isascii() and any("\udc80" <= letter <= "\udcff" for letter in cell):
            return Fault("text in UTF-8", row=row, field=name, found="another encoding")
        if "\0" in cell:
            return Fault("text without binary zeros", row=row, field=name)
    return None


def _parquet_blocks(path: Path) -> Iterator[Block]:
    row = 2
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=1 << 19):
                frame = pl.DataFrame(pa.Table.from_batches([batch]))
                yield Block(frame, np.arange(row, row + batch.num_rows, dtype=np.int64))
                row += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise BadInputError(path, Fault("a complete Parquet file", found="one that is cut or damaged")) from error
