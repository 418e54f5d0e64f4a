"""Features of payments as they come: batch by batch, with late ones, and with a state that can be put down in a file.

Definition. Payments come in batches of any size, within a batch in any order. A payment is *late* when it is older
than the newest that came before it by more than the stated lag: it is put apart and counted, and is in nobody's
figures. The others stand in order of time, those of one moment in the order in which they came. A payment is judged
as soon as nothing that is not late can come before it: when it is not younger than the newest less the lag. Its
features are those of `features.features` on all payments that were not late; how payments are cut into batches makes
no difference to anything.

Kept are the payments in the window and within the lag, and some two hundred bytes of each account that ever came.
"""

import hashlib
import io
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mainstay.core.errors import BadInputError, Fault
from mainstay.core.whole_files import whole_file
from mainstay.money.engine import memory, rolling
from mainstay.money.engine.adjacency import CASH
from mainstay.money.engine.compiling import tight_kernel
from mainstay.money.engine.features import Features
from mainstay.money.engine.sides import NEVER, read_only
from mainstay.money.types import FeatureSettings, microseconds

Ints = npt.NDArray[np.int64]
_Columns = tuple[Ints, ...]
_NONE: Ints = read_only(np.empty(0, np.int64))
_NOBODY: _Columns = (_NONE,) * 4
#: A payment's number in order of coming, its time, payer and payee.
NUMBER, TIME, SOURCE, TARGET = 0, 1, 2, 3
_MAGIC = b"mainstay payments stream 1\n"
_AT_ONCE = 1 << 16
_MOST_ACCOUNTS = 1 << 31
_FAMILIES = ("counts", "scatter", "cycles", "hops")


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a batch: payments judged by it, perhaps of batches before, and those of its own that were late.

    `numbers` (in order of time, a row of `features` each) and `late` count payments from 0 in the order they came.
    """

    numbers: Ints
    features: Features
    late: Ints


class Stream:
    """The state of a stream of payments; one caller at a time.

    Args:
        settings: what is counted.
        lag: how much older than the newest a payment may be that still counts.
        threads: 2 is quicker for batches of many thousands, 1 for small ones; the results are the same.
    """

    def __init__(self, settings: FeatureSettings, lag: timedelta = timedelta(0), *, threads: int = 1) -> None:
        if lag < timedelta(0):
            raise ValueError("the lag must not be under 0")
        self.settings, self.lag = settings, lag
        self._lag = microseconds(lag)
        self.came, self.late = 0, 0
        self._newest = self._final = NEVER
        self._waiting = _NOBODY
        shares: Sequence[Sequence[str]] = [_FAMILIES] if threads == 1 else [("scatter",), ("counts", "cycles", "hops")]
        self._windows = [_Window(settings, share) for share in shares]

    @property
    def waiting(self) -> int:
        """Return how many payments came and are not judged, since others may come before them."""
        return len(self._waiting[TIME])

    @property
    def held(self) -> int:
        """Return how many judged payments are kept, because those to come may see them."""
        return self._windows[0].held

    def add(self, time: Ints, source: Ints, target: Ints) -> Judged:
        """Take payments in and return what is judged by it.

        Args:
            time: microseconds since the epoch.
            source: paying accounts as whole numbers from 0, or -1 for cash; best from 0 without gaps.
            target: receiving accounts, alike.

        Raises:
            ValueError: columns of different lengths, or an account that is no number from -1 to 2³¹ - 1.
        """
        if not len(time) == len(source) == len(target):
            raise ValueError("columns of different lengths")
        columns = tuple(read_only(column) for column in (time, source, target))
        ordered, least, most = _looked_through(*columns)
        if least < CASH or most >= _MOST_ACCOUNTS:
            raise ValueError("accounts are numbers from 0 to 2**31 - 1, or -1 for cash")
        for window in self._windows:
            window.seat(most + 1)
        came: _Columns = (np.arange(self.came, self.came + len(time)), *columns)
        oldest = max(self._newest - self._lag, self._final)
        late = _NONE
        if ordered and (not len(time) or time[0] >= oldest):
            self._newest = max(self._newest, int(time[-1])) if len(time) else self._newest
        else:
            newest_of = np.maximum.accumulate(np.concatenate([[self._newest], came[TIME]]))
            in_time = came[TIME] >= np.maximum(newest_of[:-1] - self._lag, self._final)
            self._newest, late = int(newest_of[-1]), came[NUMBER][~in_time]
            came = tuple(read_only(column[in_time]) for column in came)
        self.came += len(time)
        self.late += len(late)
        self._waiting = came if ordered and not self.waiting else _in_order(self._waiting, came)
        return self._judge(self._newest - self._lag, late)

    def finish(self) -> Judged:
        """Judge all that waits, as nothing more comes; what then comes before the newest in time is late."""
        return self._judge(self._newest, _NONE)

    def _judge(self, until: int, late: Ints) -> Judged:
        ready, self._waiting = _parted(self._waiting, until)
        count = len(ready[TIME])
        self._final = max(self._final, until)
        found = _Figures.empty(count, self.settings)
        if len(self._windows) == 1 or count < _AT_ONCE // 8:
            for window in self._windows:
                window.advance(ready, found)
        else:
            with ThreadPoolExecutor(len(self._windows)) as pool:
                list(pool.map(lambda window: window.advance(ready, found), self._windows))
        return Judged(ready[NUMBER], found.as_features(self.settings), late)

    def save(self, path: Path) -> None:
        """Write the state to a file, whole or not at all; `BadInputError` where it cannot be."""
        window = self._windows[0]
        facts = {
            "settings": {**asdict(self.settings), "window": microseconds(self.settings.window)},
            "lag": microseconds(self.lag),
            "came": self.came,
            "late": self.late,
            "newest": self._newest,
            "final": self._final,
        }
        body = io.BytesIO()
        np.savez(
            body,
            facts=np.frombuffer(json.dumps(facts).encode(), np.uint8),
            waiting=np.stack(self._waiting),
            **window.kept(),
        )
        try:
            with whole_file(path) as aside, aside.open("wb") as file:
                file.write(_MAGIC + hashlib.sha256(body.getbuffer()).digest())
                file.write(body.getbuffer())
        except OSError as error:
            raise BadInputError(path, Fault("a file that can be written, in a folder that is there")) from error

    @classmethod
    def restore(cls, path: Path, *, threads: int = 1) -> "Stream":
        """Return the stream that `save` put down; `BadInputError` for any other file, and for one that was changed."""
        try:
            text = path.read_bytes()
        except OSError as error:
            raise BadInputError(path, Fault("a file with the state of a stream")) from error
        if not text.startswith(_MAGIC):
            raise BadInputError(path, Fault("a file with the state of a stream, as this version writes it"))
        begin = len(_MAGIC) + hashlib.sha256().digest_size
        if hashlib.sha256(text[begin:]).digest() != text[len(_MAGIC) : begin]:
            raise BadInputError(path, Fault("the whole state as it was written; its checksum differs"))
        with np.load(io.BytesIO(text[begin:]), allow_pickle=False) as kept:
            facts: dict[str, Any] = json.loads(kept["facts"].tobytes())
            span, bins = timedelta(microseconds=facts["settings"].pop("window")), tuple(facts["settings"].pop("bins"))
            settings = FeatureSettings(window=span, bins=bins, **facts["settings"])
            stream = cls(settings, timedelta(microseconds=facts["lag"]), threads=threads)
            stream.came, stream.late = facts["came"], facts["late"]
            stream._newest, stream._final = facts["newest"], facts["final"]
            stream._waiting = tuple(read_only(column) for column in kept["waiting"])
            for window in stream._windows:
                window.take_up({name: kept[name] for name in ("queue", "rank", "paid_itself", "ranked")})
        return stream


@tight_kernel
def _looked_through(time, source, target):  # type: ignore[no-untyped-def]
    """Return whether times do not fall, and the least and the greatest account."""
    ordered, least, most = True, CASH, CASH
    for at in range(len(time)):
        ordered &= at == 0 or time[at - 1] <= time[at]
        least, most = min(least, source[at], target[at]), max(most, source[at], target[at])
    return ordered, least, most


def _parted(payments: _Columns, until: int) -> tuple[_Columns, _Columns]:
    """Return the payments until a moment, and those after it, which are then nobody else's."""
    if not len(payments[TIME]) or payments[TIME][-1] <= until:
        return payments, _NOBODY
    count = int(np.searchsorted(payments[TIME], until, side="right"))
    return tuple(column[:count] for column in payments), tuple(read_only(column[count:].copy()) for column in payments)


def _in_order(waiting: _Columns, came: _Columns) -> _Columns:
    """Return what waits and what came, in order of time; those of one moment as they came."""
    together = tuple(np.concatenate(both) for both in zip(waiting, came, strict=True))
    order = np.argsort(together[TIME], kind="stable")
    return tuple(read_only(column[order]) for column in together)


@dataclass(frozen=True, slots=True)
class _Figures:
    """What kernels write of each payment: fan and degree, scatter-gather, cycles, cycles in any order; what was cut."""

    counts: npt.NDArray[np.int32]
    cut: npt.NDArray[np.bool_]

    @classmethod
    def empty(cls, count: int, settings: FeatureSettings) -> "_Figures":
        width = rolling.FIGURES + len(settings.bins) + settings.cycle_length + settings.hop_length - 2
        return cls(np.zeros((count, width), np.int32), np.zeros((count, 3), np.bool_))

    def as_features(self, settings: FeatureSettings) -> Features:
        fan_in, degree_in, fan_out, degree_out = self.counts[:, : rolling.FIGURES].T
        cycles = rolling.FIGURES + len(settings.bins)
        hops = cycles + settings.cycle_length - 1
        families = (self.counts[:, rolling.FIGURES : cycles], self.counts[:, cycles:hops], self.counts[:, hops:])
        return Features(settings.bins, fan_in, degree_in, fan_out, degree_out, *families, *self.cut.T)


class _Window:
    """The payments that those to come may see, and the figures of some families with them."""

    def __init__(self, settings: FeatureSettings, families: Sequence[str]) -> None:
        lengths = (settings.cycle_length, settings.hop_length, settings.max_steps)
        on = [int(family in families) for family in _FAMILIES]
        self._settings = np.array([microseconds(settings.window), *lengths, *on], np.int64)
        self._bins = np.array(settings.bins, np.int64)
        self._counters: Ints = np.zeros(rolling.COUNTERS, np.int64)
        self._queue: Ints = memory.zeros((1024, 4), np.int64)
        self._out, self._into = memory.zeros((1024, 3), np.int64), memory.zeros((1024, 3), np.int64)
        self._pairs: Ints = memory.zeros((1024, 2), np.int64)
        self._free: Ints = rolling.no_segments()
        self._stretch = memory.zeros((0, rolling.COLUMNS), np.int32)
        self._paid_itself: Ints = np.empty(0, np.int64)
        self._rank: Ints = np.empty(0, np.int64)
        self.seat(1024)

    @property
    def held(self) -> int:
        return int(self._counters[rolling.TAIL] - self._counters[rolling.OLDEST])

    def advance(self, payments: _Columns, found: _Figures) -> None:
        """Add payments in order of time, and write their figures."""
        count = len(payments[TIME])
        for low in range(0, count, _AT_ONCE):
            some = slice(low, min(low + _AT_ONCE, count))
            self._make_room(some.stop - low)
            columns = (payments[TIME][some], payments[SOURCE][some], payments[TARGET][some])
            figures, row = (found.counts[some], found.cut[some]), 0
            while row < some.stop - low:
                state = (
                    self._counters, self._queue, self._out, self._into, self._pairs, self._free, self._stretch,
                    self._paid_itself, self._rank,
                )  # fmt: skip
                row = rolling.advance(state, self._rooms, columns, row, self._settings, self._bins, figures)
                if row < some.stop - low:
                    self._lengthen(int(self._counters[rolling.SHORT]))

    def _lengthen(self, short: int) -> None:
        """Have more room in those parts of the state that are too short (see `rolling.advance`)."""
        if short & 1:
            self._out = memory.longer(self._out, 2 * len(self._out))
        if short & 2:
            self._into = memory.longer(self._into, 2 * len(self._into))
        if short & 4:
            larger: Ints = memory.zeros((4 * len(self._pairs), 2), np.int64)
            rolling.enter_pairs(self._pairs, larger)
            self._pairs = larger

    def kept(self) -> dict[str, Any]:
        """Return what the figures of payments to come depend on."""
        queue = self._queue[self._counters[rolling.OLDEST] : self._counters[rolling.TAIL]]
        ranked = self._counters[rolling.RANKED : rolling.RANKED + 1]
        return {"queue": queue, "rank": self._rank, "paid_itself": self._paid_itself, "ranked": ranked}

    def take_up(self, kept: dict[str, Any]) -> None:
        """Begin where another window ended: its payments are added again, and judged by nobody."""
        accounts = len(kept["rank"])
        self.seat(accounts)
        self._rank[:accounts], self._paid_itself[:accounts] = kept["rank"], kept["paid_itself"]
        self._counters[rolling.RANKED] = kept["ranked"][0]
        queue = kept["queue"]
        rows = [queue[:, column] for column in (rolling.MOMENT, rolling.SOURCE, rolling.TARGET)]
        payments = (_NONE, *(read_only(row) for row in rows))
        whole = self._settings.copy()
        self._settings[5:] = 0
        none = FeatureSettings(bins=tuple(self._bins.tolist()), cycle_length=2, hop_length=2)
        self.advance(payments, _Figures.empty(len(queue), none))
        self._settings[:] = whole

    def seat(self, accounts: int) -> None:
        """Have room for so many accounts."""
        if accounts <= len(self._rank):
            return
        accounts = max(accounts, 2 * len(self._rank))
        self._rank = memory.longer(self._rank, accounts, rolling.UNRANKED)
        self._paid_itself = memory.longer(self._paid_itself, accounts, NEVER)
        self._stretch = memory.longer(self._stretch, accounts)
        self._rooms = rolling.rooms(accounts, self._settings)

    def _make_room(self, more: int) -> None:
        """Have room in the queue for some more payments; those that left the window make it first."""
        oldest, tail = self._counters[rolling.OLDEST], self._counters[rolling.TAIL]
        if tail + more <= len(self._queue):
            return
        kept = self._queue[oldest:tail]
        if 2 * (len(kept) + more) > len(self._queue):
            self._queue = memory.zeros((4 * (len(kept) + more), 4), np.int64)
        self._queue[: len(kept)] = kept.copy()
        self._counters[[rolling.OLDEST, rolling.TAIL]] = 0, len(kept)
        self._counters[rolling.COUNTED] -= oldest
        self._counters[rolling.GONE] += oldest
