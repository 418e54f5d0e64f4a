"""A scan: from a ledger to alerts, and the files they are kept in."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import polars as pl

from mainstay.core.errors import BadInputError, Fault
from mainstay.core.whole_files import whole_file
from mainstay.money.engine.adjacency import Ints
from mainstay.money.engine.checkpoints import Checkpoint, in_seconds
from mainstay.money.engine.facts import Reader, Rows
from mainstay.money.engine.ledger import Ledger, no_room_told
from mainstay.money.engine.stages import STAGES, Found, Scene
from mainstay.money.types import Alert, ScanResult, ScanSettings

_GRAPH_WEIGHT, _ALERTS_WEIGHT = 3.0, 3.5
"""As the weights of stages: seconds for each ten million transactions, as measured."""
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
    gives no alert of its own; nor does a chain all of whose transactions are in one walk. `cut` in the result counts
    what was left out: bursts by criterion, payments to busy accounts, pairs in hubs.

    Args:
        ledger: what is looked at.
        settings: what is looked for.
        progress: called with how far it is, about twice a second.
        checkpoint: keeps each pattern that ended, and gives those of a scan that was stopped.
    """
    found = dict(checkpoint.found) if checkpoint is not None else {}
    scene = Scene(ledger, settings)
    waiting = sorted((stage for stage in STAGES if stage.name not in found), key=lambda stage: -stage.weight)
    searches = [_Work(stage.name, stage.weight, partial(stage.find, scene)) for stage in waiting]
    building = _Work("graph", _GRAPH_WEIGHT, lambda: scene.graph)
    telling = _Work("alerts", _ALERTS_WEIGHT, lambda: alerts_of(scene, found))
    clock = _Clock([building, *searches, telling], len(found), progress)
    for _ in _ended([building], clock):
        pass
    for name, one in _ended(searches, clock):
        found[name] = one
        if checkpoint is not None:
            checkpoint.keep(name, one)
        clock.ended += 1
    ((_, alerts),) = _ended([telling], clock)
    clock.tell()
    return result_of(ledger, found, alerts)


def result_of(ledger: Ledger, found: Mapping[str, Found], alerts: Sequence[Alert]) -> ScanResult:
    """Return the result of a scan: its alerts, and the counts of all that each pattern left out."""
    cut = {reason: count for stage in STAGES for reason, count in found[stage.name].cut.items()}
    cut["transactions_not_listed"] = sum(alert.not_listed for alert in alerts)
    return ScanResult(tuple(alerts), ledger.height, len(ledger.account_ids), cut)


def alerts_of(
    scene: Scene, found: Mapping[str, Found], numbers: Ints | None = None, rows: Rows | None = None
) -> list[Alert]:
    """Return the alerts of all that was found, highest score first.

    What the ledger knows of it is read once, for all patterns together. `numbers` are the ledger's of the transactions
    in the scene's graph, where they are not its own; `rows` reads transactions where the ledger does not.
    """
    edges = (one for stage in STAGES for one in found[stage.name].edges(stage))
    reader = Reader(scene.ledger, scene.graph, edges, numbers, rows)
    alerts = [alert for stage in STAGES for alert in stage.alerts(found[stage.name], reader, scene.settings)]
    return sorted(alerts, key=lambda alert: (-alert.score, alert.alert_id))


@dataclass(frozen=True, slots=True)
class _Work:
    """A piece of a scan: what it is called, how long it takes beside the others, and what does it."""

    name: str
    weight: float
    do: Callable[[], Any]


class _Clock:
    """Tells how far a scan is, from what its pieces weigh and how long those that are done took."""

    def __init__(self, works: Sequence[_Work], ended: int, progress: Progress) -> None:
        self.ended = ended
        self._all = sum(work.weight for work in works)
        self._left = len(works)
        self._done = 0.0
        self._begun = self._last = time.monotonic()
        self._progress = progress
        self.tell()

    def end(self, work: _Work) -> None:
        self._done += work.weight
        self._left -= 1
        self._last = time.monotonic()

    def tell(self) -> None:
        part, now = self._done / self._all if self._left else 1.0, time.monotonic()
        left = None
        if 0 < part < 1:
            left = max(0.0, (self._last - self._begun) * (1 - part) / part - (now - self._last))
        self._progress(Step(self.ended, len(STAGES), part, left))


def _ended(works: Sequence[_Work], clock: _Clock) -> Iterator[tuple[str, Any]]:
    """Yield pieces of work as they end, with what they gave; two are done at a time.

    They run on threads that do not hold up the program's end: compiled code cannot be stopped, so that a person who
    stops a scan would wait for it.
    """
    waiting, results, stopped = deque(works), SimpleQueue[tuple[_Work, Any, BaseException | None]](), threading.Event()

    def run() -> None:
        while not stopped.is_set():
            try:
                work = waiting.popleft()
            except IndexError:
                return
            try:
                results.put((work, work.do(), None))
            except BaseException as error:  # noqa: BLE001  handed over to who waits for it
                results.put((work, None, error))

    for _ in range(min(_WORKERS, len(works))):
        threading.Thread(target=run, daemon=True).start()
    left = len(works)
    try:
        while left:
            try:
                work, given, error = results.get(timeout=_TICK)
            except Empty:
                clock.tell()
                continue
            if error is not None:
                raise error
            left -= 1
            clock.end(work)
            yield work.name, given
            clock.tell()
    finally:
        stopped.set()


def write_alerts(result: ScanResult, settings: ScanSettings, out: Path) -> None:
    """Write `alerts.jsonl`, `alerts.parquet` and `scan.json` into a folder; each is replaced in one step.

    `BadInputError` where they cannot be written.
    """
    documents = [alert.as_json() for alert in result.alerts]
    lines = (json.dumps(one, ensure_ascii=False, sort_keys=True) + "\n" for one in documents)
    document = {**result.summary(), "settings": asdict(settings)}
    summary = json.dumps(document, default=in_seconds, indent=1, sort_keys=True)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with whole_file(out / "alerts.parquet") as table:
            with no_room_told():
                _alerts_table(documents).write_parquet(table)
            with whole_file(out / "alerts.jsonl") as aside:
                aside.write_text("".join(lines), encoding="utf-8")
        with whole_file(out / "scan.json") as aside:
            aside.write_text(f"{summary}\n", encoding="utf-8")
    except OSError as error:
        raise BadInputError(out, Fault("a folder for the alerts, or a place to make one, with room left")) from error


def _alerts_table(documents: Sequence[dict[str, Any]]) -> pl.DataFrame:
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
    columns = {name: [one[name] for one in documents] for name in schema}
    columns["amounts"] = [[{"currency": c, "amount": a} for c, a in amounts.items()] for amounts in columns["amounts"]]
    moments = [pl.col(name).str.to_datetime(time_zone="UTC") for name in ("start", "end")]
    return pl.DataFrame(columns, schema=schema).with_columns(moments)


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
            if told not in line and line.endswith("}\n"):  # a line that was cut may have named it
                continue
            try:
                alert = Alert.from_json(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise BadInputError(path, Fault("an alert", row=row)) from error
            yield alert
