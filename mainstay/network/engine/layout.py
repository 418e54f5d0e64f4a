"""Where entities stand in a link chart: the same input always gives the same picture."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mainstay.network.types import Known, Tie

WIDTH, HEIGHT, MARGIN = 960, 480, 76
ROUNDS = 200
BOX_WIDTH, BOX_HEIGHT = 150, 62  # what a dot and its label take up


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
    height = HEIGHT + 10 * max(0, len(known) - 12)
    places = _apart(_pixels(_settle(len(known), pairs), height), height)
    dots = tuple(
        Dot(entity.id, entity.caption, entity.schema, entity.source, *places[number])
        for number, entity in enumerate(known)
    )
    lines = tuple(
        Line(*places[index[tie.left]], *places[index[tie.right]], tie.role, tie.inferred)
        for tie in ties
        if tie.left in index and tie.right in index
    )
    return Chart(WIDTH, height, dots, lines)


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


def _pixels(place: NDArray[np.float64], height: int) -> NDArray[np.float64]:
    if len(place) == 0:
        return place
    low, high = place.min(axis=0), place.max(axis=0)
    span = np.where(high - low > 1e-9, high - low, 1.0)
    unit = np.where(high - low > 1e-9, (place - low) / span, 0.5)
    room = np.array([WIDTH - 2 * MARGIN, height - 2 * MARGIN], dtype=np.float64)
    return np.asarray(unit * room + MARGIN, dtype=np.float64)


def _apart(place: NDArray[np.float64], height: int) -> list[tuple[int, int]]:
    """Push dots apart until no label covers another, as far as there is room, and keep all in sight."""
    low = np.array([MARGIN, MARGIN / 2])
    high = np.array([WIDTH - MARGIN, height - MARGIN / 2])
    for _round in range(ROUNDS):
        moved = False
        for one in range(len(place)):
            for other in range(one + 1, len(place)):
                gap = place[other] - place[one]
                room = np.array([BOX_WIDTH, BOX_HEIGHT]) - np.abs(gap)
                if (room > 0).all():
                    axis = int(np.argmin(room))
                    push = (room[axis] / 2 + 0.5) * (1.0 if gap[axis] >= 0 else -1.0)
                    place[one, axis] -= push
                    place[other, axis] += push
                    moved = True
        np.clip(place, low, high, out=place)
        if not moved:
            break
    return [(round(float(x)), round(float(y))) for x, y in place]
