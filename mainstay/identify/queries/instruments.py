"""Reading instruments."""

import uuid
from functools import lru_cache

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.identify.engine.definitions import load
from mainstay.identify.engine.shipped import load_shipped, shipped_names
from mainstay.identify.models.instruments import ConfirmedInstrument, InstalledInstrument
from mainstay.identify.models.screenings import Screening, Status
from mainstay.identify.types import Instrument


def instruments_visible_to(viewer: User) -> list[Instrument]:
    """Return the newest version of every instrument that can be asked here, by title; drafts are off."""
    if not access.allowed(viewer, "identify.see_instruments"):
        return []
    confirmed = _confirmed()
    return [found for found in _newest() if not found.to_be_confirmed or (found.name, found.version) in confirmed]


def drafts_visible_to(viewer: User) -> list[tuple[Instrument, ConfirmedInstrument | None]]:
    """Return the instruments with draft weights, each with who confirmed them (None: they are off)."""
    if not access.allowed(viewer, "identify.see_instruments"):
        return []
    confirmed = _confirmed()
    return [(found, confirmed.get((found.name, found.version))) for found in _newest() if found.to_be_confirmed]


def is_off(instrument: Instrument) -> bool:
    """Say whether an instrument may not be asked: its weights are a draft that nobody confirmed."""
    return bool(instrument.to_be_confirmed) and (instrument.name, instrument.version) not in _confirmed()


def _confirmed() -> dict[tuple[str, str], ConfirmedInstrument]:
    rows = ConfirmedInstrument.objects.filter(withdrawn_at=None).select_related("confirmed_by")
    return {(row.name, row.version): row for row in rows}


def _newest() -> list[Instrument]:
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


def find_version(name: str, version: str | None) -> Instrument | None:
    """Return one version of an instrument as it was asked, the newest where none is named.

    An interview may come in after its form was changed: what the node has kept of that version still reads it.
    """
    newest = find_instrument(name)
    if newest is None or version is None or newest.version == version or not version.isprintable():
        return newest
    row = InstalledInstrument.objects.filter(name=name, version=version).only("id").first()
    return instrument_of(row.pk) if row else newest


@lru_cache(maxsize=64)
def instrument_of(pk: uuid.UUID) -> Instrument:
    """Return an installed version; it never changes, so it is read once."""
    row = InstalledInstrument.objects.get(pk=pk)
    return load(row.definition, row.xform)


def instruments_asked(viewer: User) -> list[tuple[str, str]]:
    """Return name and title of every instrument that was asked where the viewer may learn from it, by title."""
    rows = access.narrow(Screening.objects.filter(status=Status.FINISHED), viewer, "identify.learn")
    names = rows.order_by().values_list("instrument__name", "instrument__title").distinct()
    return sorted(dict(names).items(), key=lambda pair: pair[1])


def exact_version(name: str, version: str) -> Instrument | None:
    """Return this very version of an instrument, also an older one that was installed here; never another."""
    row = InstalledInstrument.objects.filter(name=name, version=version).only("id").first()
    if row is not None:
        return instrument_of(row.pk)
    shipped = load_shipped(name)
    return shipped if shipped is not None and shipped.version == version else None
