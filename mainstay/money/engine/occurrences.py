"""Occurrences of patterns as plain values, and by other numbers: their dataclasses say what their fields hold."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import numpy as np

from mainstay.money.engine.adjacency import EDGE, Ints

Turn = Callable[[Ints], Ints]


def as_plain(value: Any) -> Any:
    """Return an occurrence, or a part of one, for JSON."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, tuple):
        return [as_plain(one) for one in value]
    if is_dataclass(value):
        return {field.name: as_plain(getattr(value, field.name)) for field in fields(value)}
    return value


def of_kind(value: Any, kind: Any) -> Any:
    """Return what `as_plain` was given, by its type."""
    if get_origin(kind) is Annotated:
        return of_kind(value, get_args(kind)[0])
    if get_origin(kind) is np.ndarray:
        return np.array(value, np.int64)
    if get_origin(kind) is tuple:
        return tuple(of_kind(one, get_args(kind)[0]) for one in value)
    if is_dataclass(kind):
        return kind(**{name: of_kind(value[name], hint) for name, hint in get_type_hints(kind).items()})  # type: ignore[operator]
    return kind(value)


def renumbered(value: Any, kind: Any, edges: Turn, accounts: Turn) -> Any:
    """Return an occurrence, or a part of one, by other numbers of transactions and other codes of accounts."""
    if get_origin(kind) is Annotated:
        turned = (edges if EDGE in get_args(kind) else accounts)(np.asarray(value))
        return turned if isinstance(value, np.ndarray) else int(turned)
    if get_origin(kind) is tuple:
        return tuple(renumbered(one, get_args(kind)[0], edges, accounts) for one in value)
    if is_dataclass(kind):
        hints = get_type_hints(kind, include_extras=True).items()
        return kind(**{name: renumbered(getattr(value, name), hint, edges, accounts) for name, hint in hints})  # type: ignore[operator]
    return value
