"""Where entities stand in a link chart: the same input always gives the same picture."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mainstay.network.types import Known, Tie

WIDTH, HEIGHT, MARGIN = 960, 560, 60
ROUNDS = 200


@dataclass(frozen=True, slots=True)
class Dot:
    """One entity in the picture: its centre in pixels."""

    id: str
    label: str
    schema: str
    source: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Line:
    """One tie in the picture."""

    x1: int
    y1: int
    x2: int
    y2: int
    role: str
    inferred: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """A link chart of a given size in pixels."""

    width: int
    height: int
    dots: tuple[Dot, ...]
    lines: tuple[Line, ...]


def arrange(known: Sequence[Known], ties: Sequence[Tie]) -> Chart:
    """Return a force-directed chart (Fruchterman and Reingold 1991) from a fixed start on a circle."""
    index = {entity.id: number for number, entity in enumerate(known)}
    pairs = [(index[tie.left], index[tie.right]) for tie in ties if tie.left in index and tie.right in index]
    places = _pixels(_settle(len(known), pairs))
    dots = tuple(
        Dot(entity.id, entity.caption, entity.schema, entity.source, *places[number])
        for number, entity in enumerate(known)
    )
    lines = tuple(
        Line(*places[index[tie.left]], *places[index[tie.right]], tie.role, tie.inferred)
        for tie in ties
        if tie.left in index and tie.right in index
    )
    return Chart(WIDTH, HEIGHT, dots, lines)


def _settle(count: int, pairs: list[tuple[int, int]]) -> NDArray[np.float64]:
    angles = np.arange(count) * 2.399963  # the golden angle keeps the start free of overlaps
    radius = np.sqrt((np.arange(count) + 0.5) / max(count, 1)) / 2
    place = np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)
    if count < 2:
        return place
    ideal = 1 / math.sqrt(count)
    for turn in range(ROUNDS):
        gap = place[:, None, :] - place[None, :, :]
        distance = np.maximum(np.linalg.norm(gap, axis=2), 1e-3)
        move = (gap / distance[:, :, None] * (ideal**2 / distance)[:, :, None]).sum(axis=1)
        for left, right in pairs:
            pull = (place[left] - place[right]) * max(float(distance[left, right]), 1e-3) / ideal
            move[left] -= pull
            move[right] += pull
        move -= place * 0.3  # a weak pull to the middle keeps loose parts in sight
        length = np.maximum(np.linalg.norm(move, axis=1), 1e-9)
        step = 0.1 * (1 - turn / ROUNDS)
        place += move / length[:, None] * np.minimum(length, step)[:, None]
    return place


def _pixels(place: NDArray[np.float64]) -> list[tuple[int, int]]:
    if len(place) == 0:
        return []
    low, high = place.min(axis=0), place.max(axis=0)
    span = np.where(high - low > 1e-9, high - low, 1.0)
    unit = np.where(high - low > 1e-9, (place - low) / span, 0.5)
    x = MARGIN + unit[:, 0] * (WIDTH - 2 * MARGIN)
    y = MARGIN + unit[:, 1] * (HEIGHT - 2 * MARGIN)
    return [(round(float(a)), round(float(b))) for a, b in zip(x, y, strict=True)]
