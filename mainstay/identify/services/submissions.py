"""Taking in what phones send: each interview once, whole or not at all."""

import hmac
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from mainstay.audit import services as audit
from mainstay.core import access, keystore
from mainstay.core.access import Purpose
from mainstay.core.erasure import destroy_keys
from mainstay.core.labels import SEXES
from mainstay.identify.engine import encrypted, openrosa
from mainstay.identify.errors import (
    InstanceTakenError,
    SubmissionRefusedError,
    UnknownFormError,
    UnknownVersionError,
)
from mainstay.identify.models.devices import Device
from mainstay.identify.models.labels import IS_CHILD
from mainstay.identify.models.screenings import Source
from mainstay.identify.models.submissions import State, Submission, SubmittedFile
from mainstay.identify.queries import instruments as instrument_queries
from mainstay.identify.services import devices as device_services
from mainstay.identify.services import screenings
from mainstay.identify.types import Instrument, SentForm

AT_ONCE = 2
"""How many posts are worked on at once: more of them would only take the processor from each other."""
_TURNS = threading.Semaphore(AT_ONCE)
_WRITER = threading.Semaphore(1)  # unlike a lock, it lets in whoever waits longest
AHEAD = timedelta(hours=1)
BEHIND = timedelta(days=60)
"""How far a phone's clock may be from ours before its times are not believed."""


@dataclass(frozen=True, slots=True)
class Post:
    """One post of a phone: the XML part, the files beside it, and whether it says that more follow."""

    xml: bytes
    files: Mapping[str, bytes]
    more_follow: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a post: the interview is kept whole, or waits for so many files."""

    complete: bool
    missing: int = 0


@dataclass(frozen=True, slots=True)
class _Sent:
    """A post that was read: its form, and the files that it names."""

    xml: bytes
    form: SentForm
    instrument: Instrument
    manifest: encrypted.EncryptedManifest | None
    named: tuple[str, ...]

    def missing(self, files: Mapping[str, bytes]) -> list[str]:
        return [name for name in self.named if name not in files]


@dataclass(frozen=True, slots=True)
class _Interview:
    """An interview in the clear: its answers and the files that belong to them."""

    form: SentForm
    answers: Mapping[str, str]
    media: Mapping[str, bytes]


def receive(post: Post, *, device: Device, now: datetime) -> Receipt:
    """Take a post in as its phone's screener.

    The same interview again changes nothing; another under its id is refused and the first stays. While files that
    the XML names are missing, what came is kept sealed and waits; a post that brings none of them is refused.
    Whatever is refused leaves nothing behind, so that the phone keeps its copy.
    """
    access.require(device.owner, "identify.screen")
    with _TURNS:
        sent = _read(post.xml)
        came = {name: post.files[name] for name in sent.named if name in post.files}
        interview = None if sent.missing(came) else _interview(sent, came, now)  # the work comes before the lock
        try:
            return _take(sent, came, interview, post, device=device, now=now)
        except IntegrityError:  # the same came in twice at one moment: now it is there
            return _take(sent, came, interview, post, device=device, now=now)


def _take(
    sent: _Sent,
    came: Mapping[str, bytes],
    interview: _Interview | None,
    post: Post,
    *,
    device: Device,
    now: datetime,
) -> Receipt:
    with _one_writer(), transaction.atomic():
        row = Submission.objects.select_for_update(of=("self",)).filter(instance_id=sent.form.instance_id).first()
        if row is not None:
            _refuse_another(row, sent, device)
            if row.is_complete:
                return Receipt(complete=True)
        if interview is None:
            files = {**came, **_kept(row)}
            if missing := sent.missing(files):
                _refuse_without_files(came, post)
                _keep_waiting(row, sent, came, device=device, now=now)
                return Receipt(complete=False, missing=len(missing))
            interview = _interview(sent, files, now)
        _complete(row, sent, interview, device=device, now=now)
    return Receipt(complete=True)


@contextmanager
def _one_writer() -> Iterator[None]:
    """Let writers of this process wait for each other where the database is a file: it lets them in by chance."""
    if connection.vendor != "sqlite":
        yield
        return
    with _WRITER:
        yield


def _read(xml: bytes) -> _Sent:
    form = openrosa.read_sent(xml)
    manifest = encrypted.read_manifest(form) if form.encrypted else None
    instrument = _instrument_of(form)
    named = manifest.files if manifest else openrosa.attachments_of(form, instrument.xform)
    return _Sent(xml, form, instrument, manifest, named)


def _instrument_of(form: SentForm) -> Instrument:
    instrument = instrument_queries.exact_version(form.form_id, form.version or "")
    if instrument is not None:
        return instrument
    if instrument_queries.find_instrument(form.form_id) is None:
        raise UnknownFormError(
            _("This node has no form of this id."), todo=_("Keep the interview and tell your administrator.")
        )
    raise UnknownVersionError(
        _("This node does not have this version of the form."),
        todo=_("Keep the interview until an administrator has installed that version."),
    )


def _interview(sent: _Sent, files: Mapping[str, bytes], now: datetime) -> _Interview:
    """Return the interview in the clear: decrypted where it came encrypted."""
    if sent.manifest is None:
        return _Interview(sent.form, openrosa.answers_of(sent.form, sent.instrument), files)
    opened = encrypted.open_files(sent.manifest, files, device_services.private_key(now=now))
    form = openrosa.read_sent(opened.xml)
    if (form.form_id, form.version, form.instance_id) != (
        sent.form.form_id, sent.form.version, sent.form.instance_id
    ) or form.encrypted:  # fmt: skip
        raise SubmissionRefusedError(_("What was encrypted is another interview than its manifest says."))
    named = openrosa.attachments_of(form, sent.instrument.xform)
    if any(name not in opened.media for name in named):
        raise SubmissionRefusedError(_("A file that the answers name is not among those that were encrypted."))
    media = {name: opened.media[name] for name in named}
    return _Interview(form, openrosa.answers_of(form, sent.instrument), media)


def _refuse_another(row: Submission, sent: _Sent, device: Device) -> None:
    if row.owner_id != device.owner_id or not hmac.compare_digest(row.digest, _digest(sent.xml)):
        raise InstanceTakenError(
            _("Another interview came in under this name."), todo=_("Keep it and tell your administrator.")
        )


def _refuse_without_files(came: Mapping[str, bytes], post: Post) -> None:
    if not came and not post.more_follow:
        raise SubmissionRefusedError(
            _("Files that the answers name are missing."), todo=_("Send the interview with its files.")
        )


def _kept(row: Submission | None) -> dict[str, bytes]:
    return dict(file.open() for file in row.files.all()) if row is not None else {}


def _keep_waiting(
    row: Submission | None, sent: _Sent, came: Mapping[str, bytes], *, device: Device, now: datetime
) -> None:
    """Keep what came sealed under a key of its own until the rest is there."""
    kept = _kept(row)
    if row is None:
        row = _new(sent, device, now)
        row.key_id = keystore.node().ready_key()
        row.save(force_insert=True)
    fresh = {name: content for name, content in came.items() if name not in kept}
    SubmittedFile.objects.bulk_create([SubmittedFile.seal(row, name, content) for name, content in fresh.items()])
    after = {"files": len(kept) + len(fresh)}
    audit.record(device.owner, "identify.submission_waits", row, purpose=Purpose.IDENTIFICATION, after=after)


def _complete(row: Submission | None, sent: _Sent, interview: _Interview, *, device: Device, now: datetime) -> None:
    """Record the screening, and keep the files under its key, so that erasing the person erases them too."""
    began, ended = openrosa.clock_of(interview.form, sent.instrument.xform)
    clock_off = any(moment is not None and not now - BEHIND <= moment <= now + AHEAD for moment in (began, ended))
    screening = screenings.record_screening(
        sent.instrument,
        interview.answers,
        IS_CHILD.get(interview.answers.get("age_group", "")),
        who=_circumstances(interview.answers),
        arrival=screenings.Arrival(
            source=Source.PHONE_APP,
            instance_id=sent.form.instance_id,
            started_at=None if clock_off else began,
            day=began.date() if began else None,
        ),
        actor=device.owner,
        now=now,
    )
    waited = row is not None
    row = row or _new(sent, device, now)
    if waited:
        row.files.all().delete()
        destroy_keys([row.key_id], now=now)
    row.key_id, row.screening = screening.key_id, screening
    row.state, row.completed_at, row.clock_off = State.COMPLETE, now, clock_off
    row.save(force_insert=not waited)
    files = [SubmittedFile.seal(row, name, content) for name, content in interview.media.items()]
    SubmittedFile.objects.bulk_create(files)


def _circumstances(answers: Mapping[str, str]) -> screenings.Circumstances:
    """What the form itself asked of the person's sex, if it did, in a question of that name."""
    sex = answers.get("sex", "")
    return screenings.Circumstances(sex=sex if sex in dict(SEXES) else "unknown")


def _new(sent: _Sent, device: Device, now: datetime) -> Submission:
    return Submission(
        instance_id=sent.form.instance_id,
        digest=_digest(sent.xml),
        device=device,
        agency_id=device.agency_id,
        owner=device.owner,
        form_name=sent.instrument.name,
        form_version=sent.instrument.version,
        state=State.WAITING,
        encrypted=sent.manifest is not None,
        received_at=now,
    )


def _digest(xml: bytes) -> str:
    """A keyed fingerprint: without the node's secret nobody can try out which answers it stands for."""
    return hmac.new(keystore.node().secret("submission"), xml, sha256).hexdigest()
