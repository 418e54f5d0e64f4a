"""Correcting and removing: the ledger holds what a plain table would, and its history what stood there before."""

import errno
import json
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from mainstay.core.errors import BadInputError
from mainstay.money.cli import app
from mainstay.money.engine import importing
from mainstay.money.engine.changing import correct_transactions, history, remove_transactions
from mainstay.money.engine.failures import DamagedLedgerError, LedgerBusyError, LedgerWriteError
from mainstay.money.engine.importing import import_transactions
from mainstay.money.engine.ledger import locked, open_ledger
from mainstay.money.engine.scan import scan, write_alerts
from mainstay.money.types import ScanSettings
from tests.money.conftest import HEADER
from tests.money.test_importing import contents

NOT_THERE = ", field 'transaction_id': expected the id of a transaction in the ledger"
AT = datetime(2026, 3, 9, 8, 30, tzinfo=UTC)
Row = tuple[str, str, str, str, str, str, str]
Write = Callable[..., Path]


def row_of(number: int, day: int, hour: int, payer: str, payee: str, amount: int) -> Row:
    at = f"2026-03-{day:02}T{hour:02}:00:00Z"
    return (f"T{number}", at, payer, payee, str(amount), "JPY", "transfer")


def table(folder: Path, rows: list[Row]) -> Path:
    path = folder / "rows.csv"
    path.write_text("\n".join([HEADER, *(",".join(row) for row in rows)]) + "\n", encoding="utf-8")
    return path


def standing(ledger: Path) -> dict[str, Row]:
    """Every transaction of a ledger as it would be written in a file."""
    opened = open_ledger(ledger)
    told = [opened.as_facts(row) for row in opened.transactions.iter_rows(named=True)]
    assert opened.transactions["booked_at"].is_sorted()
    assert len({one["transaction_id"] for one in told}) == len(told)
    return {one["transaction_id"]: as_row(one) for one in told}


def as_row(facts: dict[str, Any]) -> Row:
    names = HEADER.split(",")[:7]
    first, at, payer, payee, amount, currency, channel = (facts[name] or "" for name in names)
    return (first, at, payer, payee, amount, currency, channel)


rows_of = st.tuples(
    st.integers(1, 3),
    st.integers(0, 2),
    st.sampled_from(["", "A", "B"]),
    st.sampled_from(["C", "D"]),
    st.integers(1, 9),
)
steps = st.lists(
    st.tuples(
        st.sampled_from(["import", "correct", "remove"]), st.dictionaries(st.integers(0, 9), rows_of, min_size=1)
    ),
    min_size=2,
    max_size=8,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=steps, runs=st.integers(1, 5))
def test_a_ledger_that_was_changed_holds_what_a_plain_table_would(
    steps: list[tuple[str, dict[int, Any]]],
    runs: int,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever was imported, corrected and removed in any order; an id that was removed may come again."""
    monkeypatch.setattr(importing, "RUN_ROWS", runs)
    folder = tmp_path_factory.mktemp("changed")
    ledger, plain = folder / "ledger", dict[str, Row]()
    changes: list[tuple[str, dict[str, Row]]] = []
    import_transactions([table(folder, [row_of(99, 1, 0, "A", "B", 1)])], ledger)
    plain["T99"] = row_of(99, 1, 0, "A", "B", 1)
    for kind, asked in steps:
        wanted = {f"T{number}": row_of(number, *row) for number, row in asked.items()}
        mine = {name: row for name, row in wanted.items() if (name in plain) != (kind == "import")}
        if not mine:
            continue
        file = table(folder, list(mine.values()))
        before = {name: plain[name] for name in mine if name in plain}
        if kind == "import":
            import_transactions([file], ledger)
        elif kind == "correct":
            correct_transactions(file, ledger, reason="as the bank wrote", at=AT)
        else:
            remove_transactions(file, ledger, reason="sent twice", at=AT)
        if kind == "remove":
            plain = {name: row for name, row in plain.items() if name not in mine}
        else:
            plain |= mine
        if kind != "import":
            changes.append((kind, before))
        assert standing(ledger) == plain
    told = history(ledger)
    assert [(one["number"], one["kind"], one["transactions"]) for one in told] == [
        (number, kind, len(before)) for number, (kind, before) in enumerate(changes, start=1)
    ]
    for name in {name for _, before in changes for name in before}:
        earlier = [as_row(one["before"]) for one in history(ledger, name)]
        assert earlier == [before[name] for _, before in changes if name in before]


@pytest.fixture
def ledger(csv_of: Write, tmp_path: Path) -> Path:
    """Four payments on three days."""
    lines = [",".join(row_of(n, day, 9, "A", "B", 100 + n)) for n, day in enumerate([1, 1, 2, 3])]
    import_transactions([csv_of(*lines)], tmp_path / "ledger")
    return tmp_path / "ledger"


@pytest.mark.parametrize(("lines", "expected"), [
    (["T7,2026-03-01T09:00:00Z,A,B,5,JPY,cash"], "row 2" + NOT_THERE),
    (["T1,2026-03-01T09:00:00Z,A,B,5,JPY,cash"] * 2, "row 3, field \'transaction_id\': expected each transaction once"),
    (["T1,yesterday,A,B,5,JPY,cash"], "row 2, field \'booked_at\': expected a date and time"),
    (["T1,2026-03-01T09:00:00Z,A,B,5.5,JPY,cash"], "row 2, field \'amount\': expected no more decimals"),
    (["T1,2026-03-01T09:00:00Z,A,B"], r"row 2: expected 7 columns"),
    ([], "at least one transaction"),
])  # fmt: skip
def test_a_correction_that_cannot_be_taken_changes_nothing(
    ledger: Path, csv_of: Write, lines: list[str], expected: str
) -> None:
    before = contents(ledger)
    with pytest.raises(BadInputError, match=expected):
        correct_transactions(csv_of(*lines, name="new.csv"), ledger, reason="r", at=AT)
    assert contents(ledger) == before


@pytest.mark.parametrize(("text", "expected"), [
    ("transaction_id\nT1\nT8\n", "row 3" + NOT_THERE),
    ("transaction_id\nT1\nT1\n", "row 3, field \'transaction_id\': expected each transaction once"),
    ('transaction_id\nT1\n""\n', "row 3, field \'transaction_id\': expected an id, not empty"),
    ("id\nT1\n", "row 1: expected a column transaction_id"),
    ("transaction_id\n", "at least one transaction"),
    ("", "an empty file"),
])  # fmt: skip
def test_a_removal_that_cannot_be_taken_changes_nothing(ledger: Path, tmp_path: Path, text: str, expected: str) -> None:
    before = contents(ledger)
    (tmp_path / "ids.csv").write_text(text)
    with pytest.raises(BadInputError, match=expected):
        remove_transactions(tmp_path / "ids.csv", ledger, reason="r", at=AT)
    assert contents(ledger) == before


def test_a_change_needs_a_reason_a_ledger_and_the_ledger_to_itself(ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "ids.csv").write_text("transaction_id\nT1\n")
    with pytest.raises(BadInputError, match="--reason"):
        remove_transactions(tmp_path / "ids.csv", ledger, reason=" ", at=AT)
    with pytest.raises(BadInputError, match="expected a ledger folder"):
        remove_transactions(tmp_path / "ids.csv", tmp_path / "none", reason="r", at=AT)
    assert not (tmp_path / "none").exists()
    with locked(ledger), pytest.raises(LedgerBusyError):
        remove_transactions(tmp_path / "ids.csv", ledger, reason="r", at=AT)
    with pytest.raises(BadInputError, match="a transaction of this id, now or before"):
        history(ledger, "T8")
    assert history(ledger, "T1") == []


def test_a_damaged_history_is_named(ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "ids.csv").write_text("transaction_id\nT1\n")
    remove_transactions(tmp_path / "ids.csv", ledger, reason="r", at=AT)
    (file,) = ledger.glob("history-*.parquet")
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    with pytest.raises(DamagedLedgerError, match=file.name):
        open_ledger(ledger)


def test_the_commands_correct_remove_and_tell(ledger: Path, csv_of: Write, tmp_path: Path) -> None:
    def run(*words: str) -> Any:
        done = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
        assert done.exit_code == 0
        return json.loads(done.stdout)

    new = csv_of("T1,2026-03-05T09:00:00Z,A,Z,7,JPY,cash", name="new.csv")
    (tmp_path / "ids.csv").write_text("transaction_id\nT1\nT2\n")
    why = ("--ledger", str(ledger), "--reason")
    assert run("correct", str(new), *why, "wrong account") == {"kind": "correct", "number": 1, "transactions": 1}
    assert run("remove", str(tmp_path / "ids.csv"), *why, "sent twice") == {
        "kind": "remove",
        "number": 2,
        "transactions": 2,
    }
    assert set(standing(ledger)) == {"T0", "T3"}
    first, second = run("history", str(ledger), "--transaction", "T1")["changes"]
    assert (first["reason"], first["before"]["to_account"], first["before"]["amount"]) == ("wrong account", "B", "101")
    assert (second["reason"], second["before"]["to_account"], second["before"]["amount"]) == ("sent twice", "Z", "7")
    spoken = CliRunner().invoke(app, ["history", str(ledger), "--transaction", "T1"]).stdout
    assert "before: A paid Z 7 JPY, 2026-03-05T09:00:00Z" in spoken


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """Let no file of this process grow larger, as on a full disk: whoever writes gets an error of the system."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("kind", ["import", "correct", "remove"])
def test_wherever_the_disk_is_full_the_ledger_stays_as_it_was(
    ledger: Path, csv_of: Write, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a run is written while the next is read."""
    monkeypatch.setattr(importing, "RUN_ROWS", 1)
    before, said = contents(ledger), list[str]()
    numbers = range(4, 400) if kind == "import" else range(3)
    new = csv_of(*(f"T{n},2026-03-0{n % 9 + 1}T09:00:00Z,Q{n},B,1,JPY,cash" for n in numbers), name="new.csv")
    change: Callable[[], object] = {
        "import": lambda: import_transactions([new], ledger),
        "correct": lambda: correct_transactions(new, ledger, reason="r", at=AT),
        "remove": lambda: remove_transactions(new, ledger, reason="r", at=AT),
    }[kind]
    for size in range(0, 60_000, 250):
        try:
            with files_up_to(size):
                change()
            break
        except LedgerWriteError as error:
            said.append(str(error))
            assert contents(ledger) == before
    assert len(said) > 3
    assert all(f"nothing was written ({os.strerror(errno.EFBIG)}" in one for one in said)
    assert standing(ledger).keys() == {
        f"T{n}" for n in {"import": range(400), "correct": range(4), "remove": [3]}[kind]
    }


def test_where_there_is_no_room_for_alerts_it_is_said(ledger: Path, tmp_path: Path) -> None:
    found = scan(open_ledger(ledger), ScanSettings())
    for size in (0, 300):
        with files_up_to(size), pytest.raises(BadInputError, match="with room left"):
            write_alerts(found, ScanSettings(), tmp_path / "out")
        assert not list((tmp_path / "out").iterdir())


def test_the_history_is_read_by_any_tool(ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "ids.csv").write_text("transaction_id\nT1\n")
    remove_transactions(tmp_path / "ids.csv", ledger, reason="r", at=AT)
    (file,) = ledger.glob("history-*.parquet")
    assert pl.read_parquet(file)["transaction_id"].to_list() == ["T1"]
