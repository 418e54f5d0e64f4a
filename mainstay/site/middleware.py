"""What holds for every answer: safe headers, errors in words, default deny, a second factor."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import resolve
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from mainstay.core import access
from mainstay.core.access import NotSignedInError, Role
from mainstay.core.errors import BadInputError, MainstayError, NotAllowedError, NotFoundError, as_problem
from mainstay.core.fields import staying_sealed
from mainstay.identify.engine import openrosa

Answer = Callable[[HttpRequest], HttpResponseBase]
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)
PROBLEM = "application/problem+json"
PHONES = "/odk/key/"
READING = ("GET", "HEAD", "OPTIONS")
SEEN_AS = "seen_as"
STILL_DONE = ("see_as", "account_logout", "set_language")
WITHOUT_SECOND_FACTOR = ("mfa_", "account_", "set_language", "health", "away")


class SafeHeaders:
    """A strict content security policy, and no copies of a person's page in caches."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the headers on."""
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CSP)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        if not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def wants_json(request: HttpRequest) -> bool:
    """Say whether a program asks."""
    return request.path.startswith(("/api/", "/cooperate/wire/"))


class UnreadableRequestError(MainstayError):
    """The body is not what the API reads."""

    code = "unreadable"
    status = 400
    title = _lazy("This cannot be read")


class WrongMethodError(MainstayError):
    """The address is right, the verb is not."""

    code = "wrong_method"
    status = 405
    title = _lazy("This is not done this way")


def _own_words(response: HttpResponseBase) -> MainstayError | None:
    """Return the error behind a refusal that the API's framework worded itself."""
    match response.status_code:
        case 400:
            return UnreadableRequestError(_("The body is not JSON."), todo=_("Send a JSON document."))
        case 401:
            return NotSignedInError(_("You are not signed in."), todo=_("Give a token of yours."))
        case 403:
            return NotAllowedError(_("A session alone changes nothing here."), todo=_("Give a token of yours."))
        case 404:
            return NotFoundError(_("There is nothing here, or nothing that is yours to see."))
        case 405:
            return WrongMethodError(_("This address takes %s.") % response.headers.get("Allow", ""))
        case _:
            return None


class ErrorsIntoAnswers:
    """Turn every error a person can meet into a page or a problem document: the only place that does."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on; a refusal that the API's framework words itself becomes a problem document too."""
        response = self.get_response(request)
        if not wants_json(request) or response.headers.get("Content-Type") == PROBLEM:
            return response
        error = _own_words(response)
        if error is None:
            return response
        problem = answer(request, error)
        if "Allow" in response.headers:
            problem.headers["Allow"] = response.headers["Allow"]
        return problem

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for a `MainstayError` or one of Django's own refusals."""
        if isinstance(exception, Http404):
            exception = NotFoundError(_("There is nothing at this address."), todo=_("Go back and choose again."))
        if isinstance(exception, PermissionDenied):
            exception = NotAllowedError(_("This is not open to you."))
        if not isinstance(exception, MainstayError):
            return None
        if isinstance(exception, NotSignedInError) and not wants_json(request):
            return redirect(f"{redirect(settings.LOGIN_URL).url}?next={request.path}")
        return answer(request, exception)


def answer(request: HttpRequest, error: MainstayError) -> HttpResponse:
    """Return the page or problem document of an error."""
    if wants_json(request):
        return JsonResponse(as_problem(error), status=error.status, content_type=PROBLEM)
    if request.path.startswith(PHONES):
        return _answer_phone(error)
    template = "ui/error_plain.html" if not request.user.is_authenticated else "ui/error.html"
    return render(request, template, {"error": error}, status=error.status)


def _answer_phone(error: MainstayError) -> HttpResponse:
    """Answer ODK Collect in its own words; what a person said is never repeated, and bad input is 400 there."""
    message, status = str(error), error.status
    if isinstance(error, BadInputError):
        faults = [f"{fault.field}: {fault.expected}" if fault.field else fault.expected for fault in error.faults]
        message, status = _("Expected: %s") % "; ".join(faults[:5]), 400
    document = openrosa.response(message, "error")
    return HttpResponse(document, status=status, content_type=openrosa.XML_TYPE, headers=openrosa.HEADERS)


class RefuseNul:
    """Refuse the character that no text has: databases and files disagree about it."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or say that the address cannot be read."""
        if "\x00" in request.path or any("\x00" in value for values in request.GET.lists() for value in values[1]):
            return answer(request, UnreadableRequestError(_("This address holds a character that no text has.")))
        return self.get_response(request)


class DenyByDefault:
    """Refuse every view that stands under no row of the access table."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Refuse what nobody has allowed."""
        if getattr(view, "access", "") or request.path.startswith("/api/"):
            return None
        return answer(request, NotAllowedError(_("This page stands under no rule, so nobody may open it.")))


class SecondFactor:
    """Send who has no second factor yet to set one up before anything else."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or send to the second factor."""
        from allauth.mfa.utils import is_mfa_enabled

        if not settings.REQUIRE_SECOND_FACTOR or not request.user.is_authenticated:
            return self.get_response(request)
        name = resolve(request.path_info).url_name or ""
        if name.startswith(WITHOUT_SECOND_FACTOR) or is_mfa_enabled(request.user):
            return self.get_response(request)
        if wants_json(request):
            error = NotAllowedError(_("A second factor is needed."), todo=_("Sign in on the page and set one up."))
            return answer(request, error)
        return redirect("mfa_activate_totp")


class SeeAsAnotherRole:
    """Narrow what somebody sees to what another role would see too; nothing is changed and nothing sealed opens."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer as ever, or as for both roles at once."""
        user: Any = request.user
        role = request.session.get(SEEN_AS) if user.is_authenticated else None
        if not role or role not in set(Role) or not access.allowed(user, access.VIEW_AS):
            return self.get_response(request)
        user.seen_as = role
        name = resolve(request.path_info).view_name if request.method not in READING else ""
        if name and name not in STILL_DONE:
            error = NotAllowedError(
                _("You look as another role: nothing is changed."), todo=_("Stop looking as another role first.")
            )
            return answer(request, error)
        with staying_sealed():
            return self.get_response(request)
