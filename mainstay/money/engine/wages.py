"""Wage funnel: one employer pays several accounts, and most of each wage soon goes on to one account.

Definition. Days D, share s, at least n workers and m months.

1. A *wage* is a payment of amount a from account e to another account w at time t (no cash). It is
   *passed on to* f when f ≠ w (f may be e) and the payments from w to f in the same currency with
   t ≤ time ≤ t + D add up to at least s × a.
2. An account w with more than `max_debits` payments out (cash too) in those D days is busy, no
   wage earner's: that wage is not looked at, and counted.
3. w is *kept up* for (e, f) when wages from e to w in at least m calendar months (UTC) in a row were
   passed on to f.
4. A funnel is (e, f) with all w kept up for it, when there are at least n, and they are at least
   `min_payer_share` of all accounts that pay f (a payment service or a tax office has many more).
   Its wages are all wages from e to these w that were passed on to f; so it is maximal and unique.

Work is at most `max_debits` for each transaction.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mainstay.money.engine.adjacency import Account, Accounts, Edges, Graph, distinct_partners
from mainstay.money.engine.compiling import kernel
from mainstay.money.engine.growing import laid_out, longer
from mainstay.money.types import WageSettings, microseconds

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Funnel:
    """One wage funnel: accounts by code, wages and onward payments by number, and its figures.

    `share` is the mean of what was passed on of each wage (at most 1 each); `delay_days` the median
    time from a wage to the first payment on.
    """

    employer: Account
    controller: Account
    workers: Accounts
    wages: Edges
    onward: Edges
    months: int
    share: float
    delay_days: float
    payer_share: float


@dataclass(frozen=True, slots=True)
class Funnels:
    """All funnels, and how many wages to busy accounts were not looked at, how many pairs drowned in a hub."""

    found: tuple[Funnel, ...]
    busy: int
    hubs: int


def find_funnels(graph: Graph, settings: WageSettings) -> Funnels:
    """Return the wage funnels of a graph, in order of employer and controller."""
    payers = distinct_partners(graph.credits, graph.source, graph.accounts)
    paid = distinct_partners(graph.debits, graph.target, graph.accounts)
    wage, to, passed, busy = _passed(graph, settings, paid >= settings.min_workers, payers >= settings.min_workers)
    often = _often(
        graph.source[wage].astype(np.int64) * graph.accounts + to, settings.min_workers * settings.min_months
    )
    return funnels_of(graph, _rows(graph, wage[often], to[often], passed[often]), payers, busy, settings)


def passed_on(graph: Graph, settings: WageSettings, employs: Marks, gathers: Marks) -> tuple[pl.DataFrame, int]:
    """Return the wages that were passed on (points 1 and 2 of the definition), and how many of busy accounts were not.

    A row for each wage and receiver: `employer`, `to`, `worker`, `month`, `wage` (its number), `share`.

    Args:
        graph: transactions of workers, all or some.
        settings: what is a wage that was passed on.
        employs: which accounts pay at least `min_workers` others; wages of others are no funnel's.
        gathers: which accounts are paid by at least as many.
    """
    wage, to, passed, busy = _passed(graph, settings, employs, gathers)
    return _rows(graph, wage, to, passed), busy


def _passed(graph: Graph, settings: WageSettings, employs: Marks, gathers: Marks) -> tuple[Ints, Ints, Floats, int]:
    wage, to, passed, busy = _passed_on(
        graph.credits.start,
        graph.credits.edge,
        graph.debits.start,
        graph.debits.edge,
        graph.payments,
        employs,
        gathers,
        (microseconds(settings.within), settings.max_debits, settings.min_months),
        settings.min_share,
    )
    return wage, to, passed, int(busy)


def funnels_of(graph: Graph, rows: pl.DataFrame, payers: Ints, busy: int, settings: WageSettings) -> Funnels:
    """Return the funnels among wages that were passed on (points 3 and 4 of the definition).

    Args:
        graph: a graph with these wages and with what their workers paid to the receivers.
        rows: the wages, as `passed_on` gives them.
        payers: how many accounts pay each account.
        busy: how many wages of busy accounts there were.
        settings: what is a funnel.
    """
    kept = _kept_up(rows, settings.min_months)
    pairs = (
        kept.group_by("employer", "to")
        .agg(pl.col("worker").n_unique().alias("workers"))
        .filter(pl.col("workers") >= settings.min_workers)
        .with_columns((pl.col("workers") / pl.lit(payers).gather(pl.col("to"))).alias("payer_share"))
        .sort("employer", "to")
    )
    members = rows.join(kept, on=["employer", "to", "worker"], how="semi").sort("wage")
    apart = members.partition_by(["employer", "to"], as_dict=True) if pairs.height else {}
    clear = pairs.filter(pl.col("payer_share") >= settings.min_payer_share)
    found = tuple(
        _funnel(graph, apart[(row["employer"], row["to"])], row["payer_share"], settings)
        for row in clear.iter_rows(named=True)
    )
    return Funnels(found, busy, pairs.height - clear.height)


def _often(pairs: Ints, least: int) -> Marks:
    """Drop most (employer, receiver) pairs that occur too seldom to be a funnel, none that occurs often enough."""
    bits = max(10, int(2 * len(pairs)).bit_length())
    mixed = (pairs.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(64 - bits)).astype(np.int64)
    often: Marks = np.bincount(mixed, minlength=1 << bits)[mixed] >= least
    return often


def _rows(graph: Graph, wage: Ints, to: Ints, passed: Floats) -> pl.DataFrame:
    moments = pl.Series(graph.time[wage]).cast(pl.Datetime("us", "UTC"))
    months = moments.dt.year().cast(pl.Int64) * 12 + moments.dt.month().cast(pl.Int64)
    share = np.minimum(1.0, passed / np.maximum(graph.amount[wage], 1))
    return pl.DataFrame(
        {
            "employer": graph.source[wage],
            "to": to,
            "worker": graph.target[wage],
            "month": months,
            "wage": wage,
            "share": share,
        }
    )


def _kept_up(rows: pl.DataFrame, min_months: int) -> pl.DataFrame:
    """Return (employer, to, worker) with at least so many months in a row."""
    keys = ["employer", "to", "worker"]
    months = rows.select(*keys, "month").unique().sort(*keys, "month")
    runs = months.with_columns((pl.col("month") - pl.int_range(pl.len()).over(keys)).alias("run"))
    lengths = runs.group_by(*keys, "run").agg(pl.len().alias("months"))
    return lengths.filter(pl.col("months") >= min_months).select(keys).unique()


def _funnel(graph: Graph, members: pl.DataFrame, payer_share: float, settings: WageSettings) -> Funnel:
    to = int(members["to"][0])
    wages = members["wage"].to_numpy()
    within = microseconds(settings.within)
    onward: set[int] = set()
    delays = []
    for wage in wages:
        worker, begin = int(graph.target[wage]), int(graph.time[wage])
        debits = graph.debits.edge[graph.debits.start[worker] : graph.debits.start[worker + 1]]
        low = int(np.searchsorted(graph.time[debits], begin, "left"))
        high = int(np.searchsorted(graph.time[debits], begin + within, "right"))
        legs = [d for d in debits[low:high] if graph.target[d] == to and graph.currency[d] == graph.currency[wage]]
        onward.update(int(leg) for leg in legs)
        delays.append(int(graph.time[legs[0]]) - begin)
    return Funnel(
        employer=int(members["employer"][0]),
        controller=to,
        workers=members["worker"].unique().sort().to_numpy(),
        wages=wages,
        onward=np.array(sorted(onward), np.int64),
        months=members["month"].n_unique(),
        share=float(members["share"].to_numpy().mean()),
        delay_days=float(np.median(delays)) / 86_400_000_000,
        payer_share=payer_share,
    )


@kernel
def _passed_on(  # type: ignore[no-untyped-def]
    in_start, in_edge, out_start, out_edge, payments, employs, gathers, limits, min_share
):
    """Return each (wage, receiver, sum passed on) of point 1 of the definition, and the number of busy ones.

    Wages of an employer that paid the worker too seldom to be a funnel's are counted where they are busy, and left.
    """
    within, max_debits, min_months = limits
    wages, tos, sums = np.empty(64, np.int64), np.empty(64, np.int64), np.empty(64, np.float64)
    seen, held = np.empty(max_debits, np.int64), np.empty(max_debits, np.float64)
    paid = np.zeros(len(in_start) - 1, np.int32)
    into, out = payments[:0].copy(), payments[:0].copy()
    count, busy = 0, 0
    for worker in range(len(in_start) - 1):
        begin, end = out_start[worker], out_start[worker + 1]
        if begin == end:
            continue
        credits_of, debits_of = in_edge[in_start[worker] : in_start[worker + 1]], out_edge[begin:end]
        into, out = laid_out(payments, credits_of, into), laid_out(payments, debits_of, out)
        at, end = 0, len(debits_of)
        for place in range(len(credits_of)):
            if into[place].source >= 0:
                paid[into[place].source] += 1
        for place in range(len(credits_of)):
            wage = into[place]
            if wage.source < 0 or wage.source == worker or not employs[wage.source]:
                continue
            while at < end and out[at].time < wage.time:
                at += 1
            until = wage.time + within
            if at + max_debits < end and out[at + max_debits].time <= until:
                busy += 1
                continue
            if paid[wage.source] < min_months:
                continue
            different, here = 0, at
            while here < end and out[here].time <= until:
                debit = out[here]
                here += 1
                if debit.target < 0 or debit.target == worker:
                    continue
                if debit.currency != wage.currency or not gathers[debit.target]:
                    continue
                slot = 0
                while slot < different and seen[slot] != debit.target:
                    slot += 1
                if slot == different:
                    seen[slot], held[slot] = debit.target, 0
                    different += 1
                held[slot] += debit.amount
            for slot in range(different):
                if held[slot] >= min_share * wage.amount:
                    if count == len(wages):
                        wages, tos, sums = longer(wages), longer(tos), longer(sums)
                    wages[count], tos[count], sums[count] = credits_of[place], seen[slot], held[slot]
                    count += 1
        for place in range(len(credits_of)):
            if into[place].source >= 0:
                paid[into[place].source] = 0
    return wages[:count], tos[:count], sums[:count], busy
