"""How the work stands: a case manager's own, and a supervisor's whole agency without who people are."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access
from mainstay.protect.forms.lists import ListForm
from mainstay.protect.models.many import FLAG_KINDS
from mainstay.protect.queries import dashboards, lists
from mainstay.protect.queries.dashboards import Figure
from mainstay.protect.views.person import today
from mainstay.ui.paging import CappedPaginator

OWN_WORDS = {
    "overdue": _("people with a day that has passed"),
    "this_week": _("people with a day in the next 7 days"),
    "without_place": _("people with a need that nobody has taken on"),
    "unanswered": _("referrals without an answer"),
    "asked": _("requests of people to decide"),
    "measures": _("open measures against people"),
    "tasks": _("tasks of yours to do"),
}
TEAM_WORDS = {
    "overdue": _("people with a day that has passed"),
    "no_plan": _("people without a plan"),
    "no_consent": _("people without a consent in force"),
    "no_risk": _("people without a risk assessment"),
}
LINKS = {
    "unanswered": "protect:referrals_sent",
    "asked": "protect:own_requests",
    "measures": "protect:measures",
}


@access.guarded("protect.see_own_work")
@require_GET
def mine(request: SignedInRequest) -> HttpResponse:
    """Show how one's own cases stand."""
    figures = dashboards.own_figures(request.user, today())
    people = reverse("protect:list")
    lines = [(figure, OWN_WORDS[figure.code], _link(figure, people)) for figure in figures]
    return render(request, "protect/work_mine.html", {"lines": lines, "day": today()})


@access.guarded("protect.supervise")
@require_GET
def team(request: SignedInRequest) -> HttpResponse:
    """Show how the work of an agency stands: coded facts and colleagues, nobody's name or story."""
    people = reverse("protect:team_people")
    flags = dashboards.flags_by_kind(request.user, today())
    context = {
        "lines": [
            (figure, TEAM_WORDS[figure.code], _link(figure, people))
            for figure in dashboards.team_figures(request.user, today())
        ],
        "workload": dashboards.workload(request.user, today()),
        "flags": [(kind, label, flags[kind]) for kind, label in FLAG_KINDS if kind in flags],
        "people": people,
        "day": today(),
    }
    return render(request, "protect/work_team.html", context)


@access.guarded("protect.supervise")
@require_GET
def team_people(request: SignedInRequest) -> HttpResponse:
    """List the cases of a supervisor's agency by coded facts; no file opens from here."""
    filters = ListForm(request.GET, colleagues=lists.colleague_names(request.user))
    rows = lists.narrowed(lists.cases_supervised(request.user), filters.wanted(), today=today())
    page = CappedPaginator(rows.select_related("owner"), 50).get_page(request.GET.get("page"))
    shown = [case.pk for case in page]
    days, flags = lists.next_days(shown), lists.flags_of(shown, today=today())
    lines = [
        (case, (days[case.pk] - today()).days if case.pk in days else None, flags.get(case.pk, [])) for case in page
    ]
    context = {
        "page": page, "lines": lines, "filters": filters, "chips": filters.chips(), "query": filters.as_query(),
        "may_export": access.allowed(request.user, "protect.export"),
    }  # fmt: skip
    return render(request, "protect/team_people.html", context)


def _link(figure: Figure, people: str) -> str:
    if figure.query:
        return f"{people}?{figure.query}"
    return reverse(LINKS[figure.code]) if figure.code in LINKS else ""
