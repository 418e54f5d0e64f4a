"""Transactions as a graph: arrays sorted by time, and for each account its credits and debits in order.

Everything that finds patterns works on this; it needs no ledger (`graph_of` takes plain arrays).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt
import polars as pl

from mainstay.money.engine.compiling import kernel
from mainstay.money.engine.ledger import Ledger

Ints = npt.NDArray[np.int64]
CASH = -1
EDGE, ACCOUNT = "edge", "account"
Edges = Annotated[Ints, EDGE]
"""Numbers of transactions, as an occurrence of a pattern holds them."""
Account = Annotated[int, ACCOUNT]
Accounts = Annotated[Ints, ACCOUNT]
"""Codes of accounts, as an occurrence of a pattern holds them."""


@dataclass(frozen=True, slots=True)
class Adjacency:
    """The transactions of account `a`, in order of time: `edge[start[a]:start[a + 1]]`."""

    start: Ints
    edge: Ints


Payments = npt.NDArray[np.void]
PAYMENT = np.dtype(
    [("time", "<i8"), ("amount", "<i8"), ("source", "<i4"), ("target", "<i4"), ("currency", "<i4"), ("_", "<i4")]
)
"""All of one payment stands together, in half a line of a processor's cache: who looks at one waits once."""
_CHUNK = 1 << 22
MOST = 1 << 31
"""Accounts and transactions in a graph: their numbers have four bytes."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Transactions in order of time: microseconds, account codes (-1 is cash), minor units, currency codes.

    `currencies` are in alphabetical order; `credits` and `debits` are by account.
    """

    payments: Payments
    currencies: tuple[str, ...]
    accounts: int
    credits: Adjacency
    debits: Adjacency

    @property
    def time(self) -> Ints:
        """Microseconds since the epoch."""
        return self.payments["time"]

    @property
    def source(self) -> Ints:
        """Paying accounts."""
        return self.payments["source"]

    @property
    def target(self) -> Ints:
        """Receiving accounts."""
        return self.payments["target"]

    @property
    def amount(self) -> Ints:
        """Minor units."""
        return self.payments["amount"]

    @property
    def currency(self) -> Ints:
        """Index in `currencies`."""
        return self.payments["currency"]


def graph_of(
    time: Ints, source: Ints, target: Ints, amount: Ints, currency: Ints, currencies: tuple[str, ...], accounts: int
) -> Graph:
    """Return the graph of transactions; `ValueError` where they are not in order of time.

    Args:
        time: microseconds since the epoch, not falling.
        source: paying accounts, 0 ≤ code < accounts, or -1 for cash.
        target: receiving accounts, alike.
        amount: minor units, over 0.
        currency: index in `currencies`.
        currencies: ISO 4217 codes in alphabetical order.
        accounts: how many accounts there are.
    """
    payments = np.empty(len(time), PAYMENT)
    columns = (("time", time), ("source", source), ("target", target), ("amount", amount), ("currency", currency))
    for name, column in columns:
        payments[name] = column
    return _graph(payments, currencies, accounts)


def _graph(payments: Payments, currencies: tuple[str, ...], accounts: int) -> Graph:
    """Return the graph of payments laid out row by row."""
    require_order(payments["time"])
    if max(accounts, len(payments)) >= MOST:
        raise ValueError(f"fewer than {MOST:,} accounts and transactions")
    with ThreadPoolExecutor(2) as pool:
        credits_of = pool.submit(by_account, payments["target"], accounts)
        debits_of = pool.submit(by_account, payments["source"], accounts)
        return Graph(payments, currencies, accounts, credits_of.result(), debits_of.result())


def require_order(time: Ints) -> None:
    """Raise `ValueError` where times fall."""
    if not (time[1:] >= time[:-1]).all():
        raise ValueError("transactions must be in order of time")


def graph_of_ledger(ledger: Ledger) -> Graph:
    """Return the graph of a ledger's transactions; the row of a transaction is its number in the graph."""
    payments = np.empty(ledger.height, PAYMENT)
    names: dict[str, int] = {}
    first = 0
    for day in ledger.by_day("booked_at", "from_account", "to_account", "amount", "currency"):
        here = payments[first : first + day.height]
        here["time"] = day["booked_at"].to_physical().to_numpy()
        here["source"] = day["from_account"].fill_null(CASH).to_numpy()
        here["target"] = day["to_account"].fill_null(CASH).to_numpy()
        here["amount"] = day["amount"].to_numpy()
        here["currency"] = _codes(day["currency"], names)
        first += day.height
    ordered = sorted(names)
    if ordered != list(names):
        ranks = np.array([ordered.index(name) for name in names], np.int32)
        for first in range(0, len(payments), _CHUNK):
            here = payments["currency"][first : first + _CHUNK]
            here[:] = ranks[here]
    return _graph(payments, tuple(ordered), len(ledger.account_ids))


def _codes(texts: pl.Series, names: dict[str, int]) -> npt.NDArray[np.int32] | int:
    """Return the code of each text, or the one of all; a new text gets the next code."""
    fresh = texts.unique(maintain_order=True)
    for name in fresh:
        names.setdefault(name, len(names))
    if len(fresh) == 1:
        return names[fresh[0]]
    codes = np.zeros(len(texts), np.int32)
    for name in fresh:
        codes[(texts == name).to_numpy()] = names[name]
    return codes


def graph_of_rows(rows: pl.DataFrame, accounts: int) -> Graph:
    """Return the graph of some of a ledger's rows, in order of time.

    Args:
        rows: `booked_at`, `from_account`, `to_account` (numbers below `accounts`; null is cash), `amount`, `currency`.
        accounts: how many accounts there are.
    """
    source, target = (rows[side].fill_null(CASH).to_numpy() for side in ("from_account", "to_account"))
    names = rows["currency"].unique().sort()
    currency = codes_of(rows["currency"], names).to_numpy()
    times, amounts = rows["booked_at"].to_physical().to_numpy(), rows["amount"].to_numpy()
    return graph_of(times, source, target, amounts, currency, tuple(names.to_list()), accounts)


def graph_of_frame(payments: pl.DataFrame) -> tuple[Graph, pl.Series]:
    """Return the graph of a table of payments, and the accounts by their code in it.

    Args:
        payments: `booked_at` (a moment), `from_account` and `to_account` (text; null is cash), `amount` (whole minor
            units), `currency`; in order of time, or `ValueError` is raised. A payment's row is its number in the graph.
    """
    sides = [payments[name] for name in ("from_account", "to_account")]
    accounts = pl.concat([side.alias("account") for side in sides]).drop_nulls().unique().sort()
    currencies = payments["currency"].unique().sort()
    source, target = (codes_of(side, accounts).fill_null(CASH).to_numpy() for side in sides)
    graph = graph_of(
        payments["booked_at"].cast(pl.Datetime("us")).to_physical().to_numpy(),
        source,
        target,
        payments["amount"].cast(pl.Int64).to_numpy(),
        codes_of(payments["currency"], currencies).to_numpy(),
        tuple(currencies.to_list()),
        len(accounts),
    )
    return graph, accounts


def codes_of(texts: pl.Series, known: pl.Series | Sequence[str]) -> pl.Series:
    """Return the place of each text among those that are known, which it has to be."""
    return texts.replace_strict(known, np.arange(len(known)), return_dtype=pl.Int64)


def by_account(side: Ints, accounts: int) -> Adjacency:
    """Return the transactions of each account on one side: by `target` its credits, by `source` its debits."""
    return Adjacency(*_index(side, accounts))


def cash_by_account(graph: Graph) -> tuple[Adjacency, Adjacency]:
    """Return the cash paid into each account, and the cash taken out of each."""
    return _with(graph.credits, graph.source == CASH), _with(graph.debits, graph.target == CASH)


def _with(adjacency: Adjacency, wanted: npt.NDArray[np.bool_]) -> Adjacency:
    """Return what is left of each account's transactions when some are wanted."""
    kept = wanted[adjacency.edge]
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept)])
    return Adjacency(before[adjacency.start], adjacency.edge[kept])


@kernel
def _index(accounts, count):  # type: ignore[no-untyped-def]
    """Sort by counting: stable, so each account's transactions keep their order in time."""
    start = np.zeros(count + 1, np.int64)
    for account in accounts:
        if account >= 0:
            start[account + 1] += 1
    for account in range(count):
        start[account + 1] += start[account]
    at = start[:-1].copy()
    edge = np.empty(start[count], np.int64)
    for number in range(len(accounts)):
        account = accounts[number]
        if account >= 0:
            edge[at[account]] = number
            at[account] += 1
    return start, edge


def distinct_partners(adjacency: Adjacency, partner: Ints, accounts: int) -> Ints:
    """Return for each account how many different other accounts (no cash) stand on the other side."""
    counts: Ints = _distinct(adjacency.start, adjacency.edge, partner, accounts)
    return counts


@kernel
def _distinct(start, edge, partner, accounts):  # type: ignore[no-untyped-def]
    stamp = np.full(accounts, -1, np.int64)
    counts = np.zeros(accounts, np.int64)
    for account in range(accounts):
        for at in range(start[account], start[account + 1]):
            other = partner[edge[at]]
            if other >= 0 and other != account and stamp[other] != account:
                stamp[other] = account
                counts[account] += 1
    return counts
