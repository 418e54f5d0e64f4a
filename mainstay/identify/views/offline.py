"""The interview without network: an empty page, what it needs to work by itself, and the way to send.

Nothing here holds anything of a person. What is asked stays sealed in the browser until it is sent through the API.
"""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access
from mainstay.identify.engine.phone import for_phone
from mainstay.identify.forms.interview import DJANGO_CODES, language_name
from mainstay.identify.queries import instruments as instrument_queries
from mainstay.identify.services import letters
from mainstay.identify.views.words import in_every_language

SCRIPTS = ("app", "device", "form", "line", "page", "screens")
FILES = (
    "ui/vendor/bootstrap/bootstrap.min.css",
    "ui/vendor/bootstrap/bootstrap.rtl.min.css",
    "ui/vendor/fonts.css",
    "ui/mainstay.css",
    "ui/mainstay.js",
    "ui/favicon.svg",
    "ui/vendor/xpath/xpath.js",
    *(f"identify/offline/{name}.js" for name in SCRIPTS),
    *(f"ui/vendor/plex/IBMPlexSans-{weight}-Latin1.woff2" for weight in ("Regular", "SemiBold")),
    *(f"ui/vendor/plex-arabic/IBMPlexSansArabic-{weight}.woff2" for weight in ("Regular", "SemiBold")),
    *(f"ui/vendor/plex/IBMPlexSans-{weight}-Cyrillic.woff2" for weight in ("Regular", "SemiBold")),
)
ICONS = ("check-circle-fill", "exclamation-octagon-fill", "exclamation-triangle-fill", "inbox", "info-circle", "lock",
         "phone", "send", "wifi-off")  # fmt: skip
WORKER = "identify/offline/worker.js"
TEMPLATE = Path(__file__).resolve().parents[1] / "templates" / "identify" / "offline.html"


@access.guarded("identify.screen")
def offline(request: SignedInRequest) -> HttpResponse:
    """Give the empty page in which interviews run without network."""
    return render(request, "identify/offline.html", {"symbols": ICONS})


@access.guarded("identify.screen")
@gzip_page  # it holds no secret that its size could tell
def forms(request: SignedInRequest) -> HttpResponse:
    """Give the instruments as a browser asks them, and the words of the pages in every language."""
    found = [for_phone(instrument) for instrument in instrument_queries.instruments_visible_to(request.user)]
    tags = dict.fromkeys(tag for form in found for tag in form["languages"])
    words = in_every_language()
    languages = {
        tag: {"name": language_name(tag), "code": code if (code := DJANGO_CODES.get(tag, tag)) in words else ""}
        for tag in tags
    }
    body = {"seal_to": letters.public_key(), "forms": found, "languages": languages, "words": words}
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


@access.guarded("identify.screen")
def session(request: SignedInRequest) -> HttpResponse:
    """Say who is signed in, by number, and give the token that sending needs; the cookie is closed to scripts."""
    return JsonResponse({"screener": str(request.user.pk), "token": get_token(request)})


@access.open_to_all("it holds our own program and nothing else")
def worker(request: HttpRequest) -> HttpResponse:
    """Give the program that answers in the network's place, with the list of what it keeps."""
    addresses = [reverse("identify:offline"), reverse("identify:offline_forms"), reverse("away")]
    kept = [*addresses, reverse("identify:offline_manifest"), *(static(name) for name in FILES)]
    facts = {"version": _version(), "home": addresses[0], "forms": addresses[1], "away": addresses[2], "kept": kept}
    program = _content(WORKER).decode()
    response = HttpResponse(
        f"const MAINSTAY = {JsonResponse(facts).content.decode()};\n{program}", content_type="text/javascript"
    )
    response.headers["Service-Worker-Allowed"] = "/"  # for the page that the large key leads to
    return response


@access.open_to_all("it holds a name and icons and nothing else")
def manifest(request: HttpRequest) -> HttpResponse:
    """Say how the page is put on a phone's first screen."""
    home = reverse("identify:offline")
    icons = [
        {"src": static(f"identify/offline/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png",
         "purpose": purpose}
        for size in (192, 512) for purpose in ("any", "maskable")
    ]  # fmt: skip
    body: dict[str, Any] = {
        "name": "Mainstay",
        "short_name": "Mainstay",
        "description": str(_("Questions")),
        "start_url": home,
        "scope": reverse("front"),  # the neutral page belongs to it: outside, a phone would show its address
        "id": home,
        "display": "standalone",
        "background_color": "#fbfaf7",
        "theme_color": "#ffffff",
        "icons": icons,
    }
    return JsonResponse(body, content_type="application/manifest+json")


@lru_cache(maxsize=1)
def _version() -> str:
    """A name for what is kept: it changes when any file of it does."""
    digest = hashlib.sha256(TEMPLATE.read_bytes())
    for name in (*FILES, WORKER):
        digest.update(_content(name))
    return digest.hexdigest()[:16]


def _content(name: str) -> bytes:
    path = finders.find(name)
    if not isinstance(path, str):
        raise FileNotFoundError(name)  # a file of ours that is not there is our own mistake
    return Path(path).read_bytes()
