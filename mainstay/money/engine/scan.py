"""A scan: from a ledger to alerts, and the files they are kept in."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from mainstay.core.errors import BadInputError, Fault
from mainstay.money import rules
from mainstay.money.engine.adjacency import Graph, graph_of_ledger
from mainstay.money.engine.chains import find_chains
from mainstay.money.engine.debts import find_debts
from mainstay.money.engine.dormancy import find_wakings
from mainstay.money.engine.facts import Reader
from mainstay.money.engine.fans import find_collections
from mainstay.money.engine.funnel_accounts import find_funnel_accounts
from mainstay.money.engine.gathering import find_gatherings
from mainstay.money.engine.ledger import Ledger
from mainstay.money.engine.places import cash_places
from mainstay.money.engine.rings import find_cycles
from mainstay.money.engine.scattering import Scattering, find_scatterings
from mainstay.money.engine.structuring import find_structuring
from mainstay.money.engine.wages import Funnel, find_funnels
from mainstay.money.types import Alert, ScanResult, ScanSettings

Progress = Callable[[str], None]


def scan(ledger: Ledger, settings: ScanSettings, progress: Progress = lambda step: None) -> ScanResult:
    """Return the alerts of a ledger, highest score first; equal ledger and settings give equal alerts.

    A scatter-gather from the employer to the controller of a wage funnel through its workers alone is that funnel, and
    gives no alert of its own. `cut` in the result counts what was left out: bursts by criterion, payments to busy
    accounts, pairs in hubs.
    """
    progress("building the graph")
    graph = graph_of_ledger(ledger)
    reader = Reader(ledger, graph)
    progress("looking for fan-in collections")
    collections = find_collections(graph, settings.fan_in)
    progress("looking for wage funnels")
    funnels = find_funnels(graph, settings.wages)
    progress("looking for pass-through chains")
    chains = find_chains(graph, settings.chains)
    progress("looking for temporal cycles")
    cycles = find_cycles(graph, settings.cycles)
    progress("looking for recruitment-fee debts")
    debts = find_debts(graph, settings.debts)
    progress("looking for structuring")
    structuring = find_structuring(graph, settings.structuring)
    progress("looking for funnel accounts")
    places = cash_places(ledger)
    funnel_accounts = find_funnel_accounts(graph, places, settings.funnel_accounts)
    progress("looking for scatter-gather")
    scatterings = find_scatterings(graph, settings.scatter)
    progress("looking for gather-scatter")
    gatherings = find_gatherings(graph, settings.gather)
    progress("looking for dormancy then burst")
    wakings = find_wakings(graph, settings.dormancy)
    most = settings.max_listed
    alerts = [rules.collection_alert(reader.collection(c), settings.fan_in, max_listed=most) for c in collections.found]
    alerts += [rules.funnel_alert(reader.funnel(f), settings.wages, max_listed=most) for f in funnels.found]
    alerts += [rules.chain_alert(reader.chain(c), settings.chains, max_listed=most) for c in chains.found]
    alerts += [rules.cycle_alert(reader.cycle(c), settings.cycles, max_listed=most) for c in cycles.found]
    alerts += [rules.debt_alert(reader.debt(d), settings.debts, max_listed=most) for d in debts.found]
    alerts += [
        rules.structuring_alert(reader.structuring(s), settings.structuring, max_listed=most) for s in structuring.found
    ]
    alerts += [
        rules.funnel_account_alert(reader.funnel_account(f, places), settings.funnel_accounts, max_listed=most)
        for f in funnel_accounts.found
    ]
    scattered = [s for s in scatterings.found if not _is_funnel(graph, s, funnels.found)]
    alerts += [rules.scatter_alert(reader.scattering(s), settings.scatter, max_listed=most) for s in scattered]
    alerts += [rules.gather_alert(reader.gathering(g), settings.gather, max_listed=most) for g in gatherings.found]
    alerts += [rules.dormancy_alert(reader.waking(w), settings.dormancy, max_listed=most) for w in wakings.found]
    alerts.sort(key=lambda alert: (-alert.score, alert.alert_id))
    cut = {
        "bursts_of_steady_collectors": collections.steady,
        "bursts_within_usual_rate": collections.usual,
        "bursts_of_regular_payers": collections.regulars,
        "bursts_kept_by_collector": collections.kept,
        "wages_of_busy_accounts": funnels.busy,
        "funnels_into_hubs": funnels.hubs,
        "payments_to_busy_accounts": chains.busy,
        "payments_round_busy_accounts": cycles.busy,
        "searches_for_cycles_given_up": cycles.given_up,
        "pairs_with_many_payments": debts.busy,
        "series_from_before_the_ledger": debts.earlier,
        "debts_among_many_other_payers": debts.usual,
        "sums_just_under_among_other_cash": structuring.mixed,
        "cash_in_currencies_without_limit": structuring.no_limit,
        "cash_from_many_places_kept": funnel_accounts.kept,
        "scattered_to_busy_accounts": scatterings.busy,
        "scattered_wages_of_a_funnel": len(scatterings.found) - len(scattered),
        "gatherings_of_steady_collectors": gatherings.steady,
        "gatherings_kept_or_paid_to_few": gatherings.kept,
        "bursts_after_silence_usual_or_kept": wakings.usual,
        "transactions_not_listed": sum(alert.not_listed for alert in alerts),
    }
    return ScanResult(tuple(alerts), len(graph.time), graph.accounts, cut)


def _is_funnel(graph: Graph, found: Scattering, funnels: Sequence[Funnel]) -> bool:
    """Return whether a scatter-gather is a wage funnel once more: its workers must not be shown as passing money on."""
    payer, receiver = graph.source[found.scattered[0]], graph.target[found.gathered[0]]
    same = [f.workers for f in funnels if f.employer == payer and f.controller == receiver]
    return any(bool(np.isin(graph.target[found.scattered], workers).all()) for workers in same)


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
