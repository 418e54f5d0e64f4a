"""Pages of assistance in a person's file: needs, assessment, plan, tasks, conferences, hand-over."""

from collections.abc import Callable
from typing import Any

from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.accounts import queries as accounts
from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import RefusalError
from mainstay.core.once import sent_once
from mainstay.protect.forms.assistance import (
    AssessmentForm,
    ConferenceForm,
    GoalForm,
    HandOverForm,
    PlanForm,
    SituationForm,
    StepForm,
    TaskForm,
)
from mainstay.protect.forms.words import (
    CONDITION_WORDS,
    DAY_OF_TYPE_WORDS,
    DOMAIN_WORDS,
    FINDING_WORDS,
    MET_WORDS,
    PURPOSE_OF_TYPE,
    URGENCY_WORDS,
    document_words,
    source_words,
)
from mainstay.protect.models import SERVICE_KINDS, Case, GoalState, Referral, StepState
from mainstay.protect.queries.referrals import received
from mainstay.protect.rules.assistance import TYPES, Facts, days_of, eligibility, may_have
from mainstay.protect.rules.needs import DOMAINS, compare
from mainstay.protect.rules.plans import progress
from mainstay.protect.services import cases, matching, plans, teamwork, transfers
from mainstay.protect.views.person import case_or_404, people_crumbs, person_page, today

SECTION = "protect:assistance"
OPEN_FIRST = F("done_at").asc(nulls_first=True)  # databases do not agree on where nothing stands


@access.guarded("protect.read_case")
@require_http_methods(["GET", "POST"])
def assistance(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show what is done for a person; a post opens the words of it, and is noted."""
    case = case_or_404(request, pk)
    cases.note_read(case, actor=request.user)
    words: dict[Any, Any] = {}
    if request.method == "POST":
        words = {**plans.open_plan(case, actor=request.user), **teamwork.open_team_notes(case, actor=request.user)}
        newest = case.assessments.first()
        if newest is not None:
            words[newest.pk] = plans.open_assessment(newest, actor=request.user)
        for referral in case.referrals.exclude(answered_at=None):
            words[referral.pk] = transfers.open_answer(referral, actor=request.user)
        for transfer in case.transfers.exclude(answered_at=None):
            words[transfer.pk] = transfers.open_answer(transfer, actor=request.user)
    return person_page(request, "protect/assistance.html", case, SECTION, _overview(case, words))


@access.guarded("protect.read_case")
@require_http_methods(["GET"])
def eligible(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show for each kind of service whether the person may have it, what to bring, which days matter."""
    case = case_or_404(request, pk)
    cases.note_read(case, actor=request.user)
    facts = _facts(case)
    kinds = []
    for one in TYPES:
        findings = eligibility(one, facts)
        kinds.append(
            {
                "label": dict(SERVICE_KINDS)[one.code],
                "purpose": PURPOSE_OF_TYPE[one.code],
                "met": may_have(findings),
                "findings": [
                    (CONDITION_WORDS[f.code], f.met, MET_WORDS[f.met], FINDING_WORDS[f.reason], source_words(f.source))
                    for f in findings
                ],
                "documents": document_words(one.documents),
                "days": [(DAY_OF_TYPE_WORDS[d.code], d.on, source_words(d.source)) for d in days_of(one, facts)],
                "sources": [source_words(source) for source in one.sources],
            }
        )
    return person_page(request, "protect/eligible.html", case, SECTION, {"kinds": kinds})


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
def situation(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Note what decides who may have which service; opening what is sealed of it is noted."""
    case = case_or_404(request, pk)
    initial: dict[str, Any] = {}
    if request.method == "GET" and hasattr(case, "situation"):
        around = plans.read_situation(case, actor=request.user)
        initial = {**case.situation.answers, "languages": around.languages}
        if around.place:
            initial |= {"latitude": around.place.latitude, "longitude": around.place.longitude}

    def keep(data: dict[str, Any], form: Any) -> None:
        plans.note_situation(
            case,
            form.answers,
            languages=data["languages"],
            latitude=data["latitude"],
            longitude=data["longitude"],
            actor=request.user,
            now=clock.now(),
        )

    form = SituationForm(request.POST or None, initial=initial)
    heading = _("What is known about their situation")
    note = _("The answers decide which services they may have. “Not known” is an answer too.")
    return _form_page(request, case, form, heading, _("Save the answers"), keep, note=note)


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
@sent_once
def assess(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Assess what a person needs, beside the assessment before."""
    case = case_or_404(request, pk)
    before = case.assessments.first()
    initial = {"assessed_on": today(), **(before.urgencies if before else {})}
    form = AssessmentForm(request.POST or None, initial=initial)

    def keep(data: dict[str, Any], _form: Any) -> None:
        plans.assess(
            case,
            {domain: data[domain] for domain in DOMAINS},
            {domain: data[f"note_{domain}"] for domain in DOMAINS},
            assessed_on=data["assessed_on"],
            actor=request.user,
            today=today(),
            now=clock.now(),
        )

    heading = _("Assess what they need")
    template, pairs = "protect/assess.html", form.pairs()
    button = _("Save the assessment")
    return _form_page(request, case, form, heading, button, keep, template=template, before=before, pairs=pairs)


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
@sent_once
def agree(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Say when the plan was agreed with the person, and when it is looked at again."""
    case = case_or_404(request, pk)
    plan = getattr(case, "plan", None)
    initial = {"agreed_on": plan.agreed_on, "review_on": plan.review_on} if plan else {}
    form = PlanForm(request.POST or None, initial=initial)

    def keep(data: dict[str, Any], _form: Any) -> None:
        plans.agree_plan(
            case, agreed_on=data["agreed_on"], review_on=data["review_on"], actor=request.user, today=today()
        )

    note = _("A plan is the person's own: read it to them, and change what they do not want.")
    return _form_page(request, case, form, _("Agree the plan"), _("Save these days"), keep, note=note)


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
@sent_once
def goal(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Add a goal to the plan."""
    case = case_or_404(request, pk)
    form = GoalForm(request.POST or None, needs=case.needs.filter(met_at=None))

    def keep(data: dict[str, Any], _form: Any) -> None:
        plans.add_goal(case, data["text"], data["needs"], actor=request.user, now=clock.now())

    return _form_page(request, case, form, _("Add a goal"), _("Add this goal"), keep)


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
@sent_once
def step(request: SignedInRequest, pk: Any, goal_pk: Any) -> HttpResponse:
    """Add a step towards a goal."""
    case = case_or_404(request, pk)
    row = get_object_or_404(case.goals, pk=goal_pk)
    form = StepForm(request.POST or None, colleagues=teamwork.colleagues_of(case))

    def keep(data: dict[str, Any], _form: Any) -> None:
        plans.add_step(row, data["text"], who=data["who"], due_date=data["due_date"], actor=request.user)

    return _form_page(request, case, form, _("Add a step"), _("Add this step"), keep)


@access.guarded("protect.change_case")
@require_POST
def move(request: SignedInRequest, pk: Any, row_pk: Any) -> HttpResponse:
    """Say how far a goal or a step got."""
    case = case_or_404(request, pk)
    state = request.POST.get("state", "")
    found = case.goals.filter(pk=row_pk).first()
    row = found or get_object_or_404(case.plan_steps, pk=row_pk)
    if state in (GoalState.values if found else StepState.values):
        plans.move(row, state, actor=request.user)
    return redirect(SECTION, pk=case.pk)


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
@sent_once
def task(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Give a colleague, or oneself, a task."""
    case = case_or_404(request, pk)
    form = TaskForm(
        request.POST or None,
        colleagues=teamwork.colleagues_of(case),
        initial={"owner": request.user, "due_date": today()},
    )

    def keep(data: dict[str, Any], _form: Any) -> None:
        teamwork.add_task(
            case, data["what"], owner=data["owner"], due_date=data["due_date"], actor=request.user, now=clock.now()
        )

    return _form_page(request, case, form, _("Add a task"), _("Add this task"), keep)


@access.guarded("protect.change_case")
@require_POST
def finish_task(request: SignedInRequest, pk: Any, task_pk: Any) -> HttpResponse:
    """Say that a task is done, or not after all."""
    case = case_or_404(request, pk)
    row = get_object_or_404(case.tasks, pk=task_pk)
    teamwork.finish_task(row, done=request.POST.get("done") == "yes", actor=request.user, now=clock.now())
    return redirect(SECTION, pk=case.pk)


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
@sent_once
def conference(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Record a conference, with a task out of it."""
    case = case_or_404(request, pk)
    agencies = accounts.agencies_visible_to(request.user).exclude(pk=case.agency_id)
    form = ConferenceForm(
        request.POST or None,
        agencies=agencies,
        colleagues=teamwork.colleagues_of(case),
        initial={"held_on": today(), "task_owner": request.user},
    )

    def keep(data: dict[str, Any], _form: Any) -> None:
        draft = teamwork.ConferenceDraft(
            data["held_on"], data["who"], data["agreed"], tuple(data["agencies"]), tuple(data["let_read"])
        )
        wanted = None
        if data["task"]:
            wanted = teamwork.TaskDraft(data["task"], data["task_owner"], data["task_due"])
        teamwork.record_conference(case, draft, task=wanted, actor=request.user, today=today(), now=clock.now())

    return _form_page(request, case, form, _("Record a conference"), _("Record this conference"), keep)


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
@sent_once
def hand_over(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Pass a case to a colleague."""
    case = case_or_404(request, pk)
    form = HandOverForm(request.POST or None, colleagues=teamwork.colleagues_of(case).exclude(pk=case.owner_id))

    def keep(data: dict[str, Any], _form: Any) -> None:
        teamwork.hand_over(case, data["to"], data["note"], actor=request.user, now=clock.now())

    note = _("The case and its open tasks are theirs from then on; you still see it, as everybody in your agency.")
    return _form_page(request, case, form, _("Hand over to a colleague"), _("Hand it over"), keep, note=note)


def _form_page(
    request: SignedInRequest,
    case: Case,
    form: Any,
    heading: str,
    button: str,
    keep: Callable[[dict[str, Any], Any], None],
    *,
    template: str = "protect/form.html",
    **extra: Any,
) -> HttpResponse:
    """Show a form; keep what is good, and show a refusal with what was written."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                keep(form.cleaned_data, form)
                return redirect(SECTION, pk=case.pk)
            except RefusalError as error:
                form.add_error(None, f"{error}")
                status = error.status
    context = {"form": form, "heading": heading, "button": button, "case": case, **extra}
    return render(request, template, {**context, "breadcrumbs": people_crumbs(case, heading)}, status=status)


def _overview(case: Case, words: dict[Any, Any]) -> dict[str, Any]:
    assessments = list(case.assessments.select_related("assessed_by")[:2])
    newest = assessments[0] if assessments else None
    before = assessments[1] if len(assessments) > 1 else None
    urgency = dict(URGENCY_WORDS)
    changes = compare(before.urgencies if before else None, newest.urgencies) if newest else []
    notes = words.get(newest.pk, {}) if newest else {}
    goals = case.goals.prefetch_related("needs", "steps__who")
    steps = [step.state for goal in goals for step in goal.steps.all() if goal.state != "dropped"]
    return {
        "opened": bool(words),
        "newest": newest,
        "before": before,
        "levels": [
            (
                DOMAIN_WORDS[c.domain],
                c.now,
                urgency[c.now],
                urgency.get(c.before) if c.before is not None else "",
                c.direction,
                notes.get(c.domain, ""),
            )
            for c in changes
        ],
        "needs": case.needs.filter(met_at=None).prefetch_related("referrals__recipient_agency"),
        "plan": getattr(case, "plan", None),
        "progress": progress(steps),
        "goals": [
            {
                "goal": goal,
                "text": words.get(goal.pk, ""),
                "steps": [(step, words.get(step.pk, "")) for step in goal.steps.all()],
            }
            for goal in goals
        ],
        "step_states": StepState.choices,
        "goal_states": GoalState.choices,
        "tasks": [
            (task, words.get(task.pk, ""), task.days_left(today()))
            for task in case.tasks.select_related("owner").order_by(OPEN_FIRST, "due_date")
        ],
        "conferences": [
            (row, words.get(row.pk, ("", ""))) for row in case.conferences.prefetch_related("parts__recipient_agency")
        ],
        "hand_overs": [(row, words.get(row.pk, "")) for row in case.hand_overs.select_related("giver", "taker")],
        "referrals": _referrals(case, words),
        "transfers": [
            (row, words.get(row.pk, {})) for row in case.transfers.select_related("recipient_agency", "agency")
        ],
        "calculations": case.wage_calculations.select_related("made_by"),
    }


def _referrals(case: Case, words: dict[Any, Any]) -> list[tuple[Referral, Any]]:
    rows = list(case.referrals.select_related("need", "recipient_agency", "service"))
    proofs = received(rows)
    for row in rows:
        row.received_at = proofs.get(row.pk)  # type: ignore[attr-defined]  # for the page alone
    return [(row, words.get(row.pk, {})) for row in rows]


def _facts(case: Case) -> Facts:
    row = getattr(case, "situation", None)
    consents = matching.knows_consent(case, today=today())
    return Facts(case.age_group, case.status, consents, case.identified_date, row.answers if row else {})
