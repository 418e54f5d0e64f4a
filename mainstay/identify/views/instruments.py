"""Pages of the instruments."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import BadInputError
from mainstay.identify.forms import InstrumentForm
from mainstay.identify.queries import instruments as instrument_queries
from mainstay.identify.services import instruments as instrument_services
from mainstay.ui.types import Crumb


@access.guarded("identify.see_instruments")
def instruments(request: SignedInRequest) -> HttpResponse:
    """Show which instruments can be asked here."""
    return _instruments(request, InstrumentForm())


@access.guarded("identify.install_instrument")
@require_POST
def install(request: SignedInRequest) -> HttpResponse:
    """Check an XLSForm and install it; every fault of it is shown at once."""
    form = InstrumentForm(request.POST, request.FILES)
    if not form.is_valid():
        return _instruments(request, form)
    name, content = form.cleaned_data["file"]
    try:
        row = instrument_services.install_upload(name, content, actor=request.user, now=clock.now())
    except BadInputError as error:
        for fault in error.faults:
            form.add_error("file", str(fault))
        return _instruments(request, form, status=422)
    messages.success(request, _("%(title)s is installed.") % {"title": row.title})
    return redirect("identify:instruments")


def _instruments(request: SignedInRequest, form: InstrumentForm, *, status: int = 200) -> HttpResponse:
    context = {
        "instruments": instrument_queries.instruments_visible_to(request.user),
        "form": form if access.allowed(request.user, "identify.install_instrument") else None,
        "breadcrumbs": [Crumb(_("Screenings"), reverse("identify:list")), Crumb(_("Instruments"))],
    }
    return render(request, "identify/instruments.html", context, status=status)
