"""A scan of a ledger that is too large for one machine: looked at in parts, on as many machines as there are.

It finds what `scan` finds, alert by alert; `parts` says why.
"""

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from mainstay.money.engine import parts
from mainstay.money.engine.adjacency import Graph, Ints, codes_of, graph_of
from mainstay.money.engine.checkpoints import StepsCheckpoint
from mainstay.money.engine.ledger import SCHEMA, Ledger
from mainstay.money.engine.occurrences import Turn, of_kind, renumbered
from mainstay.money.engine.parts import Days, Plan
from mainstay.money.engine.rings import cycles_of
from mainstay.money.engine.scan import Progress, Step, alerts_of, result_of
from mainstay.money.engine.stages import STAGES, Found, Scene
from mainstay.money.engine.wages import funnels_of
from mainstay.money.types import ScanResult, ScanSettings

Read = Callable[[Ledger, Days], pl.DataFrame]
Look = Callable[[int, pl.DataFrame], pl.DataFrame]
_STEPS = 4


class Cluster(Protocol):
    """What does work on a ledger piece by piece, anywhere; a piece that is lost is done again, and gives the same.

    Transactions are read where a piece is looked at, from a ledger that is given with it.
    """

    @property
    def ledger(self) -> Ledger:
        """The ledger."""
        ...

    def each(self, read: Read, pieces: Sequence[Days], schema: pl.Schema) -> pl.DataFrame:
        """Return what `read` gives for each piece, one after another in any order."""
        ...

    def by_part(self, read: Read, pieces: Sequence[Days], look: Look, schema: pl.Schema) -> pl.DataFrame:
        """Return what `look` gives for each `part` of all that `read` gives."""
        ...


def scan_in_parts(
    cluster: Cluster,
    settings: ScanSettings,
    rows: int,
    progress: Progress = lambda step: None,
    checkpoint: StepsCheckpoint | None = None,
) -> ScanResult:
    """Return the alerts of a ledger, as `scan` does.

    Args:
        cluster: what looks at the parts of its ledger.
        settings: what is looked for.
        rows: about how many payments a part has. An account with more has a part of its own.
        progress: called with how far it is.
        checkpoint: keeps what each step gave, and gives that of a scan that was stopped.
    """
    steps, ledger = _Steps(progress, checkpoint), cluster.ledger
    days = list(parts.stretches(ledger.days, rows))
    count = max(1, -(-ledger.height // rows))
    survey, counted = partial(parts.survey, parts=count), partial(parts.counted, parts=count)
    known = steps.done("accounts", lambda: cluster.by_part(survey, days, counted, parts.FINDINGS))
    plan, payers = _plan(cluster, settings, rows, count, known)
    dealt, look = partial(parts.dealt_out, plan), partial(parts.search_accounts, plan)
    found = steps.done("patterns_of_one_account", lambda: cluster.by_part(dealt, days, look, parts.FINDINGS))
    slices = list(parts.stretches(ledger.days, rows, settings.cycles.within))
    search = partial(parts.search_days, plan)
    cycles = steps.done("closing_payments", lambda: cluster.each(search, slices, parts.FINDINGS))
    result = _told_of(cluster, plan, payers, days, _Findings(pl.concat([found, cycles])))
    steps.next()
    return result


class _Steps:
    def __init__(self, progress: Progress, checkpoint: StepsCheckpoint | None) -> None:
        self._done, self._progress, self._checkpoint = 0, progress, checkpoint
        progress(Step(0, len(STAGES), 0.0, None))

    def done(self, name: str, do: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """Return what a step gives, or gave before a scan was stopped."""
        kept = self._checkpoint.found.get(name) if self._checkpoint is not None else None
        found = do() if kept is None else kept
        if kept is None and self._checkpoint is not None:
            self._checkpoint.keep(name, found)
        self.next()
        return found

    def next(self) -> None:
        self._done += 1
        ended = len(STAGES) if self._done == _STEPS else 0
        self._progress(Step(ended, len(STAGES), self._done / _STEPS, None))


def _plan(cluster: Cluster, settings: ScanSettings, rows: int, count: int, known: pl.DataFrame) -> tuple[Plan, Ints]:
    """Return what each of so many parts knows of the whole, and how many others pay each account."""
    ledger = cluster.ledger
    accounts = known.filter(pl.col("kind") == parts.ACCOUNT)
    employs, gathers = (np.zeros(len(ledger.account_ids), np.bool_) for _ in range(2))
    least = settings.wages.min_workers
    gathers[accounts.filter(pl.col("b") >= least)["a"].to_numpy()] = True
    employs[accounts.filter(pl.col("c") >= least)["a"].to_numpy()] = True
    payers = np.zeros(len(ledger.account_ids), np.int64)
    payers[accounts["a"].to_numpy()] = accounts["b"].to_numpy()
    unit = "place" if (known["kind"] == parts.PLACED).any() else "country"
    outer = dict.fromkeys(day for day, _ in (*ledger.days[:1], *ledger.days[-1:]))
    ends = cluster.each(partial(parts.ends, unit), [Days(day, day, day) for day in outer], parts.ROWS)
    plan = Plan(
        settings=settings,
        currencies=tuple(sorted(known.filter(pl.col("kind") == parts.CURRENCY)["name"].to_list())),
        unit=unit,
        parts=count,
        heavy=np.sort(accounts.filter(pl.col("d") > rows)["a"].to_numpy()),
        ends=parts.first_and_last(ends),
        employs=employs,
        gathers=gathers,
    )
    return plan, payers


class _Findings:
    """What the parts found, by kind."""

    def __init__(self, all_: pl.DataFrame) -> None:
        self._of = {kind: rows for (kind,), rows in all_.partition_by("kind", as_dict=True).items()}
        self._busy = {
            (name, key): count for name, key, count in self.of(parts.BUSY).group_by("name", "c").agg("a").rows()
        }

    def of(self, kind: str) -> pl.DataFrame:
        return self._of.get(kind, pl.DataFrame(schema=parts.FINDINGS))

    def numbers(self, kind: str) -> Ints:
        return self.of(kind)["a"].unique().sort().to_numpy()

    def busy(self, name: str, key: int | None = None) -> int:
        return sum(self._busy.get((name, key), ()))


def _told_of(cluster: Cluster, plan: Plan, payers: Ints, days: Sequence[Days], findings: _Findings) -> ScanResult:
    """Put together what the parts found."""
    wages, links = _often(findings.of(parts.WAGE), plan.settings), findings.of(parts.LINK)
    alone = _alone(findings.of(parts.OCCURRENCE), findings.of(parts.CUT))
    edges = (one for stage in STAGES if stage.alone for one in alone[stage.name].edges(stage))
    named = [*edges, links["a"].to_numpy(), links["b"].to_numpy(), wages["e"].to_numpy()]
    wanted = np.unique(np.concatenate([*named, findings.numbers(parts.LOOKED_AT)]))
    asked_for = partial(parts.asked_for, wanted, wages["c"].unique().to_numpy(), wages["b"].unique().to_numpy())
    asked = cluster.each(asked_for, days, parts.ROWS).sort("number")
    numbers, graph = asked["number"].to_numpy(), _graph(asked, plan, len(cluster.ledger.account_ids))

    def place(wanted: Ints) -> Ints:
        return np.searchsorted(numbers, wanted)

    scene = _scene(cluster.ledger, plan, payers, graph, findings, wages, place)
    found: dict[str, Found] = {}
    for stage in STAGES:
        if stage.alone:
            here = alone[stage.name]
            turned = (renumbered(one, stage.kind, place, lambda codes: codes) for one in here.occurrences)
            found[stage.name] = Found(tuple(turned), here.cut)
        else:
            found[stage.name] = stage.find(scene)
    return result_of(cluster.ledger, found, alerts_of(scene, found, numbers, partial(_rows, cluster, days)))


def _rows(cluster: Cluster, days: Sequence[Days], numbers: Ints, *names: str) -> pl.DataFrame:
    """Return some columns of some transactions as `Ledger.rows` does."""
    schema = pl.Schema({"number": pl.Int64, **{name: SCHEMA[name] for name in names}})
    return cluster.each(partial(parts.named, numbers, names), days, schema).sort("number").select(names)


def _scene(
    ledger: Ledger, plan: Plan, payers: Ints, graph: Graph, findings: _Findings, wages: pl.DataFrame, place: Turn
) -> Scene:
    """Return what the stages look at that no part can decide: links, cycles and wage funnels are known already."""
    links, settings = findings.of(parts.LINK), plan.settings
    closing = place(findings.numbers(parts.CLOSING))
    return Scene(
        ledger,
        settings,
        {
            key: (_onward(links.filter(pl.col("c") == at), place, len(graph.payments)), findings.busy(parts.LINK, at))
            for at, key in enumerate(plan.link_keys)
        },
        graph=graph,
        cycles=cycles_of(graph, closing, findings.busy(parts.CLOSING), settings.cycles),
        funnels=funnels_of(graph, _wages(wages, place), payers, findings.busy(parts.WAGE), settings.wages),
    )


def _alone(occurrences: pl.DataFrame, cut: pl.DataFrame) -> dict[str, Found]:
    """Return what parts found of the patterns that are decided by one account's payments, and what they left out."""
    counts = dict(cut.group_by("name").agg(pl.col("a").sum()).iter_rows())
    texts: dict[str, list[str]] = {name: [] for name in (stage.name for stage in STAGES)}
    for name, text in occurrences.select("name", "text").iter_rows():
        texts[name].append(text)
    return {
        stage.name: Found(
            tuple(of_kind(json.loads(text), stage.kind) for text in texts[stage.name]),
            {reason: counts.get(reason, 0) for reason in stage.cut},
        )
        for stage in STAGES
        if stage.alone
    }


def _often(wages: pl.DataFrame, settings: ScanSettings) -> pl.DataFrame:
    """Drop wages of employers and receivers that occur too seldom to be a funnel."""
    least = settings.wages.min_workers * settings.wages.min_months
    often = wages.group_by("a", "b").len().filter(pl.col("len") >= least)
    return wages.join(often, on=["a", "b"], how="semi")


def _wages(wages: pl.DataFrame, place: Turn) -> pl.DataFrame:
    """Return wages as `passed_on` gives them."""
    named = wages.select(employer="a", to="b", worker="c", month="d", share="share")
    return named.with_columns(pl.Series("wage", place(wages["e"].to_numpy())))


def _onward(links: pl.DataFrame, place: Turn, count: int) -> npt.NDArray[np.int32]:
    """Return for each payment the one it is linked to, -1 for none."""
    onward = np.full(count, -1, np.int32)
    onward[place(links["a"].to_numpy())] = place(links["b"].to_numpy())
    return onward


def _graph(rows: pl.DataFrame, plan: Plan, accounts: int) -> Graph:
    time, source, target, amount = (rows[name].to_numpy() for name in ("time", "source", "target", "amount"))
    codes = codes_of(rows["currency"], plan.currencies).to_numpy()
    return graph_of(time, source, target, amount, codes, plan.currencies, accounts)
