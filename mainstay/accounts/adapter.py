"""How django-allauth works here: by invitation only, and every sign-in is on the audit chain."""

from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from mainstay.accounts import services
from mainstay.core import clock


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Closed sign-up; sign-ins, failures, lockouts and sign-outs are recorded."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: accounts come from invitations."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Record that somebody is locked out after too many tries, without the address they gave."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            services.note_sign_in(None, "sign_in_locked_out")
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record that somebody failed to sign in, without the address they gave."""
        super().authentication_failed(request, **credentials)
        services.note_sign_in(None, "sign_in_failed")

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Record a sign-in, and speak the person's language unless this device has chosen one."""
        services.note_sign_in(user, "signed_in")
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, samesite="Lax", httponly=True)
        return response

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask again before a change to signing in, unless the person signed in a moment ago."""
        request = context.request
        records = get_authentication_records(request, request.user)
        recent = clock.now().timestamp() - app_settings.REAUTHENTICATION_TIMEOUT
        return not any(record["at"] > recent for record in records)

    def logout(self, request: HttpRequest) -> None:
        """Record a sign-out and end the session."""
        if request.user.is_authenticated:
            services.note_sign_in(request.user, "signed_out")
        super().logout(request)


def note_wrong_code(sender: Any, *, user: Any, **_extra: Any) -> None:
    """Record a wrong code: the password before it was right, so the person is named."""
    services.note_sign_in(user, "second_factor_failed")
