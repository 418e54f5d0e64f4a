"""Pages of what may leave: consents, what left, figures, and what an agency may ever receive."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.accounts import queries as accounts
from mainstay.accounts.models import Agency
from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import RefusalError
from mainstay.core.once import sent_once
from mainstay.protect import forms, queries
from mainstay.protect.models import Case, LegalGround
from mainstay.protect.queries.measures import contact_recipients
from mainstay.protect.rules.legal_grounds import ground_holds
from mainstay.protect.services import cases, consents, referrals
from mainstay.protect.types import Category, Given, SharePurpose
from mainstay.protect.views.person import case_or_404, people_crumbs, person_page, today
from mainstay.ui.paging import CappedPaginator


@access.guarded("protect.read_case")
@require_GET
def sharing(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show what may leave a case and why, and what left."""
    row = case_or_404(request, pk)
    cases.note_read(row, actor=request.user)
    agencies = queries.agencies_by_key()
    page = CappedPaginator(queries.shares_of(row), 50).get_page(request.GET.get("page"))
    context = {
        "consents": consent_lines(row),
        "plans": plans_shown(row),
        "grounds": [ground_line(ground, agencies) for ground in row.grounds.select_related("asked_by", "answered_by")],
        "page": page,
        "left": [
            {
                "share": share,
                "notice": getattr(share, "notice", None),
                "recipient": queries.recipient_label(share.recipient, agencies),
                "fields": ", ".join(queries.field_label(name) for name in share.fields),
            }
            for share in page
        ],
    }
    return person_page(request, "protect/sharing.html", row, "protect:sharing", context)


@access.guarded("protect.change_case")
@require_POST
def figures(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Leave a person out of figures, or count them again."""
    row = case_or_404(request, pk)
    cases.leave_out_of_figures(row, left_out=request.POST.get("left_out") == "yes", actor=request.user)
    return redirect("protect:sharing", pk=row.pk)


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
@sent_once
def consent(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Record what a person lets leave."""
    row = case_or_404(request, pk)
    recipients = [*queries.recipients_for(request.user), *contact_recipients(row)]
    form = forms.ConsentForm(request.POST or None, recipients=recipients, initial={"given_on": today()})
    if request.method == "POST" and form.is_valid():
        try:
            consents.give_consent(row, _consent_draft(form.cleaned_data), actor=request.user, now=clock.now())
            return redirect("protect:sharing", pk=row.pk)
        except RefusalError as error:
            form.add_error(None, str(error))
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
@sent_once
def withdraw(request: SignedInRequest, pk: Any, consent_pk: Any) -> HttpResponse:
    """Take a consent back."""
    row = case_or_404(request, pk)
    given = get_object_or_404(row.consents, pk=consent_pk)
    consents.withdraw_consent(given, actor=request.user, today=today(), now=clock.now())
    return redirect("protect:sharing", pk=row.pk)


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


def ground_line(ground: LegalGround, agencies: Mapping[str, Agency]) -> dict[str, Any]:
    """Return a legal ground in words."""
    return {
        "ground": ground,
        "holds": ground_holds(ground.as_fact(), today()),
        "recipient": queries.recipient_label(ground.recipient, agencies),
        "categories": ", ".join(str(forms.CATEGORY_WORDS[Category(c)]) for c in ground.categories),
        "purpose": forms.PURPOSE_WORDS.get(SharePurpose(ground.purpose), ground.purpose),
    }


def plans_shown(case: Case) -> list[dict[str, Any]]:
    """Return a plan for each recipient and purpose that a consent in force names, what leaves first."""
    return [
        {
            "recipient": recipient,
            "purpose": forms.PURPOSE_WORDS.get(plan.purpose, plan.purpose),
            "shared": len(plan.shared),
            "lines": sorted(queries.plan_lines(plan), key=lambda line: not line.shared),
        }
        for recipient, plan in queries.plans_of(case, today=today())
    ]


def consent_lines(case: Case) -> list[dict[str, Any]]:
    """Return a case's consents in words."""
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
