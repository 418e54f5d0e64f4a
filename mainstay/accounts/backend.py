"""Who is signed in, read with their agency: every page names both."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from mainstay.accounts.models import User


class WithAgency(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """Allauth's way in; a session's person comes with their agency, in one query."""

    def get_user(self, user_id: Any) -> User | None:
        """Return the person of a session, if they may act at all."""
        user = User.objects.select_related("agency").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
