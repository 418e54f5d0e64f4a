"""The stages of a scan: one a pattern, each from the ledger's graph to alerts, by itself and in any order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mainstay.money import rules
from mainstay.money.engine.adjacency import Graph, Ints, graph_of_ledger
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
from mainstay.money.engine.wages import Funnel, Funnels, find_funnels
from mainstay.money.types import Alert, ScanSettings


@dataclass(frozen=True, slots=True)
class Found:
    """What a stage gave: its alerts, and what it left out with how much of it."""

    alerts: tuple[Alert, ...]
    cut: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """Return what was found as a checkpoint holds it."""
        return {"alerts": [alert.as_json() for alert in self.alerts], "cut": self.cut}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Found":
        """Return what `as_json` wrote."""
        return cls(tuple(Alert.from_json(alert) for alert in document["alerts"]), dict(document["cut"]))


class Scene:
    """What stages look at: the graph of a ledger and its facts, each made when it is first asked for."""

    def __init__(self, ledger: Ledger, settings: ScanSettings) -> None:
        self.ledger = ledger
        self.settings = settings

    @cached_property
    def graph(self) -> Graph:
        """The ledger's transactions as a graph."""
        return graph_of_ledger(self.ledger)

    def reader(self, *edges: Ints) -> Reader:
        """Return the ledger's facts on some transactions, given by number."""
        return Reader(self.ledger, self.graph, edges)

    @cached_property
    def funnels(self) -> Funnels:
        """The wage funnels: scatter-gather asks for them too."""
        return find_funnels(self.graph, self.settings.wages)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: the pattern's name, how long it takes beside the others, and what finds it."""

    name: str
    weight: float
    find: Callable[[Scene], Found]


def _collections(scene: Scene) -> Found:
    chosen, most = scene.settings.fan_in, scene.settings.max_listed
    all_ = find_collections(scene.graph, chosen)
    facts = scene.reader(*(edges for one in all_.found for edges in (one.payments, one.onward)))
    alerts = [rules.collection_alert(facts.collection(one), chosen, max_listed=most) for one in all_.found]
    cut = {
        "bursts_of_steady_collectors": all_.steady,
        "bursts_within_usual_rate": all_.usual,
        "bursts_of_regular_payers": all_.regulars,
        "bursts_kept_by_collector": all_.kept,
    }
    return Found(tuple(alerts), cut)


def _funnels(scene: Scene) -> Found:
    chosen, most, all_ = scene.settings.wages, scene.settings.max_listed, scene.funnels
    facts = scene.reader(*(edges for one in all_.found for edges in (one.wages, one.onward)))
    alerts = [rules.funnel_alert(facts.funnel(one), chosen, max_listed=most) for one in all_.found]
    return Found(tuple(alerts), {"wages_of_busy_accounts": all_.busy, "funnels_into_hubs": all_.hubs})


def _chains(scene: Scene) -> Found:
    chosen, most = scene.settings.chains, scene.settings.max_listed
    all_ = find_chains(scene.graph, chosen)
    facts = scene.reader(*all_.found)
    alerts = [rules.chain_alert(facts.chain(one), chosen, max_listed=most) for one in all_.found]
    return Found(tuple(alerts), {"payments_to_busy_accounts": all_.busy})


def _cycles(scene: Scene) -> Found:
    chosen, most = scene.settings.cycles, scene.settings.max_listed
    all_ = find_cycles(scene.graph, chosen)
    facts = scene.reader(*(edges for one in all_.found for edges in one.rounds))
    alerts = [rules.cycle_alert(facts.cycle(one), chosen, max_listed=most) for one in all_.found]
    cut = {"payments_round_busy_accounts": all_.busy, "searches_for_cycles_given_up": all_.given_up}
    return Found(tuple(alerts), cut)


def _debts(scene: Scene) -> Found:
    chosen, most = scene.settings.debts, scene.settings.max_listed
    all_ = find_debts(scene.graph, chosen)
    facts = scene.reader(*(edges for one in all_.found for edges in one.series))
    alerts = [rules.debt_alert(facts.debt(one), chosen, max_listed=most) for one in all_.found]
    cut = {
        "pairs_with_many_payments": all_.busy,
        "series_from_before_the_ledger": all_.earlier,
        "debts_among_many_other_payers": all_.usual,
    }
    return Found(tuple(alerts), cut)


def _structuring(scene: Scene) -> Found:
    chosen, most = scene.settings.structuring, scene.settings.max_listed
    all_ = find_structuring(scene.graph, chosen)
    facts = scene.reader(*(one.payments for one in all_.found))
    alerts = [rules.structuring_alert(facts.structuring(one), chosen, max_listed=most) for one in all_.found]
    cut = {
        "sums_just_under_among_other_cash": all_.mixed,
        "cash_in_currencies_without_limit": all_.no_limit,
    }
    return Found(tuple(alerts), cut)


def _funnel_accounts(scene: Scene) -> Found:
    chosen, most = scene.settings.funnel_accounts, scene.settings.max_listed
    places = cash_places(scene.ledger)
    all_ = find_funnel_accounts(scene.graph, places, chosen)
    facts = scene.reader(*(edges for one in all_.found for edges in (one.deposits, one.withdrawals)))
    told = (facts.funnel_account(one, places) for one in all_.found)
    alerts = [rules.funnel_account_alert(one, chosen, max_listed=most) for one in told]
    return Found(tuple(alerts), {"cash_from_many_places_kept": all_.kept})


def _scatterings(scene: Scene) -> Found:
    """Find scatter-gather, less what is a wage funnel once more."""
    chosen, most = scene.settings.scatter, scene.settings.max_listed
    all_ = find_scatterings(scene.graph, chosen)
    facts = scene.reader(*(edges for one in all_.found for edges in (one.scattered, one.gathered)))
    funnels = scene.funnels.found if all_.found else ()
    apart = [one for one in all_.found if not _is_funnel(scene.graph, one, funnels)]
    alerts = [rules.scatter_alert(facts.scattering(one), chosen, max_listed=most) for one in apart]
    cut = {
        "scattered_to_busy_accounts": all_.busy,
        "scattered_wages_of_a_funnel": len(all_.found) - len(apart),
    }
    return Found(tuple(alerts), cut)


def _is_funnel(graph: Graph, found: Scattering, funnels: Sequence[Funnel]) -> bool:
    """Return whether a scatter-gather is a wage funnel once more: its workers must not be shown as passing money on."""
    payer, receiver = graph.source[found.scattered[0]], graph.target[found.gathered[0]]
    same = [f.workers for f in funnels if f.employer == payer and f.controller == receiver]
    return any(bool(np.isin(graph.target[found.scattered], workers).all()) for workers in same)


def _gatherings(scene: Scene) -> Found:
    chosen, most = scene.settings.gather, scene.settings.max_listed
    all_ = find_gatherings(scene.graph, chosen)
    facts = scene.reader(*(edges for one in all_.found for edges in (one.gathered, one.scattered)))
    alerts = [rules.gather_alert(facts.gathering(one), chosen, max_listed=most) for one in all_.found]
    cut = {"gatherings_of_steady_collectors": all_.steady, "gatherings_kept_or_paid_to_few": all_.kept}
    return Found(tuple(alerts), cut)


def _wakings(scene: Scene) -> Found:
    chosen, most = scene.settings.dormancy, scene.settings.max_listed
    all_ = find_wakings(scene.graph, chosen)
    facts = scene.reader(*(one.burst for one in all_.found))
    alerts = [rules.dormancy_alert(facts.waking(one), chosen, max_listed=most) for one in all_.found]
    return Found(tuple(alerts), {"bursts_after_silence_usual_or_kept": all_.usual})


STAGES = (
    Stage(rules.FAN_IN, 1.0, _collections),
    Stage(rules.WAGE_FUNNEL, 1.0, _funnels),
    Stage(rules.PASS_THROUGH, 1.0, _chains),
    Stage(rules.CYCLE, 1.0, _cycles),
    Stage(rules.DEBT, 1.0, _debts),
    Stage(rules.STRUCTURING, 1.0, _structuring),
    Stage(rules.FUNNEL_ACCOUNT, 1.0, _funnel_accounts),
    Stage(rules.SCATTER_GATHER, 1.0, _scatterings),
    Stage(rules.GATHER_SCATTER, 1.0, _gatherings),
    Stage(rules.DORMANCY, 1.0, _wakings),
)
"""In the order in which they are told of; weights are seconds for each ten million transactions, as measured."""
