"""Exports of many cases: made in the background by consent alone, held sealed, fetched once under a passphrase.

The passphrase is asked when the file is fetched, used in memory and kept nowhere. Between being made and being
fetched the file lies in the database under a data key of its own, which is destroyed once it was fetched, or after a
day: no backup opens it then.
"""

import base64
import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import pyrage
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django_tasks import task

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access, clock, keystore
from mainstay.core.access import Purpose
from mainstay.core.erasure import destroy_keys
from mainstay.protect import queries
from mainstay.protect.errors import ConsentChangedError, ExportGoneError, NothingToShareError, WeakPassphraseError
from mainstay.protect.models import Case, CaseExport, Consent, ExportState, Share, Status
from mainstay.protect.queries.many import cases_to_export
from mainstay.protect.rules import exchange
from mainstay.protect.rules.exchange import ExportedCase
from mainstay.protect.services import sharing
from mainstay.protect.services.contact import call_warning
from mainstay.protect.types import SharePlan, SharePurpose

log = logging.getLogger(__name__)
KEPT_FOR = timedelta(days=1)
SILENT_FOR = timedelta(minutes=10)
"""An export that is being made shows after every few cases that it is alive; one that did not for so long is lost."""
MOST_CASES = 5_000
STEP = 20
"""After so many cases the progress is written and a wish to cancel is heard."""


@transaction.atomic
def ask_for_export(
    case_ids: Iterable[Any], kind: str, recipient: str, purpose: SharePurpose, *, actor: User, now: datetime
) -> CaseExport:
    """Ask for a file of cases for a recipient and a purpose; it is made in the background.

    Cases that the actor does not reach are refused, not skipped.
    """
    access.require(actor, "protect.export")
    wanted = list(dict.fromkeys(str(pk) for pk in case_ids))
    reached = {str(pk) for pk in cases_to_export(actor).filter(pk__in=wanted).values_list("pk", flat=True)}
    if not wanted or len(wanted) > MOST_CASES or reached != set(wanted):
        raise NothingToShareError(
            _("Choose at least one person, and at most %d.") % MOST_CASES, todo=_("Narrow the list.")
        )
    row = CaseExport(
        key_id=keystore.node().create_key(),
        agency=actor.agency,
        owner=actor,
        kind=kind,
        recipient=recipient,
        purpose=purpose,
        case_ids=wanted,
        asked_at=now,
    )
    row.save()
    after = {"recipient": recipient, "purpose": purpose, "kind": kind, "cases": len(wanted)}
    audit.record(actor, "protect.export_asked", row, purpose=Purpose.ASSISTANCE, after=after)
    transaction.on_commit(lambda: make_later.enqueue(str(row.pk)))
    return row


@task()
def make_later(export_id: str) -> None:
    """Make one export, as background work."""
    row = CaseExport.objects.filter(pk=export_id, state=ExportState.WAITING).select_related("owner").first()
    if row is not None:
        make(row, today=clock.today(), now=clock.now())


def make(row: CaseExport, *, today: date, now: datetime) -> None:
    """Make an export: case by case what consent lets leave, each with its own entry and share; until it is cancelled.

    What the asker does not reach any more by then is left out, like what may not leave. Every few cases are one
    transaction, so that the progress shows and a wish to cancel is heard. Whatever goes wrong, it is over then: nothing
    of it stays, and nothing of it was shared.
    """
    waiting = CaseExport.objects.filter(pk=row.pk, state=ExportState.WAITING)
    if not waiting.update(state=ExportState.RUNNING, alive_at=clock.now()):
        return
    found: list[ExportedCase] = []
    with translation.override(row.owner.language):
        try:
            for at in range(0, len(row.case_ids), STEP):
                found += _collect(row, row.case_ids[at : at + STEP], today=today, now=now)
            _keep_file(row, found, today=today, now=now)
        except ExportGoneError:
            return
        except Exception as error:  # noqa: BLE001 - whatever went wrong, it must not look as if it were being made
            log.error("export %s could not be made: %s", row.pk, type(error).__name__)
            _fail(row, now)


@transaction.atomic
def _fail(row: CaseExport, now: datetime) -> bool:
    current = CaseExport.objects.select_for_update().get(pk=row.pk)
    if current.state != ExportState.RUNNING:
        return False
    _end(current, ExportState.FAILED, now)
    audit.record(None, "protect.export_failed", current, purpose=Purpose.ASSISTANCE, after={"done": current.done})
    return True


def end_lost(*, now: datetime) -> int:
    """End exports of which whoever made them was stopped in the middle; return how many."""
    running = CaseExport.objects.filter(state=ExportState.RUNNING)
    silent = [row for row in running if (row.alive_at or row.asked_at) < now - SILENT_FOR]
    for row in silent:
        log.error("export %s was left half made", row.pk)
    return sum(_fail(row, now) for row in silent)


def _held(row: CaseExport) -> CaseExport:
    current = CaseExport.objects.select_for_update().get(pk=row.pk)
    if current.state != ExportState.RUNNING:
        raise ExportGoneError(_("This export is over already."))
    return current


@transaction.atomic
def _collect(row: CaseExport, case_ids: list[str], *, today: date, now: datetime) -> list[ExportedCase]:
    current = _held(row)
    found = []
    for case in cases_to_export(row.owner).filter(pk__in=case_ids).order_by("reference"):
        plan, values = _released(case, current, today=today, now=now)
        found.append(_exported(case, plan, values, now))
    current.done += len(case_ids)
    current.alive_at = clock.now()
    current.save(update_fields=["done", "share_ids", "alive_at"])
    return found


def _exported(case: Case, plan: SharePlan, values: dict[str, Any], now: datetime) -> ExportedCase:
    withheld = {d.field.name: queries.explain(d) for d in plan.decisions if not d.shared}
    return ExportedCase(case.reference, values, withheld, call_warning(case, values, now))


def _released(case: Case, row: CaseExport, *, today: date, now: datetime) -> tuple[SharePlan, dict[str, Any]]:
    purpose = SharePurpose(row.purpose)
    before = set(case.shares.filter(recipient=row.recipient).values_list("pk", flat=True))
    try:
        plan, values = sharing.release(
            case, row.recipient, purpose, under="protect.export", actor=row.owner, today=today, now=now
        )
    except NothingToShareError:
        return queries.plan_for(case, row.recipient, purpose, today=today), {}
    after = case.shares.filter(recipient=row.recipient).values_list("pk", flat=True)
    row.share_ids += [str(pk) for pk in after if pk not in before]
    return plan, values


@transaction.atomic
def _keep_file(row: CaseExport, cases: list[ExportedCase], *, today: date, now: datetime) -> None:
    current = _held(row)
    content = _written(row.kind, cases, row.recipient, row.purpose, today)
    current.content = base64.b85encode(content).decode()
    current.state, current.ready_at = ExportState.READY, now
    current.left = sum(1 for case in cases if case.values)
    current.save()
    after = {"cases": len(cases), "left": current.left}
    audit.record(row.owner, "protect.export_made", row, purpose=Purpose.ASSISTANCE, after=after)


def _written(kind: str, cases: list[ExportedCase], recipient: str, purpose: str, today: date) -> bytes:
    head = {
        "made on": today.isoformat(),
        "recipient": queries.recipient_label(recipient),
        "purpose": purpose,
        "standard": "HTCDS 2.0 (IOM, CC BY 4.0)",
        "cases": str(len(cases)),
    }
    _ending, content = exchange.write(kind, cases, head)
    return content


@transaction.atomic
def seal_one(
    case: Case,
    kind: str,
    recipient: str,
    purpose: SharePurpose,
    passphrase: str,
    *,
    actor: User,
    today: date,
    now: datetime,
) -> tuple[SharePlan, bytes]:
    """Return what leaves of one case for a recipient and purpose as a file in the age format, and its plan.

    It is a share from that moment, under its own entry; where nothing may leave it is refused. Whoever calls this
    writes the file before the transaction around it ends, or lets it fail.
    """
    access.require(actor, "protect.export", case)
    _require_strong(passphrase)
    plan, values = sharing.release(case, recipient, purpose, under="protect.export", actor=actor, today=today, now=now)
    content = _written(kind, [_exported(case, plan, values, now)], recipient, purpose, today)
    after = {"recipient": recipient, "purpose": purpose, "kind": kind, "fields": sorted(values)}
    audit.record(actor, "protect.export_sealed", case, purpose=Purpose.ASSISTANCE, after=after)
    return plan, pyrage.passphrase.encrypt(content, passphrase)


def _require_strong(passphrase: str) -> None:
    if exchange.is_weak_passphrase(passphrase):
        raise WeakPassphraseError(
            _("This passphrase is too easy to guess."),
            todo=_("At least 12 signs; four or five words that belong to no saying are best."),
        )


@transaction.atomic
def cancel(row: CaseExport, *, actor: User, now: datetime) -> None:
    """Cancel an export that nobody fetched: its file goes, and what it would have shared is no share."""
    access.require(actor, "protect.export", row)
    current = CaseExport.objects.select_for_update().get(pk=row.pk)
    if not current.is_under_way:
        raise ExportGoneError(_("This export is over already."))
    _end(current, ExportState.CANCELLED, now)
    audit.record(actor, "protect.export_cancelled", current, purpose=Purpose.ASSISTANCE)


def fetch(row: CaseExport, passphrase: str, *, actor: User, today: date, now: datetime) -> tuple[str, bytes]:
    """Return the file's name and its bytes in the age format, sealed with a passphrase: once, by who asked for it.

    Where a consent that it rests on ended meanwhile it is not given: it has to be made again.
    """
    access.require(actor, "protect.export", row)
    _require_strong(passphrase)
    with transaction.atomic():
        current = CaseExport.objects.select_for_update().filter(pk=row.pk, owner=actor).first()
        if current is None or current.state != ExportState.READY or _is_old(current, now):
            raise ExportGoneError(_("This file is not here any more, or not yet."), todo=_("Make a new one."))
        changed = _rests_on_what_ended(current, today) or _out_of_reach(current, actor)
        if changed:
            _end(current, ExportState.EXPIRED, now)
            audit.record(actor, "protect.export_withheld", current, purpose=Purpose.ASSISTANCE)
        else:
            plain = base64.b85decode(current.content.open())
            sealed = pyrage.passphrase.encrypt(plain, passphrase)
            _end(current, ExportState.FETCHED, now)
            audit.record(actor, "protect.export_fetched", current, purpose=Purpose.ASSISTANCE)
    if changed:
        raise ConsentChangedError(
            _("Somebody took a consent back, or it ended, since this file was made. It was deleted."),
            todo=_("Make a new one."),
        )
    ending = {"htcds_csv": "zip", "htcds_json": "json", "xlsx": "xlsx"}[row.kind]
    return f"cases.{ending}.age", sealed


def forget_old(*, now: datetime) -> int:
    """Delete files that nobody fetched within a day; return how many."""
    rows = CaseExport.objects.filter(state__in=[ExportState.READY, ExportState.RUNNING, ExportState.WAITING])
    old = [row for row in rows.filter(asked_at__lt=now - KEPT_FOR) if _is_old(row, now)]
    for found in old:
        with transaction.atomic():
            row = CaseExport.objects.select_for_update().get(pk=found.pk)
            if not row.is_under_way and row.state != ExportState.READY:
                continue  # fetched or cancelled in this very moment
            _end(row, ExportState.EXPIRED, now)
            audit.record(None, "protect.export_expired", row, purpose=Purpose.ASSISTANCE)
    return len(old)


def _is_old(row: CaseExport, now: datetime) -> bool:
    return (row.ready_at or row.asked_at) < now - KEPT_FOR


def _out_of_reach(row: CaseExport, actor: User) -> bool:
    """Say whether a case of an export went to another agency since, or its asker was shut out of one."""
    wanted = set(Share.objects.filter(pk__in=row.share_ids).values_list("case_id", flat=True))
    reached = access.narrow(Case.objects.filter(pk__in=wanted), actor, "protect.export")
    return reached.count() != len(wanted)


def _rests_on_what_ended(row: CaseExport, today: date) -> bool:
    shares = list(Share.objects.filter(pk__in=row.share_ids).select_related("case"))
    if any(share.recalled_at or share.case.status == Status.ERASED for share in shares):
        return True
    consents = {pk for share in shares for pk in share.consents}
    grounds = {pk for share in shares for pk in share.grounds}
    if Consent.objects.filter(pk__in=consents, until__lt=today).exists():
        return True
    return bool(grounds) and any(
        set(share.fields)
        - set(queries.plan_for(share.case, row.recipient, SharePurpose(row.purpose), today=today).shared)
        for share in shares
        if share.grounds
    )


def _end(row: CaseExport, state: ExportState, now: datetime) -> None:
    if state is not ExportState.FETCHED:
        Share.objects.filter(pk__in=row.share_ids).delete()  # it never left
        row.share_ids = []
    row.content, row.state, row.ended_at = "", state, now
    row.save()
    destroy_keys([row.key_id], now=now)
