"""Pages of identification procedures: asking the authority, deciding, second reading, appeal."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import RefusalError
from mainstay.core.once import sent_once
from mainstay.protect import forms, queries
from mainstay.protect.models import Procedure
from mainstay.protect.models.procedures import STATES
from mainstay.protect.rules.identification import OPEN, ProcedureState
from mainstay.protect.services import identification
from mainstay.protect.services.referrals import recipient_of
from mainstay.protect.types import Outcome, SharePurpose
from mainstay.protect.views.person import case_or_404, people_crumbs, today
from mainstay.protect.views.referrals import documents_in, said
from mainstay.ui.paging import CappedPaginator
from mainstay.ui.types import Crumb, Step, StepState

STEPS = {
    forms.DecisionForm: (_lazy("Decide"), _lazy("Propose this decision")),
    forms.SecondReadingForm: (_lazy("Second reading"), _lazy("Keep this reading")),
    forms.AppealForm: (_lazy("Appeal"), _lazy("Record the appeal")),
    forms.TakeBackForm: (_lazy("Take it back"), _lazy("Take it back")),
}
"""What each form is called, and what its button does."""


@access.guarded("protect.refer_for_identification")
@require_http_methods(["GET", "POST"])
@sent_once
def ask_to_decide(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Choose the authority, see what would leave, and ask it to decide."""
    case = case_or_404(request, pk)
    form = forms.AskToDecideForm(request.POST or None, authorities=queries.authorities_for(case))
    plan = None
    if request.method == "POST" and form.is_valid():
        authority = form.cleaned_data["authority"]
        if request.POST.get("go") == "send":
            asked = identification.ask_to_decide(case, authority, actor=request.user, today=today(), now=clock.now())
            return redirect("protect:procedure", pk=asked.pk)
        recipient = recipient_of(authority)
        plan = queries.plan_lines(queries.plan_for(case, recipient, SharePurpose.IDENTIFICATION, today=today()))
    crumbs = people_crumbs(case, _("Decision on identification"))
    return render(
        request, "protect/ask_to_decide.html", {"form": form, "case": case, "plan": plan, "breadcrumbs": crumbs}
    )


@access.guarded("protect.read_procedure")
def procedures(request: SignedInRequest) -> HttpResponse:
    """List procedures, the nearest deadline first."""
    rows = queries.procedures_visible_to(request.user)
    state = request.GET.get("state", "")
    if state in dict(STATES):
        rows = rows.filter(state=state)
    page = CappedPaginator(rows, 50).get_page(request.GET.get("page"))
    lines = [(row, (row.due_date - today()).days) for row in page.object_list]
    context = {"page": page, "lines": lines, "states": STATES, "state": state, "breadcrumbs": [Crumb(_("Decisions"))]}
    return render(request, "protect/procedures.html", context)


@access.guarded("protect.read_procedure")
@require_http_methods(["GET", "POST"])
@sent_once
def procedure(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show a procedure; who may take its next step finds the form for it."""
    row: Procedure = get_object_or_404(queries.procedures_visible_to(request.user), pk=pk)
    sent = _sent_form(request)
    refusal = None
    if sent is not None and sent.is_valid():
        try:
            _take_step(request, row, sent)
        except RefusalError as error:  # a colleague was faster: what was written stays on the page
            refusal = error
            sent.add_error(None, str(error))
            row.refresh_from_db()
        else:
            return redirect("protect:procedure", pk=row.pk)
    form = sent or _next_form(request, row)
    opened = identification.open_procedure(row, actor=request.user, today=today())
    labels = {field.name: field.label for field in row.case.fields_to_share()}
    context = {
        "procedure": row,
        "form": form,
        "step": STEPS[type(form)] if form else None,
        "values": [(labels[n], said(n, v)) for n, v in opened.values.items() if not n.startswith("document:")],
        "documents": documents_in(opened.values) if request.user.agency_id == row.recipient_agency_id else [],
        "a_colleague": row.state in OPEN and form is None,
        "decides": access.allowed(request.user, "protect.decide", row),
        "opened": opened,
        "take_back": _take_back_form(request, row, form),
        "days": (row.due_date - today()).days if row.state in OPEN else None,
        "steps": _steps(row),
        "breadcrumbs": [Crumb(_("Decisions"), reverse("protect:procedures")), Crumb(row.case.reference)],
    }
    return render(request, "protect/procedure.html", context, status=refusal.status if refusal else 200)


def _sent_form(request: SignedInRequest) -> Any:
    """What was written, whatever state the procedure is in by now; whether it may be kept is the service's word."""
    if request.method != "POST":
        return None
    for name, kind in (
        ("agrees", forms.SecondReadingForm),
        ("grounds", forms.AppealForm),
        ("why", forms.TakeBackForm),
    ):
        if name in request.POST:
            return kind(request.POST)
    return forms.SecondReadingForm(request.POST) if "decision" in request.POST else forms.DecisionForm(request.POST)


def _next_form(request: SignedInRequest, row: Procedure) -> Any:
    """The form of the step that comes next, for who may take it."""
    if access.allowed(request.user, "protect.decide", row):
        if row.state not in OPEN or not identification.may_step(row, actor=request.user):
            return None
        if row.state == ProcedureState.WAITING:
            return forms.DecisionForm()
        waiting = identification.proposed(row)
        return forms.SecondReadingForm(initial={"decision": waiting.pk}) if waiting else None
    if access.allowed(request.user, "protect.appeal", row) and row.outcome == Outcome.NOT_IDENTIFIED:
        return forms.AppealForm()
    return None


def _take_back_form(request: SignedInRequest, row: Procedure, shown: Any) -> Any:
    """The form to take a procedure back, for the agency that asked, unless it stands on the page already."""
    may = access.allowed(request.user, "protect.refer_for_identification", row)
    is_shown = isinstance(shown, forms.TakeBackForm)
    return forms.TakeBackForm() if may and row.state in OPEN and row.round == 1 and not is_shown else None


def _take_step(request: SignedInRequest, row: Procedure, form: Any) -> None:
    data, now = form.cleaned_data, clock.now()
    if "outcome" in data:
        identification.propose_decision(row, Outcome(data["outcome"]), data["reasons"], actor=request.user, now=now)
    elif "why" in data:
        identification.take_back(row, data["why"], actor=request.user, now=now)
    elif "agrees" in data:
        identification.read_second(
            row,
            agrees=data["agrees"],
            reasons=data["reasons"],
            decision_id=data["decision"],
            actor=request.user,
            today=today(),
            now=now,
        )
    else:
        identification.appeal(row, data["grounds"], actor=request.user, today=today(), now=now)


def _steps(row: Procedure) -> list[Step]:
    state = ProcedureState(row.state)
    if state is ProcedureState.WITHDRAWN and row.withdrawn_at is not None:
        return [
            Step(pgettext("procedure", "Asked"), str(date_format(row.referred_at, _("j M"))), StepState.DONE),
            Step(_("Taken back"), str(date_format(row.withdrawn_at, _("j M"))), StepState.CURRENT),
        ]
    done, current, todo = StepState.DONE, StepState.CURRENT, StepState.TODO
    place = [ProcedureState.WAITING, ProcedureState.PROPOSED, ProcedureState.DECIDED].index(state)
    words = [_("Appeal") if row.round > 1 else pgettext("procedure", "Asked"), _("Proposed"), _("Decided")]
    details = [date_format(row.referred_at, _("j M")), "", row.get_outcome_display()]
    marks = [done if at < place else current if at == place else todo for at in range(3)]
    return [Step(word, str(detail), mark) for word, detail, mark in zip(words, details, marks, strict=True)]
