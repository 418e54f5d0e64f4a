"""What every page about a person shares."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import clock
from mainstay.protect import queries
from mainstay.protect.models import Case
from mainstay.ui.types import Crumb

SECTIONS = (
    ("protect:case", gettext_lazy("Overview")),
    ("protect:who", gettext_lazy("Who they are")),
    ("protect:happened", gettext_lazy("What happened")),
    ("protect:documents", gettext_lazy("Documents")),
    ("protect:sharing", gettext_lazy("Sharing")),
    ("protect:assistance", gettext_lazy("Assistance")),
    ("protect:law", gettext_lazy("Law and days")),
    ("protect:measures_of", gettext_lazy("Non-punishment")),
    ("protect:safety", gettext_lazy("Safety")),
    ("protect:own_view", gettext_lazy("Their own page")),
    ("protect:notes", gettext_lazy("Notes and history")),
    ("protect:outside", gettext_lazy("Outside experts")),
)
"""The pages of a person's file, in the order in which they stand above each of them: address name, words."""


@dataclass(frozen=True, slots=True)
class Section:
    """One page of a person's file, as a link above it."""

    url: str
    label: str
    is_here: bool


def person_page(
    request: SignedInRequest, template: str, case: Case, section: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Show one page of a person's file (it extends `protect/person.html`), with links to the others above it."""
    sections = [Section(reverse(name, args=[case.pk]), str(words), name == section) for name, words in SECTIONS]
    here = next((s.label for s in sections if s.is_here), "") if section != "protect:case" else ""
    base = {"case": case, "sections": sections, "breadcrumbs": people_crumbs(case, here)}
    return render(request, template, {**base, **context}, status=status)


def today() -> date:
    """Return the day at the node's place."""
    return clock.today()


def case_or_404(request: SignedInRequest, pk: Any) -> Case:
    """Return a case that the signed-in person reaches."""
    rows = queries.cases_visible_to(request.user).select_related("agency", "owner")
    return get_object_or_404(rows, pk=pk)


def people_crumbs(case: Case | None = None, here: str = "") -> list[Crumb]:
    """Return the way to a page about people."""
    trail = [Crumb(_("People"), reverse("protect:list"))]
    if case is not None:
        trail.append(Crumb(case.reference, reverse("protect:case", args=[case.pk]) if here else ""))
    if here:
        trail.append(Crumb(here))
    return trail
