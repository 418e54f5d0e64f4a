"""Reading phones, what they sent, and the appointments of their screeners."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.accounts.rules import digest_of
from mainstay.core import access
from mainstay.core.errors import NotFoundError
from mainstay.identify.models.appointments import Appointment
from mainstay.identify.models.devices import Device
from mainstay.identify.models.submissions import State, Submission


def devices_visible_to(viewer: User) -> QuerySet[Device]:
    """Return the phones that the viewer looks after, newest first, each with how many interviews wait for files."""
    waiting = Count("submissions", filter=Q(submissions__state=State.WAITING))
    rows = Device.objects.select_related("owner", "agency").annotate(waiting=waiting)
    return access.narrow(rows.order_by("-registered_at"), viewer, "identify.register_device")


def device(pk: Any, viewer: User) -> Device:
    """Return one phone that the viewer looks after."""
    found = devices_visible_to(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(_("There is no such phone, or none that you may see."), todo=_("Go back to the list."))
    return found


def owners_for(viewer: User) -> QuerySet[User]:
    """Return for whom the viewer may register a phone: those who may screen, within the viewer's reach."""
    roles = list(access.BY_PERMISSION["identify.screen"].who)
    rows = User.objects.filter(is_active=True, role__in=roles).select_related("agency").order_by("name")
    match access.which(viewer, "identify.register_device"):
        case access.Which.NODE:
            return rows
        case access.Which.AGENCY:
            return rows.filter(agency_id=viewer.agency_id)
        case access.Which.OWN:
            return rows.filter(pk=viewer.pk)
        case _:
            return rows.none()


def device_of_token(token: str) -> Device | None:
    """Return the phone whose token this is, while neither it nor its screener's access was ended."""
    found = (
        Device.objects.select_related("owner__agency")
        .filter(token_digest=digest_of(token), revoked_at=None, owner__is_active=True)
        .first()
    )
    if found is None or found.agency_id != found.owner.agency_id:
        return None
    return found if access.allowed(found.owner, "identify.screen") else None


def submissions_of(device: Device) -> QuerySet[Submission]:
    """Return what a phone sent, newest first; the caller found the phone among those of its viewer."""
    return Submission.objects.filter(device=device).order_by("-received_at")


def appointments_visible_to(viewer: User, since: datetime) -> QuerySet[Appointment]:
    """Return the viewer's own appointments from a moment on, soonest first."""
    rows = Appointment.objects.filter(starts_at__gte=since).order_by("starts_at")
    return access.narrow(rows, viewer, "identify.keep_appointments")


def appointment(pk: Any, viewer: User) -> Appointment:
    """Return one of the viewer's own appointments."""
    rows = access.narrow(Appointment.objects.all(), viewer, "identify.keep_appointments")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFoundError(_("There is no such appointment, or none of yours."), todo=_("Go back to the list."))
    return found


def appointments_of_day(owner: User, day: date) -> QuerySet[Appointment]:
    """Return the owner's appointments of a day at the node's place, soonest first."""
    begin = timezone.make_aware(datetime.combine(day, time()))
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))
    return appointments_visible_to(owner, begin).filter(starts_at__lt=end)
