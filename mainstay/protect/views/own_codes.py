"""Pages of the agency around the person's own view: giving codes, answering what people ask."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import RefusalError
from mainstay.core.once import sent_once
from mainstay.protect.forms.own_view import (
    AnswerPersonForm,
    DecideRequestForm,
    GiveCodeForm,
    GuardianForm,
    NamesForm,
)
from mainstay.protect.models import Asked, GuardianLimit, OwnRequest, RequestState
from mainstay.protect.queries import own_view as reading
from mainstay.protect.queries.cases import field_label
from mainstay.protect.rules.own_view import Holder, grouped
from mainstay.protect.services import own_codes, own_requests
from mainstay.protect.views.own_words import digit_words
from mainstay.protect.views.person import case_or_404, people_crumbs, person_page, today
from mainstay.protect.views.safety import contact_shown
from mainstay.ui.paging import CappedPaginator
from mainstay.ui.types import Crumb

SECTION = "protect:own_view"


@access.guarded("protect.give_own_view")
@require_http_methods(["GET", "POST"])
def page(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show the codes that were given, and what the person asked; a post opens the talk, and is noted."""
    case = case_or_404(request, pk)
    talk = own_requests.read_talk(case, actor=request.user) if request.method == "POST" else None
    limit = GuardianLimit.objects.filter(case=case).first()
    hidden = set(limit.hidden) if limit else set()
    now = clock.now()
    context = {
        "codes": [(code, code.is_open(now, today())) for code in reading.codes_of(case)[:6]],
        "limit": limit,
        "hidden": [words for name, words in GuardianForm().fields["hidden"].choices if name in hidden],  # type: ignore[attr-defined]  # a MultipleChoiceField
        "requests": case.own_requests.select_related("decided_by")[:20],
        "waiting": case.own_messages.filter(waits_for_us=True).count(),
        "has_talk": case.own_messages.exists(),
        "talk": talk,
        "form": AnswerPersonForm(),
    }
    return person_page(request, "protect/own_view.html", case, SECTION, context)


@access.guarded("protect.give_own_view")
@require_http_methods(["GET", "POST"])
def give(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Give a code, and show it once: as a card to print, and in words to say."""
    case = case_or_404(request, pk)
    form = GiveCodeForm(request.POST or None, initial={"holder": "person", "language": translation.get_language()})
    status = 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            code = own_codes.give_code(
                case,
                Holder(data["holder"]),
                data["pin"],
                language=data["language"],
                days=data["days"],
                actor=request.user,
                today=today(),
                now=clock.now(),
            )
        except RefusalError as error:
            form.add_error("pin" if error.code == "weak_pin" else None, str(error))
            status = error.status
        else:
            return _card(request, case, code, data["language"])
    note = _(
        "Ask first whether it is safe: who else looks at their phone, who knows where they keep things? "
        "The number is shown once. A number that was given before ends."
    )
    context = {"form": form, "heading": _("Give a code"), "button": _("Give the code"), "note": note}
    context["contact"] = contact_shown(case)
    crumbs = people_crumbs(case, _("Give a code"))
    return render(request, "protect/form.html", {**context, "breadcrumbs": crumbs}, status=status)


@access.guarded("protect.give_own_view")
@require_POST
def end(request: SignedInRequest, pk: Any, code_pk: Any) -> HttpResponse:
    """End a code at once."""
    case = case_or_404(request, pk)
    own_codes.end_code(get_object_or_404(case.own_codes, pk=code_pk), actor=request.user, now=clock.now())
    return redirect(SECTION, pk=case.pk)


@access.guarded("protect.give_own_view")
@require_http_methods(["GET", "POST"])
def guardian(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Say what is kept from a guardian."""
    case = case_or_404(request, pk)
    held = GuardianLimit.objects.filter(case=case).first()
    initial = {"hidden": held.hidden, "in_conflict": held.in_conflict} if held else {}
    form = GuardianForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        own_codes.limit_guardian(
            case,
            frozenset(form.cleaned_data["hidden"]),
            in_conflict=form.cleaned_data["in_conflict"],
            actor=request.user,
            now=clock.now(),
        )
        return redirect(SECTION, pk=case.pk)
    heading = _("Not for the guardian")
    note = _("It holds at the guardian's next press. The person's own code shows everything to them as before.")
    context = {"form": form, "heading": heading, "button": _("Keep it so"), "note": note}
    return render(request, "protect/form.html", {**context, "breadcrumbs": people_crumbs(case, heading)})


@access.guarded("protect.answer_person")
@require_POST
@sent_once
def answer(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Answer a question of the person or their guardian."""
    case = get_object_or_404(reading.cases_to_answer(request.user), pk=pk)
    form = AnswerPersonForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "heading": _("Answer"), "button": _("Send the answer")}
        return render(request, "protect/form.html", context, status=422)
    data = form.cleaned_data
    own_requests.answer(case, Holder(data["holder"]), data["text"], actor=request.user, now=clock.now())
    return redirect(_back(request, case.pk))


@access.guarded("protect.answer_person")
def requests(request: SignedInRequest) -> HttpResponse:
    """List what people asked for on their own pages, the nearest due day first."""
    rows = reading.requests_visible_to(request.user)
    state = request.GET.get("state", RequestState.OPEN.value)
    if state in RequestState.values:
        rows = rows.filter(state=state)
    page = CappedPaginator(rows, 50).get_page(request.GET.get("page"))
    lines = [(row, field_label(row.field) if row.field else "", (row.due_date - today()).days) for row in page]
    heading = _("What people ask for")
    context = {"page": page, "lines": lines, "states": RequestState.choices, "state": state}
    return render(request, "protect/own_requests.html", {**context, "breadcrumbs": [Crumb(heading)]})


@access.guarded("protect.answer_person")
@require_http_methods(["GET", "POST"])
@sent_once
def decide(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show what a person asked for, opened and noted, and decide."""
    row: OwnRequest = get_object_or_404(reading.requests_visible_to(request.user), pk=pk)
    form = DecideRequestForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        accepted, reason = form.cleaned_data["accepted"] == "yes", form.cleaned_data["reason"]
        try:
            own_requests.decide_request(row, accepted=accepted, reason=reason, actor=request.user, now=clock.now())
            return redirect("protect:own_requests")
        except RefusalError as error:
            form.add_error(None, str(error))
            status = error.status
    text = own_requests.read_request(row, actor=request.user)
    context = {
        "row": row,
        "text": text,
        "field": field_label(row.field) if row.field else "",
        "form": form if row.state == RequestState.OPEN else None,
        "is_erasure": row.kind == Asked.ERASURE,
        "days": (row.due_date - today()).days,
        "breadcrumbs": [Crumb(_("What people ask for"), reverse("protect:own_requests")), Crumb(row.case.reference)],
    }
    return render(request, "protect/own_request.html", context, status=status)


@access.guarded("protect.set_own_view")
@require_http_methods(["GET", "POST"])
def choose(request: SignedInRequest) -> HttpResponse:
    """Choose whether people see names of colleagues."""
    initial = {"shows_names": reading.shows_names(request.user)}
    form = NamesForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        own_requests.choose_names(shows_names=form.cleaned_data["shows_names"], actor=request.user)
        return redirect("today")
    heading = _("What people see of who read their file")
    note = _("Without names they see role and agency, what for, and the day. Whoever forces a code open sees it too.")
    context = {"form": form, "heading": heading, "button": _("Keep this choice"), "note": note}
    return render(request, "protect/form.html", {**context, "breadcrumbs": [Crumb(heading)]})


def _card(request: SignedInRequest, case: Any, code: str, language: str) -> HttpResponse:
    groups = grouped(code)
    with translation.override(language):
        address = request.build_absolute_uri(reverse("protect:own", args=[language]))
        card = {"groups": groups, "address": address, "language": language, "bidi": translation.get_language_bidi()}
        card["line"] = _("Open this page, then type the number and your PIN.")
        card["heading"] = _("My page")
        spoken = [" ".join(digit_words(group)) for group in groups]
    context = {"card": card, "spoken": spoken, "case": case, "breadcrumbs": people_crumbs(case, _("Code"))}
    return render(request, "protect/own_card.html", context)


def _back(request: SignedInRequest, pk: Any) -> str:
    if access.allowed(request.user, "protect.give_own_view"):
        return reverse(SECTION, args=[pk])
    return reverse("protect:own_requests")
