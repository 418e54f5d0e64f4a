"""A scan: from a ledger to alerts, and the files they are kept in."""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mainstay.core.errors import BadInputError, Fault
from mainstay.money import rules
from mainstay.money.engine.adjacency import CASH, Graph, graph_of_ledger
from mainstay.money.engine.chains import accounts_of, find_chains
from mainstay.money.engine.currencies import as_decimal_text
from mainstay.money.engine.fans import Collection, find_collections
from mainstay.money.engine.ledger import Ledger
from mainstay.money.engine.wages import Funnel, find_funnels
from mainstay.money.types import HOUR, Alert, ScanResult, ScanSettings

Ints = npt.NDArray[np.int64]
Progress = Callable[[str], None]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def scan(ledger: Ledger, settings: ScanSettings, progress: Progress = lambda step: None) -> ScanResult:
    """Return the alerts of a ledger, highest score first; equal ledger and settings give equal alerts.

    `cut` in the result counts what was left out: bursts by criterion, payments to busy accounts, pairs in hubs.
    """
    progress("building the graph")
    graph = graph_of_ledger(ledger)
    reader = _Reader(ledger, graph)
    progress("looking for fan-in collections")
    collections = find_collections(graph, settings.fan_in)
    progress("looking for wage funnels")
    funnels = find_funnels(graph, settings.wages)
    progress("looking for pass-through chains")
    chains = find_chains(graph, settings.chains)
    most = settings.max_listed
    alerts = [rules.collection_alert(reader.collection(c), settings.fan_in, max_listed=most) for c in collections.found]
    alerts += [rules.funnel_alert(reader.funnel(f), settings.wages, max_listed=most) for f in funnels.found]
    alerts += [rules.chain_alert(reader.chain(c), settings.chains, max_listed=most) for c in chains.found]
    alerts.sort(key=lambda alert: (-alert.score, alert.alert_id))
    cut = {
        "bursts_of_steady_collectors": collections.steady,
        "bursts_within_usual_rate": collections.usual,
        "bursts_of_regular_payers": collections.regulars,
        "bursts_kept_by_collector": collections.kept,
        "wages_of_busy_accounts": funnels.busy,
        "funnels_into_hubs": funnels.hubs,
        "payments_to_busy_accounts": chains.busy,
        "transactions_not_listed": sum(alert.not_listed for alert in alerts),
    }
    return ScanResult(tuple(alerts), len(graph.time), graph.accounts, cut)


class _Reader:
    """Turns codes and numbers of the graph back into the ledger's ids and facts."""

    def __init__(self, ledger: Ledger, graph: Graph) -> None:
        self._table = ledger.transactions
        self._ids = ledger.account_ids
        self._graph = graph
        self._holders = ledger.holders

    def collection(self, found: Collection) -> rules.CollectionFacts:
        graph = self._graph
        edges = np.sort(np.concatenate([found.payments, found.onward]))
        payers = np.unique(graph.source[found.payments])
        start = _moment(graph.time[found.payments[0]])
        return rules.CollectionFacts(
            collector=self._account(found.collector),
            payers=sorted(self._ids.gather(payers).to_list()),
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
            opened_days=self._opened(self._account(found.collector), start.date()),
        )

    def funnel(self, found: Funnel) -> rules.FunnelFacts:
        graph = self._graph
        edges = np.unique(np.concatenate([found.wages, found.onward]))
        workers = sorted(self._ids.gather(found.workers).to_list())
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
            sharing=self._sharing(workers, controller),
        )

    def chain(self, found: Ints) -> rules.ChainFacts:
        graph = self._graph
        accounts = [self._account(code) for code in accounts_of(graph, found)]
        begin, until = int(graph.source[found[0]] != CASH), len(accounts) - int(graph.target[found[-1]] != CASH)
        amounts, moments = graph.amount[found], graph.time[found]
        start = _moment(moments[0])
        ages = [age for name in accounts[begin:until] if (age := self._opened(name, start.date())) is not None]
        return rules.ChainFacts(
            first=accounts[0] if begin else None,
            through=accounts[begin:until],
            last=accounts[-1] if until < len(accounts) else None,
            transactions=self._transactions(found),
            start=start,
            end=_moment(moments[-1]),
            amounts=self._amounts(found[:1]),
            kept=float(np.max(1 - amounts[1:] / amounts[:-1])),
            left=float(amounts[-1] / amounts[0]),
            hours=float(np.max(np.diff(moments)) / HOUR),
            opened_days=min(ages, default=None),
        )

    def _account(self, code: int) -> str:
        return str(self._ids[int(code)])

    def _transactions(self, edges: Ints) -> list[str]:
        found: list[str] = self._table["transaction_id"].gather(edges).to_list()
        return found

    def _amounts(self, edges: Ints) -> dict[str, str]:
        sums: dict[int, int] = defaultdict(int)
        pairs = zip(self._graph.currency[edges].tolist(), self._graph.amount[edges].tolist(), strict=True)
        for currency, amount in pairs:
            sums[currency] += amount
        names = self._graph.currencies
        return {names[code]: as_decimal_text(sums[code], names[code]) for code in sorted(sums)}

    def _receivers(self, found: Collection) -> list[tuple[str, float]]:
        """Return who got the onward payments (no cash), with their share of the collected sum."""
        graph = self._graph
        sums: dict[int, int] = defaultdict(int)
        for edge in found.onward.tolist():
            sums[int(graph.target[edge])] += int(graph.amount[edge])
        main = graph.currency[found.onward[0]] if len(found.onward) else -1
        inside = found.payments[graph.currency[found.payments] == main]
        collected = sum(graph.amount[inside].tolist()) or 1
        return sorted((self._account(code), amount / collected) for code, amount in sums.items() if code >= 0)

    def _abroad(self, payments: Ints) -> float | None:
        """Return the share of payers in another country, among those whose two countries are known."""
        if not {"from_country", "to_country"} <= set(self._table.columns):
            return None
        rows = self._table[payments].select("from_account", "from_country", "to_country")
        known = rows.filter((pl.col("from_country") != "") & (pl.col("to_country") != ""))
        if known.height == 0:
            return None
        away = known.filter(pl.col("from_country") != pl.col("to_country"))
        return away["from_account"].n_unique() / known["from_account"].n_unique()

    def _opened(self, account: str, day: date) -> int | None:
        if "opened_on" not in self._holders.columns:
            return None
        rows = self._holders.filter(pl.col("account_id") == account)
        opened = rows["opened_on"][0] if rows.height else None
        return (day - date.fromisoformat(opened)).days if opened and len(opened) == 10 else None

    def _sharing(self, workers: Sequence[str], controller: str) -> float | None:
        """Return the share of workers whose phone or address another worker or the controller has too."""
        contacts = [name for name in ("phone", "address") if name in self._holders.columns]
        rows = self._holders.filter(pl.col("account_id").is_in([*workers, controller]))
        if not contacts or rows.height == 0:
            return None
        sharing: set[str] = set()
        for contact in contacts:
            told = rows.filter(pl.col(contact).fill_null("") != "")
            owners = told.group_by(contact).agg(pl.col("holder_id").n_unique().alias("n"), pl.col("account_id"))
            for accounts in owners.filter(pl.col("n") > 1)["account_id"]:
                sharing.update(accounts.to_list())
        return len(sharing & set(workers)) / len(workers)


def _moment(micros: Any) -> datetime:
    return _EPOCH + timedelta(microseconds=int(micros))


def write_alerts(result: ScanResult, settings: ScanSettings, out: Path) -> None:
    """Write `alerts.jsonl`, `alerts.parquet` and `scan.json` into a folder; each is replaced in one step."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInputError(out, Fault("a folder for the alerts, or a place to make one")) from error
    lines = [json.dumps(alert.as_json(), ensure_ascii=False, sort_keys=True) for alert in result.alerts]
    _replace(out / "alerts.jsonl", "".join(f"{line}\n" for line in lines).encode())
    temporary = out / ".alerts.parquet"
    _alerts_table(result.alerts).write_parquet(temporary)
    temporary.replace(out / "alerts.parquet")
    document = {**result.summary(), "settings": asdict(settings)}
    _replace(out / "scan.json", (json.dumps(document, default=_seconds, indent=1, sort_keys=True) + "\n").encode())


def _seconds(value: object) -> float:
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(type(value).__name__)


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}")
    temporary.write_bytes(content)
    temporary.replace(path)


def _alerts_table(alerts: Sequence[Alert]) -> pl.DataFrame:
    reason = {
        "code": pl.String,
        "text": pl.String,
        "figure": pl.Float64,
        "source": pl.String,
        "weight": pl.Float64,
        "confirmed": pl.Boolean,
    }
    schema: dict[str, Any] = {
        "alert_id": pl.String,
        "pattern": pl.String,
        "score": pl.Float64,
        "accounts": pl.List(pl.Struct({"account_id": pl.String, "role": pl.String})),
        "transactions": pl.List(pl.String),
        "start": pl.String,
        "end": pl.String,
        "amounts": pl.List(pl.Struct({"currency": pl.String, "amount": pl.String})),
        "reasons": pl.List(pl.Struct(reason)),
        "not_listed": pl.Int64,
    }
    rows = []
    for alert in alerts:
        row = alert.as_json()
        row["amounts"] = [{"currency": c, "amount": a} for c, a in alert.amounts.items()]
        rows.append(row)
    moments = [pl.col(name).str.to_datetime(time_zone="UTC") for name in ("start", "end")]
    return pl.DataFrame(rows, schema=schema).with_columns(moments)


def read_alerts(out: Path) -> list[Alert]:
    """Return the alerts that a scan wrote into a folder; `BadInputError` names a line that is no alert."""
    path = out / "alerts.jsonl"
    if not path.is_file():
        raise BadInputError(out, Fault("a scan's output folder with alerts.jsonl"))
    alerts = []
    for row, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            alerts.append(Alert.from_json(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            raise BadInputError(path, Fault("an alert", row=row)) from error
    return alerts
