"""Reading instruments and screenings, narrowed to what the viewer may see."""

import uuid
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.core.errors import NotFoundError
from mainstay.identify.engine.definitions import load
from mainstay.identify.engine.shipped import load_shipped, shipped_names
from mainstay.identify.models import InstalledInstrument, Screening, Status
from mainstay.identify.types import Instrument


def instruments_visible_to(viewer: User) -> list[Instrument]:
    """Return the newest version of every instrument that can be asked here, by title."""
    if not access.allowed(viewer, "identify.see_instruments"):
        return []
    newest: dict[str, Instrument] = {name: found for name in shipped_names() if (found := load_shipped(name))}
    for row in InstalledInstrument.objects.order_by("installed_at").only("id"):
        instrument = instrument_of(row.pk)
        newest[instrument.name] = instrument
    return sorted(newest.values(), key=lambda instrument: instrument.title)


def find_instrument(name: str) -> Instrument | None:
    """Return the newest version of an instrument by name, installed here or shipped."""
    if not name.isprintable():
        return None  # no instrument has such a name, and not every database takes it
    row = InstalledInstrument.objects.filter(name=name).order_by("-installed_at").only("id").first()
    return instrument_of(row.pk) if row else load_shipped(name)


@lru_cache(maxsize=64)
def instrument_of(pk: uuid.UUID) -> Instrument:
    """Return an installed version; it never changes, so it is read once."""
    row = InstalledInstrument.objects.get(pk=pk)
    return load(row.definition, row.xform)


def screenings_visible_to(viewer: User) -> QuerySet[Screening]:
    """Return the screenings that the viewer may read, newest first, with what a list shows."""
    rows = Screening.objects.select_related("instrument", "owner").defer(
        "answers", "assessment", "note", "instrument__definition", "instrument__xform"
    )
    return access.narrow(rows.order_by("-started_at"), viewer, "identify.read_screening")


def screening(pk: Any, viewer: User) -> Screening:
    """Return one finished screening that the viewer may read."""
    return _one(pk, viewer, Status.FINISHED)


def draft(pk: Any, viewer: User) -> Screening:
    """Return one screening under way that the viewer may go on with."""
    return _one(pk, viewer, Status.DRAFT)


def _one(pk: Any, viewer: User, status: Status) -> Screening:
    rows = access.narrow(Screening.objects.select_related("owner", "agency"), viewer, "identify.read_screening")
    found = rows.filter(pk=pk, status=status).first()
    if found is None:
        raise NotFoundError(_("There is no such screening, or none that you may see."), todo=_("Go back to the list."))
    return found
