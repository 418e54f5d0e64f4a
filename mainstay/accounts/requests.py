"""What a guarded view is handed."""

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from mainstay.accounts.models import User


class SignedInRequest(HttpRequest):
    """A request of somebody who is signed in: what a view under `access.guarded` receives."""

    user: "User"  # narrower than Django's: the guard has refused everybody else
