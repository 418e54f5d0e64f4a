"""Public pages of tips: no account, no cookie, no script needed; the receipt is in the page, never in an address."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from mainstay.core import clock
from mainstay.core.access import open_to_all
from mainstay.core.errors import MainstayError, RefusalError
from mainstay.core.uploads import InMemoryOnly
from mainstay.identify.errors import LineFullError
from mainstay.identify.forms.tips import ReceiptForm, TellForm, TipForm
from mainstay.identify.queries import tips as reading
from mainstay.identify.rules.tips import GUESSES_AN_HOUR, grouped
from mainstay.identify.services import tips

Page = Callable[..., HttpResponse]
GUESSES = "identify.tip-guesses"


def public(view: Page) -> Page:
    """Open a page to everybody, in the language of its address, without a cookie and with uploads in memory only.

    There is no session to ride on, so there is nothing that a forged form could use: each form has a token of its own.
    """

    @wraps(view)
    def page(request: HttpRequest, language: str, **kwargs: Any) -> HttpResponse:
        if language not in dict(settings.LANGUAGES):
            return redirect("identify:tips_front")
        request.upload_handlers = [InMemoryOnly(request)]
        with translation.override(language):
            return view(request, language, **kwargs)

    methods = require_http_methods(["GET", "HEAD", "POST"])(page)
    return csrf_exempt(open_to_all("anybody may tell what they saw; a token and a full line keep floods away")(methods))


@open_to_all("leads to the public page in the browser's language")
def front(request: HttpRequest) -> HttpResponse:
    """Lead to the page in the browser's language."""
    return redirect("identify:tell", translation.get_language() or "en")


@public
def tell(request: HttpRequest, language: str) -> HttpResponse:
    """Take a first message, and show its receipt once."""
    desks = reading.desks()
    if not desks:
        return _page(request, "identify/tips/nobody.html", {})
    form = TipForm(request.POST or None, request.FILES or None, desks=desks)
    if _too_large(request):
        form.add_error("pictures", _("Expected: all photos together at most 20 MB."))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            receipt = tips.take_in(_told(data), data["agency"], language=language, now=clock.now())
        except RefusalError as error:
            return _refused(request, "identify/tips/tell.html", form, error)
        return _page(request, "identify/tips/receipt.html", {"receipt": grouped(receipt)})
    return _page(request, "identify/tips/tell.html", {"form": form})


@public
def talk(request: HttpRequest, language: str) -> HttpResponse:
    """Show the talk of a receipt, and take a further message."""
    asked = ReceiptForm(request.POST or None)
    if request.method != "POST" or not asked.is_valid():
        return _page(request, "identify/tips/ask_receipt.html", {"form": asked})
    receipt = asked.cleaned_data["receipt"]
    form = TellForm(request.POST, request.FILES) if "text" in request.POST else TellForm()
    if form.is_bound and _too_large(request):
        form.add_error("pictures", _("Expected: all photos together at most 20 MB."))
    try:
        _count_guess()
        said = tips.read_as_teller(receipt)
    except RefusalError as error:
        return _refused(request, "identify/tips/ask_receipt.html", asked, error)
    _forget_guess()
    shown = {"said": said, "receipt": receipt}
    if form.is_bound and form.is_valid():
        try:
            tips.take_more(receipt, _told(form.cleaned_data), now=clock.now())
        except RefusalError as error:
            return _refused(request, "identify/tips/talk.html", form, error, shown)
        form, shown["said"] = TellForm(), tips.read_as_teller(receipt)
    return _page(request, "identify/tips/talk.html", {"form": form, **shown})


def _too_large(request: HttpRequest) -> bool:
    return request.method == "POST" and getattr(request, "too_large", False)


def _told(data: dict[str, Any]) -> tips.Told:
    return tips.Told(data["text"], data["token"], data["proof"], data["pictures"])


def _refused(
    request: HttpRequest, template: str, form: Any, error: MainstayError, shown: Mapping[str, Any] | None = None
) -> HttpResponse:
    """Say why by the form, with everything that was written still in it."""
    form.add_error(None, str(error))
    return _page(request, template, {"form": form, **(shown or {})}, status=error.status)


def _page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    languages = [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]
    token, bits = tips.new_token(now=clock.now())
    shown = {"languages": languages, "token": token, "bits": bits, **context}
    response = render(request, template, shown, status=status)
    response.headers["Content-Language"] = translation.get_language() or "en"
    return response


def _count_guess() -> None:
    """Every receipt counts until it turns out to be right, so that nobody tries many at once."""
    cache.add(GUESSES, 0, timeout=3600)
    if cache.incr(GUESSES) > GUESSES_AN_HOUR:
        raise LineFullError(_("Many receipts were tried just now."), todo=_("Wait a while, then try again."))


def _forget_guess() -> None:
    with suppress(ValueError):  # the hour was over meanwhile
        cache.decr(GUESSES)
