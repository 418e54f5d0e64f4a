"""The list of people with what narrows it, saved filters, and what is done to many cases at once."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import RefusalError
from mainstay.core.once import done, sent_once
from mainstay.protect import forms, queries
from mainstay.protect.forms.lists import BULK, BulkForm, FlagForm, ListForm, SaveFilterForm
from mainstay.protect.models import Case, Status
from mainstay.protect.queries import lists
from mainstay.protect.services import bulk, flags
from mainstay.protect.services.bulk import MOST_AT_ONCE, Bulk
from mainstay.protect.views.closing import said_ends, seen_ends
from mainstay.protect.views.person import case_or_404, people_crumbs, today
from mainstay.ui.paging import CappedPaginator


@access.guarded("protect.read_case")
@require_http_methods(["GET", "POST"])
def people(request: SignedInRequest) -> HttpResponse:
    """List people, narrowed and sorted; a name to look for is posted, so that it is in no address.

    Who is looked for is found wherever their case stands; only who asks for it looks among those shown.
    """
    rows = queries.cases_visible_to(request.user)
    find = forms.FindForm(request.POST or None)
    looked_for = find.is_valid()
    narrowed_by = request.GET
    if looked_for:
        rows = queries.cases_named(find.cleaned_data["find"], request.user)
        narrowed_by = request.POST if request.POST.get("among") == "shown" else QueryDict()
    filters = ListForm(narrowed_by, colleagues=lists.colleague_names(request.user))
    wanted = filters.wanted()
    rows = lists.narrowed(rows, wanted, today=today())
    number = (request.POST if looked_for else request.GET).get("page")
    page = CappedPaginator(lists.as_lines(rows), 50).get_page(number)
    shown = [case.pk for case in page]
    days, standing = lists.next_days(shown), lists.flags_of(shown, today=today())
    lines = [
        (case, (days[case.pk] - today()).days if case.pk in days else None, standing.get(case.pk, [])) for case in page
    ]
    context = {
        "page": page,
        "lines": lines,
        "filters": filters,
        "chips": filters.chips(),
        "query": filters.as_query(),
        "saved": [(row, row.owner_id == request.user.pk) for row in lists.saved_filters_for(request.user)[:50]],
        "statuses": [("open", pgettext("case", "Open")), *Status.choices[:-1]],
        "status": wanted.get("status", ""),
        "looked_for": find.cleaned_data["find"] if looked_for else "",
        "asked_filters": filters.asked(),
        "may_export": access.allowed(request.user, "protect.export"),
    }
    return render(request, "protect/people.html", context)


@access.guarded("protect.read_case")
@require_http_methods(["GET", "POST"])
@sent_once
def save_filter(request: SignedInRequest) -> HttpResponse:
    """Keep what narrows the list under a name."""
    clean = ListForm(request.GET, colleagues=lists.colleague_names(request.user)).as_query()
    form = SaveFilterForm(request.POST or None, initial={"query": clean})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                flags.save_filter(data["name"], clean, is_shared=data["is_shared"], actor=request.user)
                return redirect(f"{reverse('protect:list')}?{clean}")
            except RefusalError as error:
                form.add_error("name", str(error))
                status = error.status
    context = {
        "form": form, "heading": _("Save this filter"), "button": _("Save this filter"),
        "note": _("It keeps what narrows the list, not who is on it."),
        "breadcrumbs": people_crumbs(here=_("Save this filter")),
    }  # fmt: skip
    return render(request, "protect/form.html", context, status=status)


@access.guarded("protect.read_case")
@require_POST
def forget_filter(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Forget a filter of one's own."""
    row = get_object_or_404(lists.saved_filters_for(request.user).filter(owner=request.user), pk=pk)
    flags.forget_filter(row, actor=request.user)
    return redirect("protect:list")


@access.guarded("protect.change_case")
@require_POST
@sent_once
def many(request: SignedInRequest) -> HttpResponse:
    """Choose what is done to several cases, see what happens to each, and only then do it."""
    chosen = [pk for pk in request.POST.getlist("case") if _is_id(pk)][:MOST_AT_ONCE]
    rows = list(queries.cases_visible_to(request.user).filter(pk__in=chosen).select_related("owner", "agency"))
    if not rows:
        messages.error(request, _("Choose at least one person in the list."))
        return redirect("protect:list")
    form = BulkForm(request.POST if "what" in request.POST else None, colleagues=lists.colleagues(request.user))
    context: dict[str, Any] = {"form": form, "cases": rows, "breadcrumbs": people_crumbs(here=_("Several people"))}
    if not form.is_bound or not form.is_valid():
        return render(request, "protect/many.html", context, status=422 if form.is_bound else 200)
    wanted = Bulk(**form.cleaned_data, seen=_seen(request, rows))
    context["what"] = dict(BULK)[wanted.what]
    if "yes" not in request.POST:
        fates = bulk.foresee(rows, wanted, actor=request.user, today=today())
        lines = [(fate, said_ends(fate.open_ends)) for fate in fates]
        return render(request, "protect/many.html", {**context, "lines": lines})
    fates = bulk.carry_out(rows, wanted, actor=request.user, today=today(), now=clock.now())
    number = sum(1 for fate in fates if fate.is_done)
    said = ngettext("Done for %(n)d person.", "Done for %(n)d people.", number) % {"n": number}
    messages.success(request, said)
    lines = [(fate, []) for fate in fates]
    return done(render(request, "protect/many.html", {**context, "lines": lines, "is_done": True}), "protect:list")


def _seen(request: SignedInRequest, rows: list[Case]) -> dict[Any, dict[str, int]]:
    """Return of which kinds of open ends how many the page before had shown, by case."""
    return {row.pk: seen_ends(request.POST.getlist(f"seen-{row.pk}")) for row in rows}


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
@sent_once
def flag(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Set a flag on a case."""
    row = case_or_404(request, pk)
    form = FlagForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                flags.set_flag(
                    row, data["kind"], data["note"], until=data["until"],
                    actor=request.user, today=today(), now=clock.now(),
                )  # fmt: skip
                return redirect("protect:case", pk=row.pk)
            except RefusalError as error:
                form.add_error(None, str(error))
                status = error.status
    heading = _("Set a flag")
    context = {"form": form, "heading": heading, "button": heading, "breadcrumbs": people_crumbs(row, heading)}
    return render(request, "protect/form.html", context, status=status)


@access.guarded("protect.change_case")
@require_POST
def end_flag(request: SignedInRequest, pk: Any, flag_pk: Any) -> HttpResponse:
    """Take a flag away."""
    row = case_or_404(request, pk)
    flags.end_flag(get_object_or_404(row.flags, pk=flag_pk), actor=request.user, now=clock.now())
    return redirect("protect:case", pk=row.pk)


@access.guarded("protect.read_identity")
@require_POST
def read_flags(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Open the notes of a case's flags."""
    row = case_or_404(request, pk)
    read = flags.read_flags(row, actor=request.user)
    context = {"case": row, "read": read, "breadcrumbs": people_crumbs(row, _("Flags"))}
    return render(request, "protect/flags.html", context)
