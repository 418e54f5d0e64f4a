"""Pages of those who stand by a person at another agency: the measures that they were told of."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.protect.forms.guard import said_offence
from mainstay.protect.models import MeasureNotice
from mainstay.protect.queries import measures as queries
from mainstay.protect.services import measures as service
from mainstay.protect.views.findings import groups
from mainstay.protect.views.person import today
from mainstay.protect.views.referrals import said
from mainstay.ui.paging import CappedPaginator
from mainstay.ui.types import Crumb


@access.guarded("protect.read_notice")
def listed(request: SignedInRequest) -> HttpResponse:
    """List what this agency was told of: from whom and when; what it is stands on the page, by consent."""
    rows = queries.notices_to(request.user)
    state = request.GET.get("state", "")
    if state in {"new", "seen"}:
        rows = rows.filter(seen_at__isnull=state == "new")
    page = CappedPaginator(rows, 50).get_page(request.GET.get("page"))
    return render(request, "protect/notices.html", {"page": page, "state": state})


@access.guarded("protect.read_notice")
def notice(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show what the person lets this agency see of a measure today."""
    row: MeasureNotice = get_object_or_404(queries.notices_to(request.user), pk=pk)
    opened = service.open_notice(row, actor=request.user, today=today(), now=clock.now())
    labels = {field.name: field.label for field in row.case.fields_to_share()}
    context = {
        "notice": row,
        "opened": opened,
        "values": [(labels[name], said(name, value)) for name, value in opened.values.items()],
        "offences": ", ".join(said_offence(one) for one in row.measure.offences) if opened.may_know else "",
        "groups": groups(queries.findings_of(row.measure, today())) if opened.may_know else [],
        "breadcrumbs": [Crumb(_("For their defence"), reverse("protect:notices")), Crumb(_("A measure"))],
    }
    return render(request, "protect/notice.html", context)
