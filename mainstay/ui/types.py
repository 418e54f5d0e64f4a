"""What pages hand to components: steps, crumbs, and charts' contents."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Text: TypeAlias = object  # a string, or a lazily translated one: what says itself with str()


class StepState(StrEnum):
    """Where a step stands."""

    DONE = "done"
    CURRENT = "current"
    TODO = "todo"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a case, an alert or a request: what it is, and a date or a name under it."""

    label: Text
    detail: Text = ""
    state: StepState = StepState.TODO


@dataclass(frozen=True, slots=True)
class Crumb:
    """One place on the way to this page; the last one has no address."""

    label: Text
    url: str = ""


@dataclass(frozen=True, slots=True)
class FlowNode:
    """One account or group in a flow chart; `key` is what links name."""

    key: str
    label: Text
    detail: Text = ""


@dataclass(frozen=True, slots=True)
class FlowLink:
    """Money from one node to another: its size (any one unit) and how to say it ("3,540 EUR")."""

    source: str
    target: str
    size: float
    text: Text


@dataclass(frozen=True, slots=True)
class FlowChart:
    """Sources → middles → sinks. `summary` says in one sentence what the picture shows."""

    title: Text
    summary: Text
    sources: Sequence[FlowNode]
    middles: Sequence[FlowNode]
    sinks: Sequence[FlowNode]
    links: Sequence[FlowLink]
    middles_label: Text = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its value (None = withheld), how to say it, its interval if it is an estimate.

    `series` picks the colour, 1 to 8 in Okabe and Ito's order.
    """

    label: Text
    value: float | None
    text: Text
    low: float | None = None
    high: float | None = None
    series: int = 1


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars from a zero line. `summary` says in one sentence what the picture shows."""

    title: Text
    summary: Text
    bars: Sequence[Bar]
    unit: Text = ""
