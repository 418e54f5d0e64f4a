"""What is pushed into the network, and what a reader sees of it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class EntityDraft:
    """A FollowTheMoney entity on its way in: a local name, a schema and properties (lists of text).

    `keys` are the values by which it may be met again: pairs of kind (`account`, `phone`, `name`) and value.
    """

    local_id: str
    schema: str
    properties: dict[str, list[str]]
    keys: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LinkDraft:
    """A tie between two entities of the same push, by their local names; `role` says in a word what it is."""

    source: str
    target: str
    role: str


@dataclass(frozen=True, slots=True)
class Push:
    """All that one source (a case, an alert) lets be known; it comes in whole and goes out whole."""

    source: str
    source_ref: str
    entities: tuple[EntityDraft, ...]
    links: tuple[LinkDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class Tie:
    """One line of a link chart: two entity ids, its word, and whether it was inferred from an equal key."""

    left: str
    right: str
    role: str
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """An entity opened for a reader."""

    id: str
    schema: str
    caption: str
    source: str
    source_ref: str
    properties: dict[str, list[str]] = field(default_factory=dict)

    def as_ftm(self) -> dict[str, Any]:
        """Return the FollowTheMoney document of it."""
        return {"id": self.id, "schema": self.schema, "properties": self.properties}
