"""Installing instruments."""

from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.identify.engine.definitions import dump
from mainstay.identify.engine.xlsform import read_instrument
from mainstay.identify.errors import VersionTakenError
from mainstay.identify.models.instruments import InstalledInstrument
from mainstay.identify.queries.instruments import instrument_of
from mainstay.identify.types import Instrument


@transaction.atomic
def install_instrument(instrument: Instrument, *, actor: User | None, now: datetime) -> InstalledInstrument:
    """Install one version of an instrument; the same again changes nothing, another under its name is refused."""
    if actor is not None:
        access.require(actor, "identify.install_instrument")
    return keep_version(instrument, actor=actor, now=now)


def install_from_file(path: Path, *, actor: User | None = None, now: datetime) -> InstalledInstrument:
    """Check an XLSForm file with all its faults and install it."""
    return install_instrument(read_instrument(path), actor=actor, now=now)


def install_upload(name: str, content: bytes, *, actor: User, now: datetime) -> InstalledInstrument:
    """Check an uploaded XLSForm with all its faults and install it."""
    access.require(actor, "identify.install_instrument")
    return install_instrument(read_instrument(name, content), actor=actor, now=now)


def keep_version(instrument: Instrument, *, actor: User | None, now: datetime) -> InstalledInstrument:
    """Keep one version of an instrument and return its row; what is kept already stays as it is."""
    rows = InstalledInstrument.objects.defer("definition", "xform")
    row = rows.filter(name=instrument.name, version=instrument.version).first()
    if row is not None:
        if instrument_of(row.pk) is not instrument and row.definition != dump(instrument):
            raise VersionTakenError(
                _("Another form is installed as %(name)s version %(version)s.")
                % {"name": instrument.name, "version": instrument.version or "–"},
                todo=_("Give the changed form a new version in its settings sheet."),
            )
        return row
    row = InstalledInstrument.objects.create(
        name=instrument.name,
        version=instrument.version,
        title=instrument.title,
        definition=dump(instrument),
        xform=instrument.xform,
        installed_at=now,
    )
    after = {"name": row.name, "version": row.version}
    audit.record(actor, "identify.instrument_installed", row, purpose=Purpose.ADMINISTRATION, after=after)
    return row
