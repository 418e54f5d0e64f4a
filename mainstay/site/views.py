"""Home pages, and what belongs to no other package."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mainstay.accounts import services as accounts
from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.access import ROLE_LABELS, Role
from mainstay.core.errors import MainstayError, NotAllowedError, NotFoundError
from mainstay.site import work
from mainstay.site.middleware import SEEN_AS, answer
from mainstay.ui.types import Crumb


@access.open_to_all("it only sends on")
def front(request: HttpRequest) -> HttpResponse:
    """Send to today's work, or to the sign-in page."""
    return redirect("today" if request.user.is_authenticated else "account_login")


@access.guarded("site.today")
def today(request: SignedInRequest) -> HttpResponse:
    """Show this person's work of today."""
    day = clock.today()
    hour = clock.now().astimezone(work.zone(settings.TIME_ZONE)).hour
    context = {
        "greeting": work.greeting(hour),
        "day": day,
        "work": work.work_of(request.user, day),
        "main_action": work.main_action(request.user),
    }
    return render(request, "site/today.html", context)


@access.guarded("site.today")
def today_list(request: SignedInRequest, source: str) -> HttpResponse:
    """Page through all that one source of today's work has for this person: their own, or their agency's."""
    whose = "mine" if request.GET.get("whose") == "mine" else "agency"
    found = work.listed(source, whose, request.user, clock.today(), request.GET.get("page"))
    if found is None:
        raise NotFoundError(_("There is nothing at this address."), todo=_("Go back and choose again."))
    context = {
        "label": found.source.label,
        "page": found.page,
        "tasks": found.tasks,
        "whose": whose,
        "has_own": bool(found.source.owner),
        "breadcrumbs": [Crumb(_("Today"), reverse("today")), Crumb(str(found.source.label))],
    }
    return render(request, "site/today_list.html", context)


@access.guarded(access.VIEW_AS)
@require_http_methods(["GET", "POST"])
def see_as(request: SignedInRequest) -> HttpResponse:
    """Look at the pages as another role would, or stop."""
    if request.method == "POST":
        role = request.POST.get("role", "")
        chosen = Role(role) if role in set(Role) and role != request.user.role else None
        accounts.see_as(chosen, actor=request.user)
        request.session.pop(SEEN_AS, None)
        if chosen is not None:
            request.session[SEEN_AS] = chosen.value
        return redirect("today")
    roles = [(role.value, words) for role, words in ROLE_LABELS.items() if role != request.user.role]
    return render(request, "site/see_as.html", {"roles": roles})


@access.open_to_all("the quick exit leads here")
def away(request: HttpRequest) -> HttpResponse:
    """Show a neutral page that tells nothing of what was open before."""
    return render(request, "ui/away.html")


@access.open_to_all("a monitor asks whether the node answers")
def health(request: HttpRequest) -> HttpResponse:
    """Say that the node and its database answer."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for an address that leads nowhere."""
    return answer(request, NotFoundError(_("There is nothing at this address."), todo=_("Go back and choose again.")))


def failed(request: HttpRequest) -> HttpResponse:
    """Answer for a fault of ours, without a word about the person whose page it was."""
    return answer(request, MainstayError(_("The fault is ours and was noted."), todo=_("Try again in a moment.")))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer for a form that did not come from this node."""
    return answer(
        request, NotAllowedError(_("This form is too old or came from elsewhere."), todo=_("Open the page again."))
    )
