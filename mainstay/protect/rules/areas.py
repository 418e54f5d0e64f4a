"""Blacking out areas of a picture before it leaves: the picture is drawn anew, so that nothing lies under the black."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

BLOCK, BLEED = 16, 2
"""JPEG keeps a picture in blocks of 8 or 16 pixels, and what stands in one colours its edges and a pixel or two beyond
them: whole blocks go, and where an area comes near the edge of one, the next goes too."""
PREVIEW_SIDE = 900
STEPS = 10
"""Lines across a preview: one every ten percent."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of a picture, in percent of its width and height: where it begins, and how large it is."""

    left: float
    top: float
    width: float
    height: float

    def is_inside(self) -> bool:
        """Say whether the rectangle has a size and lies in the picture."""
        sized = self.width > 0 and self.height > 0 and self.left >= 0 and self.top >= 0
        return sized and self.left + self.width <= 100 and self.top + self.height <= 100

    def as_json(self) -> dict[str, float]:
        """Return the rectangle as it is kept."""
        return {"left": self.left, "top": self.top, "width": self.width, "height": self.height}

    def __str__(self) -> str:
        return " ".join(f"{number:g}" for number in (self.left, self.top, self.width, self.height))


def area_of(kept: Mapping[str, Any]) -> Area:
    """Return a rectangle out of what is kept of it."""
    return Area(*(float(kept[name]) for name in ("left", "top", "width", "height")))


def read_areas(text: str) -> tuple[list[Area], str]:
    """Return the rectangles that somebody wrote, one a line of four numbers, and the first line that is none."""
    found: list[Area] = []
    for line in text.splitlines():
        words = [word for word in re.split(r"[\s,;%]+", line) if word]
        if not words:
            continue
        if len(words) != 4 or not all(re.fullmatch(r"\d{1,3}(\.\d{1,3})?", word) for word in words):
            return found, line.strip()
        area = Area(*map(float, words))
        if not area.is_inside():
            return found, line.strip()
        found.append(area)
    return found, ""


def blackened(content: bytes, areas: Iterable[Area]) -> bytes:
    """Return a picture as JPEG, drawn anew with rectangles in black: no pixel of theirs and no metadata is in it."""
    bare = _opened(content)
    _blacken(bare, areas)
    return _as_jpeg(bare)


def preview(content: bytes, areas: Iterable[Area]) -> bytes:
    """Return a smaller picture with rectangles in black and a line every ten percent, to read areas off."""
    bare = _opened(content)
    _blacken(bare, areas)
    bare.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    draw = ImageDraw.Draw(bare)
    for step in range(1, STEPS):
        x, y, words = bare.width * step // STEPS, bare.height * step // STEPS, str(step * 100 // STEPS)
        draw.line([(x, 0), (x, bare.height)], fill="red")
        draw.line([(0, y), (bare.width, y)], fill="red")
        for at in ((x + 2, 1), (2, y + 1)):
            draw.text(at, words, fill="red", stroke_width=2, stroke_fill="white")
    return _as_jpeg(bare)


def _opened(content: bytes) -> Image.Image:
    with Image.open(BytesIO(content), formats=("JPEG",)) as picture:
        bare = Image.new("RGB", picture.size)
        bare.paste(picture.convert("RGB"))
        return bare


def _blacken(picture: Image.Image, areas: Iterable[Area]) -> None:
    draw = ImageDraw.Draw(picture)
    for area in areas:
        right, bottom = area.left + area.width, area.top + area.height
        left_px, top_px = (_down(picture.width * area.left / 100), _down(picture.height * area.top / 100))
        right_px, bottom_px = (_up(picture.width * right / 100), _up(picture.height * bottom / 100))
        draw.rectangle([left_px, top_px, right_px - 1, bottom_px - 1], fill="black")


def _down(pixels: float) -> int:
    return max(0, math.floor((pixels - BLEED) / BLOCK) * BLOCK)


def _up(pixels: float) -> int:
    return math.ceil((pixels + BLEED) / BLOCK) * BLOCK


def _as_jpeg(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, format="JPEG", quality=90)
    return out.getvalue()
