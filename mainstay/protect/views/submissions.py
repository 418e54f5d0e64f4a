"""Pages of submissions: drafting one, reading and printing it, who confirmed it, when it was sent."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import RefusalError
from mainstay.core.once import sent_once
from mainstay.core.vocabularies import country_name
from mainstay.protect.forms.guard import FACT_WORDS, said_offence
from mainstay.protect.forms.measures import ConfirmForm, SentForm, SubmissionForm
from mainstay.protect.models import Measure, Submission
from mainstay.protect.models.measures import MEASURE_KINDS
from mainstay.protect.queries import measures as queries
from mainstay.protect.rules.grounds import Fact
from mainstay.protect.services import submissions as service
from mainstay.protect.views.findings import Group, as_text, kept_groups
from mainstay.protect.views.person import today
from mainstay.protect.views.referrals import said
from mainstay.ui.types import Crumb

CITED = ("applies", "may_apply", "warns", "not_yet", "supports")
"""What a submission shows; grounds that do not apply are left out of it."""


@access.guarded("protect.record_measure")
@require_http_methods(["GET", "POST"])
@sent_once
def draft(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Draft a new version."""
    measure = _measure_or_404(request, pk)
    rows = {str(row.pk): row for row in queries.contacts_of(measure.case)}
    choices = [
        (key, f"{row.get_role_display()}: {row.agency.name if row.agency else _('outside this node')}")
        for key, row in rows.items()
    ]
    form = SubmissionForm(request.POST or None, contacts=choices)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = service.draft_submission(
                measure, rows[data["contact"]], data["words"], actor=request.user, today=today(), now=clock.now()
            )
            return redirect("protect:submission", pk=measure.pk, version=made.version)
        except RefusalError as error:
            form.add_error(None, str(error))
            status = error.status
    words = {
        "heading": _("Draft a submission"),
        "button": _("Draft it"),
        "note": _(
            "It names the grounds with their tests and limits, and what is not known. "
            "It stays a draft until a lawyer confirms it."
        ),
    }
    context = {"form": form, **words, "breadcrumbs": _crumbs(measure, words["heading"])}
    return render(request, "protect/form.html", context, status=status)


@access.guarded("protect.record_measure")
def submission(request: SignedInRequest, pk: Any, version: int) -> HttpResponse:
    """Show a version, to read and to print."""
    row = _version_or_404(request, pk, version)
    document = service.open_submission(row, actor=request.user, today=today())
    context = {
        "row": row,
        "measure": row.measure,
        "document": document,
        "facts": _facts(document),
        "known": _known(document),
        "values": _values(document),
        "groups": _cited(document),
        "breadcrumbs": _crumbs(row.measure, _("Submission")),
    }
    return render(request, "protect/submission.html", context)


@access.guarded("protect.record_measure")
def text(request: SignedInRequest, pk: Any, version: int) -> HttpResponse:
    """Hand a version out as plain text; neither its name nor its address tells whose it is."""
    row = _version_or_404(request, pk, version)
    document = service.open_submission(row, actor=request.user, today=today())
    name = f"submission-{row.version}.txt"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(_as_text(row, document), content_type="text/plain; charset=utf-8", headers=headers)


@access.guarded("protect.record_measure")
@require_http_methods(["GET", "POST"])
def confirm(request: SignedInRequest, pk: Any, version: int) -> HttpResponse:
    """Record which lawyer confirmed a version."""
    row = _version_or_404(request, pk, version)
    form = ConfirmForm(request.POST or None, initial={"day": today()})

    def keep() -> None:
        data = form.cleaned_data
        service.confirm_submission(row, data["by"], actor=request.user, day=data["day"], today=today())

    return _keep(request, row, form, keep, _("A lawyer confirmed it"), _("From then on it is no draft."))


@access.guarded("protect.record_measure")
@require_http_methods(["GET", "POST"])
@sent_once
def sent(request: SignedInRequest, pk: Any, version: int) -> HttpResponse:
    """Record that a version was sent."""
    row = _version_or_404(request, pk, version)
    form = SentForm(request.POST or None, initial={"day": today()})

    def keep() -> None:
        service.send_submission(row, actor=request.user, day=form.cleaned_data["day"], today=today(), now=clock.now())

    return _keep(request, row, form, keep, _("It was sent"), _("The measure waits for its answer from then on."))


def _keep(request: SignedInRequest, row: Submission, form: Any, keep: Any, heading: str, note: str) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            keep()
            return redirect("protect:measure", pk=row.measure_id)
        except RefusalError as error:
            form.add_error(None, str(error))
            status = error.status
    context = {"form": form, "heading": heading, "button": _("Record this"), "note": note}
    return render(
        request, "protect/form.html", {**context, "breadcrumbs": _crumbs(row.measure, heading)}, status=status
    )


def _measure_or_404(request: SignedInRequest, pk: Any) -> Measure:
    rows = queries.measures_visible_to(request.user).select_related("case__agency")
    row: Measure = get_object_or_404(rows, pk=pk)
    return row


def _version_or_404(request: SignedInRequest, pk: Any, version: int) -> Submission:
    measure = _measure_or_404(request, pk)
    row: Submission = get_object_or_404(measure.submissions.select_related("measure__case", "case"), version=version)
    return row


def _crumbs(row: Measure, here: str) -> list[Crumb]:
    return [
        Crumb(_("Non-punishment"), reverse("protect:measures")),
        Crumb(row.case.reference, reverse("protect:measure", args=[row.pk])),
        Crumb(here),
    ]


def _day(text: str) -> str:
    return date_format(date.fromisoformat(text), "j F Y") if text else ""


def _facts(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what the measure is, line by line."""
    measure = document["measure"]
    lines = [
        (_("Measure"), str(dict(MEASURE_KINDS)[measure["kind"]])),
        (_("Taken on"), _day(measure["taken_on"])),
        (_("Country"), country_name(measure["country"], get_language())),
        (_("Authority"), document["authority"]),
        (_("About"), ", ".join(said_offence(one) for one in measure["offences"])),
        (_("When it happened"), _day(measure["act_on"])),
        (_("Held against the person"), document["held"]),
    ]
    return [(label, value) for label, value in lines if value]


def _known(document: dict[str, Any]) -> list[str]:
    return [str(FACT_WORDS[Fact(fact)][1 if value else 2]) for fact, value in document["known"].items()]


def _values(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(document["labels"].get(name, name), said(name, value)) for name, value in document["values"].items()]


def _cited(document: dict[str, Any]) -> list[Group]:
    return [group for group in kept_groups(document) if group.code in CITED]


def _as_text(row: Submission, document: dict[str, Any]) -> str:
    draft_line = _("Confirmed by %(name)s on %(day)s.") if row.confirmed_on else _("DRAFT: not confirmed by a lawyer.")
    if row.confirmed_on:
        draft_line %= {"name": document["confirmed_by"], "day": date_format(row.confirmed_on, "j F Y")}
    lines = [_("Submission: the person should not be punished for what they were compelled to do"), draft_line, ""]
    lines += [_("The person is a (presumed) victim of trafficking."), ""]
    lines += [f"{label}: {value}" for label, value in _facts(document)]
    lines += ["", _("What is known"), *_known(document), ""]
    lines += [f"{label}: {value}" for label, value in _values(document)]
    lines += [f"{label}: {_('withheld')}, {why}" for label, why in document["withheld"]]
    for group in _cited(document):
        lines += ["", str(group.words).upper(), ""]
        for line in group.lines:
            lines += as_text(line)
    return "\n".join([*lines, document["words"], ""])
