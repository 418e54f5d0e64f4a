"""The person's own view: one plain address, everything posted, no account, no cookie, no script needed.

Where somebody is in it, and as whom, is in the pages alone: a token that ends by itself, never in an address.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any
from uuid import UUID

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
from mainstay.core.errors import MainstayError, NotFoundError
from mainstay.core.labels import AGE_GROUPS, SEXES, htcds_choices
from mainstay.core.once import do_once
from mainstay.core.vocabularies import country_name
from mainstay.protect.forms.own_view import EnterForm, OptionalWordsForm, WordsForm
from mainstay.protect.models import NEED_KINDS, SEALED_FIELDS, Asked
from mainstay.protect.queries import own_view as reading
from mainstay.protect.queries.shares import agencies_by_key, recipient_label
from mainstay.protect.rules.own_view import GUESSES_AN_HOUR, SHOWN_IN_PERSON, Holder, Part
from mainstay.protect.services import own_codes, own_view
from mainstay.protect.services.own_codes import Visit
from mainstay.protect.types import Category, SharePurpose
from mainstay.protect.views.own_words import (
    CATEGORY_WORDS,
    DAY_WORDS,
    FIELD_WORDS,
    READ_FOR,
    READ_WHAT,
    SHARE_WORDS,
    field_words,
    listed,
    who_words,
)
from mainstay.protect.views.person import today

Page = Callable[..., HttpResponse]
Answer = tuple[str, dict[str, Any]]
GUESSES = "protect.own-view-guesses"
WHY_OPEN = "who holds the code and PIN of their own page opens that page; tries are counted and locked"


def public(view: Page) -> Page:
    """Open a page to everybody, in the language of its address, without a cookie.

    There is no session to ride on: each form carries the token of the visit, so a forged one does nothing.
    """

    @wraps(view)
    def page(request: HttpRequest, language: str) -> HttpResponse:
        if language not in dict(settings.LANGUAGES):
            return redirect("protect:own_front")
        with translation.override(language):
            response = view(request, language)
        response.headers["Content-Language"] = language
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return csrf_exempt(open_to_all(WHY_OPEN)(require_http_methods(["GET", "HEAD", "POST"])(page)))


@open_to_all("leads to the plain page in the browser's language")
def front(request: HttpRequest) -> HttpResponse:
    """Lead to the page in the browser's language."""
    return redirect("protect:own", translation.get_language() or "en")


@public
def own(request: HttpRequest, language: str) -> HttpResponse:
    """Ask for number and PIN; with the token of a visit, show one thing of it."""
    token = request.POST.get("token", "")
    if not token:
        return _enter(request)
    visit = own_codes.visit_of(token, today=today(), now=clock.now())
    if visit is None:
        return _page(request, "enter", {"form": EnterForm(), "is_over": True}, status=403)
    go, _sep, item = request.POST.get("go", "home").partition(":")
    try:
        template, context = PAGES.get(go, _home)(request, visit, item)
    except MainstayError as error:
        return _page(request, "refused", {"error": error}, visit, token, status=error.status)
    return _page(request, template, context, visit, token)


@public
def leave(request: HttpRequest, language: str) -> HttpResponse:
    """End the visit and lead to a page that tells nothing of it."""
    own_codes.leave(request.POST.get("token", ""), now=clock.now())
    return redirect("away")


def _enter(request: HttpRequest) -> HttpResponse:
    form = EnterForm(request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return _page(request, "enter", {"form": form})
    if not _may_guess():
        return _page(request, "enter", {"form": EnterForm(), "is_busy": True}, status=429)
    data = form.cleaned_data
    token = own_codes.enter(data["code"], data["pin"], today=today(), now=clock.now())
    visit = own_codes.visit_of(token, today=today(), now=clock.now()) if token else None
    if token is None or visit is None:
        return _page(request, "enter", {"form": EnterForm(), "is_wrong": True}, status=403)
    _forget_guess()
    return _page(request, *_home(request, visit, ""), visit, token)


def _home(request: HttpRequest, visit: Visit, item: str) -> Answer:
    waiting = visit.case.own_messages.filter(holder=visit.holder).exclude(author=None).exists()
    kept = {part.value: visit.keeps_back(part.value) for part in Part}
    return "home", {"kept": kept, "has_answer": waiting}


def _held(request: HttpRequest, visit: Visit, item: str) -> Answer:
    names = [name for name, _label, _category in SEALED_FIELDS if not visit.keeps_back(name)]
    lines = [(name, FIELD_WORDS[name], bool(getattr(visit.case, name)), name in SHOWN_IN_PERSON) for name in names]
    apart = {
        _("A safety plan"): visit.case.safety_plans.exists(),
        _("Notes about your safety"): visit.case.risk_assessments.exists(),
        _("An address that is kept apart"): hasattr(visit.case, "protected_address"),
        _("How to reach you, as you said it"): hasattr(visit.case, "contact_rules"),
    }
    return "held", {
        "lines": [line for line in lines if line[2]],
        "empty": listed(line[1] for line in lines if not line[2]),
        "apart": [words for words, there in apart.items() if there] if visit.holder is Holder.PERSON else [],
    }


def _value(request: HttpRequest, visit: Visit, item: str) -> Answer:
    value = own_view.read_value(visit, item)
    return "value", {"name": item, "label": FIELD_WORDS[item], "value": value}


def _facts(request: HttpRequest, visit: Visit, item: str) -> Answer:
    held = own_view.read_facts(visit)
    words = {
        _("Sex"): dict(SEXES).get(held["sex"], ""),
        _("Age group"): dict(AGE_GROUPS).get(held["age_group"], ""),
        _("Country"): country_name(held["citizenship"], translation.get_language()) if held["citizenship"] else "",
        FIELD_WORDS["forms"]: listed(dict(htcds_choices("vic_TypeOfExploitation")).get(f, f) for f in held["forms"]),
        FIELD_WORDS["needs"]: listed(dict(NEED_KINDS).get(kind, kind) for kind in held["needs"]),
    }
    return "facts", {"facts": [(label, value) for label, value in words.items() if value]}


def _readers(request: HttpRequest, visit: Visit, item: str) -> Answer:
    _require_shown(visit, Part.READERS)
    lines = [
        (line.day, who_words(line), READ_WHAT.get(line.action, _("Read something of the file")), READ_FOR[line.purpose])
        for line in reading.who_read(visit.case)
    ]
    return "readers", {"lines": lines[:100], "more": len(lines) > 100}


def _left(request: HttpRequest, visit: Visit, item: str) -> Answer:
    _require_shown(visit, Part.LEFT)
    agencies = agencies_by_key()
    lines = [
        (
            share.shared_at,
            recipient_label(share.recipient, agencies),
            listed(field_words(name) for name in share.fields),
            SHARE_WORDS.get(SharePurpose(share.purpose), share.purpose),
            share.recalled_at,
        )
        for share in visit.case.shares.all()[:100]
    ]
    return "left", {"lines": lines}


def _consents(request: HttpRequest, visit: Visit, item: str) -> Answer:
    _require_shown(visit, Part.CONSENTS)
    agencies = agencies_by_key()
    lines = [
        (_consent_words(consent, agencies), visit.holder is Holder.PERSON or consent.how == "guardian")
        for consent in visit.case.consents.order_by("withdrawn_on", "given_on")
    ]
    return "consents", {"lines": lines}


def _consent(request: HttpRequest, visit: Visit, item: str) -> Answer:
    consent = own_view.consent_of(visit, _id(item))
    shares = [share for share in visit.case.shares.filter(recalled_at=None) if str(consent.pk) in share.consents]
    return "consent", {"line": _consent_words(consent, agencies_by_key()), "left": len(shares)}


def _take_back(request: HttpRequest, visit: Visit, item: str) -> Answer:
    recalled = own_view.take_back_consent(visit, _id(item), today=today(), now=clock.now())
    return "taken_back", {"recalled": len(recalled)}


def _days(request: HttpRequest, visit: Visit, item: str) -> Answer:
    _require_shown(visit, Part.DAYS)
    rows = visit.case.deadlines.filter(done_at=None, due_date__gte=today())
    return "days", {"lines": [(row.due_date, DAY_WORDS.get(row.kind, row.get_kind_display())) for row in rows[:30]]}


def _talk(request: HttpRequest, visit: Visit, item: str) -> Answer:
    form = WordsForm(request.POST if item == "send" else None)
    if form.is_bound and form.is_valid():
        text = form.cleaned_data["text"]
        do_once(request, lambda: own_view.ask(visit, text, now=clock.now()))
        form = WordsForm()
    return "talk", {"form": form, "said": own_view.read_own_talk(visit)}


def _correct(request: HttpRequest, visit: Visit, item: str) -> Answer:
    if item not in FIELD_WORDS or visit.keeps_back(item):
        raise NotFoundError(_("There is nothing here."))
    form = WordsForm(request.POST if "text" in request.POST else None)
    if form.is_bound and form.is_valid():
        text = form.cleaned_data["text"]
        do_once(
            request,
            lambda: own_view.ask_for(visit, Asked.CORRECTION, text, field=item, today=today(), now=clock.now()),
        )
        return _asked(request, visit, "")
    return "correct", {"form": form, "name": item, "label": FIELD_WORDS[item]}


def _erasure(request: HttpRequest, visit: Visit, item: str) -> Answer:
    form = OptionalWordsForm(request.POST if item == "send" else None)
    if form.is_bound and form.is_valid():
        text = form.cleaned_data["text"]
        do_once(request, lambda: own_view.ask_for(visit, Asked.ERASURE, text, today=today(), now=clock.now()))
        return _asked(request, visit, "")
    return "erasure", {"form": form}


def _asked(request: HttpRequest, visit: Visit, item: str) -> Answer:
    lines = [(row, FIELD_WORDS.get(row.field, ""), reason) for row, reason in own_view.read_own_requests(visit)]
    return "asked", {"lines": lines}


PAGES: dict[str, Callable[[HttpRequest, Visit, str], Answer]] = {
    "home": _home,
    "held": _held,
    "value": _value,
    "facts": _facts,
    "readers": _readers,
    "left": _left,
    "consents": _consents,
    "consent": _consent,
    "take_back": _take_back,
    "days": _days,
    "talk": _talk,
    "correct": _correct,
    "erasure": _erasure,
    "asked": _asked,
}


def _page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    visit: Visit | None = None,
    token: str = "",
    *,
    status: int = 200,
) -> HttpResponse:
    languages = [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]
    shown = {"languages": languages, "token": token, "is_guardian": bool(visit and visit.holder is Holder.GUARDIAN)}
    return render(request, f"protect/own/{template}.html", {**shown, **context}, status=status)


def _consent_words(consent: Any, agencies: Any) -> dict[str, Any]:
    return {
        "consent": consent,
        "what": listed(CATEGORY_WORDS[Category(c)] for c in consent.categories),
        "whom": listed(recipient_label(r, agencies) for r in consent.recipients),
        "why": listed(SHARE_WORDS[SharePurpose(p)] for p in consent.purposes),
    }


def _require_shown(visit: Visit, part: Part) -> None:
    if visit.keeps_back(part.value):
        raise NotFoundError(_("There is nothing here."))


def _id(text: str) -> Any:
    try:
        return UUID(text)
    except ValueError:
        return None


def _may_guess() -> bool:
    """Every try counts until it turns out to be right, so that nobody tries many at once."""
    cache.add(GUESSES, 0, timeout=3600)
    return bool(cache.incr(GUESSES) <= GUESSES_AN_HOUR)


def _forget_guess() -> None:
    with suppress(ValueError):  # the hour was over meanwhile
        cache.decr(GUESSES)
