"""`mainstay monitor`: safe figures."""

import csv
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from mainstay.core.errors import BadInputError, Fault
from mainstay.core.whole_files import whole_file

app = typer.Typer(help="Safe figures.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Safe figures: nothing leaves with a small count in it."""


@app.command()
def release(
    records: Annotated[Path, typer.Argument(help="A CSV of categorical records, one person a row.")],
    out: Annotated[Path, typer.Option(help="The folder to write table.csv and table.json to.")],
    k: Annotated[int, typer.Option(help="The smallest count that is shown.")] = 10,
    columns: Annotated[str, typer.Option(help="Columns to cross, with commas; all of them if left out.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Count records by their categories and withhold small counts."""
    from mainstay.monitor.engine.disclosure import LEAST_K, protect, tabulate

    if k < LEAST_K:
        raise BadInputError("--k", Fault(f"{LEAST_K} or more", found=str(k)))
    names, rows = read_records(records, [c.strip() for c in columns.split(",") if c.strip()])
    safe = protect(names, tabulate(rows), k)
    out.mkdir(parents=True, exist_ok=True)
    with whole_file(out / "table.csv") as aside, aside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*names, "count"])
        writer.writerows([*cell.values, "" if cell.count is None else cell.count] for cell in safe.cells)
    (out / "table.json").write_text(json.dumps(safe.as_json(), ensure_ascii=False), encoding="utf-8")
    if as_json:
        sys.stdout.write(json.dumps(safe.as_json(), ensure_ascii=False) + "\n")
    else:
        people = "?" if safe.total is None else safe.total
        sys.stderr.write(
            f"{len(safe.cells)} cells of {people} people in {out}: {safe.withheld_small} small ones withheld, "
            f"{safe.withheld_more} more to keep those safe\n"
        )


def read_records(path: Path, wanted: list[str]) -> tuple[list[str], list[list[str]]]:
    """Return the column names and rows of a CSV of categories, or refuse it with the row that is wrong."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = list(csv.reader(file, strict=True))
    except FileNotFoundError:
        raise BadInputError(path.name, Fault("a file that exists")) from None
    except IsADirectoryError:
        raise BadInputError(path.name, Fault("a file, not a folder")) from None
    except UnicodeDecodeError:
        raise BadInputError(path.name, Fault("text in UTF-8")) from None
    except csv.Error as error:
        raise BadInputError(path.name, Fault("CSV", found=str(error))) from None
    if not lines:
        raise BadInputError(path.name, Fault("a header and at least one record", row=1))
    header, rows = lines[0], lines[1:]
    if len(set(header)) != len(header):
        raise BadInputError(path.name, Fault("each column name once", row=1))
    for name in wanted:
        if name not in header:
            raise BadInputError(path.name, Fault("a column of this name", row=1, field=name))
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise BadInputError(path.name, Fault(f"{len(header)} values", row=number, found=str(len(row))))
    if not rows:
        raise BadInputError(path.name, Fault("at least one record", row=2))
    names = wanted or header
    places = [header.index(name) for name in names]
    return names, [[row[place] for place in places] for row in rows]
