"""Why a transaction is, nearly is, or is not in an alert.

A transaction *meets* a pattern when it is in an occurrence of it under the settings. It *nearly* does when it is in
none then, but in one once every threshold of the pattern is loosened: least numbers by a third (by one at least, not
under one), least shares and ratios by a third, times, tolerances and largest parts longer by half, a silence shorter by
a third; bounds of work stay. `lacking` names the thresholds of which each by itself would do; where it is empty it
takes several at once.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from mainstay.money.engine.adjacency import CASH, Ints, graph_of
from mainstay.money.engine.feature_table import Chosen, figures_of_rows
from mainstay.money.engine.features import features
from mainstay.money.engine.ledger import SCHEMA, Ledger
from mainstay.money.engine.scan import alerts_in
from mainstay.money.engine.stages import STAGES, Scene, Stage
from mainstay.money.types import Alert, FeatureSettings, RhythmSettings, ScanSettings, microseconds

MEETS, NEARLY, NO = "meets", "nearly", "no"
_LONGER = frozenset(
    {"window", "within", "onward_within", "span", "tolerance", "gap", "slack", "closeness", "max_windows", "part"}
)
_KNOWN = ("from_country", "to_country", "from_place", "to_place", "merchant_category", "text")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold of a pattern, as it is (times in hours) and loosened."""

    parameter: str
    value: float
    loosened: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How a transaction stands to a pattern: meets, nearly or no, and what it is lacking."""

    pattern: str
    stands: str
    lacking: tuple[Threshold, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of a transaction: facts as the ledger has them, features, alerts, and how it stands to patterns.

    `standings` is None where it was not asked for.
    """

    facts: dict[str, Any]
    features: dict[str, Any]
    alerts: tuple[Alert, ...]
    standings: tuple[Standing, ...] | None

    @property
    def more(self) -> list[str]:
        """The facts that not every transaction has, by name."""
        return [name for name in self.facts if name in _KNOWN]

    def as_json(self) -> dict[str, Any]:
        """Return it as `mainstay money explain --json` prints it."""
        ends = (self.facts["from_account"], self.facts["to_account"])
        alerts = []
        for alert in self.alerts:
            told = alert.as_json()
            roles = {a.account_id: a.role.value for a in alert.accounts}
            told["roles"] = {name: roles[name] for name in ends if name in roles}
            alerts.append({k: told[k] for k in ("alert_id", "pattern", "score", "start", "end", "roles", "reasons")})
        standings = None if self.standings is None else [asdict(standing) for standing in self.standings]
        return {"transaction": self.facts, "features": self.features, "alerts": alerts, "patterns": standings}


def explain(
    ledger: Ledger,
    transaction_id: str,
    *,
    alerts: Path | None = None,
    features_by: FeatureSettings,
    scan_by: ScanSettings | None,
    rhythms_by: RhythmSettings | None = None,
) -> Explanation | None:
    """Return what is known of a transaction, or None where the ledger does not have it.

    Only ids up to its own, the days of the window and its own row are read (and where several payments have its moment,
    the accounts of earlier days); for how it stands to the patterns the numbers of all transactions, but no texts.

    Args:
        ledger: where it is looked for.
        transaction_id: its id.
        alerts: the folder of a scan whose alerts are looked through.
        features_by: the window that ends with it, and so on.
        scan_by: the settings of the patterns; None leaves these out.
        rhythms_by: the window of its accounts' rhythms, which are told among the features; None leaves them out.
    """
    number = ledger.number_of(transaction_id)
    if number is None:
        return None
    facts = _facts(ledger, number)
    held = tuple(alerts_in(alerts, transaction_id)) if alerts is not None else ()
    standings = None if scan_by is None else tuple(_standings(Scene(ledger, scan_by), number))
    figures = _features(ledger, number, features_by)
    figures |= _by_block(ledger, number, Chosen(features_by, rhythms_by, len(ledger.account_ids)))
    return Explanation(facts, figures, held, standings)


def _facts(ledger: Ledger, number: int) -> dict[str, Any]:
    return ledger.as_facts(ledger.rows(np.array([number]), *SCHEMA).row(0, named=True))


def _features(ledger: Ledger, number: int, settings: FeatureSettings) -> dict[str, Any]:
    """Return the features of one transaction: what came after it, or before the window, does not count.

    But for its moment: where several payments have it, cycles ask which of their receivers appeared first.
    """
    moment = ledger.rows(np.array([number]), "booked_at")["booked_at"][0]
    begin = moment - settings.window
    first, rows = ledger.between(begin.date(), moment.date(), "booked_at", "from_account", "to_account", "amount")
    inside = rows.with_row_index("row").filter(pl.col("booked_at").is_between(begin, moment))
    tied = inside.filter(pl.col("booked_at") == moment)["to_account"].drop_nulls().unique()
    order = _first_seen(ledger, tied) if len(tied) > 1 else np.zeros(0, np.int64)
    sides = [
        np.concatenate([order, inside[side].fill_null(CASH).to_numpy()]) for side in ("from_account", "to_account")
    ]
    codes = np.unique(np.concatenate([*sides, [CASH]]))
    source, target = (np.searchsorted(codes, side) - 1 for side in sides)
    moments = inside["booked_at"].to_physical().to_numpy()
    time = np.concatenate([np.full(len(order), moments[-1] - microseconds(settings.window) - 1), moments])
    amount = np.concatenate([np.ones(len(order), np.int64), inside["amount"].to_numpy()])
    graph = graph_of(time, source, target, amount, np.zeros(len(time), np.int64), ("",), len(codes) - 1)
    at = len(order) + int(np.flatnonzero(inside["row"].to_numpy() == number - first)[0])
    return features(graph, settings).as_frame().row(at, named=True)


def _by_block(ledger: Ledger, number: int, chosen: Chosen) -> dict[str, Any]:
    """Return the figures of one transaction that are counted by block, from the days before it that it may see."""
    moment = ledger.rows(np.array([number]), "booked_at")["booked_at"][0]
    columns = ("booked_at", "from_account", "to_account", "amount", "currency")
    first, rows = ledger.between((moment - chosen.looks_back).date(), moment.date(), *columns)
    seen = rows[: number - first + 1]
    return figures_of_rows(seen, chosen, seen.height - 1).row(0, named=True)


def _first_seen(ledger: Ledger, accounts: pl.Series) -> Ints:
    """Return accounts in the order in which they first appear in a payment between accounts, its payer first.

    A payment of each to itself, put before the window, gives them this order in a part of the ledger.
    """
    seen: list[int] = []
    missing = accounts
    for day in ledger.by_day("from_account", "to_account"):
        sides = day.drop_nulls().select(pl.concat_list("from_account", "to_account").alias("side")).explode("side")
        here = sides.filter(pl.col("side").is_in(missing.implode()))["side"].unique(maintain_order=True)
        seen += here.to_list()
        missing = missing.filter(~missing.is_in(here.implode()))
        if not len(missing):
            break
    return np.array(seen, np.int64)


def _standings(scene: Scene, number: int) -> Iterator[Standing]:
    for stage in STAGES:
        if stage.holds(scene, number):
            yield Standing(stage.name, MEETS)
            continue
        eased = loosened(getattr(scene.settings, stage.chosen))
        if not stage.holds(_with(scene, stage, {name: new for name, (_, new) in eased.items()}), number):
            yield Standing(stage.name, NO)
            continue
        alone = [name for name, (_, new) in eased.items() if stage.holds(_with(scene, stage, {name: new}), number)]
        lacking = tuple(Threshold(name, *(_figure(value) for value in eased[name])) for name in alone)
        yield Standing(stage.name, NEARLY, lacking)


def _with(scene: Scene, stage: Stage, changed: dict[str, Any]) -> Scene:
    chosen = replace(getattr(scene.settings, stage.chosen), **changed)
    return scene.with_settings(replace(scene.settings, **{stage.chosen: chosen}))


def loosened(settings: Any) -> dict[str, tuple[Any, Any]]:
    """Return each threshold of a pattern that can be loosened, as it is and loosened."""
    eased: dict[str, tuple[Any, Any]] = {}
    for field in fields(settings):
        value = getattr(settings, field.name)
        new = value
        if field.name in _LONGER:
            new = value + value // 2 if isinstance(value, int) else value * 1.5
        elif field.name == "silence":
            new = value * 2 / 3
        elif field.name.startswith("min_"):
            new = max(1, value - max(1, value // 3)) if isinstance(value, int) else value * 2 / 3
        if new != value:
            eased[field.name] = (value, new)
    return eased


def _figure(value: Any) -> float:
    return value.total_seconds() / 3600 if isinstance(value, timedelta) else value
