"""Pages of identify: the list, the interview, the result, the instruments."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import BadInputError
from mainstay.identify import queries, services
from mainstay.identify.engine.answering import Asked, asked, constraint_fault, missing_required
from mainstay.identify.forms import DJANGO_CODES, BeginForm, FinishForm, InstrumentForm, QuestionForm
from mainstay.identify.models import LEVELS, Screening
from mainstay.identify.types import Instrument, Question, in_language
from mainstay.ui.types import Crumb

PAGE_ROWS = 50


@access.guarded("identify.read_screening")
def screenings(request: SignedInRequest) -> HttpResponse:
    """Show the screenings this viewer may see, newest first, filtered by level or urgency."""
    rows = queries.screenings_visible_to(request.user)
    level = request.GET.get("level", "")
    if level in dict(LEVELS):
        rows = rows.filter(level=level)
    urgent = bool(request.GET.get("urgent"))
    if urgent:
        rows = rows.exclude(urgent=[])
    context = {
        "page": Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page")),
        "levels": LEVELS,
        "level": level,
        "urgent": urgent,
        "may_screen": access.allowed(request.user, "identify.screen"),
        "may_see_instruments": access.allowed(request.user, "identify.see_instruments"),
        "breadcrumbs": [Crumb(_("Screenings"))],
    }
    return render(request, "identify/list.html", context)


@access.guarded("identify.screen")
@require_http_methods(["GET", "POST"])
def choose(request: SignedInRequest) -> HttpResponse:
    """Choose the questions and the language, and say what is known of the person."""
    instruments = queries.instruments_visible_to(request.user)
    language = translation.get_language() or "en"
    form = BeginForm(request.POST or None, instruments=instruments, language=language)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        instrument = next(found for found in instruments if found.name == data["instrument"])
        who = services.Circumstances(data["sex"], data["age_group"], data["language"])
        screening = services.start_screening(instrument, who, actor=request.user, now=clock.now())
        return redirect("identify:ask", screening.pk, 1)
    return render(request, "identify/choose.html", {"form": form})


@access.guarded("identify.screen")
@require_http_methods(["GET", "POST"])
def ask(request: SignedInRequest, pk: str, place: int) -> HttpResponse:
    """Ask one question, keep its answer sealed, and go on or back."""
    draft = queries.draft(pk, request.user)
    instrument = queries.instrument_of(draft.instrument_id)
    answers = services.open_draft(draft, actor=request.user)
    path = asked(instrument, answers, today=clock.today())
    question = _question_at(instrument, path, place)
    if question is None or question.name != instrument.questions[place - 1].name:
        return _go_to(draft, instrument, question)
    form = _question_form(request, draft, instrument, question, answers)
    if request.method == "POST" and (form.is_valid() or request.POST.get("go") == "back"):
        value = form.cleaned_data.get("answer", answers.get(question.name, ""))
        if value != answers.get(question.name, ""):
            services.save_answer(draft, question.name, value, actor=request.user)
        return _move(request, draft, instrument, question, answers | {question.name: value})
    return _in_language(request, draft, "identify/ask.html", {
        "form": form,
        "text": in_language(question.labels, draft.language),
        "hint": in_language(question.hints, draft.language),
        "draft": draft,
        "step_number": [q.name for q in path.questions].index(question.name) + 1,
        "step_count": len(path.questions),
    })  # fmt: skip


@access.guarded("identify.screen")
@require_http_methods(["GET", "POST"])
def finish(request: SignedInRequest, pk: str) -> HttpResponse:
    """Add a note and end the interview."""
    draft = queries.draft(pk, request.user)
    form = FinishForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.finish_screening(
            draft, note=form.cleaned_data["note"], actor=request.user, now=clock.now(), today=clock.today()
        )
        return redirect("identify:result", draft.pk)
    instrument = queries.instrument_of(draft.instrument_id)
    answers = services.open_draft(draft, actor=request.user)
    path = asked(instrument, answers, today=clock.today())
    places = {question.name: number for number, question in enumerate(instrument.questions, start=1)}
    missing = missing_required(instrument, answers, today=clock.today())
    context = {
        "form": form,
        "draft": draft,
        "missing": [(in_language(q.labels, draft.language), places[q.name]) for q in missing],
        "open_count": sum(1 for q in path.questions if q.type != "note" and not answers.get(q.name)),
        "last_place": places[path.questions[-1].name] if path.questions else 1,
    }
    return _in_language(request, draft, "identify/finish.html", context)


@access.guarded("identify.screen")
@require_http_methods(["GET", "POST"])
def discard(request: SignedInRequest, pk: str) -> HttpResponse:
    """Say what throwing an interview away means, and do it."""
    draft = queries.draft(pk, request.user)
    if request.method == "GET":
        return _in_language(request, draft, "identify/discard.html", {"draft": draft})
    services.discard_draft(draft, actor=request.user, now=clock.now())
    messages.success(request, _("The interview was thrown away. Nothing of it can be read any more."))
    return redirect("identify:list")


@access.guarded("identify.read_screening")
def result(request: SignedInRequest, pk: str) -> HttpResponse:
    """Show what a screening indicates, why, and what stays open."""
    screening = queries.screening(pk, request.user)
    opened = services.open_screening(screening, actor=request.user)
    instrument = queries.instrument_of(screening.instrument_id)
    language = (translation.get_language() or "en").split("-")[0]
    texts = {question.name: in_language(question.labels, language) for question in instrument.questions}
    context = {
        "screening": screening,
        "instrument": instrument,
        "lowest": dict(LEVELS)[opened.assessment["interval"]["lowest"]],
        "highest": dict(LEVELS)[opened.assessment["interval"]["highest"]],
        "elements": _elements(opened.assessment),
        "reasons": [_reason(reason, texts) for reason in opened.assessment["reasons"]],
        "unanswered": [texts[name] for name in opened.assessment["unanswered"]],
        "answers": _said(instrument, opened.answers, language),
        "note": opened.note,
        "may_open_case": access.allowed(request.user, "protect.open_case"),
        "breadcrumbs": [Crumb(_("Screenings"), reverse("identify:list")), Crumb(_("Result"))],
    }
    return render(request, "identify/result.html", context)


@access.guarded("identify.see_instruments")
def instruments(request: SignedInRequest) -> HttpResponse:
    """Show which instruments can be asked here."""
    return _instruments(request, InstrumentForm())


@access.guarded("identify.install_instrument")
@require_POST
def install(request: SignedInRequest) -> HttpResponse:
    """Check an XLSForm and install it; every fault of it is shown at once."""
    form = InstrumentForm(request.POST, request.FILES)
    if not form.is_valid():
        return _instruments(request, form)
    name, content = form.cleaned_data["file"]
    try:
        row = services.install_upload(name, content, actor=request.user, now=clock.now())
    except BadInputError as error:
        for fault in error.faults:
            form.add_error("file", str(fault))
        return _instruments(request, form, status=422)
    messages.success(request, _("%(title)s is installed.") % {"title": row.title})
    return redirect("identify:instruments")


def _instruments(request: SignedInRequest, form: InstrumentForm, *, status: int = 200) -> HttpResponse:
    context = {
        "instruments": queries.instruments_visible_to(request.user),
        "form": form if access.allowed(request.user, "identify.install_instrument") else None,
        "breadcrumbs": [Crumb(_("Screenings"), reverse("identify:list")), Crumb(_("Instruments"))],
    }
    return render(request, "identify/instruments.html", context, status=status)


def _question_at(instrument: Instrument, path: Asked, place: int) -> Question | None:
    """The question at a place, or the next one that is asked after it."""
    waiting = {question.name for question in path.questions}
    later = instrument.questions[max(place, 1) - 1 :]
    return next((question for question in later if question.name in waiting), None)


def _question_form(
    request: SignedInRequest, draft: Screening, instrument: Instrument, question: Question, answers: dict[str, str]
) -> QuestionForm:
    def check(value: str) -> str | None:
        given = {**answers, question.name: value}
        return constraint_fault(instrument, question, given, today=clock.today())

    stored = answers.get(question.name, "")
    initial = {"answer": stored.split() if question.multiple else stored}
    return QuestionForm(request.POST or None, initial=initial, question=question, language=draft.language, check=check)


def _move(
    request: SignedInRequest, draft: Screening, instrument: Instrument, question: Question, answers: dict[str, str]
) -> HttpResponse:
    path = asked(instrument, answers, today=clock.today())
    if request.POST.get("go") == "stop":
        return redirect("identify:list")
    if request.POST.get("go") == "back":
        return _go_to(draft, instrument, path.before(question.name) or question)
    return _go_to(draft, instrument, path.after(question.name))


def _go_to(draft: Screening, instrument: Instrument, question: Question | None) -> HttpResponse:
    if question is None:
        return redirect("identify:finish", draft.pk)
    return redirect("identify:ask", draft.pk, instrument.questions.index(question) + 1)


def _in_language(request: SignedInRequest, draft: Screening, template: str, context: dict[str, Any]) -> HttpResponse:
    """Render a page of the interview in the person's language, in its direction."""
    code = DJANGO_CODES.get(draft.language, draft.language)
    with translation.override(code if translation.check_for_language(code) else translation.get_language()):
        response = render(request, template, context)
        response.headers["Content-Language"] = translation.get_language() or "en"
    return response


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
