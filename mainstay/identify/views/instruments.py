"""Pages of the instruments."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import BadInputError, NotFoundError
from mainstay.identify.forms.instruments import ConfirmForm, InstrumentForm
from mainstay.identify.queries import instruments as instrument_queries
from mainstay.identify.services import instruments as instrument_services
from mainstay.identify.types import Instrument, in_language
from mainstay.ui.types import Crumb


@access.guarded("identify.see_instruments")
def instruments(request: SignedInRequest) -> HttpResponse:
    """Show which instruments can be asked here."""
    return _instruments(request, InstrumentForm())


@access.guarded("identify.install_instrument")
@require_POST
def install(request: SignedInRequest) -> HttpResponse:
    """Check an XLSForm and install it; every fault of it is shown at once."""
    form = InstrumentForm(request.POST, request.FILES)
    if not form.is_valid():
        return _instruments(request, form)
    name, content = form.cleaned_data["file"]
    try:
        row = instrument_services.install_upload(name, content, actor=request.user, now=clock.now())
    except BadInputError as error:
        for fault in error.faults:
            form.add_error("file", str(fault))
        return _instruments(request, form, status=422)
    messages.success(request, _("%(title)s is installed.") % {"title": row.title})
    return redirect("identify:instruments")


@access.guarded("identify.see_instruments")
@require_http_methods(["GET", "POST"])
def draft(request: SignedInRequest, name: str) -> HttpResponse:
    """Show the draft weights of an instrument; who may, confirms them or takes that back."""
    drafts = {found.name: (found, word) for found, word in instrument_queries.drafts_visible_to(request.user)}
    if name not in drafts:
        raise NotFoundError(_("There is no draft of this name."), todo=_("Go back to the list."))
    instrument, word = drafts[name]
    form = ConfirmForm(request.POST or None)
    if request.method == "POST" and word is not None:
        instrument_services.withdraw_confirmation(instrument, actor=request.user, now=clock.now())
        return redirect("identify:instruments")
    if request.method == "POST" and form.is_valid():
        source = form.cleaned_data["source"]
        instrument_services.confirm_instrument(instrument, source, actor=request.user, now=clock.now())
        return redirect("identify:instruments")
    language = (get_language() or "en").split("-")[0]
    context = {
        "instrument": instrument,
        "word": word,
        "form": form if access.allowed(request.user, "identify.confirm_instrument") else None,
        "weights": _weights(instrument, language),
        "breadcrumbs": [Crumb(_("Instruments"), reverse("identify:instruments")), Crumb(instrument.title)],
    }
    return render(request, "identify/draft.html", context)


def _weights(instrument: Instrument, language: str) -> list[dict[str, Any]]:
    """Each judgement that an answer carries: the question, the answer, the indicator and its weights."""
    return [
        {
            "question": in_language(question.labels, language),
            "answer": answer,
            "judgement": judgement,
            "bears_on": [*judgement.elements, *judgement.urgent, *judgement.forms],
        }
        for question in instrument.questions
        for answer, judgement in (
            ("", question.judgement),
            *((in_language(choice.labels, language), choice.judgement) for choice in question.choices),
        )
        if judgement is not None
    ]


def _instruments(request: SignedInRequest, form: InstrumentForm, *, status: int = 200) -> HttpResponse:
    context = {
        "instruments": instrument_queries.instruments_visible_to(request.user),
        "drafts": instrument_queries.drafts_visible_to(request.user),
        "form": form if access.allowed(request.user, "identify.install_instrument") else None,
        "breadcrumbs": [Crumb(_("Screenings"), reverse("identify:list")), Crumb(_("Instruments"))],
    }
    return render(request, "identify/instruments.html", context, status=status)
