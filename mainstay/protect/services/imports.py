"""Taking cases in from a file: looked at first, then all of it or nothing, and the same person only once."""

import base64
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import Agency, User
from mainstay.audit import services as audit
from mainstay.core import access, keystore
from mainstay.core.access import Purpose
from mainstay.core.erasure import destroy_keys
from mainstay.core.errors import BadInputError, Fault, NotAllowedError
from mainstay.core.fields import blind_index
from mainstay.core.names import sound_keys
from mainstay.protect.models import CaseNameSound, CaseOrigin, Need, Status, WaitingImport, sound_index
from mainstay.protect.rules.case_files import CaseFile, FoundCase, read_cases
from mainstay.protect.services import cases

CHUNK = 200
KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Alike:
    """Somebody in a file whose name sounds like that of somebody who is here: a row, and the references."""

    row: int
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What taking a file in would do: whom it would bring, who is here already, who sounds alike, what is wrong."""

    form: str
    new: tuple[FoundCase, ...]
    indexes: tuple[str, ...]
    already: int
    empty: int
    alike: tuple[Alike, ...]
    faults: tuple[Fault, ...]
    rejected: dict[int, dict[str, object]] = field(default_factory=dict)
    kept_as_said: int = 0


def look(
    content: bytes, suffix: str, agency: Agency, *, actor: User | None, today: date, dates: str = ""
) -> ImportPlan:
    """Return what taking a file in would do; nothing is written but that somebody looked."""
    _require(actor, agency)
    plan = _plan(read_cases(content, suffix, today=today, dates=dates), agency)
    with transaction.atomic():
        after = {"new": len(plan.new), "already": plan.already, "faults": len(plan.faults)}
        audit.record(actor, "protect.import_looked_at", agency, purpose=Purpose.ASSISTANCE, after=after)
    return plan


@transaction.atomic
def take_in(
    name: str,
    content: bytes,
    suffix: str,
    agency: Agency,
    *,
    dates: str = "",
    keep_good: bool = False,
    actor: User | None,
    today: date,
    now: datetime,
) -> ImportPlan:
    """Open a case for everybody in a file who is not here yet; all, or none with every fault listed.

    `keep_good` takes the good rows though others have faults. `actor` None is the node's operator.
    """
    _require(actor, agency)
    plan = _plan(read_cases(content, suffix, today=today, dates=dates), agency)
    if plan.faults and (not keep_good or not plan.form):
        raise BadInputError(name, plan.faults)
    for one, index in zip(plan.new, plan.indexes, strict=True):
        _open(one, index, plan.form, agency, actor=actor, today=today, now=now)
    after = {"form": plan.form, "new": len(plan.new), "already": plan.already, "rejected": len(plan.faults)}
    audit.record(actor, "protect.cases_taken_in", agency, purpose=Purpose.ASSISTANCE, after=after)
    return plan


@transaction.atomic
def hold(content: bytes, suffix: str, *, dates: str, actor: User, now: datetime) -> WaitingImport:
    """Keep a file sealed until its sender says yes or no, for a day at most."""
    access.require(actor, "protect.import")
    forget_of(actor, now=now)
    row = WaitingImport(
        key_id=keystore.node().create_key(), agency=actor.agency, owner=actor, suffix=suffix, dates=dates, made_at=now
    )
    row.content = base64.b85encode(content).decode()
    row.save()
    return row


@transaction.atomic
def take_held(row: WaitingImport, *, keep_good: bool, actor: User, today: date, now: datetime) -> ImportPlan:
    """Take a held file in, and forget it."""
    plan = take_in(
        "file", held(row, actor=actor), row.suffix, actor.agency,
        dates=row.dates, keep_good=keep_good, actor=actor, today=today, now=now,
    )  # fmt: skip
    forget_of(actor, now=now)
    return plan


def held(row: WaitingImport, *, actor: User) -> bytes:
    """Return a held file to who sent it."""
    access.require(actor, "protect.import", row)
    if row.owner_id != actor.pk:
        raise NotAllowedError(_("This is somebody else's file."))
    return base64.b85decode(row.content.open())


def forget_of(actor: User, *, now: datetime) -> None:
    """Forget what somebody sent and did not take in."""
    _forget(list(WaitingImport.objects.filter(owner=actor)), now)


def forget_old(*, now: datetime) -> int:
    """Forget files that waited for a day; return how many."""
    old = list(WaitingImport.objects.filter(made_at__lt=now - KEPT_FOR))
    _forget(old, now)
    return len(old)


def _forget(rows: list[WaitingImport], now: datetime) -> None:
    with transaction.atomic():
        destroy_keys([row.key_id for row in rows], now=now)
        WaitingImport.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _require(actor: User | None, agency: Agency) -> None:
    if actor is None:
        return
    access.require(actor, "protect.import")
    if actor.agency_id != agency.pk:
        raise NotAllowedError(_("Cases are taken in at your own agency."))


def _plan(file: CaseFile, agency: Agency) -> ImportPlan:
    """Set apart who is here already: by what names them in the file, and of equal rows by which one it is."""
    times: Counter[str] = Counter()
    indexes = []
    for one in file.found:
        times[one.named_by] += 1
        indexes.append(blind_index("protect.origin", file.form, f"{one.named_by}#{times[one.named_by]}"))
    here = _here(indexes, agency)
    new = [(one, index) for one, index in zip(file.found, indexes, strict=True) if index not in here]
    return ImportPlan(
        form=file.form,
        new=tuple(one for one, _index in new),
        indexes=tuple(index for _one, index in new),
        already=len(file.found) - len(new),
        empty=file.empty,
        alike=tuple(_alike([one for one, _index in new], agency)),
        faults=file.faults,
        rejected={number: dict(row) for number, row in file.rows.items()},
        kept_as_said=sum(1 for one, _index in new if one.kept),
    )


def _here(indexes: Sequence[str], agency: Agency) -> set[str]:
    found: set[str] = set()
    for at in range(0, len(indexes), CHUNK):
        rows = CaseOrigin.objects.filter(agency=agency, index__in=indexes[at : at + CHUNK])
        found |= set(rows.values_list("index", flat=True))
    return found


def _alike(found: Sequence[FoundCase], agency: Agency) -> list[Alike]:
    """Say whose names sound like somebody's who is here: two parts alike, or the only one; it decides nothing."""
    alike = []
    for at in range(0, len(found), CHUNK):
        named = [
            (one, {sound_index(k) for k in sound_keys(one.sealed.get("name", ""))}) for one in found[at : at + CHUNK]
        ]
        wanted = set().union(*(sounds for _one, sounds in named)) if named else set()
        rows = CaseNameSound.objects.filter(index__in=wanted, case__agency=agency).exclude(case__status=Status.ERASED)
        by_sound: dict[str, set[str]] = {}
        for index, reference in rows.values_list("index", "case__reference"):
            by_sound.setdefault(index, set()).add(reference)
        for one, sounds in named:
            counts = Counter(reference for sound in sounds for reference in by_sound.get(sound, ()))
            enough = [r for r, count in counts.items() if sounds and count >= min(2, len(sounds))]
            if enough:
                alike.append(Alike(one.row, tuple(sorted(enough))))
    return alike


def _open(
    one: FoundCase, index: str, form: str, agency: Agency, *, actor: User | None, today: date, now: datetime
) -> None:
    draft = cases.CaseDraft(
        identified_date=one.known_since or today,
        sex=one.sex,
        age_group=one.age_group,
        forms=one.forms,
        citizenship=one.citizenship,
        sealed=one.sealed,
    )
    case = cases.open_case_from_file(draft, agency, actor=actor, now=now)
    for kind in one.needs:
        Need(case=case, key_id=case.key_id, kind=kind, recorded_at=now).save()
    origin = CaseOrigin(case=case, key_id=case.key_id, agency=agency, form=form, index=index, taken_in_at=now)
    origin.kept = one.kept or None
    origin.save()


@transaction.atomic
def read_origin(origin: CaseOrigin, *, actor: User) -> dict[str, object]:
    """Return what a file said and has no own place here, as it was said; the read is on the chain."""
    access.require(actor, "protect.read_identity", origin.case)
    audit.record(actor, "protect.origin_read", origin.case, purpose=Purpose.ASSISTANCE)
    return dict(origin.kept.open() or {})
