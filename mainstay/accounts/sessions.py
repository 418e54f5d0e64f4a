"""How long a session lives: half an hour after it was last used, which is written at most once a minute."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from mainstay.core import clock

LAST_USED, NOTED_EVERY = "last_used", 60
"""Where a session says when it was last used, and how many seconds pass until it says so again."""


class StayingSignedIn:
    """Let a session live on while somebody works, without a writing for every page that is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and note that the session is in use where it was not noted for a minute."""
        response = self.get_response(request)
        if not request.session.is_empty():
            since = _now() - request.session.get(LAST_USED, 0)
            if not 0 <= since < NOTED_EVERY:
                request.session[LAST_USED] = _now()
        return response


def note_first_use(request: Any, **_others: Any) -> None:
    """Note that a session is in use from the moment somebody signed in."""
    request.session[LAST_USED] = _now()


def _now() -> int:
    return int(clock.now().timestamp())
