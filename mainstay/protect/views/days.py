"""Pages of days that matter: the list, and how one is reminded."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.accounts import queries as accounts
from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.protect.models.days import DEADLINE_KINDS
from mainstay.protect.queries import days as queries
from mainstay.protect.services import reminders as service
from mainstay.protect.views.person import today
from mainstay.ui.paging import CappedPaginator
from mainstay.ui.types import Crumb

WHEN_WORDS = {
    "all": gettext_lazy("All"),
    "overdue": gettext_lazy("Overdue"),
    "week": gettext_lazy("This week"),
    "month": gettext_lazy("This month"),
}


@access.guarded("protect.be_reminded")
def days(request: SignedInRequest) -> HttpResponse:
    """List open days, the nearest first."""
    when = request.GET.get("when", "all")
    wanted = queries.DayFilter(
        when=when if when in queries.WHEN else "all",
        kind=request.GET.get("kind", ""),
        mine=request.GET.get("whose") != "agency",
    )
    page = CappedPaginator(queries.days_listed(request.user, wanted, today()), 50).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": [(row, row.days_left(today())) for row in page.object_list],
        "wanted": wanted,
        "whose": "mine" if wanted.mine else "agency",
        "whens": WHEN_WORDS.items(),
        "kinds": DEADLINE_KINDS,
    }
    return render(request, "protect/days.html", context)


@access.guarded("protect.be_reminded")
@require_http_methods(["GET", "POST"])
def reminders(request: SignedInRequest) -> HttpResponse:
    """Show and set how one is reminded."""
    if request.method == "POST":
        service.set_by_mail(by_mail=request.POST.get("by_mail") == "yes", actor=request.user)
        return redirect("protect:reminders")
    return _reminders(request)


@access.guarded("protect.be_reminded")
@require_POST
def make_calendar(request: SignedInRequest) -> HttpResponse:
    """Make a secret address for one's calendar, and show it once."""
    return _reminders(request, token=service.make_feed(actor=request.user, now=clock.now()))


@access.guarded("protect.be_reminded")
@require_POST
def end_calendar(request: SignedInRequest) -> HttpResponse:
    """End one's calendar address."""
    service.end_feed(actor=request.user, now=clock.now())
    return redirect("protect:reminders")


@access.open_to_all("a calendar program reads it by its secret address, and it names nobody")
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """Answer a calendar program with days, and no word on whose they are."""
    content = service.calendar(token, base_url=settings.CONFIG.base_url, now=clock.now())
    return HttpResponse(content, content_type="text/calendar; charset=utf-8")


def _reminders(request: SignedInRequest, token: str = "") -> HttpResponse:
    base = settings.CONFIG.base_url.rstrip("/")
    context = {
        "by_mail": queries.wants_mail(request.user),
        "node_mails": bool(settings.CONFIG.email_url),
        "waits_since": accounts.mail_waits_since(request.user),
        "feed": queries.feed_of(request.user),
        "address": f"{base}/calendar/{token}/days.ics" if token else "",
        "breadcrumbs": [Crumb(_("Days"), "/days/"), Crumb(_("Reminders"))],
    }
    return render(request, "protect/reminders.html", context)
