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
from mainstay.protect.errors import CaseClosedError, CaseExistsError, LegalHoldError
from mainstay.protect.models import OPEN_REFERRALS, Case, ReferralState, Status
from mainstay.protect.models.retention import ErasureCertificate, WhyErased
from mainstay.protect.rules.retention import may_erase
from mainstay.protect.services import taken_back
from mainstay.protect.services.sharing import locked


@transaction.atomic
def erase(case: Case, *, actor: User, now: datetime, why: WhyErased = WhyErased.DECIDED) -> ErasureCertificate:
    """Erase a person: their key is destroyed, so no backup opens what it sealed.

    What stays is coded (sex, age group, form of exploitation), so that figures stay true, and a certificate that
    names nobody. Refused while a legal hold keeps the file.
    """
    access.require(actor, "protect.erase", case)
    return _erase(locked(case), actor=actor, now=now, why=why)


@transaction.atomic
def erase_kept_long_enough(case: Case, *, now: datetime) -> ErasureCertificate:
    """Erase a person whose file was kept for its time; the node does so, nobody asks.

    Refused where the file was opened again, or is kept longer, since it was chosen.
    """
    current = locked(case)
    if current.status != Status.CLOSED or current.keep_until is None or current.keep_until >= clock.today():
        raise CaseClosedError(_("This file is kept."))
    return _erase(current, actor=None, now=now, why=WhyErased.KEPT_LONG_ENOUGH)


def _erase(current: Case, *, actor: User | None, now: datetime, why: WhyErased) -> ErasureCertificate:
    if not may_erase([hold.as_fact() for hold in current.holds.all()], clock.today()):
        raise LegalHoldError(
            _("A legal hold keeps this file."), todo=_("It is erased once the hold is lifted or over.")
        )
    network.take_out("protect", str(current.pk), actor=actor, now=now)
    current.consents.filter(withdrawn_on=None).update(withdrawn_on=clock.today())
    taken_back.tell_recipients(current.shares.filter(recalled_at=None), now=now)
    current.shares.filter(recalled_at=None).update(recalled_at=now)
    current.referrals.filter(state__in=OPEN_REFERRALS).update(state=ReferralState.WITHDRAWN)
    sealed = sealed_values_of(current)
    Case.objects.filter(pk=current.pk).update(
        status=Status.ERASED,
        version=F("version") + 1,
        name_index="",
        phone_index="",
        network_digest="",
        follow_on=None,
        keep_until=None,
        **_emptied(Case),
    )
    forget_what_hangs_on(current)
    entry = audit.record(actor, "protect.erased", current, purpose=Purpose.ASSISTANCE, after={"why": why})
    certificate = ErasureCertificate.objects.create(
        case=current, agency=current.agency, reference=current.reference, why=why, key_id=current.key_id,
        sealed_values=sealed, chain_entry=entry, made_at=now, made_by=actor,
    )  # fmt: skip
    screening_service.forget(current.key_id)
    destroy_keys([current.key_id], now=now)
    return certificate


def sealed_values_of(case: Case) -> int:
    """Return how many sealed values of protect stand under a person's key."""
    count = 0
    for model in apps.get_app_config("protect").get_models():
        names = list(_emptied(model))
        if names and any(field.name == "key_id" for field in model._meta.fields):
            rows = model._default_manager.filter(key_id=case.key_id)
            count += sum(rows.exclude(**{name: b""}).count() for name in names)
    return count


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
