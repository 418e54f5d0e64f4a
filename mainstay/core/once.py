"""A form pressed twice is done once: slow lines and old phones send twice what somebody meant once.

Each form that makes something carries a token of its own (`{% once %}`). The first post that does something claims the
token in the transaction that does it; a second one, however close behind, waits for that transaction, and is led to
where the first one went. A post that changes nothing (a form with a mistake in it) gives its token back. What has no
token is done as ever: this guards against accidents, not against somebody who means it.
"""

import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar

from django.contrib import messages
from django.db import IntegrityError, connection, transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from mainstay.core import clock
from mainstay.core.errors import RefusalError
from mainstay.core.models import SentForm

FIELD = "once"
"""What the hidden field of a form is called."""
KEPT = timedelta(days=1)
"""How long it is remembered that a form was sent: longer than a session, far longer than a slow line."""


class SentBeforeError(RefusalError):
    """The same form was sent before, and what it asks for is done."""

    code = "sent_before"
    title = _lazy("This was done already")


V = TypeVar("V", bound=Callable[..., Any])
R = TypeVar("R")


def new_token() -> str:
    """Return a token for one form on one page."""
    return secrets.token_urlsafe(16)


def sent_once(view: V) -> V:
    """Do once what a form asks for, however often it is sent; an answer that leads on, or `done`, says that it was."""

    @wraps(view)
    def answered(request: Any, *args: Any, **kwargs: Any) -> Any:
        token = request.POST.get(FIELD, "") if request.method == "POST" else ""
        if not token:
            return view(request, *args, **kwargs)
        return _answer(request, _key(token, str(request.user.pk or "")), lambda: view(request, *args, **kwargs))

    answered.is_sent_once = True  # type: ignore[attr-defined]  # read by the test that walks all forms
    return answered  # type: ignore[return-value]  # same signature, wrapped


def done(response: HttpResponse, then: str = "front") -> HttpResponse:
    """Mark an answer that is no redirect as one that did what the form asked for; a second post is led to `then`."""
    response.led_to = reverse(then)  # type: ignore[attr-defined]  # read by `sent_once` alone
    return response


def claim_of(request: Any) -> Callable[[], None]:
    """Return what claims a form's token, called in the transaction that does what it asks for; it may refuse.

    For what should not hold the database from the first line of a view on: a file that is looked at before it is kept.
    """
    token, who = request.POST.get(FIELD, ""), str(request.user.pk or "")

    def claim() -> None:
        if token and not _claim(_key(token, who)):
            raise SentBeforeError(_("This form had been sent already. It was done once."))

    return claim


def do_once(request: Any, act: Callable[[], R]) -> R | None:
    """Do something and return what came of it, or None where the same form did it before.

    For pages that answer without leading elsewhere, and for what goes on after the database has kept it.
    """
    with suppress(SentBeforeError), transaction.atomic():
        claim_of(request)()
        return act()
    return None


def forget_old(*, now: datetime) -> int:
    """Forget the forms that were sent longer ago than is kept; return how many."""
    return SentForm.objects.filter(sent_at__lt=now - KEPT).delete()[0]


def _key(token: str, who: str) -> str:
    """Return what is kept of a token: nothing that tells of a person, and another person's token is another one."""
    return hashlib.sha256(f"{who}\n{token}".encode()).hexdigest()


def _claim(key: str) -> bool:
    """Say whether this post is the first; where another one is under way, wait for how it ends."""
    try:
        with transaction.atomic():
            SentForm.objects.create(key=key, sent_at=clock.now())
    except IntegrityError:
        return False
    return True


def _answer(request: Any, key: str, view: Callable[[], HttpResponse]) -> HttpResponse:
    refused: Exception | None = None
    led_to = ""
    with transaction.atomic():
        if not _claim(key):
            return _as_first(request, key)
        try:
            response = view()
            led_to = response.url if isinstance(response, HttpResponseRedirect) else getattr(response, "led_to", "")
        except Exception as error:
            if connection.needs_rollback:
                raise
            refused = error  # what the view kept before it (that something was read) stays, as without a token
        mine = SentForm.objects.filter(key=key)
        if led_to:
            mine.update(led_to=led_to)
        else:
            mine.delete()
    if refused is not None:
        raise refused
    return response


def _as_first(request: Any, key: str) -> HttpResponse:
    messages.info(request, _("This form had been sent already. It was done once."))
    return redirect(SentForm.objects.get(key=key).led_to or reverse("front"))
