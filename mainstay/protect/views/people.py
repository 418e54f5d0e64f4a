"""Pages of people: a case from opening to erasing."""

from datetime import date
from typing import Any

from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.accounts import queries as accounts
from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.access import Role
from mainstay.core.errors import RefusalError
from mainstay.core.once import done, sent_once
from mainstay.protect import forms, queries
from mainstay.protect.errors import EditConflictError
from mainstay.protect.models import SEALED_FIELDS, Case, Deadline, ProtectedAddress, Referral, Status, WhyErased
from mainstay.protect.models.safety import LEVEL_WORDS
from mainstay.protect.queries.lists import standing_flags
from mainstay.protect.queries.measures import open_measures_of
from mainstay.protect.rules.safety import Level
from mainstay.protect.services import cases, erasure
from mainstay.protect.views.conflict import conflict_page, resolve
from mainstay.protect.views.consents import plans_shown
from mainstay.protect.views.person import case_or_404, people_crumbs, person_page, today
from mainstay.protect.views.safety import contact_shown
from mainstay.ui.types import Step, StepState


@access.guarded("protect.open_case")
@require_http_methods(["GET", "POST"])
@sent_once
def new(request: SignedInRequest) -> HttpResponse:
    """Open a case by hand."""
    agencies = accounts.agencies_with(Role.CASE_MANAGER)
    initial = {"identified_date": today(), "agency": request.user.agency_id}
    form = forms.NewCaseForm(request.POST or None, initial=initial, agencies=agencies)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        draft = cases.CaseDraft(
            identified_date=data["identified_date"],
            sex=data["sex"],
            age_group=data["age_group"],
            forms=tuple(data["forms"]),
            sealed={name: data[name] for name in ("name", "phone") if data[name]},
        )
        case = cases.open_case(draft, agency=data["agency"], actor=request.user, now=clock.now())
        return after_opening(request, case)
    return render(
        request,
        "protect/form.html",
        {
            "form": form,
            "heading": _("Open a case"),
            "button": _("Open the case"),
            "breadcrumbs": people_crumbs(here=_("Open a case")),
        },
    )


@access.guarded("protect.open_case")
@require_POST
@sent_once
def from_screening(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Open a case for whom a screening presumes a victim."""
    agency = request.user.agency
    if not access.allowed(request.user, "protect.read_case"):
        form = forms.ProtectingAgencyForm(
            request.POST if "agency" in request.POST else None, agencies=accounts.agencies_with(Role.CASE_MANAGER)
        )
        if not form.is_valid():
            return render(
                request,
                "protect/form.html",
                {
                    "form": form,
                    "heading": _("Open a case"),
                    "button": _("Open the case"),
                    "note": _(
                        "The person is a presumed victim from this minute. A case manager there takes it from here."
                    ),
                },
            )
        agency = form.cleaned_data["agency"]
    case = cases.open_case_from_screening(pk, agency=agency, actor=request.user, today=today(), now=clock.now())
    return after_opening(request, case)


@access.guarded("protect.open_case")
@require_POST
@sent_once
def from_tip(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Open a case for a person of whom a tip tells."""
    case = cases.open_case_from_tip(pk, actor=request.user, today=today(), now=clock.now())
    return after_opening(request, case)


@access.guarded("protect.answer_referral")
@require_POST
@sent_once
def from_referral(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Open a case for somebody who was referred to this agency, with what consent lets it read."""
    row: Referral = get_object_or_404(queries.referrals_to(request.user), pk=pk)
    case = cases.open_case_from_referral(row, actor=request.user, today=today(), now=clock.now())
    return after_opening(request, case)


@access.guarded("protect.erase")
@require_http_methods(["GET", "POST"])
@sent_once
def erase_interview(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Erase an interview of a person who has no case."""
    form = forms.EraseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        erasure.erase_interview(pk, actor=request.user, now=clock.now())
        return redirect("identify:list")
    note = _(
        "Its key is destroyed: it opens no more, here or in a copy of the database. "
        "Level and coded facts stay, for figures."
    )
    context = {"form": form, "heading": _("Erase this interview"), "button": _("Erase for good"), "danger": True}
    return render(request, "protect/form.html", {**context, "note": note})


def after_opening(request: SignedInRequest, case: Case) -> HttpResponse:
    """Lead to the case, or tell a screener that somebody else takes it from here."""
    if access.allowed(request.user, "protect.read_case", case):
        return redirect("protect:case", pk=case.pk)
    return done(render(request, "protect/handed_over.html", {"case": case}))


@access.guarded("protect.read_case")
@require_http_methods(["GET", "POST"])
def case(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show a person's case; a post opens the sealed identity, and is noted."""
    row = case_or_404(request, pk)
    cases.note_read(row, actor=request.user)
    identity = cases.read_identity(row, actor=request.user) if request.method == "POST" else None
    row.look_once()
    days = list(row.deadlines.all())
    context = {
        "identity": [(name, label, identity[name]) for name, label, _c in SEALED_FIELDS] if identity else None,
        "contact": contact_shown(row),
        "address_apart": hasattr(row, "protected_address"),
        "steps": _steps(row, days, today()),
        "deadlines": [(d, d.days_left(today())) for d in days if d.done_at is None],
        "risk": _risk(row),
        "flags": list(standing_flags(today(), row)),
        "measures": open_measures_of(row),
        "needs": row.needs.prefetch_related(Prefetch("referrals", row.referrals.select_related("recipient_agency"))),
        "plans": plans_shown(row),
        "readers": queries.readers(row),
        "procedures": row.procedures.select_related("recipient_agency"),
        "may_ask": queries.may_ask_to_decide(row, request.user),
    }
    return person_page(request, "protect/case.html", row, "protect:case", context)


def _risk(case: Case) -> dict[str, Any]:
    """The level of the latest assessment of risk to the person; never asked is "not known", which is never safe."""
    latest = case.risk_assessments.first()
    level = Level(latest.overall) if latest else Level.UNKNOWN
    again = latest.ask_again_date if latest else None
    return {"words": LEVEL_WORDS[level], "is_high": level is Level.HIGH, "ask_again_date": again}


@access.guarded("protect.read_identity")
@require_http_methods(["GET", "POST"])
def identity(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Write the sealed fields; opening them to write is a read, and is noted."""
    row = case_or_404(request, pk)
    apart = ProtectedAddress.objects.filter(case=row).exists()
    if "conflict" in request.POST:
        return resolve(request, row)
    if request.method == "POST":
        form = forms.IdentityForm(request.POST, address_apart=apart)
        if form.is_valid():
            changes = {name: value for name, value in form.cleaned_data.items() if name != "version"}
            try:
                cases.change_case(row, changes, version=form.cleaned_data["version"], actor=request.user)
            except EditConflictError as error:
                return conflict_page(request, row, error)
            return redirect("protect:case", pk=row.pk)
    else:
        known = {**cases.read_identity(row, actor=request.user), "version": row.version}
        form = forms.IdentityForm(initial=known, address_apart=apart)
    return render(
        request,
        "protect/form.html",
        {
            "form": form,
            "heading": _("Who they are"),
            "button": _("Seal and save"),
            "contact": contact_shown(row),
            "breadcrumbs": people_crumbs(row, _("Who they are")),
        },
    )


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
@sent_once
def need(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Record one thing a person needs."""
    row = case_or_404(request, pk)
    form = forms.NeedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        cases.add_need(row, form.cleaned_data["kind"], form.cleaned_data["note"], actor=request.user, now=clock.now())
        return redirect("protect:case", pk=row.pk)
    return render(
        request,
        "protect/form.html",
        {
            "form": form,
            "heading": _("What do they need?"),
            "button": _("Record this need"),
            "breadcrumbs": people_crumbs(row, _("Needs")),
        },
    )


@access.guarded("protect.change_case")
@require_POST
def meet_need(request: SignedInRequest, pk: Any, need_pk: Any) -> HttpResponse:
    """Say that a need is met, or that it is not after all."""
    row = case_or_404(request, pk)
    need = get_object_or_404(row.needs, pk=need_pk)
    cases.meet_need(need, met=request.POST.get("met") == "yes", actor=request.user, now=clock.now())
    return redirect("protect:case", pk=row.pk)


@access.guarded("protect.erase")
@require_http_methods(["GET", "POST"])
@sent_once
def erase(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Erase a person."""
    row = case_or_404(request, pk)
    form = forms.ErasePersonForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            erasure.erase(row, actor=request.user, now=clock.now(), why=WhyErased(form.cleaned_data["why"]))
            return redirect("protect:certificates")
        except RefusalError as error:
            form.add_error(None, str(error))
            status = error.status
    return render(
        request,
        "protect/form.html",
        {
            "form": form,
            "heading": _("Erase this person"),
            "button": _("Erase for good"),
            "danger": True,
            "note": _(
                "Their key is destroyed: what it sealed opens no more, here or in a copy of the database. "
                "Only an older copy of the key store could still open it. "
                "Tips that told of them, and interviews that a colleague only says are of the same person, "
                "have keys of their own: erase them on their pages. "
                "Sex, age group and form of exploitation stay, for figures."
            ),
            "breadcrumbs": people_crumbs(row, _("Erase")),
        },
        status=status,
    )


def _steps(case: Case, days: list[Deadline], day: date) -> list[Step]:
    period = next((row for row in days if row.kind == "reflection_period"), None)
    passed = (day - case.identified_date).days + 1
    length = (period.due_date - case.identified_date).days if period else 0
    protected = _("day %(day)s of %(length)s") % {"day": min(passed, length), "length": length}
    decided = case.status in {Status.IDENTIFIED, Status.NOT_IDENTIFIED}
    closed = case.status == Status.CLOSED
    done, current, todo = StepState.DONE, StepState.CURRENT, StepState.TODO
    return [
        Step(_("Presumed victim"), date_format(case.identified_date, _("j M")), done),
        Step(_("Protected"), protected, done if decided or closed else current),
        Step(
            _("Decision"),
            case.get_status_display() if decided else "",
            done if closed else current if decided else todo,
        ),
        Step(_("Closed"), "", current if closed else todo),
    ]
