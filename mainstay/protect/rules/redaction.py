"""Leaving passages out of a text before it leaves: what is marked stands as a bar, and is in no byte of what goes."""

import re
from collections.abc import Iterable

BAR = "█████"
SHORTEST = 2


def leave_out(text: str, passages: Iterable[str]) -> str:
    """Return a text with every place of each passage as one bar, however it is cased or spaced.

    A passage that is no longer found, because the text was written anew, takes the whole text with it: nothing
    leaves that somebody meant to keep back, until they have looked again.
    """
    spans: list[tuple[int, int]] = []
    for passage in passages:
        found = _places(text, passage)
        if not found:
            return BAR if text else ""
        spans += found
    return _barred(text, spans)


def not_found(text: str, passages: Iterable[str]) -> list[str]:
    """Return the marked passages that a text no longer holds."""
    return [passage for passage in passages if not _places(text, passage)]


def sentences(text: str) -> list[str]:
    """Return a text in pieces that can be marked one by one: its lines and sentences."""
    pieces = re.split(r"(?<=[.!?؟。።])\s+|\n+", text)
    return [piece.strip() for piece in pieces if len(piece.strip()) >= SHORTEST]


def _places(text: str, passage: str) -> list[tuple[int, int]]:
    words = passage.split()
    if not words:
        return []
    pattern = re.compile(r"\s+".join(re.escape(word) for word in words), re.IGNORECASE)
    spans, at = [], 0
    while found := pattern.search(text, at):
        spans.append(found.span())
        at = found.start() + 1  # places may overlap
    return spans


def _barred(text: str, spans: list[tuple[int, int]]) -> str:
    kept, at, begun = [], 0, False
    for start, end in sorted(spans):
        if start > at or not begun:
            kept += [text[at:start], BAR]
        begun, at = True, max(at, end)
    return "".join([*kept, text[at:]])
