"""Transactions as a graph: arrays sorted by time, and for each account its credits and debits in order.

Everything that finds patterns works on this; it needs no ledger (`graph_of` takes plain arrays).
"""

from dataclasses import dataclass

import numba as nb
import numpy as np
import numpy.typing as npt
import polars as pl

from mainstay.money.engine.ledger import Ledger

Ints = npt.NDArray[np.int64]
CASH = -1


@dataclass(frozen=True, slots=True)
class Adjacency:
    """The transactions of account `a`, in order of time: `edge[start[a]:start[a + 1]]`."""

    start: Ints
    edge: Ints


@dataclass(frozen=True, slots=True)
class Graph:
    """Transactions in order of time: microseconds, account codes (-1 is cash), minor units, currency codes.

    `currencies` are in alphabetical order; `credits` and `debits` are by account.
    """

    time: Ints
    source: Ints
    target: Ints
    amount: Ints
    currency: Ints
    currencies: tuple[str, ...]
    accounts: int
    credits: Adjacency
    debits: Adjacency


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
    if len(time) > 1 and bool(np.any(time[1:] < time[:-1])):
        raise ValueError("transactions must be in order of time")
    credits_of, debits_of = by_account(target, accounts), by_account(source, accounts)
    return Graph(time, source, target, amount, currency, currencies, accounts, credits_of, debits_of)


def graph_of_ledger(ledger: Ledger) -> Graph:
    """Return the graph of a ledger's transactions; the row of a transaction is its number in the graph."""
    table = ledger.transactions
    names = table["currency"].unique().sort()
    return graph_of(
        table["booked_at"].to_physical().to_numpy(),
        table["from_account"].fill_null(CASH).to_numpy(),
        table["to_account"].fill_null(CASH).to_numpy(),
        table["amount"].to_numpy(),
        _codes(table["currency"], names).to_numpy(),
        tuple(names.to_list()),
        len(ledger.account_ids),
    )


def graph_of_frame(payments: pl.DataFrame) -> tuple[Graph, pl.Series]:
    """Return the graph of a table of payments, and the accounts by their code in it.

    Args:
        payments: `booked_at` (a moment), `from_account` and `to_account` (text; null is cash), `amount` (whole minor
            units), `currency`; in order of time, or `ValueError` is raised. A payment's row is its number in the graph.
    """
    sides = [payments[name] for name in ("from_account", "to_account")]
    accounts = pl.concat([side.alias("account") for side in sides]).drop_nulls().unique().sort()
    currencies = payments["currency"].unique().sort()
    source, target = (_codes(side, accounts).fill_null(CASH).to_numpy() for side in sides)
    graph = graph_of(
        payments["booked_at"].cast(pl.Datetime("us")).to_physical().to_numpy(),
        source,
        target,
        payments["amount"].cast(pl.Int64).to_numpy(),
        _codes(payments["currency"], currencies).to_numpy(),
        tuple(currencies.to_list()),
        len(accounts),
    )
    return graph, accounts


def _codes(texts: pl.Series, known: pl.Series) -> pl.Series:
    return texts.replace_strict(known, np.arange(len(known)), return_dtype=pl.Int64)


def by_account(side: Ints, accounts: int) -> Adjacency:
    """Return the transactions of each account on one side: by `target` its credits, by `source` its debits."""
    return Adjacency(*_index(side, accounts))


@nb.njit(cache=True)
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


@nb.njit(cache=True)
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
