"""Pages of an interview: its beginning, one question a page, its end."""

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.once import sent_once
from mainstay.identify.engine.answering import Asked, asked, constraint_fault, missing_required
from mainstay.identify.forms.interview import DJANGO_CODES, BeginForm, FinishForm, QuestionForm
from mainstay.identify.models.screenings import Screening
from mainstay.identify.queries import instruments as instrument_queries
from mainstay.identify.queries import screenings as screening_queries
from mainstay.identify.services import screenings as screening_services
from mainstay.identify.types import Instrument, Question, in_language


@access.guarded("identify.screen")
@require_http_methods(["GET", "POST"])
@sent_once
def choose(request: SignedInRequest) -> HttpResponse:
    """Choose the questions and the language, and say what is known of the person."""
    instruments = instrument_queries.instruments_visible_to(request.user)
    language = translation.get_language() or "en"
    form = BeginForm(request.POST or None, instruments=instruments, language=language)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        instrument = next(found for found in instruments if found.name == data["instrument"])
        who = screening_services.Circumstances(data["sex"], data["age_group"], data["language"])
        screening = screening_services.start_screening(instrument, who, actor=request.user, now=clock.now())
        return redirect("identify:ask", screening.pk, 1)
    return render(request, "identify/choose.html", {"form": form})


@access.guarded("identify.screen")
@require_http_methods(["GET", "POST"])
def ask(request: SignedInRequest, pk: str, place: int) -> HttpResponse:
    """Ask one question, keep its answer sealed, and go on or back."""
    draft = screening_queries.draft(pk, request.user)
    instrument = instrument_queries.instrument_of(draft.instrument_id)
    answers = screening_services.open_draft(draft, actor=request.user)
    path = asked(instrument, answers, today=clock.today())
    question = _question_at(instrument, path, place)
    if question is None or question.name != instrument.questions[place - 1].name:
        return _go_to(draft, instrument, question)
    form = _question_form(request, draft, instrument, question, answers)
    if request.method == "POST" and (form.is_valid() or request.POST.get("go") == "back"):
        value = form.cleaned_data.get("answer", answers.get(question.name, ""))
        if value != answers.get(question.name, ""):
            screening_services.save_answer(draft, question.name, value, actor=request.user)
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
    draft = screening_queries.draft(pk, request.user)
    so_far = screening_services.ending_so_far(draft, actor=request.user)
    form = FinishForm(request.POST or None, initial=asdict(so_far))
    if request.method == "POST" and form.is_valid():
        screening_services.finish_screening(
            draft, form.ending(), actor=request.user, now=clock.now(), today=clock.today()
        )
        return redirect("identify:result", draft.pk)
    instrument = instrument_queries.instrument_of(draft.instrument_id)
    answers = screening_services.open_draft(draft, actor=request.user)
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
    draft = screening_queries.draft(pk, request.user)
    if request.method == "GET":
        return _in_language(request, draft, "identify/discard.html", {"draft": draft})
    screening_services.discard_draft(draft, actor=request.user, now=clock.now())
    messages.success(request, _("The interview was thrown away. Nothing of it can be read any more."))
    return redirect("identify:list")


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
