"""How django-allauth works here: by invitation only, and every sign-in is on the audit chain."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse

from mainstay.accounts import services


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Closed sign-up; sign-ins, failures and sign-outs are recorded."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: accounts come from invitations."""
        return False

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record that somebody failed to sign in, without the address they gave."""
        super().authentication_failed(request, **credentials)
        services.note_sign_in(None, "sign_in_failed")

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Record a sign-in."""
        services.note_sign_in(user, "signed_in")
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response

    def logout(self, request: HttpRequest) -> None:
        """Record a sign-out and end the session."""
        if request.user.is_authenticated:
            services.note_sign_in(request.user, "signed_out")
        super().logout(request)
