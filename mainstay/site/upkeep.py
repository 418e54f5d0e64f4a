"""What has to happen though nobody clicks: every hour, by the worker."""

from datetime import timedelta

from django.conf import settings
from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from mainstay.accounts import services as accounts
from mainstay.audit import queries as audit
from mainstay.cooperate.services import exchange
from mainstay.core import clock, erasure
from mainstay.identify.services import appointments, tips
from mainstay.protect.services import cases, exports, imports, own_codes, referrals, reminders, retention, sharing

EVERY = timedelta(hours=1)


def do_upkeep() -> None:
    """Finish erasures, follow consents, carry letters, forget what is past, send notes, anchor the audit chain."""
    erasure.finish()
    sharing.follow_consents(now=clock.now())
    referrals.expire_referrals(today=clock.today())
    retention.date_closed_cases()
    retention.erase_what_was_kept_long_enough(today=clock.today(), now=clock.now())
    cases.index_names()
    exchange.carry_waiting()
    tips.forget_spent_tokens(now=clock.now())
    appointments.forget_past(now=clock.now())
    if settings.CONFIG.email_url:
        reminders.queue_notes(settings.CONFIG.base_url, today=clock.today(), now=clock.now())
        accounts.send_waiting(now=clock.now())
    own_codes.forget_visits(now=clock.now())
    exports.forget_old(now=clock.now())
    imports.forget_old(now=clock.now())
    audit.verify()


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
