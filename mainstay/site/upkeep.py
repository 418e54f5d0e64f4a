"""What has to happen though nobody clicks: every hour, by the worker."""

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection
from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from mainstay.accounts import services as accounts
from mainstay.audit import queries as audit
from mainstay.cooperate.services import exchange
from mainstay.core import clock, erasure, once
from mainstay.identify.services import appointments, tips
from mainstay.protect.services import cases, days, exports, imports, own_codes, referrals, reminders, retention, sharing

EVERY = timedelta(hours=1)
log = logging.getLogger(__name__)


def do_upkeep() -> None:
    """Finish erasures, follow consents, carry letters, forget what is past, send notes, anchor the audit chain."""
    today, now = clock.today(), clock.now()
    steps: tuple[Callable[[], object], ...] = (
        erasure.finish,
        lambda: sharing.follow_consents(now=now),
        lambda: referrals.expire_referrals(today=today),
        lambda: days.finish_periods_that_are_over(today=today, now=now),
        retention.date_closed_cases,
        lambda: retention.erase_what_was_kept_long_enough(today=today, now=now),
        cases.index_names,
        lambda: exchange.expire_referrals(today=today, now=now),
        exchange.carry_waiting,
        lambda: tips.forget_spent_tokens(now=now),
        lambda: once.forget_old(now=now),
        lambda: appointments.forget_past(now=now),
        lambda: _remind(today, now),
        lambda: own_codes.forget_visits(now=now),
        lambda: exports.end_lost(now=now),
        lambda: exports.forget_old(now=now),
        lambda: imports.forget_old(now=now),
        audit.verify,
        _note_how_rows_lie,
    )
    failed = [error for step in steps if (error := _tried(step)) is not None]
    if failed:
        raise failed[0]  # the task says so; every other step was done


def _tried(step: Callable[[], object]) -> Exception | None:
    try:
        step()
    except Exception as error:  # noqa: BLE001 - whatever one step meets keeps no other from being done
        log.error("a step of the upkeep failed: %s", type(error).__name__)
        return error
    return None


def _remind(today: date, now: datetime) -> None:
    if settings.CONFIG.email_url:
        reminders.queue_notes(settings.CONFIG.base_url, today=today, now=now)
        accounts.send_waiting(now=now)


def _note_how_rows_lie() -> None:
    """Let SQLite look at how its rows are spread, as it asks for from time to time; PostgreSQL does so by itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 1000")
            cursor.execute("PRAGMA optimize = 0x10002")


@task()
def hourly() -> None:
    """Do the upkeep, and again in an hour."""
    try:
        do_upkeep()
    finally:
        hourly.using(run_after=clock.now() + EVERY).enqueue()


def begin() -> None:
    """Put the upkeep in the queue at once, unless it waits there already."""
    waiting = DBTaskResult.objects.filter(task_path=hourly.module_path, status=TaskResultStatus.READY)
    if not waiting.exists():
        hourly.enqueue()
