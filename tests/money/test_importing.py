"""Importing: what is good gets in whole, what is not is named and nothing of it gets in."""

import csv
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from mainstay.core.errors import BadInputError
from mainstay.money.cli import app
from mainstay.money.engine import importing, reading
from mainstay.money.engine.currencies import as_decimal_text, minor_unit
from mainstay.money.engine.failures import DamagedLedgerError, LedgerBusyError, LedgerWriteError
from mainstay.money.engine.importing import import_transactions
from mainstay.money.engine.ledger import locked, open_ledger
from mainstay.money.engine.mapping import load_mapping

GOOD = "T1,2026-03-01T09:00:00Z,A,B,10.50,EUR,transfer"
Write = Callable[..., Path]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder but the empty lock."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != "lock"}


def test_a_ledger_gives_back_what_went_in(csv_of: Write, tmp_path: Path) -> None:
    path = csv_of(
        "T2,2026-03-02T00:30:00+02:00,,B,3,JPY,cash",
        "T1,2026-03-01T09:00:00Z,A,B,10.50,EUR,transfer",
        'T3,2026-03-02T01:00:00Z,B,"Ä, c",1.234,KWD,mobile_money',
    )
    import_transactions([path], tmp_path / "ledger")
    ledger = open_ledger(tmp_path / "ledger")
    names = dict(enumerate(ledger.account_ids.to_list()))
    rows = [
        (r["transaction_id"], r["booked_at"], names.get(r["from_account"]), names[r["to_account"]], r["amount"])
        for r in ledger.transactions.iter_rows(named=True)
    ]
    assert rows == [
        ("T1", datetime(2026, 3, 1, 9, tzinfo=UTC), "A", "B", 1050),
        ("T2", datetime(2026, 3, 1, 22, 30, tzinfo=UTC), None, "B", 3),
        ("T3", datetime(2026, 3, 2, 1, tzinfo=UTC), "B", "Ä, c", 1234),
    ]
    assert sorted(p.name[:10] for p in (tmp_path / "ledger" / "parts").iterdir()) == ["2026-03-01", "2026-03-02"]


@pytest.mark.parametrize(
    ("line", "field", "expected"),
    [
        ("T2,2026-03-01,A,B,1,EUR,transfer", "booked_at", "offset"),
        ("T2,2026-03-01T09:00:00,A,B,1,EUR,transfer", "booked_at", "offset from UTC"),
        ("T2,2026-13-01T09:00:00Z,A,B,1,EUR,transfer", "booked_at", "ISO 8601"),
        ("T2,,A,B,1,EUR,transfer", "booked_at", "ISO 8601"),
        ("T2,2026-03-01T09:00:00Z,,,1,EUR,transfer", "from_account", "account"),
        ("T2,2026-03-01T09:00:00Z,A,B,0,EUR,transfer", "amount", "over 0"),
        ("T2,2026-03-01T09:00:00Z,A,B,-4,EUR,transfer", "amount", "over 0"),
        ("T2,2026-03-01T09:00:00Z,A,B,ten,EUR,transfer", "amount", "decimal number"),
        ("T2,2026-03-01T09:00:00Z,A,B,1e3,EUR,transfer", "amount", "decimal number"),
        ("T2,2026-03-01T09:00:00Z,A,B,NaN,EUR,transfer", "amount", "decimal number"),
        ("T2,2026-03-01T09:00:00Z,A,B,1.005,EUR,transfer", "amount", "decimals"),
        ("T2,2026-03-01T09:00:00Z,A,B,1.5,JPY,transfer", "amount", "decimals"),
        ("T2,2026-03-01T09:00:00Z,A,B,9999999999999999,EUR,transfer", "amount", "15 digits"),
        ("T2,2026-03-01T09:00:00Z,A,B,1,EURO,transfer", "currency", "ISO 4217"),
        ("T2,2026-03-01T09:00:00Z,A,B,1,eur,transfer", "currency", "ISO 4217"),
        ("T2,2026-03-01T09:00:00Z,A,B,1,EUR,pigeon", "channel", "one of transfer"),
        ("T1,2026-03-01T09:00:00Z,A,B,1,EUR,transfer", "transaction_id", "not in the file"),
        (",2026-03-01T09:00:00Z,A,B,1,EUR,transfer", "transaction_id", "not empty"),
        ("T2,2026-03-01T09:00:00Z,A,B,1", None, "7 columns"),
        ("T2,2026-03-01T09:00:00Z,A,B,1,EUR,transfer,more", None, "7 columns"),
        ('T2,2026-03-01T09:00:00Z,"A"x,B,1,EUR,transfer', None, "quotes"),
        ('"T2,2026-03-01T09:00:00Z,A,B,1,EUR,transfer', None, "quotes"),
    ],
)
def test_a_bad_row_is_named_and_the_ledger_is_as_before(
    csv_of: Write, tmp_path: Path, line: str, field: str | None, expected: str
) -> None:
    ledger = tmp_path / "ledger"
    import_transactions([csv_of("T0,2026-02-01T09:00:00Z,A,B,1,EUR,cash", name="first.csv")], ledger)
    before = contents(ledger)
    with pytest.raises(BadInputError) as caught:
        import_transactions([csv_of(GOOD, line)], ledger)
    assert (caught.value.faults[0].row, caught.value.faults[0].field) == (3, field)
    assert expected in caught.value.faults[0].expected
    assert str(caught.value).startswith(str(tmp_path / "payments.csv"))
    assert "\n" not in str(caught.value)
    assert contents(ledger) == before


def test_a_bad_row_makes_no_ledger_where_there_was_none(csv_of: Write, tmp_path: Path) -> None:
    with pytest.raises(BadInputError):
        import_transactions([csv_of(GOOD), csv_of("T2,x,A,B,1,EUR,cash", name="second.csv")], tmp_path / "ledger")
    assert not (tmp_path / "ledger").exists()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "0 bytes"),
        (b"transaction_id,booked_at\nT1,2026-03-01T09:00:00Z\n", "from_account"),
        (reading.BOM, "column names"),
        (b"transaction_id,booked_at,from_account,to_account,amount,currency,channel\n", "at least one"),
        (b"transaction_id,booked_at,from_account,to_account,amount,amount,channel\n1,2,3,4,5,6,7\n", "once"),
        ("transaction_id,booked_at,from_account,to_account,amount,currency,channel\nÄ".encode("utf-16"), "UTF-8"),
        (
            b"transaction_id,booked_at,from_account,to_account,amount,currency,channel,text\n"
            + "T1,2026-03-01T09:00:00Z,A,B,1,EUR,cash,Grüße\n".encode("latin-1"),
            "UTF-8",
        ),
        (b"PAR1 and then not much", "complete Parquet"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "payments.csv"
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=r".*") as caught:
        import_transactions([path], tmp_path / "ledger")
    assert expected in str(caught.value)
    assert not (tmp_path / "ledger").exists()


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "payments.csv"
    header = "transaction_id,booked_at,from_account,to_account,amount,currency,channel"
    path.write_bytes(reading.BOM + f"{header}\r\n{GOOD}\r\n".encode())
    assert import_transactions([path], tmp_path / "ledger").transactions == 1


def test_the_same_file_twice_is_refused(csv_of: Write, tmp_path: Path) -> None:
    path = csv_of(GOOD)
    import_transactions([path], tmp_path / "ledger")
    with pytest.raises(BadInputError, match="transaction_id"):
        import_transactions([path], tmp_path / "ledger")
    assert open_ledger(tmp_path / "ledger").transactions.height == 1


def test_good_rows_are_kept_and_the_others_written_apart(csv_of: Write, tmp_path: Path) -> None:
    path = csv_of(GOOD, "T2,never,A,B,1,EUR,cash", "T3,2026-03-01", GOOD, "T4,2026-03-05T00:00:00Z,A,,2,EUR,cash")
    result = import_transactions([path], tmp_path / "ledger", keep_good=True)
    assert (result.transactions, result.rejected) == (2, 3)
    with Path(result.rejected_files[0]).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert Path(result.rejected_files[0]).name == "payments.rejected.csv"
    assert [(r["row"], r["field"]) for r in rows] == [("3", "booked_at"), ("4", ""), ("5", "transaction_id")]
    assert rows[0]["transaction_id"] == "T2"
    assert open_ledger(tmp_path / "ledger").transactions["transaction_id"].to_list() == ["T1", "T4"]


def test_parquet_holds_the_same_as_csv(csv_of: Write, tmp_path: Path) -> None:
    path = csv_of(GOOD, "T2,2026-03-01T10:00:00+01:00,,C,7.00,USD,cash")
    frame = pl.read_csv(path).with_columns(pl.col("booked_at").str.to_datetime(time_zone="UTC"))
    frame.write_parquet(tmp_path / "payments.parquet")
    import_transactions([path], tmp_path / "one")
    import_transactions([tmp_path / "payments.parquet"], tmp_path / "two")
    assert open_ledger(tmp_path / "one").transactions.equals(open_ledger(tmp_path / "two").transactions)
    whole = (tmp_path / "payments.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInputError, match="complete Parquet file"):
        import_transactions([tmp_path / "cut.parquet"], tmp_path / "three")


def test_parquet_times_without_a_zone_are_refused(tmp_path: Path) -> None:
    row: dict[str, Any] = {"transaction_id": "T1", "booked_at": datetime(2026, 3, 1), "from_account": "A"}  # noqa: DTZ001
    row |= {"to_account": "B", "amount": 1.5, "currency": "EUR", "channel": "cash"}
    pl.DataFrame([row]).write_parquet(tmp_path / "naive.parquet")
    with pytest.raises(BadInputError, match="offset from UTC"):
        import_transactions([tmp_path / "naive.parquet"], tmp_path / "ledger")


@pytest.mark.parametrize("name", ["payments.xml", "payments.xlsx"])
def test_other_kinds_of_files_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("<Document/>")
    with pytest.raises(BadInputError, match="CSV or Parquet"):
        import_transactions([tmp_path / name], tmp_path / "ledger")


def test_a_damaged_ledger_file_is_named(csv_of: Write, tmp_path: Path) -> None:
    import_transactions([csv_of(GOOD)], tmp_path / "ledger")
    part = next((tmp_path / "ledger" / "parts").iterdir())
    part.write_bytes(part.read_bytes()[:-1] + b"!")
    with pytest.raises(DamagedLedgerError, match=part.name):
        open_ledger(tmp_path / "ledger")
    part.unlink()
    with pytest.raises(DamagedLedgerError, match="missing"):
        open_ledger(tmp_path / "ledger")


def test_two_writers_do_not_meet(csv_of: Write, tmp_path: Path) -> None:
    with locked(tmp_path / "ledger"), pytest.raises(LedgerBusyError):
        import_transactions([csv_of(GOOD)], tmp_path / "ledger")


@pytest.mark.parametrize("while_doing", ["stage", "stage_file", "commit"])
def test_a_disk_that_fills_up_leaves_the_ledger_as_before(
    csv_of: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, while_doing: str
) -> None:
    import_transactions([csv_of(GOOD)], tmp_path / "ledger")
    before = contents(tmp_path / "ledger")

    def full(*_args: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(importing, while_doing, full)
    monkeypatch.setattr(importing, "RUN_ROWS", 1)
    files = [csv_of(f"T{n},2026-03-01T09:00:00Z,A,B,1,EUR,cash", name=f"{n}.csv") for n in range(7, 10)]
    with pytest.raises(LedgerWriteError, match="No space"):
        import_transactions(files, tmp_path / "ledger")
    assert contents(tmp_path / "ledger") == before


ROWS = st.lists(
    st.tuples(
        st.datetimes(min_value=datetime(1999, 1, 1), max_value=datetime(2030, 1, 1)),  # noqa: DTZ001
        st.integers(-14 * 60, 14 * 60),
        st.sampled_from(["", "A", "B", "çé", "x,y"]),
        st.sampled_from(["C", "D", 'quo"te']),
        st.integers(1, 10**14),
        st.sampled_from(["EUR", "JPY", "KWD"]),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rows=ROWS, runs=st.integers(1, 5))
def test_any_good_table_comes_back_whole_however_it_is_cut_into_runs(
    rows: list[tuple[datetime, int, str, str, int, str]],
    runs: int,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path_factory.mktemp("any")
    monkeypatch.setattr(importing, "RUN_ROWS", runs)
    monkeypatch.setattr(reading, "BLOCK_ROWS", 3)
    wanted = set()
    with (folder / "in.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["transaction_id", "booked_at", "from_account", "to_account", "amount", "currency", "channel"])
        for number, (moment, offset, source, target, minor, currency) in enumerate(rows):
            at = moment.replace(tzinfo=timezone(timedelta(minutes=offset)))
            text = as_decimal_text(minor, currency)
            writer.writerow([f"T{number}", at.isoformat(), source, target, text, currency, "transfer"])
            wanted.add((f"T{number}", at.astimezone(UTC), source or None, target, minor, currency))
    import_transactions([folder / "in.csv"], folder / "ledger")
    ledger = open_ledger(folder / "ledger")
    names = dict(enumerate(ledger.account_ids.to_list()))
    got = {
        (t, at, names.get(s), names[d], amount, currency)
        for t, at, s, d, amount, currency, *_ in ledger.transactions.iter_rows()
    }
    assert got == wanted
    assert ledger.transactions["booked_at"].is_sorted()


def test_the_quick_reader_and_the_careful_one_give_the_same(csv_of: Write, tmp_path: Path) -> None:
    chance = random.Random(4)
    lines = [
        f"T{n},2026-01-{chance.randint(1, 28):02}T00:00:00Z,A{chance.randint(0, 9)},B,{n + 1}.5,EUR,card"
        for n in range(999)
    ]
    plain = csv_of(*lines, name="plain.csv")
    quoted = csv_of(*[line.replace("card", '"card"') for line in lines], name="quoted.csv")
    import_transactions([plain], tmp_path / "one")
    import_transactions([quoted], tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_minor_units_are_those_of_iso_4217() -> None:
    assert [minor_unit(code) for code in ("EUR", "JPY", "KWD", "CLF", "XXQ", "eur")] == [2, 0, 3, 4, None, None]
    assert [as_decimal_text(5, code) for code in ("EUR", "JPY", "KWD")] == ["0.05", "5", "0.005"]


def test_a_mapping_file_renames_columns_and_reads_local_dates(csv_of: Write, tmp_path: Path) -> None:
    path = csv_of("31.12.2025 23:30;DE1;DE2;1234,50", header="When;Payer;Payee;Sum")
    (tmp_path / "bank.toml").write_text(
        'delimiter = ";"\ndecimal = ","\ndate_format = "%d.%m.%Y %H:%M"\noffset = "+01:00"\nids_from_rows = "bank-"\n'
        '[columns]\nbooked_at = "When"\nfrom_account = "Payer"\nto_account = "Payee"\namount = "Sum"\n'
        '[constants]\ncurrency = "EUR"\nchannel = "transfer"\n'
    )
    import_transactions([path], tmp_path / "ledger", mapping=load_mapping(str(tmp_path / "bank.toml")))
    row = open_ledger(tmp_path / "ledger").transactions.row(0, named=True)
    assert (row["transaction_id"], row["amount"]) == ("bank-2", 123450)
    assert row["booked_at"] == datetime(2025, 12, 31, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["delimiter = ", 'colour = "red"', '[columns]\nnever = "x"', 'offset = "east"'])
def test_a_wrong_mapping_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "wrong.toml").write_text(text)
    with pytest.raises(BadInputError):
        load_mapping(str(tmp_path / "wrong.toml"))


def test_accounts_are_checked_and_kept_with_the_ledger(csv_of: Write, tmp_path: Path) -> None:
    header = "account_id,holder_id,holder_kind,opened_on,phone"
    good = csv_of("A,H1,person,2026-01-05,+10 1", name="accounts.csv", header=header)
    import_transactions([csv_of(GOOD)], tmp_path / "ledger", accounts=good)
    assert open_ledger(tmp_path / "ledger").holders["opened_on"].to_list() == ["2026-01-05"]
    bad = csv_of("A,H1,robot,2026-01-05,", name="bad.csv", header=header)
    with pytest.raises(BadInputError, match=r"row 2, field 'holder_kind'"):
        import_transactions([csv_of(GOOD, name="next.csv")], tmp_path / "other", accounts=bad)
    assert not (tmp_path / "other").exists()


def test_the_command_prints_one_document(csv_of: Write, tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["import", str(csv_of(GOOD)), "--ledger", str(tmp_path / "ledger"), "--json"])
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout)["transactions"] == 1
    again = CliRunner().invoke(app, ["import", str(csv_of(GOOD)), "--ledger", str(tmp_path / "ledger"), "--json"])
    assert isinstance(again.exception, BadInputError)
    assert again.stdout == ""


def test_real_bank_statements_import(shared: Path, tmp_path: Path) -> None:
    mapping = load_mapping("berka")
    result = import_transactions([shared / "berka" / "trans.asc"], tmp_path / "ledger", mapping=mapping)
    assert (result.transactions, result.rejected) == (49_102, 0)
    with pytest.raises(BadInputError, match="transaction_id"):
        import_transactions([shared / "berka" / "trans.asc"], tmp_path / "ledger", mapping=mapping)


REGULAR = "\n".join(
    [
        "transaction_id,booked_at,from_account,to_account,amount,currency,channel,text",
        *(f"T{n},2026-01-{n + 1:02}T00:00:00Z,A{n},B,{n + 1}.5,EUR,card,hé {n}" for n in range(4)),
        "",
    ]
).encode()
ODD = [b"\r", b"\n", b"\0", b",", b"\xff", b" ", b"\r\n", b"\n\n", b"-", b'"', "\u2028".encode(), b"1", b""]


def outcome(path: Path, ledger: Path) -> tuple[list[Any], list[Any]]:
    """What an import gives: the rows taken, or the faults found."""
    try:
        import_transactions([path], ledger)
    except BadInputError as error:
        return [], [(fault.row, fault.field, fault.expected) for fault in error.faults]
    return open_ledger(ledger).transactions.rows(), []


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(damage=st.lists(st.tuples(st.integers(0, len(REGULAR)), st.integers(0, 3), st.sampled_from(ODD)), max_size=2))
def test_both_readers_judge_a_damaged_file_alike(
    damage: list[tuple[int, int, bytes]], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    content = REGULAR
    for at, cut, put in damage:
        content = content[:at] + put + content[at + cut :]
    (folder / "in.csv").write_bytes(content)
    first = outcome(folder / "in.csv", folder / "one")
    with monkeypatch.context() as patched:
        patched.setattr(reading, "_is_irregular", lambda path: True)
        assert outcome(folder / "in.csv", folder / "two") == first


@pytest.mark.parametrize("chunk", [1, 2, 1 << 20])
def test_a_file_is_irregular_with_quotes_zeros_empty_lines_or_returns_that_end_no_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    """Every text of up to four of these letters, in pieces of any size."""
    monkeypatch.setattr(reading, "_CHUNK_BYTES", chunk)
    path = tmp_path / "text"
    for length in range(1, 5):
        for letters in product(b'a\n\r"\0', repeat=length):
            text = bytes(letters)
            path.write_bytes(text)
            alone = b"\r" in text.replace(b"\r\n", b"")
            odd = alone or any(mark in text for mark in (b'"', b"\0", b"\n\n", b"\n\r"))
            assert reading._is_irregular(path) == odd, text
