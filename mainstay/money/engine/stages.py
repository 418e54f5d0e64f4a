"""The stages of a scan: one a pattern, each from the ledger's graph to alerts, by itself and in any order."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np

from mainstay.money import rules
from mainstay.money.engine.adjacency import Edges, Graph, Ints, graph_of_ledger
from mainstay.money.engine.bookings import Booking, find_bookings
from mainstay.money.engine.chains import Links, find_chains, linked
from mainstay.money.engine.debts import Debt, find_debts
from mainstay.money.engine.dormancy import Waking, find_wakings
from mainstay.money.engine.facts import Reader
from mainstay.money.engine.fans import Collection, find_collections
from mainstay.money.engine.funnel_accounts import FunnelAccount, find_funnel_accounts
from mainstay.money.engine.gathering import Gathering, find_gatherings
from mainstay.money.engine.ledger import Ledger
from mainstay.money.engine.merchants import Categories, merchant_categories
from mainstay.money.engine.places import Places, cash_places
from mainstay.money.engine.rings import Cycle, Cycles, find_cycles
from mainstay.money.engine.scattering import Scattering, find_scatterings
from mainstay.money.engine.stacks import Stack, find_stacks
from mainstay.money.engine.structuring import Structuring, find_structuring
from mainstay.money.engine.wages import Funnel, Funnels, find_funnels
from mainstay.money.engine.walks import Walks, find_walks
from mainstay.money.types import Alert, ChainSettings, ScanSettings, ScatterSettings, StackSettings, WalkSettings


@dataclass(frozen=True, slots=True)
class Found:
    """What a stage found: occurrences of its pattern by numbers and codes, and what it left out with how much of it."""

    occurrences: tuple[Any, ...]
    cut: dict[str, int]

    def edges(self, stage: "Stage") -> Iterator[Ints]:
        """Yield the numbers of the transactions of all occurrences."""
        return (edges for one in self.occurrences for edges in stage.edges(one))


LinkKey = tuple[timedelta, float, int]
LinkSettings = ChainSettings | ScatterSettings | StackSettings | WalkSettings


class Scene:
    """What stages look at: the graph of a ledger and its facts, each made when it is first asked for."""

    def __init__(
        self, ledger: Ledger, settings: ScanSettings, links: Mapping[LinkKey, Links] | None = None, **known: Any
    ) -> None:
        """Begin with what is known already: links by what decides them, the rest by the names of the properties."""
        self.__dict__.update(known)
        self.ledger = ledger
        self.settings = settings
        self._links: dict[LinkKey, Links] = dict(links or {})
        self._linking = Lock()

    @cached_property
    def graph(self) -> Graph:
        """The ledger's transactions as a graph."""
        return graph_of_ledger(self.ledger)

    @cached_property
    def places(self) -> Places:
        """Where cash changed hands."""
        return cash_places(self.ledger)

    @cached_property
    def categories(self) -> Categories:
        """What kind of merchant was paid."""
        return merchant_categories(self.ledger)

    @cached_property
    def funnels(self) -> Funnels:
        """The wage funnels: scatter-gather asks for them too."""
        return find_funnels(self.graph, self.settings.wages)

    @cached_property
    def walks(self) -> Walks:
        """The walks: chains ask for them too."""
        return find_walks(self.graph, self.settings.walks, self.links(self.settings.walks))

    @cached_property
    def cycles(self) -> Cycles:
        """The temporal cycles."""
        return find_cycles(self.graph, self.settings.cycles)

    @staticmethod
    def link_key(chosen: LinkSettings) -> LinkKey:
        """Return what decides how payments are linked."""
        return chosen.within, chosen.tolerance, chosen.max_debits

    def links(self, chosen: LinkSettings) -> Links:
        """Return what chains, scatter-gather, stacks and walks begin with, made once where their settings agree."""
        return self.links_by(self.link_key(chosen))

    def links_by(self, key: LinkKey) -> Links:
        """Return the links of such settings."""
        with self._linking:
            if key not in self._links:
                self._links[key] = linked(self.graph, *key)
            return self._links[key]

    def with_settings(self, settings: ScanSettings) -> "Scene":
        """Return the same ledger, graph, places and merchants under other settings."""
        shared = ("graph", "places", "categories")
        known = {name: self.__dict__[name] for name in shared if name in self.__dict__}
        return Scene(self.ledger, settings, **known)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: how a pattern is found, what is known of an occurrence, and how that becomes an alert.

    Attributes:
        name: the pattern's.
        weight: how long it takes beside the others.
        chosen: the pattern's field in the settings of a scan.
        kind: the type of an occurrence.
        search: returns all occurrences as `found`, and beside it counts of what was left out.
        edges: returns the numbers of an occurrence's transactions.
        facts: returns what is known of an occurrence.
        alert: returns the alert of facts.
        cut: by its name in the summary, the count that `search` returns.
        alone: an occurrence is decided by the transactions of one account, and the ledger's first and last.
    """

    name: str
    weight: float
    chosen: str
    kind: Any
    search: Callable[[Scene], Any]
    edges: Callable[[Any], tuple[Ints, ...]]
    facts: Callable[[Reader, Any], Any]
    alert: Callable[..., Alert]
    cut: Mapping[str, str]
    alone: bool = False

    def find(self, scene: Scene) -> Found:
        """Return the pattern's occurrences in a ledger."""
        all_ = self.search(scene)
        return Found(all_.found, {name: int(getattr(all_, count)) for name, count in self.cut.items()})

    def alerts(self, found: Found, reader: Reader, settings: ScanSettings) -> Iterator[Alert]:
        """Yield the alerts of occurrences, whose transactions the reader holds."""
        chosen, most = getattr(settings, self.chosen), settings.max_listed
        return (self.alert(self.facts(reader, one), chosen, max_listed=most) for one in found.occurrences)

    def holds(self, scene: Scene, number: int) -> bool:
        """Return whether a transaction, by number, is in an occurrence of the pattern."""
        return any(bool((edges == number).any()) for one in self.search(scene).found for edges in self.edges(one))


@dataclass(frozen=True, slots=True)
class _Chained:
    """Chains less those that are a part of a walk, which are counted."""

    found: tuple[Ints, ...]
    busy: int
    walks: int


def _chains(scene: Scene) -> _Chained:
    all_ = find_chains(scene.graph, scene.settings.chains, scene.links(scene.settings.chains))
    walk_of = {edge: at for at, walk in enumerate(scene.walks.found) for edge in walk.tolist()} if all_.found else {}
    walks = [{walk_of.get(edge, -1) for edge in one.tolist()} for one in all_.found]
    apart = tuple(one for one, inside in zip(all_.found, walks, strict=True) if -1 in inside or len(inside) > 1)
    return _Chained(apart, all_.busy, len(all_.found) - len(apart))


@dataclass(frozen=True, slots=True)
class _Scattered:
    """Scatter-gathers less those that are a wage funnel once more, which are counted."""

    found: tuple[Scattering, ...]
    busy: int
    funnels: int


def _scatterings(scene: Scene) -> _Scattered:
    all_ = find_scatterings(scene.graph, scene.settings.scatter, scene.links(scene.settings.scatter))
    funnels = scene.funnels.found if all_.found else ()
    apart = tuple(one for one in all_.found if not _is_funnel(scene.graph, one, funnels))
    return _Scattered(apart, all_.busy, len(all_.found) - len(apart))


def _is_funnel(graph: Graph, found: Scattering, funnels: Sequence[Funnel]) -> bool:
    """Return whether a scatter-gather is a wage funnel once more: its workers must not be shown as passing money on."""
    payer, receiver = graph.source[found.scattered[0]], graph.target[found.gathered[0]]
    same = [f.workers for f in funnels if f.employer == payer and f.controller == receiver]
    return any(bool(np.isin(graph.target[found.scattered], workers).all()) for workers in same)


STAGES = (
    Stage(
        rules.FAN_IN,
        3.6,
        "fan_in",
        Collection,
        lambda scene: find_collections(scene.graph, scene.settings.fan_in),
        lambda one: (one.payments, one.onward),
        Reader.collection,
        rules.collection_alert,
        {
            "bursts_of_steady_collectors": "steady",
            "bursts_within_usual_rate": "usual",
            "bursts_of_regular_payers": "regulars",
            "bursts_kept_by_collector": "kept",
        },
        alone=True,
    ),
    Stage(
        rules.WAGE_FUNNEL,
        3.5,
        "wages",
        Funnel,
        lambda scene: scene.funnels,
        lambda one: (one.wages, one.onward),
        Reader.funnel,
        rules.funnel_alert,
        {"wages_of_busy_accounts": "busy", "funnels_into_hubs": "hubs"},
    ),
    Stage(
        rules.PASS_THROUGH,
        1.9,
        "chains",
        Edges,
        _chains,
        lambda one: (one,),
        Reader.chain,
        rules.chain_alert,
        {"payments_to_busy_accounts": "busy", "chains_of_a_walk": "walks"},
    ),
    Stage(
        rules.CYCLE,
        6.7,
        "cycles",
        Cycle,
        lambda scene: scene.cycles,
        lambda one: one.rounds,
        Reader.cycle,
        rules.cycle_alert,
        {"payments_round_busy_accounts": "busy", "searches_for_cycles_given_up": "given_up"},
    ),
    Stage(
        rules.DEBT,
        1.6,
        "debts",
        Debt,
        lambda scene: find_debts(scene.graph, scene.settings.debts),
        lambda one: one.series,
        Reader.debt,
        rules.debt_alert,
        {
            "pairs_with_many_payments": "busy",
            "series_from_before_the_ledger": "earlier",
            "debts_among_many_other_payers": "usual",
        },
        alone=True,
    ),
    Stage(
        rules.STRUCTURING,
        0.7,
        "structuring",
        Structuring,
        lambda scene: find_structuring(scene.graph, scene.settings.structuring),
        lambda one: (one.payments,),
        Reader.structuring,
        rules.structuring_alert,
        {"sums_just_under_among_other_cash": "mixed", "cash_in_currencies_without_limit": "no_limit"},
        alone=True,
    ),
    Stage(
        rules.FUNNEL_ACCOUNT,
        1.5,
        "funnel_accounts",
        FunnelAccount,
        lambda scene: find_funnel_accounts(scene.graph, scene.places, scene.settings.funnel_accounts),
        lambda one: (one.deposits, one.withdrawals),
        Reader.funnel_account,
        rules.funnel_account_alert,
        {"cash_from_many_places_kept": "kept"},
        alone=True,
    ),
    Stage(
        rules.SCATTER_GATHER,
        0.2,
        "scatter",
        Scattering,
        _scatterings,
        lambda one: (one.scattered, one.gathered),
        Reader.scattering,
        rules.scatter_alert,
        {"scattered_to_busy_accounts": "busy", "scattered_wages_of_a_funnel": "funnels"},
    ),
    Stage(
        rules.GATHER_SCATTER,
        3.3,
        "gather",
        Gathering,
        lambda scene: find_gatherings(scene.graph, scene.settings.gather),
        lambda one: (one.gathered, one.scattered),
        Reader.gathering,
        rules.gather_alert,
        {"gatherings_of_steady_collectors": "steady", "gatherings_kept_or_paid_to_few": "kept"},
        alone=True,
    ),
    Stage(
        rules.DORMANCY,
        1.4,
        "dormancy",
        Waking,
        lambda scene: find_wakings(scene.graph, scene.settings.dormancy),
        lambda one: (one.burst,),
        Reader.waking,
        rules.dormancy_alert,
        {"bursts_after_silence_usual_or_kept": "usual"},
        alone=True,
    ),
    Stage(
        rules.BOOKINGS,
        1.0,
        "bookings",
        Booking,
        lambda scene: find_bookings(scene.graph, scene.categories, scene.settings.bookings),
        lambda one: (one.adverts, one.rooms, one.journeys, one.payments),
        Reader.booking,
        rules.booking_alert,
        {
            "bookings_of_who_always_books": "steady",
            "bookings_as_usual": "usual",
            "bookings_paid_by_few": "few",
        },
        alone=True,
    ),
    Stage(
        rules.STACK,
        0.3,
        "stacks",
        Stack,
        lambda scene: find_stacks(scene.graph, scene.settings.stacks, scene.links(scene.settings.stacks)),
        lambda one: (one.into, one.out),
        Reader.stack,
        rules.stack_alert,
        {"layered_to_busy_accounts": "busy"},
    ),
    Stage(
        rules.WALK,
        0.2,
        "walks",
        Edges,
        lambda scene: scene.walks,
        lambda one: (one,),
        Reader.walk,
        rules.walk_alert,
        {"walked_to_busy_accounts": "busy", "walks_round_few_accounts": "round_few"},
    ),
)
"""In the order in which they are told of; weights are seconds for each ten million transactions, as measured."""
