"""Releasing figures: through the gate, or not at all."""

from datetime import datetime

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


@transaction.atomic
def release_victims(*, k: int, actor: User | None, now: datetime) -> ReleasedTable:
    """Release the victims of this node by sex, age group and form; each person is in one cell."""
    if actor is not None:
        access.require(actor, "monitor.release")
    counts = cases.victims_by_form()
    if not counts:
        raise NothingToReleaseError(_("Nobody is recorded yet."), todo=_("Come back when there are cases."))
    safe = protect(("sex", "age_group", "form"), counts, k)
    table = ReleasedTable.objects.create(
        title=VICTIMS,
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
