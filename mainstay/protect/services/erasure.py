"""Erasing a person everywhere, by destroying their key and forgetting what hangs on their case."""

from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access, clock
from mainstay.core.access import Purpose
from mainstay.core.erasure import destroy_keys
from mainstay.core.fields import SealedTextField
from mainstay.identify.queries import screenings as identify
from mainstay.identify.services import screenings as screening_service
from mainstay.network import services as network
from mainstay.protect.errors import CaseExistsError
from mainstay.protect.models import Case, ReferralState, Status
from mainstay.protect.services import taken_back
from mainstay.protect.services.sharing import OPEN_REFERRALS, locked


@transaction.atomic
def erase(case: Case, *, actor: User, now: datetime) -> None:
    """Erase a person everywhere: their key is destroyed, so no backup opens what it sealed.

    What stays is coded (sex, age group, form of exploitation), so that figures stay true.
    """
    access.require(actor, "protect.erase", case)
    current = locked(case)
    network.take_out("protect", str(case.pk), actor=actor, now=now)
    current.consents.filter(withdrawn_on=None).update(withdrawn_on=clock.today())
    taken_back.tell_recipients(current.shares.filter(recalled_at=None), now=now)
    current.shares.filter(recalled_at=None).update(recalled_at=now)
    current.referrals.filter(state__in=OPEN_REFERRALS).update(state=ReferralState.WITHDRAWN)
    Case.objects.filter(pk=case.pk).update(
        status=Status.ERASED,
        version=F("version") + 1,
        name_index="",
        phone_index="",
        **_emptied(Case),
    )
    forget_what_hangs_on(current)
    audit.record(actor, "protect.erased", case, purpose=Purpose.ASSISTANCE)
    screening_service.forget(case.key_id)
    destroy_keys([case.key_id], now=now)


@transaction.atomic
def erase_interview(screening_id: Any, *, actor: User, now: datetime) -> None:
    """Erase an interview, with its corrections, of a person who has no case; who has one is erased with the case."""
    access.require(actor, "protect.erase")
    screening = identify.screening(screening_id, actor)
    access.require(actor, "protect.erase", screening)
    screening_service.hold(screening.key_id)
    if Case.objects.filter(key_id=screening.key_id).exists():
        raise CaseExistsError(_("This person has a case."), todo=_("Erase the person there: it takes this too."))
    screening_service.erase(screening.key_id, actor=actor, now=now)


def forget_what_hangs_on(case: Case) -> None:
    """Delete the rows of a case that say `forgotten_with_case`, and empty every sealed field of the others."""
    for model in apps.get_app_config("protect").get_models():
        if not any(field.name == "case" for field in model._meta.fields):
            continue
        rows = model._default_manager.filter(case=case)
        if getattr(model, "forgotten_with_case", False):
            rows.delete()
        elif emptied := _emptied(model):
            rows.update(**emptied)


def _emptied(model: Any) -> dict[str, bytes]:
    return {field.name: b"" for field in model._meta.fields if isinstance(field, SealedTextField)}
