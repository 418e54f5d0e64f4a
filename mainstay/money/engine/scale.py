"""Scans of made-up ledgers of any size: written with patterns planted in them, and measured from ledger to alerts.

    python -m mainstay.money.engine.scale write LEDGER TRANSACTIONS
    python -m mainstay.money.engine.scale measure LEDGER OUT

Accounts take part by a power law (of 100 transactions for each, half are of a fifth of them); one
transaction in ten is cash, at one of 200 places; one payment in fifty has a merchant category; employers pay wages each
month. Patterns are planted among accounts of
their own, so that it can be told whether each was found.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from mainstay.money import rules
from mainstay.money.engine.ledger import Manifest, commit, locked, open_ledger, stage, with_added
from mainstay.money.engine.scan import read_alerts, scan, write_alerts
from mainstay.money.types import DAY, HOUR, ScanSettings

Row = dict[str, Any]
START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 200
GOAL_TRANSACTIONS, GOAL_SECONDS, GOAL_BYTES = 100_000_000, 300, 12 << 30
QUICK_TRANSACTIONS = 250_000
_PLACES = 200
_WAGE_DAYS = (25, 55, 85, 115, 145, 175)
_WORKERS = 20
_CATEGORIES = (3501, 4511, 5411, 5541, 5732, 5812, 5814, 5999, 7011, 7311)
_CASH = -1


@dataclass(frozen=True, slots=True)
class Planted:
    """A planted pattern: its name and the account by which it is told, by code."""

    pattern: str
    account: int


@dataclass
class _Plan:
    """Planted payments as they are thought out: each at a time in hours from the start."""

    first_account: int
    payments: list[tuple[int, int, int, int, int, int, int]]
    planted: list[Planted]

    def accounts(self, count: int) -> list[int]:
        fresh = list(range(self.first_account, self.first_account + count))
        self.first_account += count
        return fresh

    def pay(self, hour: float, source: int, target: int, amount: int, place: int = -1, category: int = -1) -> None:
        towards = (place, -1) if source == _CASH else (-1, place)
        self.payments.append((round(hour * HOUR), source, target, amount, *towards, category))


def write_ledger(folder: Path, transactions: int, seed: int = 20_261) -> list[Planted]:
    """Write a made-up ledger of about so many transactions and return what was planted; equal seeds, equal ledgers."""
    chance = np.random.default_rng(seed)
    accounts = max(200, transactions // 100)
    plan = _Plan(accounts, [], [])
    for turn in range(max(1, transactions // 1_000_000)):
        _plant(plan, turn, chance)
    planted = pl.DataFrame(plan.payments, schema=_SCHEMA, orient="row").sort("time", maintain_order=True)
    daily = max(0, transactions - planted.height) // DAYS
    with locked(folder), tempfile.TemporaryDirectory(prefix=".staging-", dir=folder) as staging:
        parts, first = [], 0
        for day in range(DAYS):
            mine = planted.filter(pl.col("time").is_between(day * DAY, (day + 1) * DAY, closed="left"))
            rows = pl.concat([_day(chance, day, daily, accounts), mine]).sort("time", maintain_order=True)
            name = (START + timedelta(days=day)).date().isoformat()
            parts.append(stage(Path(staging), name, _as_ledger(rows, first), name))
            first += rows.height
        names = pl.select(account_id=_named("A", pl.int_range(plan.first_account)))
        manifest = with_added(Manifest(), parts, None)
        commit(folder, Path(staging), replace(manifest, dictionary=stage(Path(staging), "dictionary", names)))
    return plan.planted


_SCHEMA = {
    "time": pl.Int64,
    "source": pl.Int64,
    "target": pl.Int64,
    "amount": pl.Int64,
    "from_place": pl.Int64,
    "to_place": pl.Int64,
    "category": pl.Int64,
}


def _day(chance: np.random.Generator, day: int, rows: int, accounts: int) -> pl.DataFrame:
    """Return a day's payments: one in ten is cash; on a pay day a fifth are wages."""
    source = (accounts * chance.random(rows) ** 3).astype(np.int64)
    target = (accounts - 1 - accounts * chance.random(rows) ** 3).astype(np.int64) * 7_919 % accounts
    amount = np.exp(chance.normal(8.5, 1.3, rows)).astype(np.int64) + 1
    moment = day * DAY + chance.integers(0, 86_400, rows) * 1_000_000
    kind = chance.random(rows)
    source[kind < 0.05] = _CASH
    target[(kind >= 0.05) & (kind < 0.1)] = _CASH
    if day in _WAGE_DAYS:
        worker = np.arange(rows // 5, dtype=np.int64) % (accounts // 2)
        source[: len(worker)] = accounts - 1 - worker // _WORKERS
        target[: len(worker)], amount[: len(worker)] = worker, 150_000 + worker % 97 * 1_000
    place, category = chance.integers(0, _PLACES, rows), chance.choice(_CATEGORIES, rows)
    return pl.DataFrame(
        {
            "time": moment,
            "source": source,
            "target": target,
            "amount": amount,
            "from_place": np.where(source == _CASH, place, -1),
            "to_place": np.where(target == _CASH, place, -1),
            "category": np.where((source != _CASH) & (target != _CASH) & (kind > 0.98), category, -1),
        }
    )


def _as_ledger(rows: pl.DataFrame, first: int) -> pl.DataFrame:
    cash = (pl.col("source") == _CASH) | (pl.col("target") == _CASH)
    start = int(START.timestamp()) * 1_000_000
    return rows.select(
        _named("T", pl.int_range(first, first + rows.height)).alias("transaction_id"),
        (pl.col("time") + start).cast(pl.Datetime("us", "UTC")).alias("booked_at"),
        pl.when(pl.col("source") >= 0).then("source").alias("from_account"),
        pl.when(pl.col("target") >= 0).then("target").alias("to_account"),
        "amount",
        pl.when(pl.col("amount") % 16 == 5).then(pl.lit("USD")).otherwise(pl.lit("EUR")).alias("currency"),
        pl.when(cash).then(pl.lit("cash")).otherwise(pl.lit("transfer")).alias("channel"),
        *(
            pl.when(pl.col(side) >= 0).then(pl.format("Place {}", pl.col(side))).alias(side)
            for side in ("from_place", "to_place")
        ),
        pl.when(pl.col("category") >= 0).then(pl.col("category").cast(pl.String)).alias("merchant_category"),
    )


def _named(letter: str, numbers: pl.Expr) -> pl.Expr:
    return pl.lit(letter) + numbers.cast(pl.String).str.zfill(9)


def _plant(plan: _Plan, turn: int, chance: np.random.Generator) -> None:
    """Plant each pattern once, at times and of sums drawn at random (sums with a multiple of 16: all in euros)."""
    for name, make in _MAKERS.items():
        start = 24.0 * chance.integers(40, 60) + float(chance.integers(0, 12))
        plan.planted.append(Planted(name, make(plan, start, 16 * int(chance.integers(1_000, 4_000)) * 10)))


def _ransom(plan: _Plan, start: float, amount: int) -> int:
    collector, chief, *payers = plan.accounts(14)
    for at, payer in enumerate(payers):
        plan.pay(start + at / 2, payer, collector, amount)
    plan.pay(start + 20, collector, chief, 11 * amount)
    return collector


def _funnel(plan: _Plan, start: float, amount: int) -> int:
    employer, boss, *workers = plan.accounts(7)
    for month in range(4):
        for worker in workers:
            plan.pay(start + 31 * 24 * month, employer, worker, amount)
            plan.pay(start + 31 * 24 * month + 20, worker, boss, amount * 15 // 16)
    return boss


def _chain(plan: _Plan, start: float, amount: int) -> int:
    hands = plan.accounts(6)
    for at in range(5):
        plan.pay(start + 3 * at, hands[at], hands[at + 1], amount - 160 * at)
    return hands[-1]


def _cycle(plan: _Plan, start: float, amount: int) -> int:
    hands = plan.accounts(4)
    for at in range(4):
        plan.pay(start + 5 * at, hands[at], hands[(at + 1) % 4], amount - 160 * at)
    return hands[0]


def _debt(plan: _Plan, start: float, amount: int) -> int:
    agent, *workers = plan.accounts(6)
    for at, worker in enumerate(workers):
        for month in range(4):
            plan.pay(start + 24 * at + 30 * 24 * month, worker, agent, amount)
    return agent


def _structured(plan: _Plan, start: float, amount: int) -> int:
    (account,) = plan.accounts(1)
    for day in range(4):
        plan.pay(start + 24 * day, _CASH, account, 960_000 + 16 * (amount % 1_000), place=3)
    return account


def _deposits(plan: _Plan, start: float, amount: int) -> int:
    (account,) = plan.accounts(1)
    for at in range(4):
        plan.pay(start + at, _CASH, account, amount, place=10 + at)
    plan.pay(start + 30, account, _CASH, 4 * amount - 160, place=90)
    return account


def _scattered(plan: _Plan, start: float, amount: int) -> int:
    payer, receiver, *middles = plan.accounts(6)
    for at, middle in enumerate(middles):
        plan.pay(start + at, payer, middle, amount)
        plan.pay(start + at + 8, middle, receiver, amount - 160)
    return receiver


def _gathered(plan: _Plan, start: float, amount: int) -> int:
    hub, *others = plan.accounts(11)
    for at, other in enumerate(others[:5]):
        plan.pay(start + at, other, hub, amount)
    for at, other in enumerate(others[5:]):
        plan.pay(start + 8 + at, hub, other, amount)
    return hub


def _woken(plan: _Plan, start: float, amount: int) -> int:
    sleeper, shop, chief, *payers = plan.accounts(8)
    plan.pay(start % 24, sleeper, shop, amount)
    for at, payer in enumerate(payers):
        plan.pay(24 * 190 + start % 24 + 8 * at, payer, sleeper, amount)
        plan.pay(24 * 190 + start % 24 + 8 * at + 5, sleeper, chief, amount * 3 // 4 // 16 * 16)
    return sleeper


def _booked(plan: _Plan, start: float, amount: int) -> int:
    account, paper, hotel, airline, *payers = plan.accounts(12)
    for at in range(3):
        plan.pay(start + 24 * at, account, paper, amount, category=7311)
        plan.pay(start + 24 * at + 4, account, hotel, amount, category=7011)
    plan.pay(start + 50, account, airline, amount, category=4511)
    for at, payer in enumerate(payers):
        plan.pay(start + 5 + 11 * at, payer, account, amount // 32 * 16)
    return account


def _stacked(plan: _Plan, start: float, amount: int) -> int:
    hands = plan.accounts(9)
    for turn in range(3):
        for at, middle in enumerate(hands[3:6]):
            plan.pay(start + 12 * turn + at, hands[(at + turn) % 3], middle, amount - 160 * turn)
            plan.pay(start + 12 * turn + at + 6, middle, hands[6 + (at + 2 * turn) % 3], amount - 160 * turn - 16)
    return hands[-1]


def _walked(plan: _Plan, start: float, amount: int) -> int:
    hands = plan.accounts(8)
    route = [hands[at] for at in (0, 1, 2, 3, 1, 4, 5, 3, 6, 1, 7)]
    for at, (payer, payee) in enumerate(pairwise(route)):
        plan.pay(start + 7 * at, payer, payee, amount - 160 * at)
    return hands[-1]


_MAKERS = {
    rules.FAN_IN: _ransom,
    rules.WAGE_FUNNEL: _funnel,
    rules.PASS_THROUGH: _chain,
    rules.CYCLE: _cycle,
    rules.DEBT: _debt,
    rules.STRUCTURING: _structured,
    rules.FUNNEL_ACCOUNT: _deposits,
    rules.SCATTER_GATHER: _scattered,
    rules.GATHER_SCATTER: _gathered,
    rules.DORMANCY: _woken,
    rules.BOOKINGS: _booked,
    rules.STACK: _stacked,
    rules.WALK: _walked,
}


def rows(size: int) -> list[Row]:
    """Return the lines of the benchmark: a scan of so many transactions in a process of its own, and what it found."""
    with tempfile.TemporaryDirectory(prefix="mainstay-bench-") as name:
        ledger, out = Path(name) / "ledger", Path(name) / "alerts"
        planted = write_ledger(ledger, size)
        command = [sys.executable, "-m", "mainstay.money.engine.scale", "measure", str(ledger), str(out)]
        ran = subprocess.run(command, check=True, capture_output=True, text=True)
        measured = json.loads(ran.stdout)
        recall = sum(_is_found(planted, out)) / len(planted)
    what = f"{size:,} transactions from ledger to the alerts of all patterns"
    rate, goal = measured["transactions"] / measured["seconds"], GOAL_TRANSACTIONS / GOAL_SECONDS
    peak, whole = measured["peak_bytes"], size >= GOAL_TRANSACTIONS
    return [
        _row(
            f"{what} (goal for 100,000,000)",
            round(rate),
            "transactions/s",
            round(goal),
            rate >= goal if whole else None,
        ),
        _row(f"{what}: peak memory (goal at most, for 100,000,000)", peak, "bytes", GOAL_BYTES, _fits(peak, whole)),
        _row(f"{what}: planted patterns found, of {len(planted)}", recall, "share", 1.0, recall == 1),
    ]


def _fits(peak: int, whole: bool) -> bool | None:
    """Return whether memory holds the goal; fewer transactions than it is set for can break it but not prove it."""
    if peak > GOAL_BYTES:
        return False
    return True if whole else None


def _row(what: str, ours: float, unit: str, goal: float, holds: bool | None) -> Row:
    none = {"peer": "none", "peer_value": None, "ratio": None}
    return {"what": what, "ours": ours, "unit": unit, **none, "goal": goal, "holds": holds}


def _is_found(planted: Sequence[Planted], out: Path) -> list[bool]:
    """Return for each planted pattern whether an alert of it names its account."""
    told = {(alert.pattern, account.account_id) for alert in read_alerts(out) for account in alert.accounts}
    return [(one.pattern, f"A{one.account:09d}") in told for one in planted]


def measure(folder: Path, out: Path) -> Row:
    """Scan a ledger from opening it to its alerts on disk; kernels are loaded beforehand on a small ledger.

    Memory is that of the whole process at its largest, which is why it wants one of its own.
    """
    settings = ScanSettings()
    with tempfile.TemporaryDirectory() as small:
        write_ledger(Path(small) / "ledger", 2_000)
        scan(open_ledger(Path(small) / "ledger"), settings)
    begin = time.perf_counter()
    result = scan(open_ledger(folder), settings)
    write_alerts(result, settings, out)
    seconds = time.perf_counter() - begin
    return {
        "transactions": result.transactions,
        "alerts": len(result.alerts),
        "seconds": round(seconds, 2),
        "peak_bytes": _peak_bytes(),
    }


def _peak_bytes() -> int:
    """Return the most memory that this program had; what the system counts may be of the one that started it."""
    status = Path("/proc/self/status")
    if status.is_file():
        (most,) = (line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(most) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main(words: Sequence[str]) -> None:
    """Write a ledger, or measure a scan of one and print it as JSON."""
    match list(words):
        case ["write", folder, transactions]:
            write_ledger(Path(folder), int(transactions))
        case ["measure", folder, out]:
            sys.stdout.write(json.dumps(measure(Path(folder), Path(out))) + "\n")
        case _:
            raise SystemExit("write LEDGER TRANSACTIONS, or measure LEDGER OUT")


if __name__ == "__main__":
    main(sys.argv[1:])
