"""Pages of the phones that use ODK Collect, and of the appointments that they take along."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.once import sent_once
from mainstay.identify.engine.collect import draw_qr, settings_text
from mainstay.identify.forms.devices import AppointmentForm, DeviceForm
from mainstay.identify.queries import devices as device_queries
from mainstay.identify.queries import instruments as instrument_queries
from mainstay.identify.services import appointments as appointment_services
from mainstay.identify.services import devices as device_services
from mainstay.ui.paging import CappedPaginator
from mainstay.ui.types import Crumb

PAGE_ROWS = 50
LOOK_BACK = timedelta(hours=12)


@access.guarded("identify.register_device")
@require_http_methods(["GET", "POST"])
def devices(request: SignedInRequest) -> HttpResponse:
    """List the phones, and register one: its code is shown once."""
    owners = device_queries.owners_for(request.user)
    form = DeviceForm(request.POST or None, owners=owners, initial={"owner": request.user.pk})
    if request.method == "POST" and form.is_valid():
        return _registered(request, form)
    rows = device_queries.devices_visible_to(request.user)
    context = {
        "page": CappedPaginator(rows, PAGE_ROWS).get_page(request.GET.get("page")),
        "form": form,
        "may_keep_appointments": access.allowed(request.user, "identify.keep_appointments"),
        "breadcrumbs": _trail(request, _("Phones")),
    }
    return render(request, "identify/devices.html", context)


@access.guarded("identify.register_device")
def device(request: SignedInRequest, pk: str) -> HttpResponse:
    """Show what a phone sent: when, which questions, whether it is whole; nothing of what was said."""
    found = device_queries.device(pk, request.user)
    rows = device_queries.submissions_of(found)
    context = {
        "device": found,
        "page": CappedPaginator(rows, PAGE_ROWS).get_page(request.GET.get("page")),
        "may_read": access.allowed(request.user, "identify.read_screening"),
        "breadcrumbs": _trail(request, _("Phone")),
    }
    return render(request, "identify/device.html", context)


@access.guarded("identify.register_device")
@require_POST
def revoke(request: SignedInRequest, pk: str) -> HttpResponse:
    """End a phone's access at once."""
    found = device_queries.device(pk, request.user)
    device_services.revoke_device(found, actor=request.user, now=clock.now())
    messages.success(request, _("The phone's access is ended. What it sent stays."))
    return redirect("identify:devices")


@access.guarded("identify.keep_appointments")
@require_http_methods(["GET", "POST"])
@sent_once
def appointments(request: SignedInRequest) -> HttpResponse:
    """List one's own appointments, and add one."""
    instruments = instrument_queries.instruments_visible_to(request.user)
    form = AppointmentForm(request.POST or None, instruments=instruments)
    if request.method == "POST" and form.is_valid():
        draft = appointment_services.AppointmentDraft(**form.cleaned_data)
        appointment_services.make_appointment(draft, actor=request.user, now=clock.now())
        messages.success(request, _("The appointment is kept."))
        return redirect("identify:appointments")
    rows = device_queries.appointments_visible_to(request.user, clock.now() - LOOK_BACK)
    page = CappedPaginator(rows, PAGE_ROWS).get_page(request.GET.get("page"))
    titles = {instrument.name: instrument.title for instrument in instruments}
    opened = appointment_services.open_appointments(list(page.object_list), actor=request.user)
    context = {
        "page": page,
        "rows": [(row, label, note, titles.get(row.instrument, row.instrument)) for row, label, note in opened],
        "form": form,
        "zone": timezone.get_current_timezone_name(),
        "breadcrumbs": _trail(request, _("Appointments")),
    }
    return render(request, "identify/appointments.html", context)


@access.guarded("identify.keep_appointments")
@require_POST
def remove_appointment(request: SignedInRequest, pk: str) -> HttpResponse:
    """Remove one of one's own appointments."""
    found = device_queries.appointment(pk, request.user)
    appointment_services.remove_appointment(found, actor=request.user, now=clock.now())
    messages.success(request, _("The appointment is removed."))
    return redirect("identify:appointments")


def _registered(request: SignedInRequest, form: DeviceForm) -> HttpResponse:
    data = form.cleaned_data
    made = device_services.register_device(data["name"], owner=data["owner"], actor=request.user, now=clock.now())
    address = request.build_absolute_uri(reverse("identify:openrosa_form_list", args=[made.token]))
    text = settings_text(address.removesuffix("/formList"), data["name"])
    context = {
        "device": made.device,
        "qr": draw_qr(text),
        "text": text,
        "breadcrumbs": _trail(request, _("Phone")),
    }
    return render(request, "identify/device_registered.html", context)


def _trail(request: SignedInRequest, last: str) -> list[Crumb]:
    if not access.allowed(request.user, "identify.read_screening"):
        return [Crumb(last)]
    return [Crumb(_("Screenings"), reverse("identify:list")), Crumb(last)]
