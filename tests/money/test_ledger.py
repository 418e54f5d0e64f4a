"""A ledger read by column and by day: the same rows, in the same order, and no more than was asked for."""

import random
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mainstay.money.engine.adjacency import graph_of_ledger
from mainstay.money.engine.failures import DamagedLedgerError
from mainstay.money.engine.holders import KnownHolders
from mainstay.money.engine.importing import import_transactions
from mainstay.money.engine.ledger import Ledger, open_ledger
from mainstay.money.engine.places import cash_places
from mainstay.money.engine.stores import Folder

HEADER = "transaction_id,booked_at,from_account,to_account,amount,currency,channel"


@pytest.fixture
def imported(tmp_path: Path) -> tuple[Path, list[tuple[str, ...]]]:
    """A ledger of three imports whose days overlap, ties in time among them, and its rows in the order to be had.

    The first import knows no places; currencies first appear against the alphabet.
    """
    chance = random.Random(7)
    rows: list[tuple[str, ...]] = []
    for turn, places in enumerate((False, True, True)):
        mine = []
        for n in range(150):
            moment = f"2026-01-{chance.randint(1, 5):02}T{chance.randint(0, 3):02}:00:00Z"
            sides = chance.choice([("", "A1"), ("A2", ""), (f"A{chance.randint(0, 9)}", f"A{chance.randint(0, 9)}")])
            currency = ("USD", "JPY", "EUR")[min(2, chance.randint(0, turn + 1))]
            where = (chance.choice(["", "North", " South "]), chance.choice(["", "East"])) if places else ("", "")
            countries = (chance.choice(["", "XA"]), chance.choice(["", "XO"])) if places else ("", "")
            mine.append((f"T{turn}-{n}", moment, *sides, str(n + 1), currency, "cash", *where, *countries))
        header = HEADER + (",from_place,to_place,from_country,to_country" if places else "")
        lines = [",".join(row[: 11 if places else 7]) for row in mine]
        path = tmp_path / f"{turn}.csv"
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        import_transactions([path], tmp_path / "ledger")
        rows += mine
    return tmp_path / "ledger", sorted(rows, key=lambda row: row[1])


def test_columns_come_in_order_of_time_and_of_import(imported: tuple[Path, list[tuple[str, ...]]]) -> None:
    folder, expected = imported
    ledger = open_ledger(folder)
    assert ledger.transactions["transaction_id"].to_list() == [row[0] for row in expected]
    graph = graph_of_ledger(ledger)
    assert graph.currencies == ("EUR", "JPY", "USD")
    assert [graph.currencies[code] for code in graph.currency] == [row[5] for row in expected]
    ids = ["", *ledger.account_ids]
    assert [(ids[s + 1], ids[t + 1]) for s, t in zip(graph.source, graph.target, strict=True)] == [
        row[2:4] for row in expected
    ]
    scale = {"EUR": 100, "USD": 100, "JPY": 1}
    assert graph.amount.tolist() == [int(row[4]) * scale[row[5]] for row in expected]


def test_rows_are_those_asked_for_and_other_days_are_not_read(imported: tuple[Path, list[tuple[str, ...]]]) -> None:
    folder, expected = imported
    ledger = open_ledger(folder)
    for numbers in ([], [0], [len(expected) - 1], sorted(random.Random(3).sample(range(len(expected)), 60))):
        found = ledger.rows(np.array(numbers, np.int64), "transaction_id", "to_place")
        assert found.rows() == [
            (expected[at][0], expected[at][8] if expected[at][0] > "T1" else None) for at in numbers
        ]
    last = [at for at, row in enumerate(expected) if row[1].startswith("2026-01-05")]
    for path in folder.glob("parts/2026-01-0[1-4]*"):
        path.unlink()
    assert open_ledger(folder, verify=False).rows(np.array(last), "transaction_id").height == len(last)
    with pytest.raises(DamagedLedgerError, match="2026-01-01"):
        open_ledger(folder, verify=False).rows(np.array([0]), "transaction_id")


def test_cash_has_the_place_where_it_changed_hands(imported: tuple[Path, list[tuple[str, ...]]]) -> None:
    folder, expected = imported
    places = cash_places(open_ledger(folder))
    names = [*places.names, ""]

    def where(row: tuple[str, ...]) -> str:
        at = 0 if not row[2] else 1 if not row[3] else None
        if at is None or not row[7 + at].strip():
            return ""
        return f"{row[9 + at]} {row[7 + at].strip()}".strip()

    assert [names[code] for code in places.code] == [where(row) for row in expected]
    assert list(places.names) == sorted(places.names)
    assert len(places.names) > 3


def test_holders_are_found_among_others(imported: tuple[Path, list[tuple[str, ...]]], tmp_path: Path) -> None:
    folder, _ = imported
    accounts = tmp_path / "accounts.csv"
    known = [f"A{n},H{n},person,2020-01-{n + 1:02}" for n in (3, 7, 1, 9)]
    accounts.write_text("account_id,holder_id,holder_kind,opened_on\n" + "\n".join(known) + "\n", encoding="utf-8")
    payments = tmp_path / "more.csv"
    payments.write_text(f"{HEADER}\nX,2026-02-01T00:00:00Z,A1,A2,1,EUR,transfer\n", encoding="utf-8")
    import_transactions([payments], folder, accounts=accounts)
    ledger = open_ledger(folder)
    holders = KnownHolders(ledger.holders)
    for wanted in ([], ["A0"], ["A9", "A8", "A1"], [f"A{n}" for n in range(10)], ["Z"]):
        found = holders.rows_of(wanted)
        assert found["account_id"].to_list() == [name for name in wanted if name in {"A1", "A3", "A7", "A9"}]


def test_an_empty_ledger_has_its_columns(tmp_path: Path) -> None:
    from mainstay.money.engine.ledger import Manifest

    ledger = Ledger(Folder(tmp_path), Manifest())
    assert ledger.transactions.height == 0
    assert ledger.transactions.schema["amount"] == pl.Int64
    assert len(graph_of_ledger(ledger).time) == 0
