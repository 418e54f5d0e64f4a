"""Internal notes, what was changed in a file, and everything that happened in order."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.once import sent_once
from mainstay.protect import queries
from mainstay.protect.forms.consents import CATEGORY_WORDS, GIVEN_WORDS, PURPOSE_WORDS
from mainstay.protect.forms.file import NoteForm
from mainstay.protect.models import DEADLINE_KINDS, NEED_KINDS, ReferralState, TransferState
from mainstay.protect.queries.parts import changes_of, notes_of
from mainstay.protect.queries.timeline import timeline_of
from mainstay.protect.services import cases, history, notes
from mainstay.protect.views.file_words import change_words
from mainstay.protect.views.person import case_or_404, people_crumbs, person_page
from mainstay.protect.views.safety import contact_shown
from mainstay.ui.paging import CappedPaginator

SECTION = "protect:notes"
A_PAGE = 50
Words = str | Promise
EVENTS: dict[str, Words] = {
    "opened": gettext_lazy("The case was opened"),
    "consent": gettext_lazy("Consent was given"),
    "withdrawn": gettext_lazy("Consent was taken back"),
    "need": gettext_lazy("A need was recorded"),
    "need_met": gettext_lazy("A need was met"),
    "referral": gettext_lazy("Referred to another agency"),
    "referral_answered": gettext_lazy("A referral was answered"),
    "measure": gettext_lazy("A measure against the person was recorded"),
    "day_done": gettext_lazy("A day that mattered was dealt with"),
    "day": gettext_lazy("A day that matters"),
    "share": gettext_lazy("Something left the file"),
    "procedure": gettext_lazy("The authority was asked to decide"),
    "decided": gettext_lazy("The authority decided"),
    "document": gettext_lazy("A document was added"),
    "note": gettext_lazy("A note was written"),
    "change": gettext_lazy("Something was changed"),
    "conference": gettext_lazy("A conference was recorded"),
    "hand_over": gettext_lazy("The case passed to a colleague"),
    "transfer": gettext_lazy("Another agency was asked to take the case over"),
    "risk": gettext_lazy("The risk to them was assessed"),
}


@access.guarded("protect.read_case")
@require_http_methods(["GET", "POST"])
def listed(request: SignedInRequest, pk: Any) -> HttpResponse:
    """List internal notes by author and day; a post opens them, and is noted."""
    case = case_or_404(request, pk)
    page = CappedPaginator(notes_of(case), A_PAGE).get_page(request.GET.get("page"))
    rows, texts = list(page), dict[Any, str]()
    if request.method == "POST":
        texts = {one.note.pk: one.text for one in notes.open_internal_notes(case, rows, actor=request.user)}
    context = {
        "page": page,
        "lines": [(row, texts.get(row.pk, "")) for row in rows],
        "is_open": request.method == "POST",
    }
    return person_page(request, "protect/notes.html", case, SECTION, context)


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
@sent_once
def write(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Write an internal note."""
    case = case_or_404(request, pk)
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        notes.write_note(case, data["text"], is_pinned=data["is_pinned"], actor=request.user, now=clock.now())
        return redirect(SECTION, pk=case.pk)
    context = {
        "form": form,
        "heading": _("Write a note"),
        "button": _("Seal and keep"),
        "note": _("For colleagues of this agency alone. A note is in no share, no print and no export."),
        "breadcrumbs": people_crumbs(case, _("Notes")),
    }
    return render(request, "protect/form.html", context)


@access.guarded("protect.change_case")
@require_POST
def pin(request: SignedInRequest, pk: Any, note_pk: Any) -> HttpResponse:
    """Put a note above the others, or back among them."""
    case = case_or_404(request, pk)
    row = get_object_or_404(notes_of(case), pk=note_pk)
    notes.pin_note(row, is_pinned=request.POST.get("pinned") == "yes", actor=request.user)
    return redirect(SECTION, pk=case.pk)


@access.guarded("protect.read_case")
@require_http_methods(["GET", "POST"])
def changes(request: SignedInRequest, pk: Any) -> HttpResponse:
    """List what was changed, field by field; a post opens what stood there before and after, and is noted."""
    case = case_or_404(request, pk)
    page = CappedPaginator(changes_of(case), A_PAGE).get_page(request.GET.get("page"))
    rows, opened = list(page), dict[Any, tuple[str, str]]()
    if request.method == "POST":
        opened = {
            one.change.pk: (change_words(one.change.field, one.before), change_words(one.change.field, one.after))
            for one in history.open_changes(case, rows, actor=request.user)
        }
    lines = [(row, _field(row.field), *opened.get(row.pk, ("", ""))) for row in rows]
    context = {"page": page, "lines": lines, "is_open": request.method == "POST", "contact": contact_shown(case)}
    return person_page(request, "protect/history.html", case, SECTION, context)


@access.guarded("protect.read_case")
@require_GET
def timeline(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show everything that happened in a case in order, by its coded facts."""
    case = case_or_404(request, pk)
    cases.note_read(case, actor=request.user)
    page = CappedPaginator(timeline_of(case), A_PAGE).get_page(request.GET.get("page"))
    words = _code_words()
    lines = [
        (at, EVENTS[event], _field(code) if event == "change" else words.get(event, {}).get(code, ""))
        for at, event, code in page
    ]
    return person_page(
        request, "protect/timeline.html", case, SECTION, {"page": page, "lines": lines, "now": clock.now()}
    )


def _field(name: str) -> str:
    return _("Documents") if name == "documents" else queries.field_label(name)


def _code_words() -> dict[str, Any]:
    needs, days = dict(NEED_KINDS), dict(DEADLINE_KINDS)
    return {
        "consent": {str(given): words for given, words in dict(GIVEN_WORDS).items()},
        "need": needs,
        "need_met": needs,
        "referral": needs,
        "referral_answered": dict(ReferralState.choices),
        "day": days,
        "day_done": days,
        "share": {str(purpose): words for purpose, words in dict(PURPOSE_WORDS).items()},
        "document": {str(category): words for category, words in CATEGORY_WORDS.items()},
        "transfer": dict(TransferState.choices),
    }
