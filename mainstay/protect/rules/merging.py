"""Two people who write in one file: who changed different fields both keep their words, the rest is shown to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field that two people changed: what was there, what the other wrote, what this one wrote."""

    field: str
    base: Any
    theirs: Any
    yours: Any


@dataclass(frozen=True, slots=True)
class Merge:
    """What of somebody's changes can be kept at once, and what both changed."""

    changes: Mapping[str, Any]
    conflicts: tuple[Conflict, ...]


def merge(base: Mapping[str, Any], current: Mapping[str, Any], yours: Mapping[str, Any]) -> Merge:
    """Return a three-way merge by field: what was not touched here keeps what the other wrote."""
    changed = {name: value for name, value in yours.items() if not _same(value, base.get(name, current[name]))}
    conflicts = tuple(
        Conflict(name, base[name], current[name], value)
        for name, value in changed.items()
        if name in base and not _same(current[name], base[name]) and not _same(current[name], value)
    )
    both = {conflict.field for conflict in conflicts}
    kept = {name: value for name, value in changed.items() if name not in both and not _same(value, current[name])}
    return Merge(kept, conflicts)


def _same(one: Any, other: Any) -> bool:
    """Say whether two values are the same to who typed them: a browser writes the ends of lines in its own way."""
    return bool(_as_typed(one) == _as_typed(other))


def _as_typed(value: Any) -> Any:
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value
