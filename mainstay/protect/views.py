"""Pages of protect: people, their consents, needs and referrals."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.accounts import queries as accounts
from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.access import Role
from mainstay.core.labels import htcds_choices
from mainstay.protect import forms, queries
from mainstay.protect.models import NEED_KINDS, SEALED_FIELDS, Case, Need, Referral, ReferralState, Status
from mainstay.protect.services import cases, consents, referrals
from mainstay.protect.types import Category, Given, SharePlan, SharePurpose
from mainstay.ui.types import Crumb, Step, StepState


def today() -> date:
    """Return the day at the node's place."""
    return clock.today()


def case_or_404(request: SignedInRequest, pk: Any) -> Case:
    """Return a case that the signed-in person reaches."""
    rows = queries.cases_visible_to(request.user).select_related("agency", "owner")
    return get_object_or_404(rows, pk=pk)


def people_crumbs(case: Case | None = None, here: str = "") -> list[Crumb]:
    """Return the way to a page about people."""
    trail = [Crumb(_("People"), reverse("protect:list"))]
    if case is not None:
        trail.append(Crumb(case.reference, reverse("protect:case", args=[case.pk]) if here else ""))
    if here:
        trail.append(Crumb(here))
    return trail


@access.guarded("protect.read_case")
@require_http_methods(["GET", "POST"])
def people(request: SignedInRequest) -> HttpResponse:
    """List people, filtered by status; a name to look for is posted, so that it is in no address."""
    rows = queries.cases_visible_to(request.user)
    form = forms.FindForm(request.POST or None)
    looked_for = form.is_valid()
    if looked_for:
        rows = queries.cases_named(form.cleaned_data["find"], request.user)
    status = request.GET.get("status", "")
    if status in Status.values:
        rows = rows.filter(status=status)
    page = Paginator(rows.select_related("owner"), 50).get_page(request.GET.get("page"))
    context = {"page": page, "statuses": Status.choices[:-1], "status": status, "looked_for": looked_for}
    return render(request, "protect/people.html", context)


@access.guarded("protect.open_case")
@require_http_methods(["GET", "POST"])
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


def after_opening(request: SignedInRequest, case: Case) -> HttpResponse:
    """Lead to the case, or tell a screener that somebody else takes it from here."""
    if access.allowed(request.user, "protect.read_case", case):
        return redirect("protect:case", pk=case.pk)
    return render(request, "protect/handed_over.html", {"case": case})


@access.guarded("protect.read_case")
@require_http_methods(["GET", "POST"])
def case(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show a person's case; a post opens the sealed identity, and is noted."""
    row = case_or_404(request, pk)
    cases.note_read(row, actor=request.user)
    identity = cases.read_identity(row, actor=request.user) if request.method == "POST" else None
    agencies = queries.agencies_by_key()
    context = {
        "case": row,
        "identity": [(label, identity[name]) for name, label, _c in SEALED_FIELDS] if identity else None,
        "steps": _steps(row, today()),
        "deadlines": [(d, d.days_left(today())) for d in row.deadlines.filter(done_at=None)],
        "needs": row.needs.prefetch_related("referrals__recipient_agency"),
        "consents": _consent_lines(row),
        "plans": _plans(row),
        "readers": queries.readers(row),
        "shares": [(s, queries.recipient_label(s.recipient, agencies)) for s in row.shares.all()[:10]],
        "breadcrumbs": people_crumbs(row),
    }
    return render(request, "protect/case.html", context)


@access.guarded("protect.read_identity")
@require_http_methods(["GET", "POST"])
def identity(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Write the sealed fields; opening them to write is a read, and is noted."""
    row = case_or_404(request, pk)
    if request.method == "POST":
        form = forms.IdentityForm(request.POST)
        if form.is_valid():
            changes = {name: value for name, value in form.cleaned_data.items() if name != "version"}
            cases.change_case(row, changes, version=form.cleaned_data["version"], actor=request.user)
            return redirect("protect:case", pk=row.pk)
    else:
        form = forms.IdentityForm(initial={**cases.read_identity(row, actor=request.user), "version": row.version})
    return render(
        request,
        "protect/form.html",
        {
            "form": form,
            "heading": _("Who they are"),
            "button": _("Seal and save"),
            "breadcrumbs": people_crumbs(row, _("Who they are")),
        },
    )


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
def consent(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Record what a person lets leave."""
    row = case_or_404(request, pk)
    form = forms.ConsentForm(
        request.POST or None, recipients=queries.recipients_for(request.user), initial={"given_on": today()}
    )
    if request.method == "POST" and form.is_valid():
        consents.give_consent(row, _consent_draft(form.cleaned_data), actor=request.user, now=clock.now())
        return redirect("protect:case", pk=row.pk)
    return render(
        request,
        "protect/form.html",
        {
            "form": form,
            "heading": _("What may leave, and to whom"),
            "button": _("Record this consent"),
            "note": _("Say in their language what leaves, to whom and why. They can take it back at any time."),
            "breadcrumbs": people_crumbs(row, _("Consent")),
        },
    )


@access.guarded("protect.change_case")
@require_POST
def withdraw(request: SignedInRequest, pk: Any, consent_pk: Any) -> HttpResponse:
    """Take a consent back."""
    row = case_or_404(request, pk)
    given = get_object_or_404(row.consents, pk=consent_pk)
    consents.withdraw_consent(given, actor=request.user, today=today(), now=clock.now())
    return redirect("protect:case", pk=row.pk)


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
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


@access.guarded("protect.share")
@require_http_methods(["GET", "POST"])
def refer(request: SignedInRequest, pk: Any, need_pk: Any) -> HttpResponse:
    """Choose an agency, see what would leave, and send."""
    row = case_or_404(request, pk)
    wanted: Need = get_object_or_404(row.needs, pk=need_pk)
    agencies = accounts.agencies_visible_to(request.user).exclude(pk=row.agency_id)
    form = forms.ReferForm(request.POST or None, agencies=agencies)
    plan = None
    if request.method == "POST" and form.is_valid():
        agency = form.cleaned_data["agency"]
        if request.POST.get("go") == "send":
            referrals.refer(wanted, agency, actor=request.user, today=today(), now=clock.now())
            return redirect("protect:case", pk=row.pk)
        plan = _plan_lines(
            queries.plan_for(row, referrals.recipient_of(agency), SharePurpose.ASSISTANCE, today=today())
        )
    return render(
        request,
        "protect/refer.html",
        {
            "form": form,
            "need": wanted,
            "case": row,
            "plan": plan,
            "breadcrumbs": people_crumbs(row, _("Refer")),
        },
    )


@access.guarded("protect.erase")
@require_http_methods(["GET", "POST"])
def erase(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Erase a person everywhere."""
    row = case_or_404(request, pk)
    form = forms.EraseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        cases.erase(row, actor=request.user, now=clock.now())
        return redirect("protect:list")
    return render(
        request,
        "protect/form.html",
        {
            "form": form,
            "heading": _("Erase this person"),
            "button": _("Erase for good"),
            "danger": True,
            "note": _(
                "Their key is destroyed: no copy and no backup opens again. "
                "Sex, age group and form of exploitation stay, for figures."
            ),
            "breadcrumbs": people_crumbs(row, _("Erase")),
        },
    )


@access.guarded("accounts.agree_receiving")
@require_http_methods(["GET", "POST"])
def receives(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Agree what an agency may ever receive."""
    agency = get_object_or_404(accounts.agencies_visible_to(request.user), pk=pk)
    now = {"limited": "no" if agency.may_receive is None else "yes", "categories": agency.may_receive or []}
    form = forms.ReceivingForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        chosen = [Category(c) for c in form.cleaned_data["categories"]]
        limit = chosen if form.cleaned_data["limited"] == "yes" else None
        referrals.agree_receiving(agency, limit, actor=request.user)
        return redirect("accounts:agencies")
    return render(
        request,
        "protect/form.html",
        {"form": form, "heading": agency.name, "button": _("Keep this agreement")},
    )


@access.guarded("protect.answer_referral")
def referral_list(request: SignedInRequest) -> HttpResponse:
    """List what other agencies sent here."""
    rows = queries.referrals_to(request.user)
    state = request.GET.get("state", "")
    if state in ReferralState.values:
        rows = rows.filter(state=state)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    return render(request, "protect/referrals.html", {"page": page, "states": ReferralState.choices, "state": state})


@access.guarded("protect.answer_referral")
@require_http_methods(["GET", "POST"])
def referral(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show what a referral lets this agency see today, and take its answer."""
    row: Referral = get_object_or_404(queries.referrals_to(request.user), pk=pk)
    form = forms.AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        accepted = form.cleaned_data["accepted"] == "yes"
        referrals.answer_referral(
            row, accepted=accepted, reason=form.cleaned_data["reason"], actor=request.user, now=clock.now()
        )
        return redirect("protect:referrals")
    values = referrals.read_referral(row, actor=request.user, today=today(), now=clock.now())
    labels = {f.name: f.label for f in row.case.fields_to_share()}
    heading = row.need.get_kind_display() if "needs" in values else _("Withheld")
    context = {
        "referral": row,
        "heading": heading,
        "values": [(labels[name], _said(name, value)) for name, value in values.items()],
        "form": form,
        "answered": row.state not in {ReferralState.SENT, ReferralState.SEEN},
        "breadcrumbs": [Crumb(_("Referrals"), reverse("protect:referrals")), Crumb(heading)],
    }
    return render(request, "protect/referral.html", context)


def _said(name: str, value: Any) -> str:
    """Return a shared value in words: needs and forms by their labels, a whole birth date as a date."""
    if name == "needs":
        return ", ".join(str(dict(NEED_KINDS).get(kind, kind)) for kind in value)
    if name == "forms":
        return ", ".join(str(dict(htcds_choices("vic_TypeOfExploitation")).get(f, f)) for f in value)
    try:
        return date_format(date.fromisoformat(value), "j F Y") if name == "birth_date" else str(value)
    except ValueError:
        return str(value)


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One line of a share: the field, whether it leaves, and why."""

    label: str
    shared: bool
    because: str


def _plan_lines(plan: SharePlan) -> list[PlanLine]:
    return [PlanLine(d.field.label, d.shared, queries.explain(d)) for d in plan.decisions]


def _plans(case: Case) -> list[dict[str, Any]]:
    """Return a plan for each recipient and purpose that a consent in force names, what leaves first."""
    return [
        {
            "recipient": recipient,
            "purpose": forms.PURPOSE_WORDS.get(plan.purpose, plan.purpose),
            "shared": len(plan.shared),
            "lines": sorted(_plan_lines(plan), key=lambda line: not line.shared),
        }
        for recipient, plan in queries.plans_of(case, today=today())
    ]


def _consent_lines(case: Case) -> list[dict[str, Any]]:
    agencies = queries.agencies_by_key()
    return [
        {
            "consent": given,
            "recipients": ", ".join(queries.recipient_label(r, agencies) for r in given.recipients),
            "categories": ", ".join(str(forms.CATEGORY_WORDS[Category(c)]) for c in given.categories),
            "purposes": ", ".join(str(forms.PURPOSE_WORDS.get(SharePurpose(p), p)) for p in given.purposes),
            "how": forms.GIVEN_WORDS[Given(given.how)],
        }
        for given in case.consents.all()
    ]


def _consent_draft(data: dict[str, Any]) -> consents.ConsentDraft:
    others = {f"peer:{data['other_node'].strip()}"} if data["other_node"].strip() else set()
    return consents.ConsentDraft(
        categories=frozenset(Category(c) for c in data["categories"]),
        recipients=frozenset(data["recipients"]) | others,
        purposes=frozenset(SharePurpose(p) for p in data["purposes"]),
        given_on=data["given_on"],
        how=Given(data["how"]),
        until=data["until"],
    )


def _steps(case: Case, day: date) -> list[Step]:
    period = case.deadlines.filter(kind="reflection_period").first()
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
