"""Pages of how long files are kept, of legal holds, and of certificates of erasure."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import RefusalError
from mainstay.core.once import sent_once
from mainstay.protect.forms.retention import HoldForm, PeriodForm
from mainstay.protect.models.retention import KEEPING_WORDS
from mainstay.protect.queries import retention as queries
from mainstay.protect.rules.retention import Keeping, warn_from
from mainstay.protect.services import retention
from mainstay.protect.views.person import case_or_404, person_page, today
from mainstay.ui.paging import CappedPaginator
from mainstay.ui.printing import pdf_answer
from mainstay.ui.types import Crumb


@access.guarded("protect.hold")
@require_http_methods(["GET", "POST"])
@sent_once
def keeping(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show for how long a file is kept and what holds it, and place a hold."""
    row = case_or_404(request, pk)
    form = HoldForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            retention.place_hold(row, data["why"], data["until"], actor=request.user, today=today())
            return redirect("protect:keeping", pk=row.pk)
        except RefusalError as error:
            form.add_error("until", str(error))
            status = error.status
    last = retention.last_day_of(row)
    context = {
        "last_day": last,
        "warned_from": warn_from(last) if last else None,
        "years": queries.years_kept()[queries.kept_as(row)],
        "holds": [
            (hold, why, hold.as_fact().holds(today())) for hold, why in retention.read_holds(row, actor=request.user)
        ],
        "form": form,
    }
    return person_page(request, "protect/keeping.html", row, "protect:keeping", context, status=status)


@access.guarded("protect.hold")
@require_POST
def lift(request: SignedInRequest, pk: Any, hold_pk: Any) -> HttpResponse:
    """Lift a hold."""
    row = case_or_404(request, pk)
    retention.lift_hold(get_object_or_404(row.holds, pk=hold_pk), actor=request.user, today=today())
    return redirect("protect:keeping", pk=row.pk)


@access.guarded("accounts.set_law")
@require_http_methods(["GET", "POST"])
def periods(request: SignedInRequest) -> HttpResponse:
    """Set for how long closed files are kept at this node."""
    form = PeriodForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        draft = retention.PeriodDraft(Keeping(data["kind"]), data["years"], data["source"])
        changed = retention.set_period(draft, actor=request.user, now=clock.now())
        said = ngettext(
            "%(count)d closed file has another last day now.",
            "%(count)d closed files have another last day now.",
            changed,
        )
        messages.success(request, said % {"count": changed})
        return redirect("protect:periods")
    set_rows, years = queries.periods_set(), queries.years_kept()
    lines = [(label, years[Keeping(kind)], set_rows.get(kind)) for kind, label in KEEPING_WORDS]
    crumbs = [Crumb(_("Law"), reverse("protect:national")), Crumb(_("How long files are kept"))]
    return render(request, "protect/periods.html", {"form": form, "lines": lines, "breadcrumbs": crumbs})


@access.guarded("protect.read_certificate")
@require_GET
def certificates(request: SignedInRequest) -> HttpResponse:
    """List certificates of erasure."""
    page = CappedPaginator(queries.certificates_visible_to(request.user), 50).get_page(request.GET.get("page"))
    return render(request, "protect/certificates.html", {"page": page})


@access.guarded("protect.read_certificate")
@require_GET
def certificate(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Give a certificate of erasure as a file to keep."""
    row = get_object_or_404(queries.certificates_visible_to(request.user), pk=pk)
    context = {"certificate": row, "scenario": settings.CONFIG.scenario, "node_name": settings.CONFIG.node_name}
    return pdf_answer(f"certificate-{row.pk}", "protect/certificate.html", context)
