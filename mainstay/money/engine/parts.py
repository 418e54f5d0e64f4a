"""A ledger in parts that are looked at apart: some accounts with all their payments, or some days with those before.

What is found so is exactly what is found in the whole ledger:

1. Most patterns are decided by the payments of one account, and by the first and last moment of the ledger
   (`Stage.alone`). Each account belongs to one part, which holds all payments on either side of it and the ledger's
   first and last. There the pattern is looked for among the part's own accounts.
2. Likewise links of chains (by the account between two payments) and wages that were passed on (by worker).
3. Whether a payment may close a cycle, and what is looked at for it, is decided by payments of `within` before it. A
   slice of days is looked at with the days of that time before it.
4. The rest needs only the payments that links, wages and closing payments are made of: few enough for one machine.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mainstay.money.engine.adjacency import CASH, Adjacency, Edges, Graph, Ints, codes_of, graph_of
from mainstay.money.engine.ledger import Ledger, Manifest
from mainstay.money.engine.merchants import COLUMN, Categories, category_codes
from mainstay.money.engine.occurrences import as_plain, renumbered
from mainstay.money.engine.places import Places, columns_of, place_names
from mainstay.money.engine.rings import closing_of, reach_of
from mainstay.money.engine.stages import STAGES, Scene
from mainstay.money.engine.stores import Held
from mainstay.money.engine.wages import passed_on
from mainstay.money.types import ScanSettings

Marks = npt.NDArray[np.bool_]
#: Payments as parts get them: `place` is where cash changed hands, empty where none did; `category` what merchant was
#: paid, -1 for none.
ROWS = pl.Schema(
    {
        "number": pl.Int64,
        "time": pl.Int64,
        "source": pl.Int64,
        "target": pl.Int64,
        "amount": pl.Int64,
        "currency": pl.String,
        "place": pl.String,
        "category": pl.Int64,
    }
)
PART = "part"
#: What is found in a part; what `a` to `e` are depends on `kind`.
FINDINGS = pl.Schema(
    {"kind": pl.String, "name": pl.String, **dict.fromkeys("abcde", pl.Int64), "share": pl.Float64, "text": pl.String}
)
OCCURRENCE, CUT, LINK, BUSY, WAGE = "occurrence", "cut", "link", "busy", "wage"
CLOSING, LOOKED_AT = "closing", "looked_at"
ACCOUNT, CURRENCY, PLACED = "account", "currency", "placed"
_NONE = Ledger(Held("", (), {}), Manifest())
"""What the search in a part is given for a ledger: it reads none, it has its payments."""


@dataclass(frozen=True, slots=True)
class Days:
    """A stretch of days, and from which day on it is read."""

    read_from: date
    first: date
    last: date


@dataclass(frozen=True)
class Plan:
    """What each part knows of the whole ledger.

    Attributes:
        settings: what is looked for.
        currencies: all, in alphabetical order.
        unit: where cash changed hands is told by `place` or by `country`.
        parts: how many parts accounts are dealt out to.
        heavy: accounts with so many payments that each has a part of its own, rising.
        ends: the ledger's first and last payment.
        employs: which accounts pay at least as many others as a wage funnel has workers.
        gathers: which accounts are paid by as many.
    """

    settings: ScanSettings
    currencies: tuple[str, ...]
    unit: str
    parts: int
    heavy: Ints
    ends: pl.DataFrame
    employs: Marks
    gathers: Marks

    def part_of(self, accounts: Ints) -> Ints:
        """Return the part of each account, -1 for cash."""
        place = np.searchsorted(self.heavy, accounts)
        is_heavy = np.isin(accounts, self.heavy)
        return np.where(accounts == CASH, -1, np.where(is_heavy, self.parts + place, accounts % self.parts))

    @cached_property
    def link_keys(self) -> tuple[tuple[timedelta, float, int], ...]:
        """The settings of links that some pattern asks for."""
        chosen = self.settings
        asked = (chosen.chains, chosen.scatter, chosen.stacks, chosen.walks)
        return tuple(dict.fromkeys(Scene.link_key(one) for one in asked))


def survey(ledger: Ledger, days: Days, parts: int) -> pl.DataFrame:
    """Return which accounts pay which, and how often, for the part of either; and the currencies and places there are.

    Columns: `part`, `kind`, `name`, `a`, `b` (the two accounts; -1 is cash), `c` (payments).
    """
    columns = ("from_account", "to_account", "currency", *columns_of("place"))
    _, rows = ledger.between(days.first, days.last, *columns)
    cash = rows.filter(pl.col("from_account").is_null() | pl.col("to_account").is_null())
    is_placed = bool((place_names(cash, "place") != "").any())
    pairs = rows.group_by(a=_code("from_account"), b=_code("to_account")).agg(pl.len().cast(pl.Int64).alias("c"))
    a, b = pl.col("a"), pl.col("b")
    sides = [
        pairs.filter(a >= 0).with_columns((a % parts).alias(PART)),
        pairs.filter((b >= 0) & ((a < 0) | (a % parts != b % parts))).with_columns((b % parts).alias(PART)),
    ]
    names = [(CURRENCY, name) for name in rows["currency"].unique()] + [(PLACED, "place")] * is_placed
    known = pl.DataFrame(names, {"kind": pl.String, "name": pl.String}, orient="row")
    known = known.with_columns(pl.lit(0, pl.Int64).alias(PART))
    return pl.concat([pl.DataFrame(schema=SURVEY), *sides, known], how="diagonal")


SURVEY = pl.Schema({PART: pl.Int64, "kind": pl.String, "name": pl.String, "a": pl.Int64, "b": pl.Int64, "c": pl.Int64})


def _code(side: str) -> pl.Expr:
    return pl.col(side).fill_null(CASH)


def counted(part: int, surveyed: pl.DataFrame, parts: int) -> pl.DataFrame:
    """Return of each account of a part (`a`) by how many others it is paid (`b`), how many it pays (`c`) and its
    payments on both sides (`d`); and each currency and kind of place once."""
    told = surveyed.filter(pl.col("name").is_not_null()).select("kind", "name").unique()
    pairs = surveyed.filter(pl.col("name").is_null()).group_by("a", "b").agg(pl.col("c").sum())
    others = pl.col("a") != pl.col("b")
    sides = []
    for own, other, different in (("b", "a", "payers"), ("a", "b", "paid")):
        mine = pairs.filter((pl.col(own) >= 0) & (pl.col(own) % parts == part))
        is_other = others & (pl.col(other) >= 0)
        sides.append(mine.group_by(pl.col(own).alias("own")).agg(is_other.sum().alias(different), pl.col("c").sum()))
    whole = sides[0].join(sides[1], on="own", how="full", coalesce=True).with_columns(pl.all().fill_null(0))
    accounts = whole.select(
        pl.lit(ACCOUNT).alias("kind"),
        pl.col("own").alias("a"),
        pl.col("payers").cast(pl.Int64).alias("b"),
        pl.col("paid").cast(pl.Int64).alias("c"),
        (pl.col("c") + pl.col("c_right")).alias("d"),
    )
    return pl.concat([pl.DataFrame(schema=FINDINGS), accounts, told], how="diagonal")


def payments_of(ledger: Ledger, days: Days, unit: str | None = None) -> pl.DataFrame:
    """Return the payments of some days (see `ROWS`); without a unit, places and categories are not read."""
    told = () if unit is None else (*columns_of(unit), COLUMN)
    names = dict.fromkeys(("booked_at", "from_account", "to_account", "amount", "currency", *told))
    first, rows = ledger.between(days.read_from, days.last, *names)
    places = pl.Series("place", [""], pl.String).new_from_index(0, rows.height)
    at = (rows["from_account"].is_null() | rows["to_account"].is_null()).arg_true()
    if unit and len(at):
        places = places.scatter(at, place_names(rows[at], unit))
    return rows.select(
        (pl.int_range(pl.len(), dtype=pl.Int64) + first).alias("number"),
        pl.col("booked_at").to_physical().alias("time"),
        _code("from_account").alias("source"),
        _code("to_account").alias("target"),
        "amount",
        "currency",
        places.alias("place"),
        _category(rows).alias("category"),
    )


def _category(rows: pl.DataFrame) -> pl.Expr:
    if COLUMN not in rows.columns:
        return pl.lit(-1, pl.Int64)
    return pl.lit(pl.Series(category_codes(rows[COLUMN])).cast(pl.Int64))


def ends(unit: str, ledger: Ledger, days: Days) -> pl.DataFrame:
    """Return the first and the last payment of some days (see `ROWS`), or the one that there is."""
    return first_and_last(payments_of(ledger, days, unit))


def first_and_last(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the first and the last payment of some (see `ROWS`), or the one that there is."""
    ordered = rows.sort("number")
    return pl.concat([ordered.head(1), ordered.tail(1)]).unique("number")


def named(numbers: Ints, names: tuple[str, ...], ledger: Ledger, days: Days) -> pl.DataFrame:
    """Return some columns of those transactions of some days that have certain numbers, and their `number`."""
    first, rows = ledger.between(days.first, days.last, *names)
    low, high = np.searchsorted(numbers, [first, first + rows.height])
    here = numbers[low:high]
    return rows[here - first].select(pl.Series("number", here), *names)


def dealt_out(plan: Plan, ledger: Ledger, days: Days) -> pl.DataFrame:
    """Return the payments of some days (see `ROWS`), each for the `part` of its payer and of its receiver."""
    rows = payments_of(ledger, days, plan.unit)
    first, second = (plan.part_of(rows[side].to_numpy()) for side in ("source", "target"))
    second = np.where(second == first, -1, second)
    both = pl.concat([rows.with_columns(pl.Series(PART, part)) for part in (first, second)])
    return both.filter(pl.col(PART) >= 0)


@dataclass(frozen=True, slots=True)
class _Part:
    """Some payments as a graph of their own, with the ledger's numbers of payments and codes of accounts."""

    graph: Graph
    numbers: Ints
    accounts: Ints
    places: Places
    categories: Categories


def _part(rows: pl.DataFrame, plan: Plan) -> _Part:
    rows, currencies = rows.sort("number"), plan.currencies
    source, target = rows["source"].to_numpy(), rows["target"].to_numpy()
    met = np.zeros(len(plan.employs) + 1, np.bool_)  # cash is met at its end
    met[source] = met[target] = True
    accounts = np.flatnonzero(met[:-1])
    payer, payee = (np.where(side == CASH, CASH, np.searchsorted(accounts, side)) for side in (source, target))
    codes = codes_of(rows["currency"], currencies).to_numpy()
    time, amount = rows["time"].to_numpy(), rows["amount"].to_numpy()
    graph = graph_of(time, payer, payee, amount, codes, currencies, len(accounts))
    names = tuple(rows["place"].unique().sort().to_list())
    known = names[1:] if names[:1] == ("",) else names
    places = rows["place"].replace_strict(known, list(range(len(known))), default=-1, return_dtype=pl.Int32)
    categories = rows["category"].cast(pl.Int16).to_numpy()
    return _Part(graph, rows["number"].to_numpy(), accounts, Places(places.to_numpy(), known), categories)


def _own(adjacency: Adjacency, own: Marks) -> Adjacency:
    """Return the payments of some accounts alone; the others have none."""
    lengths = np.diff(adjacency.start)
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths * own)])
    return Adjacency(start, adjacency.edge[np.repeat(own, lengths)])


def search_accounts(plan: Plan, part: int, rows: pl.DataFrame) -> pl.DataFrame:
    """Return what is found among a part's own accounts (see `FINDINGS`), by the ledger's numbers and codes.

    - `occurrence`: `name` is the pattern, `text` the occurrence; `cut`: `name` is the reason, `a` how many;
    - `link`: `a` is linked to `b`, by the settings of number `c`; `busy` with the name `link`: so many (`a`) are linked
      to none for a busy account;
    - `wage`: `a` employer, `b` receiver, `c` worker, `d` month, `e` wage; `busy` with the name `wage`: wages of busy
      accounts.
    """
    ends = plan.ends.filter(~pl.col("number").is_in(rows["number"].implode()))
    here = _part(pl.concat([rows.select(ROWS.names()), ends]), plan)
    own = plan.part_of(here.accounts) == part
    graph = here.graph
    graph = Graph(graph.payments, graph.currencies, graph.accounts, _own(graph.credits, own), _own(graph.debits, own))
    scene = Scene(_NONE, plan.settings, graph=graph, places=here.places, categories=here.categories)
    frames = [pl.DataFrame(schema=FINDINGS)]
    for stage in STAGES:
        if stage.alone:
            found = stage.find(scene)
            texts = [
                json.dumps(as_plain(renumbered(one, stage.kind, here.numbers.take, here.accounts.take)))
                for one in found.occurrences
            ]
            frames.append(_findings(OCCURRENCE, stage.name, text=texts))
            frames += [_findings(CUT, reason, a=[count]) for reason, count in found.cut.items()]
    for at, key in enumerate(plan.link_keys):
        onward, busy = scene.links_by(key)
        first = np.flatnonzero(onward >= 0)
        both = (here.numbers[first], here.numbers[onward[first]])
        frames.append(_findings(LINK, "", a=both[0], b=both[1], c=np.full(len(first), at)))
        frames.append(_findings(BUSY, LINK, a=[busy], c=[at]))
    marks = (plan.employs[here.accounts], plan.gathers[here.accounts])
    wages, busy = passed_on(graph, plan.settings.wages, *marks)
    accounts = (here.accounts[wages[name].to_numpy()] for name in ("employer", "to", "worker"))
    told = dict(zip("abc", accounts, strict=True))
    wage, month, share = here.numbers[wages["wage"].to_numpy()], wages["month"].to_numpy(), wages["share"].to_numpy()
    frames.append(_findings(WAGE, "", **told, d=month, e=wage, share=share))
    frames.append(_findings(BUSY, WAGE, a=[busy]))
    return pl.concat(frames)


def _findings(kind: str, name: str, **columns: Any) -> pl.DataFrame:
    frame = pl.DataFrame({key: pl.Series(key, value, FINDINGS[key]) for key, value in columns.items()})
    lacking = [pl.lit(None, dtype).alias(key) for key, dtype in FINDINGS.items() if key not in columns]
    told = frame.with_columns(lacking).with_columns(pl.lit(kind).alias("kind"), pl.lit(name).alias("name"))
    return told.select(FINDINGS.names())


def search_days(plan: Plan, ledger: Ledger, days: Days) -> pl.DataFrame:
    """Return which payments of some days may close a cycle, and what is looked at for them (see `FINDINGS`).

    `closing` and `looked_at`: `a` is the number of a payment; `busy` with the name `closing`: how many met a busy one.
    """
    here = _part(payments_of(ledger, days), plan)
    first = sum(rows for day, rows in ledger.days if day < days.first)
    settings = plan.settings.cycles
    closing, busy = closing_of(here.graph, settings, int(np.searchsorted(here.numbers, first)))
    looked_at = reach_of(here.graph, closing, settings)
    return pl.concat(
        [
            _findings(CLOSING, "", a=here.numbers[closing]),
            _findings(LOOKED_AT, "", a=here.numbers[looked_at]),
            _findings(BUSY, CLOSING, a=[busy]),
        ]
    )


def asked_for(numbers: Edges, workers: Ints, receivers: Ints, ledger: Ledger, days: Days) -> pl.DataFrame:
    """Return those payments of some days (see `ROWS`) with certain numbers, and those of workers to receivers."""
    rows = payments_of(ledger, days)
    if not rows.height:
        return rows
    first = int(rows["number"][0])
    low, high = np.searchsorted(numbers, [first, first + rows.height])
    asked = np.zeros(rows.height, np.bool_)
    asked[numbers[low:high] - first] = True
    onward = np.isin(rows["source"].to_numpy(), workers) & np.isin(rows["target"].to_numpy(), receivers)
    return rows.filter(pl.Series(asked | onward))


def stretches(days: list[tuple[date, int]], most: int, before: timedelta = timedelta(0)) -> Iterator[Days]:
    """Yield stretches of days with about so many payments each (at least a day), read from some time before them."""
    first, held = None, 0
    for at, (day, rows) in enumerate(days):
        first = first or day
        held += rows
        if held >= most or at + 1 == len(days):
            yield Days(first - timedelta(days=-(-before // timedelta(days=1))), first, day)
            first, held = None, 0
