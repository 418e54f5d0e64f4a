"""A scan: from a ledger to alerts, and the files they are kept in."""

import json
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import polars as pl

from mainstay.core.errors import BadInputError, Fault
from mainstay.money.engine.checkpoints import Checkpoint, in_seconds, write_whole
from mainstay.money.engine.ledger import Ledger
from mainstay.money.engine.stages import STAGES, Building, Found, Scene, Stage
from mainstay.money.types import Alert, ScanResult, ScanSettings

_GRAPH = Building()
_Work = Stage | Building
_WORKERS = 2
_TICK = 0.5


@dataclass(frozen=True, slots=True)
class Step:
    """How far a scan is: patterns ended of how many, the part of the work that is done, seconds left (if known)."""

    ended: int
    patterns: int
    part: float
    seconds_left: float | None


Progress = Callable[[Step], None]


def scan(
    ledger: Ledger,
    settings: ScanSettings,
    progress: Progress = lambda step: None,
    checkpoint: Checkpoint | None = None,
) -> ScanResult:
    """Return the alerts of a ledger, highest score first; equal ledger and settings give equal alerts.

    A scatter-gather from the employer to the controller of a wage funnel through its workers alone is that funnel, and
    gives no alert of its own. `cut` in the result counts what was left out: bursts by criterion, payments to busy
    accounts, pairs in hubs.

    Args:
        ledger: what is looked at.
        settings: what is looked for.
        progress: called with how far it is, about twice a second.
        checkpoint: keeps each pattern that ended, and gives those of a scan that was stopped.
    """
    found = dict(checkpoint.found) if checkpoint is not None else {}
    scene = Scene(ledger, settings)
    waiting = sorted((stage for stage in STAGES if stage.name not in found), key=lambda stage: -stage.weight)
    clock = _Clock([_GRAPH, *waiting] if waiting else [], len(STAGES) - len(waiting), progress)
    for stages in ([_GRAPH], waiting) if waiting else ():
        for stage, one in _ended(stages, scene, clock.tell):
            if stage is not _GRAPH:
                found[stage.name] = one
                if checkpoint is not None:
                    checkpoint.keep(stage.name, one)
            clock.end(stage)
    alerts = [alert for stage in STAGES for alert in found[stage.name].alerts]
    alerts.sort(key=lambda alert: (-alert.score, alert.alert_id))
    cut = {reason: count for stage in STAGES for reason, count in found[stage.name].cut.items()}
    cut["transactions_not_listed"] = sum(alert.not_listed for alert in alerts)
    return ScanResult(tuple(alerts), ledger.height, len(ledger.account_ids), cut)


class _Clock:
    """Tells how far a scan is, from what its stages weigh and how long those that ended took."""

    def __init__(self, stages: Sequence[_Work], before: int, progress: Progress) -> None:
        self._all = sum(stage.weight for stage in stages)
        self._done = 0.0
        self._ended = before
        self._begun = self._last = time.monotonic()
        self._progress = progress
        self.tell()

    def end(self, stage: _Work) -> None:
        self._done += stage.weight
        self._ended += stage is not _GRAPH
        self._last = time.monotonic()
        self.tell()

    def tell(self) -> None:
        part = self._done / self._all if self._all else 1.0
        now = time.monotonic()
        left = None
        if 0 < self._done < self._all:
            left = max(0.0, (self._last - self._begun) * (1 - part) / part - (now - self._last))
        self._progress(Step(self._ended, len(STAGES), part, left))


def _ended(stages: Sequence[_Work], scene: Scene, tick: Callable[[], None]) -> Iterator[tuple[_Work, Found]]:
    """Yield stages as they end, two at a time.

    They run on threads that do not hold up the program's end: compiled code cannot be stopped, so that a person who
    stops a scan would wait for it.
    """
    waiting, results, stopped = deque(stages), SimpleQueue[tuple[_Work, Found | BaseException]](), threading.Event()

    def work() -> None:
        while waiting and not stopped.is_set():
            try:
                stage = waiting.popleft()
            except IndexError:
                return
            try:
                results.put((stage, stage.find(scene)))
            except BaseException as error:  # noqa: BLE001  handed over to who waits for it
                results.put((stage, error))

    for _ in range(min(_WORKERS, len(stages))):
        threading.Thread(target=work, daemon=True).start()
    ended = 0
    try:
        while ended < len(stages):
            try:
                stage, found = results.get(timeout=_TICK)
            except Empty:
                tick()
                continue
            if isinstance(found, BaseException):
                raise found
            ended += 1
            yield stage, found
    finally:
        stopped.set()


def write_alerts(result: ScanResult, settings: ScanSettings, out: Path) -> None:
    """Write `alerts.jsonl`, `alerts.parquet` and `scan.json` into a folder; each is replaced in one step.

    `BadInputError` where they cannot be written.
    """
    lines = [json.dumps(alert.as_json(), ensure_ascii=False, sort_keys=True) for alert in result.alerts]
    document = {**result.summary(), "settings": asdict(settings)}
    table = out / f".alerts.parquet.{os.getpid()}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        _alerts_table(result.alerts).write_parquet(table)
        write_whole(out / "alerts.jsonl", "".join(f"{line}\n" for line in lines).encode())
        table.replace(out / "alerts.parquet")
        text = json.dumps(document, default=in_seconds, indent=1, sort_keys=True)
        write_whole(out / "scan.json", f"{text}\n".encode())
    except OSError as error:
        raise BadInputError(out, Fault("a folder for the alerts, or a place to make one, with room left")) from error
    finally:
        table.unlink(missing_ok=True)


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
    return list(_alerts(out, ""))


def alerts_in(out: Path, transaction_id: str) -> Iterator[Alert]:
    """Yield the alerts of a scan that list a transaction; `BadInputError` where the folder holds none of a scan."""
    told = json.dumps(transaction_id, ensure_ascii=False)
    return (alert for alert in _alerts(out, told) if transaction_id in alert.transactions)


def _alerts(out: Path, told: str) -> Iterator[Alert]:
    path = out / "alerts.jsonl"
    if not path.is_file():
        raise BadInputError(out, Fault("a scan's output folder with alerts.jsonl"))
    with path.open(encoding="utf-8") as lines:
        for row, line in enumerate(lines, start=1):
            if told not in line:
                continue
            try:
                alert = Alert.from_json(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise BadInputError(path, Fault("an alert", row=row)) from error
            yield alert
