"""The page where somebody chooses what of a file is printed, and the PDF."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.labels import htcds_choices
from mainstay.protect import queries
from mainstay.protect.forms.consents import CATEGORY_WORDS, PURPOSE_WORDS
from mainstay.protect.forms.paper import SHEET_WORDS, PaperForm
from mainstay.protect.models import Case
from mainstay.protect.models.safety import DOMAIN_WORDS, PLAN_PARTS
from mainstay.protect.queries.cases import field_label
from mainstay.protect.rules.safety import Domain
from mainstay.protect.services import paper
from mainstay.protect.services.contact import call_warning
from mainstay.protect.types import Category, SharePurpose
from mainstay.protect.views.file_words import document_words
from mainstay.protect.views.person import case_or_404, people_crumbs
from mainstay.protect.views.referrals import said
from mainstay.ui.printing import pdf_answer


@access.guarded("protect.print_file")
@require_http_methods(["GET", "POST"])
def print_file(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Choose what of a person's file is printed; a post opens just that, is noted, and answers with the PDF."""
    row = case_or_404(request, pk)
    form = PaperForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return pdf_answer("file", "protect/print_file.html", _context(request, row, form.chosen()))
    heading = _("Print the file")
    context = {
        "form": form,
        "heading": heading,
        "button": _("Print as PDF (noted)"),
        "note": _("For this agency alone. Where the person is stands on no paper."),
        "breadcrumbs": people_crumbs(row, heading),
    }
    return render(request, "protect/form.html", context, status=422 if request.method == "POST" else 200)


def _context(request: SignedInRequest, case: Case, sheets: list[paper.Sheet]) -> dict[str, Any]:
    opened = paper.open_paper(case, sheets, actor=request.user)
    forms = dict(htcds_choices("vic_TypeOfExploitation"))
    fields = [
        (SHEET_WORDS[sheet], [(field_label(n), said(n, opened.values[n])) for n in names if n in opened.values])
        for sheet, names in paper.FIELDS.items()
    ]
    agencies = queries.agencies_by_key()
    written = opened.written
    return {
        **{name: written.get(name, []) for name in ("needs", "goals", "tasks", "conferences", "days", "permits")},
        **{name: written.get(name, []) for name in ("measures", "procedures", "notes")},
        "case": case,
        "fields": [(label, lines) for label, lines in fields if lines],
        "forms": [forms.get(form, form) for form in case.forms],
        "consents": [_consent(row, agencies) for (row,) in written.get("consents", [])],
        "shares": [
            (row, queries.recipient_label(row.recipient, agencies), PURPOSE_WORDS[SharePurpose(row.purpose)])
            for (row,) in written.get("shares", [])
        ],
        "documents": [(title, document_words(row.media, row.size)) for row, title in written.get("documents", [])],
        "risks": [
            (row, [(DOMAIN_WORDS[Domain(domain)], text) for domain, text in notes.items() if text])
            for row, notes in written.get("risks", [])
        ],
        "plan": [(dict(PLAN_PARTS).get(part, part), text) for part, text in written.get("plan", []) if text],
        "call_warning": call_warning(case, opened.values, clock.now()),
        "left_out": [words for sheet, words in SHEET_WORDS.items() if sheet not in sheets],
        "printed_by": request.user.name,
        "now": clock.now(),
    }


def _consent(row: Any, agencies: Any) -> tuple[Any, str, str]:
    to = ", ".join(queries.recipient_label(one, agencies) for one in row.recipients)
    return row, ", ".join(str(CATEGORY_WORDS[Category(one)]) for one in row.categories), to
