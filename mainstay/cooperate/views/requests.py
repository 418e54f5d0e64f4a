"""Pages of private questions and of requests for assistance."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mainstay.accounts.requests import SignedInRequest
from mainstay.cooperate import forms, queries
from mainstay.cooperate.models import AssistanceRequest, Direction, Match, RequestState
from mainstay.cooperate.services import exchange, matches, requests
from mainstay.core import access, clock
from mainstay.core.once import do_once
from mainstay.protect import queries as protect
from mainstay.ui.paging import CappedPaginator
from mainstay.ui.types import Crumb, Step, StepState


@access.guarded("cooperate.read_request")
def request_list(request: SignedInRequest) -> HttpResponse:
    """List requests sent and received, and private questions."""
    rows = queries.requests_visible_to(request.user)
    direction = request.GET.get("direction", "")
    if direction in Direction.values:
        rows = rows.filter(direction=direction)
    context = {
        "page": CappedPaginator(rows, 50).get_page(request.GET.get("page")),
        "matches": queries.matches_visible_to(request.user)[:20],
        "direction": direction,
        "directions": Direction.choices,
    }
    return render(request, "cooperate/requests.html", context)


@access.guarded("cooperate.match")
@require_http_methods(["GET", "POST"])
def ask(request: SignedInRequest) -> HttpResponse:
    """Ask another node privately whether it knows an account."""
    entities = matches.accounts_to_ask_about(actor=request.user)
    form = forms.AskForm(request.POST or None, peers=queries.peers_visible_to(request.user), entities=entities)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        match = exchange.ask_about_case(data["peer"], data["entity"], actor=request.user, now=clock.now())
        return redirect("cooperate:match", pk=match.pk)
    return render(request, "cooperate/ask.html", {"form": form, "breadcrumbs": _crumbs(_("Ask another country"))})


@access.guarded("cooperate.match")
def match(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show what a private question found."""
    row: Match = get_object_or_404(queries.matches_visible_to(request.user), pk=pk)
    context = {
        "match": row,
        "hits": matches.open_hits(row, actor=request.user),
        "breadcrumbs": _crumbs(_("Private question")),
    }
    return render(request, "cooperate/match.html", context)


@access.guarded("cooperate.send_request")
@require_http_methods(["GET", "POST"])
def new_request(request: SignedInRequest, match_pk: Any) -> HttpResponse:
    """Draft a request out of a private question that hit, and send it."""
    row = get_object_or_404(queries.matches_visible_to(request.user), pk=match_pk, direction=Direction.OUT)
    draft = requests.draft_request(row, actor=request.user)
    form = forms.RequestForm(request.POST or None, initial=draft)
    if request.method == "POST" and form.is_valid():
        body = {key: str(value) for key, value in form.cleaned_data.items()}
        sent = do_once(
            request,
            lambda: requests.send_request(
                row.peer, body, match=row, actor=request.user, today=clock.today(), now=clock.now()
            ),
        )
        if sent is None:
            return redirect("cooperate:list")
        made, stored = sent
        exchange.carry(stored)
        return redirect("cooperate:request", pk=made.pk)
    context = {"form": form, "match": row, "breadcrumbs": _crumbs(_("Request for assistance"))}
    return render(request, "cooperate/new_request.html", context)


@access.guarded("cooperate.read_request")
@require_http_methods(["GET", "POST"])
def one_request(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show a request with what goes with it, and take the answer to a received one."""
    row: AssistanceRequest = get_object_or_404(queries.requests_visible_to(request.user), pk=pk)
    form = forms.AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = requests.Answer(form.cleaned_data["text"], form.cleaned_data["refusal_ground"])
        stored = requests.answer_request(row, answer, actor=request.user, now=clock.now())
        exchange.carry(stored)
        return redirect("cooperate:request", pk=row.pk)
    opened = requests.open_request(row, actor=request.user)
    context = {
        "row": row,
        "lines": [(forms.LABELS.get(key, key), _said(key, value)) for key, value in opened.body.items() if value],
        "matched": opened.matched,
        "shared": [(protect.field_label(name), value) for name, value in opened.shared.items()],
        "answer": opened.answer,
        "known": opened.known,
        "form": form,
        "can_answer": row.direction == Direction.IN and row.state == RequestState.RECEIVED,
        "steps": _steps(row),
        "breadcrumbs": _crumbs(row.reference),
    }
    return render(request, "cooperate/request.html", context)


def _said(key: str, value: str) -> str:
    """Return a coded value of a request in words."""
    return dict(forms.CHOICES.get(key, [])).get(value, value)


def _crumbs(here: Any) -> list[Crumb]:
    return [Crumb(_("Requests"), reverse("cooperate:list")), Crumb(here)]


def _steps(row: AssistanceRequest) -> list[Step]:
    done, current, todo = StepState.DONE, StepState.CURRENT, StepState.TODO
    answered = row.state not in {RequestState.SENT, RequestState.RECEIVED}
    made = date_format(row.made_at, _("j M"))
    return [
        Step(_("Sent"), made, done),
        Step(
            _("Being worked on"), row.peer.name if row.direction == Direction.OUT else "", done if answered else current
        ),
        Step(
            row.get_state_display() if answered else _("Answered"),
            date_format(row.answered_at, _("j M")) if row.answered_at else "",
            current if answered else todo,
        ),
    ]
