"""Pages of supervision: review, correction, and whether two screenings are of one person."""

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.once import sent_once
from mainstay.identify.errors import ReviewedError
from mainstay.identify.forms.supervision import CorrectionForm, ReviewForm
from mainstay.identify.models.screenings import Screening
from mainstay.identify.queries import screenings as reading
from mainstay.identify.services import persons, supervision
from mainstay.ui.types import Crumb


@access.guarded("identify.review")
@require_http_methods(["GET", "POST"])
@sent_once
def review(request: SignedInRequest, pk: str) -> HttpResponse:
    """Approve a colleague's screening, or return it with a comment."""
    screening = reading.screening(pk, request.user)
    form = ReviewForm(request.POST or None, initial={"seen": supervision.standing(screening)})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            supervision.review_screening(
                screening,
                approved=data["approved"],
                comment=data["comment"],
                seen=data["seen"] or None,
                actor=request.user,
                now=clock.now(),
            )
        except ReviewedError as error:
            form.add_error(None, str(error))
            return _form(request, screening, form, _("Review"), _("Keep this review"), status=error.status)
        said = _("Approved.") if data["approved"] else _("Returned to %(name)s.") % {"name": screening.owner.name}
        messages.success(request, said)
        return redirect("identify:list")
    return _form(request, screening, form, _("Review"), _("Keep this review"))


@access.guarded("identify.screen")
@require_http_methods(["GET", "POST"])
@sent_once
def correct(request: SignedInRequest, pk: str) -> HttpResponse:
    """Say why a screening is corrected, and begin its new version."""
    screening = reading.screening(pk, request.user)
    form = CorrectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        fresh = supervision.correct_screening(
            screening, reason=form.cleaned_data["reason"], actor=request.user, now=clock.now()
        )
        return redirect("identify:ask", fresh.pk, 1)
    return _form(request, screening, form, _("Correct"), _("Begin the new version"))


@access.guarded("identify.read_screening")
@require_POST
def same_person(request: SignedInRequest, pk: str, other: str) -> HttpResponse:
    """Keep whether two screenings are of one person."""
    one, two = reading.screening(pk, request.user), reading.screening(other, request.user)
    persons.say_same(one, two, same=request.POST.get("same") == "yes", actor=request.user, now=clock.now())
    return redirect("identify:result", pk)


def _form(
    request: SignedInRequest, screening: Screening, form: Form, title: str, verb: str, *, status: int = 200
) -> HttpResponse:
    result = Crumb(_("Result"), reverse("identify:result", args=[screening.pk]))
    crumbs = [Crumb(_("Screenings"), reverse("identify:list")), result, Crumb(title)]
    context = {"screening": screening, "form": form, "title": title, "verb": verb, "breadcrumbs": crumbs}
    return render(request, "identify/form.html", context, status=status)
