"""Pages of the screenings: the list and the result."""

from pathlib import PurePosixPath
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access
from mainstay.identify.models.labels import LEVELS
from mainstay.identify.models.screenings import Review, Status
from mainstay.identify.queries import accuracy
from mainstay.identify.queries import instruments as instrument_queries
from mainstay.identify.queries import screenings as screening_queries
from mainstay.identify.services import screenings as screening_services
from mainstay.identify.types import Instrument, in_language
from mainstay.ui.paging import CappedPaginator
from mainstay.ui.types import Crumb

PAGE_ROWS = 50
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".mp3", ".m4a", ".amr", ".3gp", ".mp4", ".pdf"})


@access.guarded("identify.read_screening")
def screenings(request: SignedInRequest) -> HttpResponse:
    """Show the screenings this viewer may see, newest first, filtered by level or urgency."""
    rows = screening_queries.newest_versions(screening_queries.screenings_visible_to(request.user))
    level = request.GET.get("level", "")
    if level in dict(LEVELS):
        rows = rows.filter(level=level)
    urgent = bool(request.GET.get("urgent"))
    if urgent:
        rows = rows.exclude(urgent=[])
    review = request.GET.get("review", "")
    if review in Review.values:
        rows = rows.filter(review=review, status=Status.FINISHED)
    context = {
        "page": CappedPaginator(rows, PAGE_ROWS).get_page(request.GET.get("page")),
        "levels": LEVELS,
        "level": level,
        "urgent": urgent,
        "reviews": Review.choices,
        "review": review,
        "may_learn": access.allowed(request.user, "identify.learn"),
        "may_screen": access.allowed(request.user, "identify.screen"),
        "may_register_device": access.allowed(request.user, "identify.register_device"),
        "may_see_instruments": access.allowed(request.user, "identify.see_instruments"),
        "breadcrumbs": [Crumb(_("Screenings"))],
    }
    return render(request, "identify/list.html", context)


@access.guarded("identify.read_screening")
def result(request: SignedInRequest, pk: str) -> HttpResponse:
    """Show what a screening indicates, why, and what stays open."""
    screening = screening_queries.screening(pk, request.user)
    opened = screening_services.open_screening(screening, actor=request.user)
    instrument = instrument_queries.instrument_of(screening.instrument_id)
    language = (translation.get_language() or "en").split("-")[0]
    texts = {question.name: in_language(question.labels, language) for question in instrument.questions}
    own = screening.owner_id == request.user.pk
    may_review = not own and access.allowed(request.user, "identify.review", screening)
    context = {
        "screening": screening,
        "instrument": instrument,
        "lowest": dict(LEVELS)[opened.assessment["interval"]["lowest"]],
        "highest": dict(LEVELS)[opened.assessment["interval"]["highest"]],
        "elements": _elements(opened.assessment),
        "reasons": [_reason(reason, texts) for reason in opened.assessment["reasons"]],
        "unanswered": [texts[name] for name in opened.assessment["unanswered"]],
        "settle": [texts[name] for name in opened.assessment.get("settle", [])],  # older results name none
        "answers": _said(instrument, opened.answers, language),
        "note": opened.note,
        "files": screening_queries.files_of(screening),
        "opened": opened,
        "worth": accuracy.worth_for(instrument.name, request.user),
        "may_learn": access.allowed(request.user, "identify.learn"),
        "before": screening_queries.seen_before(screening, request.user),
        "corrected_by": screening_queries.correction_of(screening),
        "may_review": may_review,
        "may_correct": access.allowed(request.user, "identify.screen", screening),
        "may_erase": access.allowed(request.user, "protect.erase", screening),
        "may_open_case": access.allowed(request.user, "protect.open_case"),
        "breadcrumbs": [Crumb(_("Screenings"), reverse("identify:list")), Crumb(_("Result"))],
    }
    return render(request, "identify/result.html", context)


@access.guarded("identify.read_screening")
def sent_file(request: SignedInRequest, pk: str) -> HttpResponse:
    """Give a file that a phone sent with an interview, opened and noted, to keep and not to run in the browser."""
    name, content = screening_services.open_file(screening_queries.file(pk, request.user), actor=request.user)
    suffix = PurePosixPath(name).suffix.lower()
    kept = f"file{suffix}" if suffix in SUFFIXES else "file.bin"
    return HttpResponse(
        content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{kept}"', "X-Content-Type-Options": "nosniff"},
    )


def _elements(assessment: dict[str, Any] | Any) -> list[tuple[str, bool | None]]:
    names = {"act": _("Act"), "means": _("Means"), "purpose": _("Purpose")}
    return [(name, assessment["elements"][key]) for key, name in names.items()]


def _reason(reason: dict[str, Any], texts: dict[str, str]) -> dict[str, Any]:
    values = {name: _(value) if isinstance(value, str) else value for name, value in reason["values"].items()}
    because = [] if reason["code"] == "unanswered" else [texts[name] for name in reason["because"]]
    return {"text": _(reason["template"]) % values, "source": reason["source"], "because": because}


def _said(instrument: Instrument, answers: Any, language: str) -> list[tuple[str, str]]:
    said = []
    for question in instrument.questions:
        value = answers.get(question.name, "")
        labels = {choice.name: in_language(choice.labels, language) for choice in question.choices}
        words = value.split() if question.multiple else [value]
        if value:
            text = ", ".join(labels.get(word, word) for word in words)
            said.append((in_language(question.labels, language), text))
    return said
