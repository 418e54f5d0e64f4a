"""Pages where something is left out before it is shared: passages, pages, rows and columns, areas of a picture."""

import base64
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import RefusalError
from mainstay.protect import queries
from mainstay.protect.forms.file import LeftOutForm, LeftOutPagesForm
from mainstay.protect.forms.left_out import LeftOutAreasForm, LeftOutCellsForm
from mainstay.protect.models import Case, Document
from mainstay.protect.rules.redaction import BAR, sentences
from mainstay.protect.rules.tables import Grid
from mainstay.protect.services import redaction
from mainstay.protect.views.file_words import field_name
from mainstay.protect.views.person import case_or_404, people_crumbs

Recipients = list[tuple[str, str]]
ROWS_SHOWN, COLUMNS_SHOWN = 50, 26


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
def left_out(request: SignedInRequest, pk: Any, field: str) -> HttpResponse:
    """Mark what is left out of every later share: of a text, a PDF, a picture or a table.

    The text stands on the page, so each opening is noted. A recipient is chosen first, then marked for.
    """
    case = case_or_404(request, pk)
    recipients = queries.recipients_for(request.user)
    recipient = request.POST.get("recipient") or request.GET.get("recipient", "")
    if recipient not in dict(recipients):
        recipient = ""
    document = _document_of(case, field)
    page = _PAGES.get(document.media) if document is not None else None
    shown = page(request, document, recipient, recipients) if page and document else None
    if shown is not None:
        return shown
    marked = redaction.read_marks(case, field, recipient, actor=request.user)
    pieces = sentences(marked.text)
    other = [passage for passage in marked.passages if passage not in [" ".join(p.split()) for p in pieces]]
    chosen = [str(n) for n, piece in enumerate(pieces) if " ".join(piece.split()) in marked.passages]
    initial = {"recipient": recipient, "pieces": chosen, "passages": "\n".join(other)}
    is_post = request.method == "POST"
    form = LeftOutForm(request.POST if is_post else None, initial=initial, recipients=recipients, pieces=pieces)
    status = 200
    if is_post and form.is_valid():
        try:
            redaction.mark_passages(case, field, recipient, form.marked(), actor=request.user, now=clock.now())
            marked = redaction.read_marks(case, field, recipient, actor=request.user)
        except RefusalError as error:
            form.add_error("passages", str(error))
            status = error.status
    pieces_read = marked.as_read.split(BAR)
    context = {"form": form, "marked": marked, "pieces_read": pieces_read, "saved": is_post and not form.errors}
    return _left_out_page(request, case, field_name(field.partition(":")[0]), context, status)


def _of_pdf(
    request: SignedInRequest, document: Document, recipient: str, recipients: Recipients
) -> HttpResponse | None:
    is_post = request.method == "POST"
    pages = redaction.read_pages(document, recipient, actor=request.user)
    initial = {"recipient": recipient, "pages": ", ".join(map(str, pages))}
    form = LeftOutPagesForm(request.POST if is_post else None, initial=initial, recipients=recipients)
    status = 200
    if is_post and form.is_valid():
        try:
            redaction.mark_pages(document, recipient, form.cleaned_data["pages"], actor=request.user, now=clock.now())
        except RefusalError as error:
            form.add_error("pages", str(error))
            status = error.status
    context = {"form": form, "pages": document.pages, "saved": is_post and not form.errors}
    return _left_out_page(request, document.case, _("Document"), context, status)


def _left_out_page(
    request: SignedInRequest, case: Case, label: str, context: dict[str, Any], status: int
) -> HttpResponse:
    crumbs = people_crumbs(case, _("What is left out"))
    base = {"case": case, "label": label, "breadcrumbs": crumbs}
    return render(request, "protect/left_out.html", {**base, **context}, status=status)


def _of_picture(
    request: SignedInRequest, document: Document, recipient: str, recipients: Recipients
) -> HttpResponse | None:
    is_post, status = request.method == "POST", 200
    marked = redaction.read_picture(document, recipient, actor=request.user)
    initial = {"recipient": recipient, "areas": "\n".join(map(str, marked.areas))}
    form = LeftOutAreasForm(request.POST if is_post else None, initial=initial, recipients=recipients)
    if is_post and form.is_valid():
        try:
            redaction.mark_areas(document, recipient, form.cleaned_data["areas"], actor=request.user, now=clock.now())
            marked = redaction.read_picture(document, recipient, actor=request.user)
        except RefusalError as error:
            form.add_error("areas", str(error))
            status = error.status
    shown = base64.b64encode(marked.preview).decode()
    context = {"form": form, "fields": [form["areas"]], "picture": shown, "saved": is_post and not form.errors}
    return _left_out_page(request, document.case, _("Picture"), context, _status(form, status))


def _of_table(
    request: SignedInRequest, document: Document, recipient: str, recipients: Recipients
) -> HttpResponse | None:
    """The page of a workbook, or of a text that is a table; None for a text that is none: it has passages."""
    is_post, status = request.method == "POST", 200
    marked = redaction.read_table(document, recipient, actor=request.user)
    if marked is None and document.media == "txt":
        return None
    grids = list(marked.grids) if marked else []
    form = LeftOutCellsForm(
        request.POST if is_post else None,
        initial={"recipient": recipient},
        recipients=recipients,
        sheets=[grid.name for grid in grids],
        cells=list(marked.cells) if marked else [],
    )
    if is_post and form.is_valid():
        try:
            redaction.mark_cells(document, recipient, form.marked(), actor=request.user, now=clock.now())
        except RefusalError as error:
            form.add_error(None, str(error))
            status = error.status
    fields = [bound for bound in form if bound.name != "recipient"]
    context = {"form": form, "fields": fields, "saved": is_post and not form.errors, "cannot": not grids}
    context["grids"] = [_shown(grid) for grid in grids]
    return _left_out_page(request, document.case, _("Table"), context, _status(form, status))


def _shown(grid: Grid) -> dict[str, Any]:
    columns = range(1, min(grid.width, COLUMNS_SHOWN) + 1)
    return {
        "name": grid.name,
        "columns": [chr(ord("A") + column - 1) for column in columns],
        "rows": [
            (n, ["" if v is None else v for v in row[:COLUMNS_SHOWN]])
            for n, row in enumerate(grid.rows[:ROWS_SHOWN], 1)
        ],
        "more": max(0, len(grid.rows) - ROWS_SHOWN),
    }


def _status(form: Any, status: int) -> int:
    return 422 if form.errors and status == 200 else status


def _document_of(case: Case, field: str) -> Document | None:
    kind, _sep, pk = field.partition(":")
    return get_object_or_404(case.documents.defer("content"), pk=pk) if kind == "document" else None


_PAGES: dict[str, Callable[[SignedInRequest, Document, str, Recipients], HttpResponse | None]] = {
    "pdf": _of_pdf,
    "jpg": _of_picture,
    "xlsx": _of_table,
    "txt": _of_table,
}
