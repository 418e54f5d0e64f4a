"""A scan in parts gives what a scan of the whole gives: alerts, and counts of what was left out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mainstay.money import rules
from mainstay.money.engine import scale
from mainstay.money.engine.checkpoints import StepsCheckpoint
from mainstay.money.engine.importing import import_transactions
from mainstay.money.engine.ledger import Ledger, open_ledger
from mainstay.money.engine.parts import PART, Days
from mainstay.money.engine.scan import Step, scan
from mainstay.money.engine.scan_in_parts import Look, Read, scan_in_parts
from mainstay.money.engine.stages import STAGES
from mainstay.money.types import (
    BookingSettings,
    ChainSettings,
    CycleSettings,
    DebtSettings,
    DormancySettings,
    FanInSettings,
    FunnelAccountSettings,
    GatherSettings,
    ScanSettings,
    ScatterSettings,
    StackSettings,
    StructuringSettings,
    WageSettings,
    WalkSettings,
)

LOW = ScanSettings(
    fan_in=FanInSettings(min_payers=3, min_ratio=0.1, min_strangers=0.1, min_onward_share=0.1, max_windows=3),
    wages=WageSettings(within=timedelta(days=20), min_share=0.1, min_workers=2, min_months=2, min_payer_share=0.07),
    chains=ChainSettings(within=timedelta(days=5), tolerance=0.6, min_length=3, max_debits=6),
    cycles=CycleSettings(tolerance=0.6, max_credits=12, max_steps=60),
    debts=DebtSettings(slack=0.6, tolerance=0.7, min_payments=2, min_payers=2, max_payments=4, min_payer_share=0.1),
    structuring=StructuringSettings(limits=(("EUR", 10),), closeness=0.9, within=timedelta(days=60), min_payments=2),
    funnel_accounts=FunnelAccountSettings(within=timedelta(days=60), min_places=2, min_share=0.05),
    scatter=ScatterSettings(within=timedelta(days=9), tolerance=0.9, window=timedelta(days=30), min_middles=2),
    gather=GatherSettings(window=timedelta(days=5), within=timedelta(days=9), tolerance=0.9, min_partners=2),
    dormancy=DormancySettings(timedelta(days=6), timedelta(days=5), min_transactions=2, min_share=0.1, min_ratio=0.1),
    bookings=BookingSettings(timedelta(days=9), min_bookings=3, min_payers=2, max_windows=3, min_ratio=1.0),
    stacks=StackSettings(within=timedelta(days=9), tolerance=0.9, gap=timedelta(days=60), min_middles=2),
    walks=WalkSettings(within=timedelta(days=9), tolerance=0.9, min_length=5, min_accounts=3),
)
"""Thresholds that random payments meet."""
HIGH = replace(
    LOW,
    fan_in=replace(LOW.fan_in, min_ratio=2.0),
    wages=replace(LOW.wages, max_debits=3, min_payer_share=0.5),
    structuring=replace(LOW.structuring, min_share=0.9),
    funnel_accounts=replace(LOW.funnel_accounts, min_share=1.5),
    bookings=replace(LOW.bookings, min_payers=6, min_ratio=4.0),
    walks=replace(LOW.walks, min_length=3, min_accounts=4, within=LOW.chains.within, tolerance=0.6, max_debits=6),
    scatter=replace(LOW.scatter, within=LOW.chains.within, tolerance=LOW.chains.tolerance, max_debits=6),
)
"""Thresholds that they nearly meet; links are the same for chains and scatter-gather."""


class Here:
    """A cluster of one: each piece and each part by itself, in an order of its own."""

    def __init__(self, seed: int, ledger: Ledger) -> None:
        self.ledger, self.asked = ledger, 0
        self._rng = np.random.default_rng(seed)

    def each(self, read: Read, pieces: Sequence[Days], schema: pl.Schema) -> pl.DataFrame:
        self.asked += 1
        frames = [read(self.ledger, pieces[at]) for at in self._rng.permutation(len(pieces))]
        return pl.concat([pl.DataFrame(schema=schema), *frames])

    def by_part(
        self,
        read: Read,
        pieces: Sequence[Days],
        look: Look,
        schema: pl.Schema,
    ) -> pl.DataFrame:
        self.asked += 1
        frames = [read(self.ledger, pieces[at]) for at in self._rng.permutation(len(pieces))]
        rows = pl.concat(frames).sample(fraction=1.0, shuffle=True, seed=1)
        looked_at = [look(part, here) for (part,), here in rows.partition_by(PART, as_dict=True).items()]
        return pl.concat([pl.DataFrame(schema=schema), *looked_at])


def made_up(folder: Path, seed: int, count: int = 1_500, *, places: bool = True) -> Ledger:
    """A ledger of few accounts that pay each other, themselves and cash in like sums, some at the same moment."""
    rng = np.random.default_rng(seed)
    accounts = np.array([f"A{n:02}" for n in range(40)])
    source, target = (accounts[(rng.random(count) ** 2 * len(accounts)).astype(int)].astype(object) for _ in range(2))
    cash = rng.random(count)
    source[cash < 0.1], target[cash > 0.9] = None, None
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    moments = [begin + timedelta(hours=int(hour)) for hour in np.sort(rng.integers(0, 24 * 120, count))]
    spots = [str(n) for n in rng.choice(["", "North", "South", "West", "Port"], count)]
    table = pl.DataFrame(
        {
            "transaction_id": [f"T{n}" for n in range(count)],
            "booked_at": moments,
            "from_account": pl.Series(source.tolist(), dtype=pl.String),
            "to_account": pl.Series(target.tolist(), dtype=pl.String),
            "amount": [f"{n}.00" for n in rng.integers(1, 12, count)],
            "currency": [str(n) for n in rng.choice(["USD", "EUR", "EUR", "KES"], count)],
            "channel": "transfer",
            "from_country": [str(n) for n in rng.choice(["KE", "SE", "IT"], count)],
            "merchant_category": [str(n) for n in rng.choice(["", "", "7311", "7011", "4511", "5411"], count)],
            **({"from_place": spots, "to_place": spots[::-1]} if places else {}),
        }
    )
    folder.mkdir()
    table.write_parquet(folder / "payments.parquet")
    import_transactions([folder / "payments.parquet"], folder / "ledger")
    return open_ledger(folder / "ledger")


@pytest.mark.parametrize("seed", range(12))
def test_parts_of_any_size_give_what_the_whole_gives(tmp_path: Path, seed: int) -> None:
    ledger = made_up(tmp_path / "made_up", seed, places=seed % 3 > 0)
    settings = HIGH if seed % 2 else LOW
    whole = scan(ledger, settings)
    for rows in (40, 210, 100_000):
        assert scan_in_parts(Here(seed, ledger), settings, rows) == whole


@pytest.mark.parametrize("ended", range(4))
def test_a_scan_in_parts_that_was_stopped_after_any_step_goes_on_from_there(tmp_path: Path, ended: int) -> None:
    ledger = made_up(tmp_path / "made_up", 5)

    def stop(step: Step) -> None:
        if round(step.part * 4) == ended:
            raise KeyboardInterrupt

    def kept(settings: ScanSettings) -> StepsCheckpoint:
        return StepsCheckpoint(tmp_path / "out", ledger.digest, settings)

    with pytest.raises(KeyboardInterrupt):
        scan_in_parts(Here(0, ledger), LOW, 210, stop, kept(LOW))
    assert not kept(HIGH).found
    assert len(kept(HIGH).ignored) == len(kept(LOW).found) == ended
    again = Here(1, ledger)
    assert scan_in_parts(again, LOW, 210, checkpoint=kept(LOW)) == scan(ledger, LOW)
    whole = Here(1, ledger)
    scan_in_parts(whole, LOW, 210)
    assert again.asked == whole.asked - ended


def test_these_ledgers_have_every_pattern_and_something_is_left_out_for_every_reason(tmp_path: Path) -> None:
    ledgers = [made_up(tmp_path / str(seed), seed) for seed in range(4)]
    results = [scan(ledger, settings) for ledger in ledgers for settings in (LOW, HIGH)]
    assert {alert.pattern for result in results for alert in result.alerts} == {stage.name for stage in STAGES}
    lacking = {name for name in results[0].cut if not any(result.cut[name] for result in results)}
    assert lacking == {"transactions_not_listed"}


def test_planted_patterns_are_found_in_parts(tmp_path: Path) -> None:
    scale.write_ledger(tmp_path / "ledger", 30_000)
    ledger = open_ledger(tmp_path / "ledger")
    whole = scan(ledger, ScanSettings())
    assert whole.summary()["by_pattern"].keys() >= {rules.WAGE_FUNNEL, rules.CYCLE, rules.PASS_THROUGH}
    assert scan_in_parts(Here(0, ledger), ScanSettings(), 4_000) == whole
