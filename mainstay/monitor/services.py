"""Releasing figures: through the gate, or not at all."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.monitor.engine.disclosure import protect
from mainstay.monitor.errors import NothingToReleaseError
from mainstay.monitor.models import ReleasedTable
from mainstay.protect import queries as cases

VICTIMS = "Victims by sex, age group and form of exploitation"
MEASURES = "People with a measure against them, by measure, act and outcome"


class Release(Protocol):
    """A release of one table."""

    def __call__(self, *, k: int, actor: User | None, now: datetime) -> ReleasedTable:
        """Release the table through the gate."""


@transaction.atomic
def release_victims(*, k: int, actor: User | None, now: datetime) -> ReleasedTable:
    """Release the victims of this node by sex, age group and form; each person is in one cell."""
    return _release(VICTIMS, ("sex", "age_group", "form"), cases.victims_by_form, k=k, actor=actor, now=now)


@transaction.atomic
def release_measures(*, k: int, actor: User | None, now: datetime) -> ReleasedTable:
    """Release how many people have a measure against them, by the gravest one; each person is in one cell."""
    return _release(MEASURES, ("measure", "offence", "outcome"), cases.measures_by_kind, k=k, actor=actor, now=now)


RELEASES: Mapping[str, Release] = {"victims": release_victims, "measures": release_measures}
"""What can be released, by the word that a form uses."""


def _release(
    title: str,
    columns: tuple[str, ...],
    count: Callable[[], dict[tuple[str, ...], int]],
    *,
    k: int,
    actor: User | None,
    now: datetime,
) -> ReleasedTable:
    if actor is not None:
        access.require(actor, "monitor.release")
    counts = count()
    if not counts:
        raise NothingToReleaseError(_("Nobody is recorded yet."), todo=_("Come back when there are cases."))
    safe = protect(columns, counts, k)
    table = ReleasedTable.objects.create(
        title=title,
        columns=list(safe.columns),
        cells=[[list(cell.values), cell.count] for cell in safe.cells],
        total=safe.total,
        k=safe.k,
        withheld=safe.withheld_small + safe.withheld_more,
        released_at=now,
        released_by=actor,
    )
    audit.record(
        actor,
        "monitor.released",
        table,
        purpose=Purpose.STATISTICS,
        after={"k": k, "cells": len(safe.cells), "withheld": table.withheld},
    )
    return table
