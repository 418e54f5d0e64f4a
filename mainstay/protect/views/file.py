"""Who a person is and what happened to them: names, papers, family, photo, journey, facts, who was involved."""

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import RefusalError
from mainstay.core.once import sent_once
from mainstay.protect.errors import EditConflictError
from mainstay.protect.forms.file import PART_FORMS, BirthForm, FactsForm
from mainstay.protect.models import Case, Part
from mainstay.protect.queries.parts import photo_of, rows_of
from mainstay.protect.rules.birth import Precision, read_birth
from mainstay.protect.rules.journey import out_of_order
from mainstay.protect.services import cases, documents, parts
from mainstay.protect.views.conflict import conflict_page
from mainstay.protect.views.file_words import birth_words, facts_words, part_words
from mainstay.protect.views.person import case_or_404, people_crumbs, person_page

WHO = ("names", "papers", "relatives")
HAPPENED = ("stations", "involved")
Words = str | Promise
PART_WORDS: dict[str, tuple[Words, Words, Words]] = {
    "names": (gettext_lazy("Other names"), gettext_lazy("Add a name"), gettext_lazy("No other name is recorded.")),
    "papers": (
        gettext_lazy("Identity documents"),
        gettext_lazy("Add a document they have or had"),
        gettext_lazy("No identity document is recorded."),
    ),
    "relatives": (
        gettext_lazy("Family and children"),
        gettext_lazy("Add somebody of their family"),
        gettext_lazy("Nobody of their family is recorded."),
    ),
    "stations": (
        gettext_lazy("The journey"),
        gettext_lazy("Add a station"),
        gettext_lazy("No station is recorded."),
    ),
    "involved": (
        gettext_lazy("People and companies involved"),
        gettext_lazy("Add who was involved"),
        gettext_lazy("Nobody is recorded."),
    ),
}


@access.guarded("protect.read_case")
@require_http_methods(["GET", "POST"])
def who(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show who a person is by coded facts; a post opens what is sealed, and is noted."""
    case = case_or_404(request, pk)
    is_open = request.method == "POST"
    opened = _opened(request, case, WHO) if is_open else {}
    identity = cases.read_identity(case, actor=request.user) if is_open else {}
    context = {
        "is_open": is_open,
        "name": identity.get("name", ""),
        "birth": birth_words(identity.get("birth_date", "")),
        "has_birth": bool(case.birth_date),
        "photo": photo_of(case),
        "groups": _groups(case, WHO, opened),
    }
    return person_page(request, "protect/who.html", case, "protect:who", context)


@access.guarded("protect.read_case")
@require_http_methods(["GET", "POST"])
def happened(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show what happened to a person by coded facts; a post opens what is sealed, and is noted."""
    case = case_or_404(request, pk)
    is_open = request.method == "POST"
    opened = _opened(request, case, HAPPENED) if is_open else {}
    identity = cases.read_identity(case, actor=request.user) if is_open else {}
    days = [(row.values["came"], row.values["left"]) for row in opened.get("stations", [])]
    context = {
        "is_open": is_open,
        "texts": [(name, label, identity.get(name, "")) for name, label in _texts()],
        "wrong_order": [place + 1 for place in out_of_order(days)],
        "groups": _groups(case, HAPPENED, opened),
        "facts": facts_words(case.facts),
    }
    return person_page(request, "protect/happened.html", case, "protect:happened", context)


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
@sent_once
def write_part(request: SignedInRequest, pk: Any, part: str, row_pk: Any = None) -> HttpResponse:
    """Add a row to a part of the file, or change one; opening it to change it is a read, and is noted."""
    case = case_or_404(request, pk)
    kind = PART_FORMS.get(part)
    if kind is None:
        raise Http404
    row: Part | None = get_object_or_404(rows_of(case, part), pk=row_pk) if row_pk else None
    if request.method == "POST":
        form, version = kind(request.POST), _number(request.POST.get("version", ""))
    else:
        form, version = kind(initial=_initial(request, case, part, row)), row.version if row else 1
    status = 200
    if form.is_bound and form.is_valid():
        try:
            parts.write_part(
                case, part, form.cleaned_data, part=row, version=version, actor=request.user, now=clock.now()
            )
        except RefusalError as error:
            form.add_error(None, str(error))
            status, version = error.status, row.version if row else 1
        else:
            return redirect(_page_of(part), pk=case.pk)
    title, adds, _none = PART_WORDS[part]
    heading = _("Change what is written") if row else str(adds)
    context = {
        "form": form,
        "version": version,
        "row": row,
        "case": case,
        "part": part,
        "heading": heading,
        "breadcrumbs": people_crumbs(case, str(title)),
    }
    return render(request, "protect/part_form.html", context, status=status)


@access.guarded("protect.change_case")
@require_POST
def take_part_away(request: SignedInRequest, pk: Any, part: str, row_pk: Any) -> HttpResponse:
    """Take a row out of a part of the file."""
    case = case_or_404(request, pk)
    if part not in PART_FORMS:
        raise Http404
    row: Part = get_object_or_404(rows_of(case, part), pk=row_pk)
    parts.take_part_away(case, part, row, actor=request.user, now=clock.now())
    return redirect(_page_of(part), pk=case.pk)


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
def facts(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Write what happened in codes."""
    case = case_or_404(request, pk)
    form = FactsForm(request.POST) if request.method == "POST" else FactsForm(initial=case.facts)
    if form.is_bound and form.is_valid():
        parts.write_facts(case, form.cleaned_data, actor=request.user, now=clock.now())
        return redirect("protect:happened", pk=case.pk)
    context = {
        "form": form,
        "heading": _("What happened, in codes"),
        "button": _("Keep this"),
        "breadcrumbs": people_crumbs(case, _("What happened")),
        "note": _("Choose what the person told. What nobody said stays empty."),
    }
    return render(request, "protect/form.html", context)


@access.guarded("protect.read_identity")
@require_http_methods(["GET", "POST"])
def birth(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Write when a person was born, as exactly as it is known; opening it to write is a read, and is noted."""
    case = case_or_404(request, pk)
    if request.method == "POST":
        form = BirthForm(request.POST)
        if form.is_valid():
            changes = {"birth_date": form.text()}
            try:
                cases.change_case(case, changes, version=form.cleaned_data["version"], actor=request.user)
            except EditConflictError as error:
                return conflict_page(request, case, error)
            return redirect("protect:who", pk=case.pk)
    else:
        form = BirthForm(initial=_birth_initial(case, cases.read_identity(case, actor=request.user)["birth_date"]))
    context = {
        "form": form,
        "heading": _("When they were born"),
        "button": _("Seal and save"),
        "breadcrumbs": people_crumbs(case, _("When they were born")),
        "note": _("Write no more than is known. In doubt a person is treated as a child."),
    }
    return render(request, "protect/form.html", context)


@access.guarded("protect.read_identity")
@require_GET
def photo(request: SignedInRequest, pk: Any, document_pk: Any) -> HttpResponse:
    """Show a person's photo, drawn anew when it came; the reading is noted."""
    case = case_or_404(request, pk)
    row = get_object_or_404(case.documents.filter(is_photo=True).defer("content"), pk=document_pk)
    content = documents.open_document(row, actor=request.user)
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return HttpResponse(content, content_type="image/jpeg", headers=headers)


def _opened(request: SignedInRequest, case: Case, names: tuple[str, ...]) -> dict[str, list[parts.OpenedPart]]:
    return parts.open_parts(case, names, actor=request.user)


def _groups(case: Case, names: tuple[str, ...], opened: dict[str, list[parts.OpenedPart]]) -> list[dict[str, Any]]:
    groups = []
    for name in names:
        title, adds, none = PART_WORDS[name]
        rows = [(o.row, o.values) for o in opened[name]] if opened else [(r, r.coded()) for r in rows_of(case, name)]
        lines = [(row, part_words(name, values)) for row, values in rows]
        groups.append({"name": name, "title": title, "adds": adds, "none": none, "lines": lines})
    return groups


def _texts() -> list[tuple[str, str]]:
    return [("story", _("What happened")), ("route", _("Route, with dates"))]


def _initial(request: SignedInRequest, case: Case, part: str, row: Part | None) -> dict[str, Any]:
    if row is None:
        return {"order": rows_of(case, part).count() + 1} if part == "stations" else {}
    opened = parts.open_parts(case, (part,), actor=request.user)[part]
    found = next(dict(one.values) for one in opened if one.row.pk == row.pk)
    if found.get("valid_until"):
        found["valid_until"] = date.fromisoformat(found["valid_until"])
    return found


def _birth_initial(case: Case, text: str) -> dict[str, Any]:
    known = read_birth(text)
    precision = Precision.UNKNOWN if known.precision is Precision.SAID else known.precision
    return {
        "version": case.version,
        "precision": precision.value,
        "day": known.day,
        "month": known.month,
        "year": known.year,
        "age_from": known.age_from,
        "age_to": known.age_to,
    }


def _page_of(part: str) -> str:
    return "protect:who" if part in WHO else "protect:happened"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
