"""What the ledger knows of each finding: codes and numbers of the graph turned back into ids and facts."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mainstay.money import rules
from mainstay.money.engine.adjacency import CASH, Graph
from mainstay.money.engine.bookings import Booking
from mainstay.money.engine.chains import accounts_of
from mainstay.money.engine.currencies import as_decimal_text, minor_unit
from mainstay.money.engine.debts import Debt
from mainstay.money.engine.dormancy import Waking
from mainstay.money.engine.fans import Collection
from mainstay.money.engine.funnel_accounts import FunnelAccount
from mainstay.money.engine.gathering import Gathering
from mainstay.money.engine.holders import KnownHolders
from mainstay.money.engine.ledger import Ledger
from mainstay.money.engine.rings import Cycle
from mainstay.money.engine.scattering import Scattering
from mainstay.money.engine.stacks import Stack
from mainstay.money.engine.structuring import Structuring
from mainstay.money.engine.wages import Funnel
from mainstay.money.types import DAY, HOUR

Ints = npt.NDArray[np.int64]
Rows = Callable[..., pl.DataFrame]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Reader:
    """Turns codes and numbers of the graph back into the ledger's ids and facts."""

    def __init__(
        self, ledger: Ledger, graph: Graph, edges: Iterable[Ints], numbers: Ints | None = None, rows: Rows | None = None
    ) -> None:
        """Read what will be asked for, once and no more.

        Args:
            ledger: where it is read.
            graph: the ledger's, or one of some of its transactions.
            edges: the numbers in the graph of all transactions that will be asked for.
            numbers: the ledger's number of each transaction in the graph, where they are not the same.
            rows: reads transactions as `Ledger.rows` does, where that is not done here.
        """
        self._numbers = np.unique(np.concatenate([np.zeros(0, np.int64), *edges]))
        asked = self._numbers if numbers is None else numbers[self._numbers]
        self._table = (rows or ledger.rows)(asked, "transaction_id", "from_account", "from_country", "to_country")
        self._ids = ledger.account_ids
        self._graph = graph
        self._holders = KnownHolders(ledger.holders)

    def collection(self, found: Collection) -> rules.CollectionFacts:
        """Return what is known of a fan-in collection."""
        graph = self._graph
        edges = np.sort(np.concatenate([found.payments, found.onward]))
        start = _moment(graph.time[found.payments[0]])
        return rules.CollectionFacts(
            collector=self._account(found.collector),
            payers=self._names(graph.source[found.payments]),
            receivers=self._receivers(found),
            transactions=self._transactions(edges),
            start=start,
            end=_moment(graph.time[edges[-1]]),
            amounts=self._amounts(found.payments),
            peak=found.peak,
            usual=found.usual,
            strangers=found.strangers,
            onward_share=found.onward_share,
            abroad=self._abroad(found.payments),
            opened_days=self._holders.opened(self._account(found.collector), start.date()),
        )

    def funnel(self, found: Funnel) -> rules.FunnelFacts:
        """Return what is known of a wage funnel."""
        graph = self._graph
        edges = np.unique(np.concatenate([found.wages, found.onward]))
        workers = self._names(found.workers)
        controller = self._account(found.controller)
        return rules.FunnelFacts(
            employer=self._account(found.employer),
            controller=controller,
            workers=workers,
            transactions=self._transactions(edges),
            start=_moment(graph.time[edges[0]]),
            end=_moment(graph.time[edges[-1]]),
            amounts=self._amounts(found.wages),
            months=found.months,
            share=found.share,
            delay_days=found.delay_days,
            sharing=self._holders.sharing(workers, controller),
        )

    def chain(self, found: Ints) -> rules.ChainFacts:
        """Return what is known of a pass-through chain."""
        graph = self._graph
        accounts = [self._account(code) for code in accounts_of(graph, found)]
        begin, until = int(graph.source[found[0]] != CASH), len(accounts) - int(graph.target[found[-1]] != CASH)
        start, (kept, hours) = _moment(graph.time[found[0]]), self._held(found[:-1], found[1:])
        return rules.ChainFacts(
            first=accounts[0] if begin else None,
            through=accounts[begin:until],
            last=accounts[-1] if until < len(accounts) else None,
            transactions=self._transactions(found),
            start=start,
            end=_moment(graph.time[found[-1]]),
            amounts=self._amounts(found[:1]),
            kept=kept,
            left=float(graph.amount[found[-1]] / graph.amount[found[0]]),
            hours=hours,
            opened_days=self._holders.youngest(accounts[begin:until], start.date()),
        )

    def cycle(self, found: Cycle) -> rules.CycleFacts:
        """Return what is known of a temporal cycle."""
        graph, first = self._graph, found.rounds[0]
        edges = np.sort(np.concatenate(found.rounds))
        accounts = [self._account(code) for code in graph.source[first]]
        start = _moment(graph.time[edges[0]])
        amounts, moments = [graph.amount[one] for one in found.rounds], [graph.time[one] for one in found.rounds]
        return rules.CycleFacts(
            start_account=accounts[0],
            through=accounts[1:],
            transactions=self._transactions(edges),
            start=start,
            end=_moment(graph.time[edges[-1]]),
            amounts=self._amounts(np.array([one[0] for one in found.rounds])),
            rounds=len(found.rounds),
            left=min(float(np.min(one) / np.max(one)) for one in amounts),
            days=min(float((np.max(one) - np.min(one)) / DAY) for one in moments),
            opened_days=self._holders.youngest(accounts[1:], start.date()),
        )

    def debt(self, found: Debt) -> rules.DebtFacts:
        """Return what is known of a recruitment-fee debt."""
        graph = self._graph
        edges, firsts = np.sort(np.concatenate(found.series)), np.array([one[0] for one in found.series])
        payers = np.unique(graph.source[firsts])
        sums = np.unique(graph.amount[firsts], return_counts=True)[1]
        return rules.DebtFacts(
            receiver=self._account(found.receiver),
            payers=self._names(payers),
            transactions=self._transactions(edges),
            start=_moment(graph.time[edges[0]]),
            end=_moment(graph.time[edges[-1]]),
            amounts=self._amounts(edges),
            period_days=found.period_days,
            begun_days=float((graph.time[firsts].max() - graph.time[firsts].min()) / DAY),
            payments=int(np.sort([len(one) for one in found.series])[(len(firsts) - 1) // 2]),
            alike=float(sums.max() / len(firsts)),
            of_all=len(payers) / found.all_payers,
            abroad=self._abroad(edges),
        )

    def structuring(self, found: Structuring) -> rules.StructuringFacts:
        """Return what is known of a structuring."""
        graph, payments = self._graph, found.payments
        amounts = graph.amount[payments]
        currency = graph.currencies[int(graph.currency[payments[0]])]
        return rules.StructuringFacts(
            account=self._account(found.account),
            into=found.into,
            transactions=self._transactions(payments),
            start=_moment(graph.time[payments[0]]),
            end=_moment(graph.time[payments[-1]]),
            amounts=self._amounts(payments),
            limit=found.limit // 10 ** (minor_unit(currency) or 0),
            above=float(amounts.sum() / found.limit),
            near=float(amounts.mean() / found.limit),
            share=found.share,
        )

    def funnel_account(self, found: FunnelAccount) -> rules.FunnelAccountFacts:
        """Return what is known of a funnel account."""
        graph, deposits, withdrawals = self._graph, found.deposits, found.withdrawals
        edges = np.sort(np.concatenate([deposits, withdrawals]))
        start, account = _moment(graph.time[edges[0]]), self._account(found.account)
        next_out = np.searchsorted(withdrawals, deposits)
        stayed = [
            int(graph.time[withdrawals[at]] - graph.time[deposit])
            for deposit, at in zip(deposits.tolist(), next_out.tolist(), strict=True)
        ]
        return rules.FunnelAccountFacts(
            account=account,
            transactions=self._transactions(edges),
            start=start,
            end=_moment(graph.time[edges[-1]]),
            amounts=self._amounts(deposits),
            deposits=len(deposits),
            places=found.places,
            elsewhere=found.elsewhere,
            share=self._total(withdrawals) / self._total(deposits),
            hours=sorted(stayed)[(len(stayed) - 1) // 2] / HOUR,
            opened_days=self._holders.opened(account, start.date()),
        )

    def scattering(self, found: Scattering) -> rules.ScatterFacts:
        """Return what is known of a scatter-gather."""
        graph, first, second = self._graph, found.scattered, found.gathered
        edges = np.sort(np.concatenate([first, second]))
        start, (kept, hours) = _moment(graph.time[edges[0]]), self._held(first, second)
        middles = self._names(graph.target[first])
        return rules.ScatterFacts(
            payer=self._account(graph.source[first[0]]),
            middles=middles,
            receiver=self._account(graph.target[second[0]]),
            transactions=self._transactions(edges),
            start=start,
            end=_moment(graph.time[edges[-1]]),
            amounts=self._amounts(first),
            left=self._total(second) / self._total(first),
            kept=kept,
            hours=hours,
            opened_days=self._holders.youngest(middles, start.date()),
        )

    def gathering(self, found: Gathering) -> rules.GatherFacts:
        """Return what is known of a gather-scatter."""
        graph, gathered, scattered = self._graph, found.gathered, found.scattered
        edges = np.sort(np.concatenate([gathered, scattered]))
        start, account = _moment(graph.time[edges[0]]), self._account(found.account)
        return rules.GatherFacts(
            account=account,
            payers=self._names(graph.source[gathered]),
            receivers=self._names(graph.target[scattered]),
            transactions=self._transactions(edges),
            start=start,
            end=_moment(graph.time[edges[-1]]),
            amounts=self._amounts(gathered),
            share=self._total(scattered) / self._total(gathered),
            hours=float((graph.time[edges[-1]] - graph.time[edges[0]]) / HOUR),
            opened_days=self._holders.opened(account, start.date()),
        )

    def waking(self, found: Waking) -> rules.DormancyFacts:
        """Return what is known of a dormancy then burst."""
        graph, burst, account = self._graph, found.burst, found.account
        apart = burst[graph.source[burst] != graph.target[burst]]
        into, out = apart[graph.target[apart] == account], apart[graph.source[apart] == account]
        brought, sent = (edges[graph.currency[edges] == found.currency] for edges in (into, out))
        total = self._total(sent)
        payers = graph.source[into]
        return rules.DormancyFacts(
            account=self._account(account),
            payers=self._names(payers[payers != CASH]),
            receivers=self._shares(sent, total),
            transactions=self._transactions(burst),
            start=_moment(graph.time[burst[0]]),
            end=_moment(graph.time[burst[-1]]),
            amounts=self._amounts(into),
            silent_days=found.silence / DAY,
            share=total / self._total(brought),
        )

    def booking(self, found: Booking) -> rules.BookingFacts:
        """Return what is known of a booking burst."""
        graph, target = self._graph, self._graph.target
        edges = np.sort(np.concatenate([found.adverts, found.rooms, found.journeys, found.payments]))
        advertisers, hosts = target[found.adverts], target[np.concatenate([found.rooms, found.journeys])]
        return rules.BookingFacts(
            account=self._account(found.account),
            payers=self._names(graph.source[found.payments]),
            advertisers=self._names(advertisers[advertisers != CASH]),
            hosts=self._names(hosts[hosts != CASH]),
            transactions=self._transactions(edges),
            start=_moment(graph.time[edges[0]]),
            end=_moment(graph.time[edges[-1]]),
            amounts=self._amounts(found.payments),
            adverts=len(found.adverts),
            rooms=len(found.rooms),
            journeys=len(found.journeys),
            peak=found.peak,
            usual=found.usual,
        )

    def stack(self, found: Stack) -> rules.StackFacts:
        """Return what is known of a stack."""
        graph, into, out = self._graph, found.into, found.out
        edges, middles = np.union1d(into, out), np.unique(graph.target[into])
        firsts, lasts = np.setdiff1d(graph.source[into], middles), np.setdiff1d(graph.target[out], middles)
        start, (kept, hours) = _moment(graph.time[edges[0]]), self._held(into, out)
        through = self._names(middles)
        return rules.StackFacts(
            firsts=self._names(firsts),
            middles=through,
            lasts=self._names(lasts),
            transactions=self._transactions(edges),
            start=start,
            end=_moment(graph.time[edges[-1]]),
            amounts=self._amounts(np.setdiff1d(into, out)),
            sums=len(into),
            left=self._total(out) / self._total(into),
            kept=kept,
            hours=hours,
            opened_days=self._holders.youngest(through, start.date()),
        )

    def walk(self, found: Ints) -> rules.WalkFacts:
        """Return what is known of a walk."""
        graph = self._graph
        codes = accounts_of(graph, found)
        seen = list(dict.fromkeys(codes))
        first, last = (int(code) for code in (graph.source[found[0]], graph.target[found[-1]]))
        through = [self._account(code) for code in seen if code not in (first, last)]
        start, (kept, hours) = _moment(graph.time[found[0]]), self._held(found[:-1], found[1:])
        return rules.WalkFacts(
            first=None if first == CASH else self._account(first),
            through=through,
            last=None if last == CASH else self._account(last),
            transactions=self._transactions(found),
            start=start,
            end=_moment(graph.time[found[-1]]),
            amounts=self._amounts(found[:1]),
            back=len(codes) - len(seen),
            kept=kept,
            left=float(graph.amount[found[-1]] / graph.amount[found[0]]),
            hours=hours,
            opened_days=self._holders.youngest(through, start.date()),
        )

    def _held(self, into: Ints, out: Ints) -> tuple[float, float]:
        """Return the largest share that was kept of payments in when they went out, and the most hours it took."""
        amount, time = self._graph.amount, self._graph.time
        return float(np.max(1 - amount[out] / amount[into])), float(np.max(time[out] - time[into]) / HOUR)

    def _names(self, codes: Ints) -> list[str]:
        """Return the ids of accounts, each once, in order."""
        return sorted(self._ids.gather(np.unique(codes)).to_list())

    def _account(self, code: int) -> str:
        return str(self._ids[int(code)])

    def _transactions(self, edges: Ints) -> list[str]:
        found: list[str] = self._table["transaction_id"].gather(self._at(edges)).to_list()
        return found

    def _at(self, edges: Ints) -> Ints:
        """Return where transactions stand among those that were read."""
        return np.searchsorted(self._numbers, edges)

    def _amounts(self, edges: Ints) -> dict[str, str]:
        sums, names = self._sums(edges, self._graph.currency), self._graph.currencies
        return {names[code]: as_decimal_text(sums[code], names[code]) for code in sorted(sums)}

    def _receivers(self, found: Collection) -> list[tuple[str, float]]:
        """Return who got the onward payments (no cash), with their share of the collected sum."""
        graph = self._graph
        main = graph.currency[found.onward[0]] if len(found.onward) else -1
        inside = found.payments[graph.currency[found.payments] == main]
        return self._shares(found.onward, self._total(inside) or 1)

    def _shares(self, edges: Ints, whole: int) -> list[tuple[str, float]]:
        """Return who was paid (no cash), with their share of a sum."""
        sums = self._sums(edges, self._graph.target)
        return sorted((self._account(code), amount / whole) for code, amount in sums.items() if code != CASH)

    def _sums(self, edges: Ints, by: Ints) -> dict[int, int]:
        """Return the sum of transactions by a column of the graph, exact however large it is."""
        sums: dict[int, int] = defaultdict(int)
        for code, amount in zip(by[edges].tolist(), self._graph.amount[edges].tolist(), strict=True):
            sums[code] += amount
        return sums

    def _total(self, edges: Ints) -> int:
        """Return what transactions add up to, exact however large it is."""
        return sum(self._graph.amount[edges].tolist())

    def _abroad(self, payments: Ints) -> float | None:
        """Return the share of payers in another country, among those whose two countries are known."""
        rows = self._table[self._at(payments)]
        known = rows.filter((pl.col("from_country") != "") & (pl.col("to_country") != ""))
        if known.height == 0:
            return None
        away = known.filter(pl.col("from_country") != pl.col("to_country"))
        return away["from_account"].n_unique() / known["from_account"].n_unique()


def _moment(micros: Any) -> datetime:
    return _EPOCH + timedelta(microseconds=int(micros))
