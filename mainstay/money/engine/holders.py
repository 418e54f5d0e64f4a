"""The accounts file: who holds an account, and what is known of the holder."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from mainstay.core.errors import BadInputError, Fault
from mainstay.core.vocabularies import is_country
from mainstay.money.engine.ledger import Manifest, read_holders
from mainstay.money.engine.reading import IrregularFileError, read_blocks
from mainstay.money.engine.stores import Folder

REQUIRED = ("account_id", "holder_id", "holder_kind")
OPTIONAL = (
    "holder_name",
    "birth_date",
    "nationality",
    "country",
    "phone",
    "address",
    "occupation",
    "opened_on",
    "industry",
)
KINDS = ("person", "organisation")


class KnownHolders:
    """What a ledger knows of the holders of its accounts: the rows of an accounts file, in order of account."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self._rows = rows

    def opened(self, account: str, day: date) -> int | None:
        """Return how many days an account was open before a day, None where that is not known."""
        if "opened_on" not in self._rows.columns:
            return None
        rows = self.rows_of([account])
        opened = rows["opened_on"][0] if rows.height else None
        return (day - date.fromisoformat(opened)).days if opened and len(opened) == 10 else None

    def youngest(self, accounts: Sequence[str], day: date) -> int | None:
        """Return how many days the account opened last was open before a day, None where none is known."""
        return min((age for name in accounts if (age := self.opened(name, day)) is not None), default=None)

    def sharing(self, workers: Sequence[str], controller: str) -> float | None:
        """Return the share of workers whose phone or address another worker or the controller has too."""
        contacts = [name for name in ("phone", "address") if name in self._rows.columns]
        rows = self.rows_of(list(dict.fromkeys([*workers, controller])))
        if not contacts or rows.height == 0:
            return None
        sharing: set[str] = set()
        for contact in contacts:
            told = rows.filter(pl.col(contact).fill_null("") != "")
            owners = told.group_by(contact).agg(pl.col("holder_id").n_unique().alias("n"), pl.col("account_id"))
            for accounts in owners.filter(pl.col("n") > 1)["account_id"]:
                sharing.update(accounts.to_list())
        return len(sharing & set(workers)) / len(workers)

    def rows_of(self, accounts: Sequence[str]) -> pl.DataFrame:
        """Return the rows of accounts, of those that are known."""
        if not self._rows.height:
            return self._rows
        wanted = pl.Series("wanted", accounts, pl.String)
        places = self._rows["account_id"].search_sorted(wanted).to_numpy().clip(max=self._rows.height - 1)
        rows = self._rows[places]
        return rows.filter(rows["account_id"] == wanted)


def read_accounts(path: Path) -> pl.DataFrame:
    """Return the rows of an accounts file, all as text; `BadInputError` names the first row that is wrong."""
    try:
        return _read(path, careful=False)
    except IrregularFileError:
        return _read(path, careful=True)


def _read(path: Path, *, careful: bool) -> pl.DataFrame:
    frames: list[pl.DataFrame] = []
    faults: list[Fault] = []
    ids: set[str] = set()
    for block in read_blocks(path, careful=careful):
        missing = [name for name in REQUIRED if name not in block.frame.columns]
        if missing:
            raise BadInputError(path, [Fault("a column of this name", row=1, field=name) for name in missing])
        known = [name for name in (*REQUIRED, *OPTIONAL) if name in block.frame.columns]
        frame = block.frame.select(pl.col(known).cast(pl.String).fill_null(""))
        faults += [row.fault for row in block.broken]
        for row, values in zip(block.rows, frame.iter_rows(named=True), strict=True):
            fault = _fault(values, int(row), ids)
            if fault is not None:
                faults.append(fault)
        frames.append(frame)
    if faults:
        raise BadInputError(path, sorted(faults, key=lambda fault: fault.row or 0))
    if not any(frame.height for frame in frames):
        raise BadInputError(path, Fault("at least one account after the header", row=2, found="nothing"))
    return pl.concat(frames)


def _fault(values: dict[str, str], row: int, ids: set[str]) -> Fault | None:
    """Return the first thing that is wrong with a row; nothing of a person is quoted."""
    account = values["account_id"]
    if not account or account in ids:
        return Fault("an account number that is not empty and not in the file yet", row=row, field="account_id")
    ids.add(account)
    if not values["holder_id"]:
        return Fault("an id, not empty", row=row, field="holder_id")
    if values["holder_kind"] not in KINDS:
        return Fault(f"one of {', '.join(KINDS)}", row=row, field="holder_kind", found=values["holder_kind"][:40])
    for name in ("birth_date", "opened_on"):
        if not _day_or_empty(values.get(name, "")):
            return Fault("a day like 1990-05-17, or nothing", row=row, field=name)
    for name in ("nationality", "country"):
        code = values.get(name, "")
        if code and not is_country(code):
            return Fault("an ISO 3166-1 code of two letters, or nothing", row=row, field=name)
    return None


def _day_or_empty(text: str) -> bool:
    parts = text.split("-")
    try:
        date.fromisoformat("-".join([*parts, *["01"] * (3 - len(parts))]) if text else "2000-01-01")
    except ValueError:
        return False
    return True


def merged(folder: Path, manifest: Manifest, fresh: pl.DataFrame) -> pl.DataFrame:
    """Return what the ledger knows of accounts with a new file's rows in place of the older ones."""
    known = read_holders(Folder(folder), manifest)
    kept = known.join(fresh, on="account_id", how="anti")
    return pl.concat([kept, fresh], how="diagonal").sort("account_id")
