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
from mainstay.identify.errors import DraftInstrumentError, ReasonMissingError, VersionTakenError
from mainstay.identify.models.instruments import ConfirmedInstrument, InstalledInstrument
from mainstay.identify.queries.instruments import instrument_of, is_off
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


@transaction.atomic
def confirm_instrument(instrument: Instrument, source: str, *, actor: User, now: datetime) -> ConfirmedInstrument:
    """Switch a draft instrument on: its weights were checked against `source` by who says so."""
    access.require(actor, "identify.confirm_instrument")
    if not source.strip():
        raise ReasonMissingError(_("Weights are confirmed against a source."), todo=_("Name it, with the page."))
    row = ConfirmedInstrument.objects.create(
        name=instrument.name, version=instrument.version, source=source.strip(), confirmed_by=actor, confirmed_at=now
    )
    after = {"name": row.name, "version": row.version}
    audit.record(actor, "identify.instrument_confirmed", row, purpose=Purpose.ADMINISTRATION, after=after)
    return row


@transaction.atomic
def withdraw_confirmation(instrument: Instrument, *, actor: User, now: datetime) -> None:
    """Switch a draft instrument off again; what was screened with it stays as it was."""
    access.require(actor, "identify.confirm_instrument")
    rows = ConfirmedInstrument.objects.filter(name=instrument.name, version=instrument.version, withdrawn_at=None)
    for row in rows.select_for_update():
        row.withdrawn_at = now
        row.save(update_fields=["withdrawn_at"])
        audit.record(actor, "identify.confirmation_withdrawn", row, purpose=Purpose.ADMINISTRATION)


def refuse_draft(instrument: Instrument) -> None:
    """Refuse to ask an instrument whose weights nobody confirmed."""
    if is_off(instrument):
        raise DraftInstrumentError(
            _("The weights of this instrument are a draft."), todo=_("Confirm them on the page of instruments first.")
        )


def keep_version(instrument: Instrument, *, actor: User | None, now: datetime) -> InstalledInstrument:
    """Keep one version of an instrument and return its row; what is kept already stays as it is."""
    rows = InstalledInstrument.objects.defer("definition", "xform")
    named = {"name": instrument.name, "version": instrument.version}
    row, made = rows.filter(**named).first(), False
    if row is None:  # two may ask a shipped form for the first time at once: one keeps it
        content = {"title": instrument.title, "definition": dump(instrument), "xform": instrument.xform}
        row, made = InstalledInstrument.objects.get_or_create(**named, defaults={**content, "installed_at": now})
    if made:
        audit.record(actor, "identify.instrument_installed", row, purpose=Purpose.ADMINISTRATION, after=named)
    elif instrument_of(row.pk) is not instrument and row.definition != dump(instrument):
        raise VersionTakenError(
            _("Another form is installed as %(name)s version %(version)s.")
            % {"name": instrument.name, "version": instrument.version or "–"},
            todo=_("Give the changed form a new version in its settings sheet."),
        )
    return row
