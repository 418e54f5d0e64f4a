"""Pages of monitor: released figures."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock, labels
from mainstay.monitor import forms, queries, services
from mainstay.monitor.models import ReleasedTable
from mainstay.protect.queries import measure_words
from mainstay.ui.paging import CappedPaginator
from mainstay.ui.types import Bar, BarChart, Crumb


@access.guarded("monitor.read_figures")
def figures(request: SignedInRequest) -> HttpResponse:
    """List released tables."""
    page = CappedPaginator(queries.tables_visible_to(request.user), 50).get_page(request.GET.get("page"))
    return render(
        request, "monitor/figures.html", {"page": page, "may_release": access.allowed(request.user, "monitor.release")}
    )


@access.guarded("monitor.read_figures")
def figure(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show one released table, as a picture and as figures."""
    row = get_object_or_404(queries.tables_visible_to(request.user), pk=pk)
    context = {"row": row, "chart": _chart(row), "breadcrumbs": _crumbs(_(row.title))}
    return render(request, "monitor/figure.html", context)


@access.guarded("monitor.release")
@require_http_methods(["GET", "POST"])
def release(request: SignedInRequest) -> HttpResponse:
    """Release figures through the gate."""
    form = forms.ReleaseForm(request.POST or None, initial={"k": settings.CONFIG.smallest_count, "table": "victims"})
    if request.method == "POST" and form.is_valid():
        release_table = services.RELEASES[form.cleaned_data["table"]]
        table = release_table(k=form.cleaned_data["k"], actor=request.user, now=clock.now())
        return redirect("monitor:figure", pk=table.pk)
    return render(request, "monitor/release.html", {"form": form, "breadcrumbs": _crumbs(_("Release figures"))})


def _crumbs(here: str) -> list[Crumb]:
    return [Crumb(_("Figures"), reverse("monitor:list")), Crumb(here)]


def _words(values: list[str]) -> list[str]:
    known: dict[str, object] = {**dict(labels.SEXES), **dict(labels.AGE_GROUPS)}
    known |= labels.htcds_choices("vic_TypeOfExploitation")
    known |= measure_words()
    known |= {"Multiple": _("More than one form"), "Unknown": pgettext("form of exploitation", "Not known")}
    return [str(known.get(value, value)) for value in values]


def _lines(row: ReleasedTable) -> list[tuple[list[str], int | None]]:
    return [(_words(values), count) for values, count in row.cells]


def _chart(row: ReleasedTable) -> BarChart:
    bars = [
        Bar(", ".join(words), count, _("withheld") if count is None else str(count)) for words, count in _lines(row)
    ]
    total = _("an unknown number of") if row.total is None else row.total
    summary = _("%(total)s people; counts under %(k)d are withheld") % {"total": total, "k": row.k}
    return BarChart(_(row.title), summary, bars)
