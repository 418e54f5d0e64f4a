"""Pages of referrals."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from mainstay.accounts import queries as accounts
from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import RefusalError
from mainstay.core.labels import htcds_choices
from mainstay.core.once import sent_once
from mainstay.protect import forms, queries
from mainstay.protect.forms.assistance import OutcomeForm
from mainstay.protect.models import NEED_KINDS, PART_FIELDS, Need, Referral, ReferralState
from mainstay.protect.queries import directory
from mainstay.protect.queries.referrals import received
from mainstay.protect.rules.plans import answer_by
from mainstay.protect.services import referrals
from mainstay.protect.types import SharePurpose
from mainstay.protect.views.file_words import barred, birth_words, shared_words
from mainstay.protect.views.person import case_or_404, people_crumbs, today
from mainstay.protect.views.safety import contact_shown
from mainstay.ui.paging import CappedPaginator
from mainstay.ui.types import Crumb


@access.guarded("protect.share")
@require_http_methods(["GET", "POST"])
@sent_once
def refer(request: SignedInRequest, pk: Any, need_pk: Any) -> HttpResponse:
    """Choose an agency, see what would leave, and send."""
    row = case_or_404(request, pk)
    wanted: Need = get_object_or_404(row.needs, pk=need_pk)
    agencies = accounts.agencies_visible_to(request.user).exclude(pk=row.agency_id)
    offered = directory.services_visible_to(request.user).filter(organization__agency__in=agencies)
    key = _as_uuid(request.GET.get("service", ""))
    chosen = offered.filter(pk=key).first() if key else None
    initial: dict[str, Any] = {"answer_by": answer_by(wanted.kind, today())}
    if chosen is not None:
        initial |= {"agency": chosen.organization.agency_id, "service": chosen.pk}
    form = forms.ReferForm(request.POST or None, agencies=agencies, services=offered, initial=initial)
    plan, status = None, 200
    if request.method == "POST" and form.is_valid():
        agency = form.cleaned_data["agency"]
        if request.POST.get("go") == "send":
            try:
                referrals.refer(
                    wanted,
                    agency,
                    service=form.cleaned_data["service"],
                    answer_by=form.cleaned_data["answer_by"],
                    actor=request.user,
                    today=today(),
                    now=clock.now(),
                )
                return redirect("protect:case", pk=row.pk)
            except RefusalError as error:
                form.add_error(None, str(error))
                status = error.status
        plan = queries.plan_lines(
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
        status=status,
    )


@access.guarded("protect.answer_referral")
def referral_list(request: SignedInRequest) -> HttpResponse:
    """List what other agencies sent here."""
    rows = queries.referrals_to(request.user)
    state = request.GET.get("state", "")
    if state in ReferralState.values:
        rows = rows.filter(state=state)
    kinds = queries.kinds_referred_to(request.user)
    kind = request.GET.get("need", "")
    if kind in dict(kinds):  # one that was withdrawn shows no kind, so that no filter tells it either
        rows = rows.filter(need__kind=kind).exclude(state=ReferralState.WITHDRAWN)
    page = CappedPaginator(rows, 50).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "states": ReferralState.choices,
        "state": state,
        "kinds": kinds,
        "kind": kind,
        "may_see_sent": access.allowed(request.user, "protect.read_case"),
    }
    return render(request, "protect/referrals.html", context)


@access.guarded("protect.read_case")
@require_GET
def sent_list(request: SignedInRequest) -> HttpResponse:
    """List what this agency sent to others, narrowed by answer and by what is needed."""
    rows = queries.referrals_from(request.user)
    state, kind = request.GET.get("state", ""), request.GET.get("need", "")
    if state in ReferralState.values:
        rows = rows.filter(state=state)
    if kind in dict(NEED_KINDS):
        rows = rows.filter(need__kind=kind)
    page = CappedPaginator(rows, 50).get_page(request.GET.get("page"))
    proofs = received(page)
    lines = [(row, proofs.get(row.pk)) for row in page]
    context: dict[str, Any] = {"page": page, "lines": lines}
    context |= {"states": ReferralState.choices, "state": state, "kinds": NEED_KINDS, "kind": kind}
    crumbs = [Crumb(_("Referrals"), reverse("protect:referrals")), Crumb(_("Sent by us"))]
    return render(request, "protect/referrals_sent.html", {**context, "breadcrumbs": crumbs})


@access.guarded("protect.answer_referral")
@require_http_methods(["GET", "POST"])
@sent_once
def referral(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show what a referral lets this agency see today, and take its answer."""
    row: Referral = get_object_or_404(queries.referrals_to(request.user), pk=pk)
    form = forms.AnswerForm(request.POST if request.method == "POST" and "outcome" not in request.POST else None)
    outcome = OutcomeForm(request.POST if "outcome" in request.POST else None)
    if outcome.is_bound and outcome.is_valid():
        referrals.finish_referral(row, outcome=outcome.cleaned_data["outcome"], actor=request.user, now=clock.now())
        return redirect("protect:referrals")
    if form.is_bound and form.is_valid():
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
        "values": [(labels[n], said(n, value)) for n, value in values.items() if not n.startswith("document:")],
        "contact": contact_shown(row.case) if "phone" in values else None,
        "documents": documents_in(values),
        "may_open_case": row.state in {ReferralState.ACCEPTED, ReferralState.DONE}
        and bool(values)
        and row.became_case_id is None
        and access.allowed(request.user, "protect.open_case")
        and access.allowed(request.user, "protect.read_case"),
        "form": form,
        "outcome": outcome if row.state == ReferralState.ACCEPTED and values else None,
        "answered": row.state not in {ReferralState.SENT, ReferralState.SEEN},
        "breadcrumbs": [Crumb(_("Referrals"), reverse("protect:referrals")), Crumb(heading)],
    }
    return render(request, "protect/referral.html", context)


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def said(name: str, value: Any) -> str:
    """Return a shared value in words: needs and forms by their labels, a whole birth date as a date."""
    if name == "needs":
        return ", ".join(str(dict(NEED_KINDS).get(kind, kind)) for kind in value)
    if name == "forms":
        return ", ".join(str(dict(htcds_choices("vic_TypeOfExploitation")).get(f, f)) for f in value)
    if name in dict.fromkeys(field for field, _label, _category in PART_FIELDS) or name.startswith("document:"):
        return shared_words(name, value)
    return birth_words(value) if name == "birth_date" else barred(str(value))


def documents_in(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the documents among shared values: id and title."""
    prefix = "document:"
    return [(name.removeprefix(prefix), said(name, value)) for name, value in values.items() if name.startswith(prefix)]
