"""Who is shut out of whatever is about a person to whom they are tied, whatever their role.

A model of ties has `shuts_out`: its columns that lead to the person. Every model that leads to the same person, itself
or by what it hangs on, is closed to whoever is tied, while the tie is not ended.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, TypeVar

from django.apps import apps
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
Closed = dict[str, set[Any]]
"""What somebody is shut out of, by the look-ups that lead there from a model."""


def closed_to(viewer_id: Any, model: type[Model]) -> Closed:
    """Return what somebody is shut out of among rows of a model; no query where nothing of it leads to a person."""
    closed: Closed = {}
    for tie, ways in ways_of(model):
        held = list(_held(tie, viewer_id).values(*{column for _lookup, column in ways}))
        for lookup, column in ways:
            closed.setdefault(lookup, set()).update(row[column] for row in held)
    return closed


def is_among(record: Model, closed: Closed) -> bool:
    """Say whether a record is among what somebody is shut out of."""
    return any(_follow(record, lookup) in values for lookup, values in closed.items())


def without(rows: QuerySet[M], viewer_id: Any) -> QuerySet[M]:
    """Return the rows but those that somebody is shut out of."""
    for tie, ways in ways_of(rows.model):
        for lookup, column in ways:
            rows = rows.exclude(**{f"{lookup}__in": _held(tie, viewer_id).values(column)})
    return rows


def ids_closed_to(viewer_id: Any) -> list[str]:
    """Return the ids of every row that somebody is shut out of: for what names rows by their ids alone."""
    if not any(_held(tie, viewer_id).exists() for tie in _ties()):
        return []
    closed: list[str] = []
    for model in apps.get_models():
        for tie, ways in ways_of(model):
            for lookup, column in ways:
                rows = model._default_manager.filter(**{f"{lookup}__in": _held(tie, viewer_id).values(column)})
                closed += [str(pk) for pk in rows.values_list("pk", flat=True)]
    return closed


@cache
def ways_of(model: type[Model]) -> tuple[tuple[type[Model], tuple[tuple[str, str], ...]], ...]:
    """Return how a model leads to a person, by each model of ties: look-ups, each with the column it is compared to."""
    found = ((tie, _ways(model, tie.shuts_out)) for tie in _ties())  # type: ignore[attr-defined]  # what makes it a tie
    return tuple((tie, ways) for tie, ways in found if ways)


@cache
def _ties() -> tuple[type[Model], ...]:
    return tuple(model for model in apps.get_models() if getattr(model, "shuts_out", ()))


def _held(tie: type[Model], viewer_id: Any) -> QuerySet[Any]:
    return tie._default_manager.filter(colleague_id=viewer_id, ended_at=None)


def _ways(model: type[Model], columns: tuple[str, ...], depth: int = 2) -> tuple[tuple[str, str], ...]:
    own = {field.attname for field in model._meta.concrete_fields}
    found = [(column, column) for column in columns if column in own]
    if found or not depth:
        return tuple(found)
    links = [field for field in model._meta.concrete_fields if field.is_relation and field.related_model is not model]
    return tuple(_through(links, columns, depth - 1))


def _through(links: list[Any], columns: tuple[str, ...], depth: int) -> Iterator[tuple[str, str]]:
    for link in links:
        for lookup, column in _ways(link.related_model, columns, depth):
            yield f"{link.name}__{lookup}", column


def _follow(record: Any, lookup: str) -> Any:
    for part in lookup.split("__"):
        record = getattr(record, part) if record is not None else None
    return record
