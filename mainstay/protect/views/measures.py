"""Pages of measures against a person: in their file, the list, one measure, what became of it; who stands by them."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.accounts import queries as accounts
from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import RefusalError
from mainstay.core.once import sent_once
from mainstay.core.vocabularies import country_name
from mainstay.protect.forms.guard import FACT_WORDS, said_offence
from mainstay.protect.forms.measures import (
    ASKED_FIRST,
    ContactForm,
    FactsForm,
    MeasureForm,
    StepForm,
    known_values,
)
from mainstay.protect.models import Measure
from mainstay.protect.models.measures import CONTACT_ROLES, MEASURE_KINDS, MEASURE_STATES
from mainstay.protect.queries import measures as queries
from mainstay.protect.rules.grounds import Fact
from mainstay.protect.rules.measures import TAKEN_BACK, MeasureState, may_follow
from mainstay.protect.services import contacts, submissions
from mainstay.protect.services import measures as service
from mainstay.protect.views.findings import groups
from mainstay.protect.views.person import case_or_404, people_crumbs, person_page, today
from mainstay.ui.paging import CappedPaginator
from mainstay.ui.types import Crumb, Step, StepState


@access.guarded("protect.read_case")
@require_http_methods(["GET", "POST"])
def of_person(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show measures against a person and who stands by them; a post opens names and ways, and is noted."""
    case = case_or_404(request, pk)
    roles = dict(CONTACT_ROLES)
    opened = contacts.open_contacts(case, actor=request.user) if request.method == "POST" else None
    context = {
        "measures": [(row, ", ".join(said_offence(one) for one in row.offences)) for row in case.measures.all()],
        "contacts": opened if opened is not None else [{"contact": row} for row in queries.contacts_of(case)],
        "opened": opened is not None,
        "lacking": [roles[role] for role in queries.lacking_roles(case)],
    }
    return person_page(request, "protect/measures_of.html", case, "protect:measures_of", context)


@access.guarded("protect.record_measure")
@require_http_methods(["GET", "POST"])
@sent_once
def new(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Record a measure against a person."""
    case = case_or_404(request, pk)
    country = case.agency.country or settings.CONFIG.country
    child = {"0-17": "yes"}.get(case.age_group, "unknown")
    initial = {"taken_on": today(), "country": country, Fact.CHILD_AT_ACT.value: child}
    form = MeasureForm(request.POST or None, own=country, initial=initial)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        names = ("taken_on", "country", "part", "act_on", "exploited_from", "exploited_until", "authority", "words")
        draft = service.MeasureDraft(
            kind=form.kind_value(),
            offences=form.offence_values(),
            facts=known_values(data, ASKED_FIRST),
            **{name: data[name] for name in names},
        )
        try:
            made = service.record_measure(case, draft, actor=request.user, today=today(), now=clock.now())
            return redirect("protect:measure", pk=made.pk)
        except RefusalError as error:
            form.add_error(None, str(error))
            status = error.status
    words = {
        "heading": _("Record a measure against the person"),
        "button": _("Record it, and tell who stands by them"),
        "note": _(
            "Counsel and the contact at the prosecution are told that there is something, and see what consent allows."
        ),
    }
    context = {"form": form, **words, "breadcrumbs": people_crumbs(case, words["heading"])}
    return render(request, "protect/form.html", context, status=status)


@access.guarded("protect.read_measure")
def listed(request: SignedInRequest) -> HttpResponse:
    """List measures, the newest first."""
    rows = queries.measures_visible_to(request.user)
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    if state in dict(MEASURE_STATES):
        rows = rows.filter(state=state)
    if kind in dict(MEASURE_KINDS):
        rows = rows.filter(kind=kind)
    page = CappedPaginator(rows, 50).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": [(row, ", ".join(said_offence(one) for one in row.offences)) for row in page.object_list],
        "states": MEASURE_STATES,
        "state": state,
        "kinds": MEASURE_KINDS,
        "kind": kind,
    }
    return render(request, "protect/measures.html", context)


@access.guarded("protect.read_measure")
def measure(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show a measure, what the guard says of it, and how far it got; who follows it sees the sealed words too."""
    row = _measure_or_404(request, pk)
    follows = access.allowed(request.user, "protect.record_measure", row)
    opened = service.open_measure(row, actor=request.user) if follows else None
    notices = list(row.notices.select_related("contact__agency"))
    mailed = accounts.mail_states([contacts.note_name(one) for one in notices])
    context = {
        "measure": row,
        "follows": follows,
        "opened": opened,
        "steps": _steps(row),
        "groups": groups(queries.findings_of(row, today())),
        "offences": ", ".join(said_offence(one) for one in row.offences),
        "country": country_name(row.country, get_language()),
        "known": _known(row),
        "notices": [(one, mailed.get(contacts.note_name(one))) for one in notices],
        "node_mails": bool(settings.CONFIG.email_url),
        "lacking": [dict(CONTACT_ROLES)[role] for role in queries.lacking_roles(row.case)],
        "submissions": [(one, submissions.is_stale(one, today())) for one in row.submissions.all()] if follows else [],
        "is_taken_back": row.state in TAKEN_BACK,
        "may_follow": bool(may_follow(MeasureState(row.state))),
        "breadcrumbs": [Crumb(_("Non-punishment"), reverse("protect:measures")), Crumb(row.case.reference)],
    }
    return render(request, "protect/measure.html", context)


@access.guarded("protect.record_measure")
@require_http_methods(["GET", "POST"])
def facts(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Write down what is known by now: only what could still change an answer is asked."""
    row = _measure_or_404(request, pk)
    asked = queries.facts_to_ask(row, today())
    said = {True: "yes", False: "no"}
    known = queries.measure_facts(row).known
    initial = {fact.value: said[known[fact]] if fact in known else "unknown" for fact in asked}
    form = FactsForm(
        request.POST or None,
        facts=asked,
        country=row.country,
        initial={**initial, "act_on": row.act_on, "part": row.part},
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        service.change_facts(
            row,
            known_values(data, asked),
            part=data.get("part", row.part),
            act_on=data["act_on"],
            actor=request.user,
            now=clock.now(),
        )
        return redirect("protect:measure", pk=row.pk)
    words = {
        "heading": _("What is known"),
        "button": _("Keep these answers"),
        "note": _(
            "Choose “Not known” where you are not sure: the guard then says what is missing, and claims nothing."
        ),
    }
    context = {"form": form, **words, "breadcrumbs": _crumbs(row, words["heading"])}
    return render(request, "protect/form.html", context, status=422 if request.method == "POST" else 200)


@access.guarded("protect.record_measure")
@require_http_methods(["GET", "POST"])
@sent_once
def step(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Record what became of a measure."""
    row = _measure_or_404(request, pk)
    form = StepForm(request.POST or None, state=MeasureState(row.state), initial={"day": today()})
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        draft = service.StepDraft(MeasureState(data["state"]), data["day"], data["note"], data["look_again_on"])
        try:
            service.take_step(row, draft, actor=request.user, today=today(), now=clock.now())
            return redirect("protect:measure", pk=row.pk)
        except RefusalError as error:
            form.add_error(None, str(error))
            status = error.status
    heading = _("What became of it")
    context = {"form": form, "heading": heading, "button": _("Record this"), "breadcrumbs": _crumbs(row, heading)}
    return render(request, "protect/form.html", context, status=status)


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
@sent_once
def add_contact(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Add who stands by the person."""
    case = case_or_404(request, pk)
    agencies = accounts.agencies_visible_to(request.user).exclude(pk=case.agency_id)
    form = ContactForm(request.POST or None, agencies=agencies)
    if request.method == "POST" and form.is_valid():
        draft = contacts.ContactDraft(**form.cleaned_data)
        contacts.add_contact(case, draft, actor=request.user, today=today(), now=clock.now())
        return redirect("protect:measures_of", pk=case.pk)
    words = {
        "heading": _("Who stands by the person"),
        "button": _("Add this contact"),
        "note": _(
            "Counsel and the contact at the prosecution are told of measures. What they see of them, "
            "the person's consent decides."
        ),
    }
    context = {"form": form, **words, "breadcrumbs": people_crumbs(case, words["heading"])}
    return render(request, "protect/form.html", context, status=422 if request.method == "POST" else 200)


@access.guarded("protect.change_case")
@require_POST
def end_contact(request: SignedInRequest, pk: Any, contact_pk: Any) -> HttpResponse:
    """End a contact."""
    case = case_or_404(request, pk)
    contact = get_object_or_404(case.contacts, pk=contact_pk)
    contacts.end_contact(contact, actor=request.user, now=clock.now())
    return redirect("protect:measures_of", pk=case.pk)


def _measure_or_404(request: SignedInRequest, pk: Any) -> Measure:
    row: Measure = get_object_or_404(queries.measures_visible_to(request.user).select_related("case__agency"), pk=pk)
    return row


def _crumbs(row: Measure, here: str) -> list[Crumb]:
    return [
        Crumb(_("Non-punishment"), reverse("protect:measures")),
        Crumb(row.case.reference, reverse("protect:measure", args=[row.pk])),
        Crumb(here),
    ]


def _known(row: Measure) -> list[str]:
    known = queries.measure_facts(row).known
    return [str(FACT_WORDS[fact][1 if value else 2]) for fact, value in known.items()]


def _steps(row: Measure) -> list[Step]:
    order = [MeasureState.RECORDED, MeasureState.SUBMITTED, MeasureState.ANSWERED]
    ended = MeasureState(row.state) not in order
    labels = dict(MEASURE_STATES)
    at = len(order) if ended else order.index(MeasureState(row.state))
    marks = [StepState.DONE if n < at else StepState.CURRENT if n == at else StepState.TODO for n in range(3)]
    last = labels[row.state] if ended else _("Dropped")
    ending = StepState.CURRENT if ended else StepState.TODO
    first = date_format(row.taken_on, _("j M"))
    details = [first, "", ""]
    steps = [
        Step(str(labels[one.value]), detail, mark) for one, detail, mark in zip(order, details, marks, strict=True)
    ]
    return [*steps, Step(str(last), "", ending)]
