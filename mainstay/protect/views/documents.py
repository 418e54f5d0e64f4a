"""Documents of a person: listed by kind, added, downloaded as attachments alone."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import RefusalError
from mainstay.core.once import SentBeforeError, claim_of
from mainstay.protect import queries
from mainstay.protect.forms.file import DocumentForm, UploadForm
from mainstay.protect.models import Case, Document
from mainstay.protect.queries.parts import documents_of
from mainstay.protect.services import documents, redaction
from mainstay.protect.services.documents import DocumentDraft
from mainstay.protect.types import Category
from mainstay.protect.views.file_words import category_words, document_words, field_name
from mainstay.protect.views.person import case_or_404, people_crumbs, person_page, today
from mainstay.ui.paging import CappedPaginator

SECTION = "protect:documents"
A_PAGE = 50


@access.guarded("protect.read_case")
@require_http_methods(["GET", "POST"])
def listed(request: SignedInRequest, pk: Any) -> HttpResponse:
    """List documents by what they are; a post opens their titles, and is noted."""
    case = case_or_404(request, pk)
    page = CappedPaginator(documents_of(case), A_PAGE).get_page(request.GET.get("page"))
    rows = list(page)
    titles = dict[Any, str]()
    if request.method == "POST":
        titles = {row.pk: title for row, title in documents.open_titles(case, rows, actor=request.user)}
    lines = [
        (row, titles.get(row.pk, ""), document_words(row.media, row.size), category_words(row.category)) for row in rows
    ]
    context = {
        "page": page,
        "lines": lines,
        "is_open": request.method == "POST",
        "has_scanner": bool(settings.CONFIG.clamav_socket),
        "texts": [(name, field_name(name)) for name in redaction.TEXTS if getattr(case, name)],
    }
    return person_page(request, "protect/documents.html", case, SECTION, context)


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
def add(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Add a document."""
    return _add(request, case_or_404(request, pk), DocumentForm, is_photo=False)


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
def add_photo(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Add a photo of the person; it takes the place of the one before."""
    return _add(request, case_or_404(request, pk), UploadForm, is_photo=True)


def _add(request: SignedInRequest, case: Case, kind: type[UploadForm], *, is_photo: bool) -> HttpResponse:
    form = kind(request.POST, request.FILES) if request.method == "POST" else kind()
    status = 200
    if request.method == "POST":
        status = 422
        if getattr(request, "too_large", False):
            form.errors.pop("file", None)  # what came is not whole
            form.add_error("file", _("This file is larger than 20 MB."))
        elif form.is_valid():
            data = form.cleaned_data
            draft = DocumentDraft(
                data.get("title", ""),
                Category(data.get("category", Category.IDENTITY)),
                data["file"],
                is_photo=is_photo,
            )
            try:
                documents.add_document(
                    case,
                    draft,
                    scanner=settings.CONFIG.clamav_socket,
                    claim=claim_of(request),
                    actor=request.user,
                    now=clock.now(),
                )
            except SentBeforeError as error:
                messages.info(request, str(error))
                return redirect("protect:who" if is_photo else SECTION, pk=case.pk)
            except RefusalError as error:
                form.add_error("file", str(error))
            else:
                return redirect("protect:who" if is_photo else SECTION, pk=case.pk)
    heading = _("Add a photo of the person") if is_photo else _("Add a document")
    context = {
        "form": form,
        "heading": heading,
        "button": _("Seal and keep"),
        "is_photo": is_photo,
        "has_scanner": bool(settings.CONFIG.clamav_socket),
        "breadcrumbs": people_crumbs(case, heading),
    }
    return render(request, "protect/document_form.html", context, status=status)


@access.guarded("protect.read_identity")
@require_POST
def download(request: SignedInRequest, pk: Any, document_pk: Any) -> HttpResponse:
    """Hand a document out as an attachment; of what nobody scanned, only after a warning."""
    case = case_or_404(request, pk)
    row = get_object_or_404(case.documents.defer("content"), pk=document_pk)
    if row.scan == "not_scanned" and request.POST.get("understood") != "yes":
        return _warning(request, people_crumbs(case, _("Documents")))
    return as_attachment(row, documents.open_document(row, actor=request.user))


@access.guarded("protect.change_case")
@require_POST
def take_away(request: SignedInRequest, pk: Any, document_pk: Any) -> HttpResponse:
    """Take a document out of the file for good."""
    case = case_or_404(request, pk)
    row = get_object_or_404(case.documents.defer("content"), pk=document_pk)
    documents.take_document_away(row, actor=request.user, now=clock.now())
    return redirect("protect:who" if row.is_photo else SECTION, pk=case.pk)


@access.guarded("protect.answer_referral")
@require_POST
def of_referral(request: SignedInRequest, pk: Any, document_pk: Any) -> HttpResponse:
    """Hand out a document that consent lets the agency of a referral have, without what is left out for it."""
    return _shared(request, get_object_or_404(queries.referrals_to(request.user), pk=pk), document_pk)


@access.guarded("protect.read_procedure")
@require_POST
def of_procedure(request: SignedInRequest, pk: Any, document_pk: Any) -> HttpResponse:
    """Hand out a document that consent lets the authority have, without what is left out for it."""
    return _shared(request, get_object_or_404(queries.procedures_visible_to(request.user), pk=pk), document_pk)


def _shared(request: SignedInRequest, row: Any, document_pk: Any) -> HttpResponse:
    document, content = documents.open_shared(row, str(document_pk), actor=request.user, today=today())
    if document.scan == "not_scanned" and request.POST.get("understood") != "yes":
        return _warning(request, [])
    return as_attachment(document, content)


def as_attachment(document: Document, content: bytes) -> HttpResponse:
    """Return bytes that no browser opens by itself, under a name that tells nothing."""
    headers = {
        "Content-Disposition": f'attachment; filename="{document.file_name}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "no-store",
    }
    return HttpResponse(content, content_type="application/octet-stream", headers=headers)


def _warning(request: SignedInRequest, crumbs: list[Any]) -> HttpResponse:
    return render(request, "protect/document_warning.html", {"breadcrumbs": crumbs})
