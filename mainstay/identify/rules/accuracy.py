"""How well an instrument tells victims from others, and what a positive result is worth."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from mainstay.identify.types import Level

Z = 1.959963984540054
"""Normal quantile of a 95 % interval."""
POSITIVE = frozenset({Level.LIKELY.value, Level.INDICATED.value})
"""Levels that presume a victim. "Cannot tell" is none of them: where it misses a victim, that counts as missed."""
DECISIONS_NEEDED = 50
"""From so many decisions on, the node's own figures stand beside a result."""
SMALLEST_GROUP = 10
SMALLEST_BASE = 5


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of a whole, with its 95 % interval; all three are None of nothing."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """The share, 0 to 1."""
        return self.hits / self.of if self.of else None

    @property
    def percent(self) -> int | None:
        """The share in whole per cent."""
        return None if self.value is None else round(100 * self.value)

    @property
    def low_percent(self) -> int | None:
        """The lower end of the interval in whole per cent."""
        return None if self.interval is None else round(100 * self.interval[0])

    @property
    def high_percent(self) -> int | None:
        """The upper end of the interval in whole per cent."""
        return None if self.interval is None else round(100 * self.interval[1])

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's score interval (Wilson 1927), which holds for small numbers and for shares near 0 and 1."""
        if not self.of:
            return None
        share, n = self.hits / self.of, self.of
        centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
        reach = Z * sqrt(share * (1 - share) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
        return max(0.0, centre - reach), min(1.0, centre + reach)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Results held against later decisions: counts of persons."""

    true_positive: int = 0
    false_positive: int = 0
    false_negative: int = 0
    true_negative: int = 0

    @property
    def decisions(self) -> int:
        """How many screened persons were decided on."""
        return self.true_positive + self.false_positive + self.false_negative + self.true_negative

    @property
    def sensitivity(self) -> Rate:
        """Of those identified as victims, how many the instrument had found."""
        return Rate(self.true_positive, self.true_positive + self.false_negative)

    @property
    def specificity(self) -> Rate:
        """Of those not identified, how many the instrument had not presumed."""
        return Rate(self.true_negative, self.true_negative + self.false_positive)


def accuracy_of(counts: Mapping[tuple[str, bool], int]) -> Accuracy:
    """Return the accuracy from counts of (level, identified as a victim)."""
    cells = {(positive, victim): 0 for positive in (True, False) for victim in (True, False)}
    for (level, victim), count in counts.items():
        cells[level in POSITIVE, victim] += count
    return Accuracy(cells[True, True], cells[True, False], cells[False, True], cells[False, False])


def positive_value(sensitivity: float, specificity: float, prevalence: float) -> float:
    """Return the share of positives that are victims (Bayes' theorem); 0 where nobody would be positive."""
    found, alarms = sensitivity * prevalence, (1 - specificity) * (1 - prevalence)
    return found / (found + alarms) if found + alarms else 0.0


def shown_groups(groups: Mapping[str, Accuracy]) -> dict[str, Accuracy | None]:
    """Return the groups with those hidden (None) that are so small that a person could be told.

    Where what is hidden is a single group, or fewer people together than one may be, the next smallest is too: else
    the total less what is shown would tell it.
    """
    hidden = {name for name, group in groups.items() if group.decisions < SMALLEST_GROUP}
    rest = sorted((group.decisions, name) for name, group in groups.items() if name not in hidden)
    people = sum(groups[name].decisions for name in hidden)
    while rest and hidden and (len(hidden) == 1 or people < SMALLEST_GROUP):
        decisions, name = rest.pop(0)
        hidden.add(name)
        people += decisions
    return {name: None if name in hidden else group for name, group in groups.items()}


def shown(rate: Rate) -> Rate | None:
    """Return a rate that rests on enough persons to be shown."""
    return rate if rate.of >= SMALLEST_BASE else None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cohen's kappa of two screeners over `pairs` persons, with its 95 % interval; None where it is not defined."""

    pairs: int
    kappa: float | None
    interval: tuple[float, float] | None


def agreement(pairs: Mapping[tuple[str, str], int]) -> Agreement:
    """Return how far two screeners agree on the level beyond chance (Cohen 1960, with his standard error)."""
    total = sum(pairs.values())
    levels = {level for pair in pairs for level in pair}
    if not total:
        return Agreement(0, None, None)
    observed = sum(count for (one, other), count in pairs.items() if one == other) / total
    first = {level: sum(c for (one, _), c in pairs.items() if one == level) / total for level in levels}
    second = {level: sum(c for (_, other), c in pairs.items() if other == level) / total for level in levels}
    chance = sum(first[level] * second[level] for level in levels)
    if chance >= 1:
        return Agreement(total, None, None)
    kappa = (observed - chance) / (1 - chance)
    reach = Z * sqrt(observed * (1 - observed) / (total * (1 - chance) ** 2))
    return Agreement(total, kappa, (max(-1.0, kappa - reach), min(1.0, kappa + reach)))


@dataclass(frozen=True, slots=True)
class PublishedTool:
    """A screening tool's published accuracy; `victims` is how many victims the figures rest on, None: not told."""

    key: str
    name: str
    year: int
    items: str
    sensitivity: float
    specificity: float
    prevalence: float
    victims: int | None
    source: str


RAFT = PublishedTool(
    "raft", "Rapid Appraisal for Trafficking", 2021, "4", 1.0, 0.61, 0.014, 12, "doi:10.1002/emp2.12558"
)
QYIT = PublishedTool(
    "qyit", "Quick Youth Indicators for Trafficking", 2019, "5", 0.867, 0.765, 0.088, 30,
    "Children and Youth Services Review 98 (2019) 72–79",
)  # fmt: skip
PUBLISHED = {tool.key: tool for tool in (RAFT, QYIT)}


@dataclass(frozen=True, slots=True)
class Worth:
    """What a positive result is worth: the share of positives that are victims, with what it rests on.

    `basis` is `own` (decisions of this place), `published` (the instrument's own figures) or `example` (another
    tool's, since none of this instrument are known). `interval` is the span over the intervals of both rates.
    """

    basis: str
    sensitivity: float
    specificity: float
    prevalence: float
    value: float
    interval: tuple[float, float] | None = None
    decisions: int = 0
    tool: PublishedTool | None = None

    @property
    def value_percent(self) -> float:
        """The worth in per cent, with one decimal."""
        return round(100 * self.value, 1)

    @property
    def prevalence_percent(self) -> float:
        """The share of victims among those screened, in per cent, with one decimal."""
        return round(100 * self.prevalence, 1)

    @property
    def low_percent(self) -> float | None:
        """The lower end of the span in per cent."""
        return None if self.interval is None else round(100 * self.interval[0], 1)

    @property
    def high_percent(self) -> float | None:
        """The upper end of the span in per cent."""
        return None if self.interval is None else round(100 * self.interval[1], 1)


def worth_of(instrument: str, own: Accuracy, prevalence: float | None) -> Worth:
    """Return what a positive of an instrument is worth at a place.

    `prevalence` is the share of victims among those screened there; where nobody knows it, the published tool's own
    stands in, or the share among the decisions.
    """
    if own.decisions >= DECISIONS_NEEDED and own.sensitivity.of and own.specificity.of:
        return _own_worth(own, prevalence)
    tool = PUBLISHED.get(instrument)
    here = prevalence if prevalence is not None and tool else None
    used = tool or RAFT
    base = used.prevalence if here is None else here
    value = positive_value(used.sensitivity, used.specificity, base)
    basis = "published" if tool else "example"
    return Worth(basis, used.sensitivity, used.specificity, base, value, decisions=own.decisions, tool=used)


def _own_worth(own: Accuracy, prevalence: float | None) -> Worth:
    victims = own.true_positive + own.false_negative
    base = victims / own.decisions if prevalence is None else prevalence
    sensitivity, specificity = own.sensitivity, own.specificity
    ends = [
        positive_value(true, false, base)
        for true, false in zip(sensitivity.interval or (0, 1), specificity.interval or (0, 1), strict=True)
    ]
    found, spared = sensitivity.value or 0.0, specificity.value or 0.0
    value = positive_value(found, spared, base)
    return Worth("own", found, spared, base, value, (ends[0], ends[1]), own.decisions)
