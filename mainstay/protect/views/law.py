"""Pages of a person's file on the law: what holds today, days, an uncertain age, residence permits."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import RefusalError
from mainstay.core.once import sent_once
from mainstay.protect.forms.law import ANSWERS, AgeForm, DayForm, PermitForm, VerifyAgeForm
from mainstay.protect.models import Permit
from mainstay.protect.queries import law as queries
from mainstay.protect.services import days, status
from mainstay.protect.views.person import case_or_404, people_crumbs, person_page, today

HOLDS_WORDS = {
    "no_removal": gettext_lazy(
        "No removal from the country before the identification is completed, however long it takes, "
        "once the authority sees reasonable grounds."
    ),
    "no_expulsion": gettext_lazy(
        "No expulsion order is to be enforced. One may be issued, and investigation goes on. "
        "Article 13(3) has two exceptions: public order, and a claim made improperly."
    ),
    "may_stay": gettext_lazy("They may stay."),
    "child_return": gettext_lazy(
        "No return without an assessment of risk and safety; none against the child's best interests."
    ),
    "help": gettext_lazy("A safe place, care, interpreting, counselling: help does not wait for the decision."),
    "not_for_testimony": gettext_lazy("None of it depends on their being a witness."),
    "information": gettext_lazy(
        "Information on proceedings, in a language that they understand, from the first contact with the authorities."
    ),
    "legal_help": gettext_lazy("Legal assistance, and free legal aid under the conditions of national law."),
    "no_penalty_possible": gettext_lazy(
        "The law must make it possible not to penalise them for what they were compelled to do."
    ),
    "treated_as_child": gettext_lazy("Treated as a child until their age is verified."),
    "representative": gettext_lazy("A guardian, an organisation or an authority to represent the child, at once."),
    "identity_traced": gettext_lazy("Steps to establish identity and nationality."),
    "family_if_best": gettext_lazy("Every effort to find the family, where that is in the child's best interests."),
    "school": gettext_lazy("Education."),
    "not_made_public": gettext_lazy(
        "Nothing that identifies the child is made public, except in exceptional circumstances "
        "to trace family or for the child's well-being."
    ),
}


@access.guarded("protect.read_case")
@require_http_methods(["GET", "POST"])
def law(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show what holds for a person today; a post opens what was written, and is noted."""
    case = case_or_404(request, pk)
    bars, owed = queries.what_holds(case, today())
    notes = status.open_notes(case, actor=request.user) if request.method == "POST" else None
    rows = [(row, row.days_left(today())) for row in queries.days_of(case)]
    context = {
        "bars": [(HOLDS_WORDS[one.code], one) for one in bars],
        "owed": [(HOLDS_WORDS[one.code], one) for one in owed],
        "open_days": [pair for pair in rows if pair[0].done_at is None],
        "done_days": [pair for pair in rows if pair[0].done_at is not None][:20],
        "age": queries.age_record(case),
        "as_child": queries.is_treated_as_child(case),
        "permits": case.permits.all(),
        "notes": notes,
        "holidays_known": queries.holidays_known(case),
        "lead": _("What the law holds for this person today, and the days that follow from it."),
    }
    return person_page(request, "protect/law.html", case, "protect:law", context)


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
def age(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Record an uncertain age, with the reasons to believe a child."""
    case = case_or_404(request, pk)
    form = AgeForm(request.POST or None)

    def keep() -> None:
        data = form.cleaned_data
        draft = status.AgeDraft(data["reasons_to_believe_child"], data["reasons"], ANSWERS.get(data["unaccompanied"]))
        status.record_age(case, draft, actor=request.user, today=today())

    words = {
        "heading": _("Uncertain age"),
        "button": _("Record this"),
        "note": _(
            "With reasons to believe a child they are treated as one from this minute. Doubt alone changes nothing."
        ),
    }
    return _page(request, case, form, keep, words)


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
def verify_age(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Record that an age was verified."""
    case = case_or_404(request, pk)
    form = VerifyAgeForm(request.POST or None)

    def keep() -> None:
        data = form.cleaned_data
        status.verify_age(
            case, is_child=data["is_child"], how=data["how"], actor=request.user, today=today(), now=clock.now()
        )

    words = {
        "heading": _("The age was verified"),
        "button": _("Record this"),
        "note": _("The age group is known from then on. “18 or over” ends the special protection of a child."),
    }
    return _page(request, case, form, keep, words)


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
@sent_once
def permit(request: SignedInRequest, pk: Any, permit_pk: Any = None) -> HttpResponse:
    """Record a residence permit, or how one stands by now."""
    case = case_or_404(request, pk)
    row: Permit | None = get_object_or_404(case.permits, pk=permit_pk) if permit_pk else None
    names = ("ground", "state", "asked_on", "decided_on", "expires_on")
    initial = {name: getattr(row, name) for name in names} if row else {"asked_on": today()}
    form = PermitForm(request.POST or None, initial=initial)

    def keep() -> None:
        status.record_permit(case, status.PermitDraft(**form.cleaned_data), permit=row, actor=request.user)

    words = {
        "heading": _("Residence permit"),
        "button": _("Record this"),
        "note": _("Its end, and the day to ask for its renewal, appear among the days."),
    }
    return _page(request, case, form, keep, words)


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
@sent_once
def add_day(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Enter a day by hand."""
    case = case_or_404(request, pk)
    form = DayForm(request.POST or None)

    def keep() -> None:
        days.add_day(case, days.DayDraft(**form.cleaned_data), actor=request.user)

    words = {"heading": _("A day that matters"), "button": _("Enter this day"), "note": ""}
    return _page(request, case, form, keep, words)


@access.guarded("protect.change_case")
@require_POST
def finish_day(request: SignedInRequest, pk: Any, day_pk: int) -> HttpResponse:
    """Say that a day is dealt with, or that it is not after all."""
    case = case_or_404(request, pk)
    row = get_object_or_404(case.deadlines.select_related("case"), pk=day_pk)
    days.finish_day(row, done=request.POST.get("done") != "no", actor=request.user, now=clock.now())
    return redirect("protect:days") if request.POST.get("back") == "days" else redirect("protect:law", pk=case.pk)


def _page(request: SignedInRequest, case: Any, form: Any, keep: Any, words: dict[str, str]) -> HttpResponse:
    """Show a form about a person, or keep it and go back to the law; a refusal is said by the form."""
    status_code = 200
    if request.method == "POST" and form.is_valid():
        try:
            keep()
            return redirect("protect:law", pk=case.pk)
        except RefusalError as error:
            form.add_error(None, str(error))
            status_code = error.status
    elif request.method == "POST":
        status_code = 422
    context = {"form": form, **words, "breadcrumbs": people_crumbs(case, words["heading"])}
    return render(request, "protect/form.html", context, status=status_code)
