"""Links that a floor above puts on the pages of one below, which may not know of it.

A page says `{% links "protect.assistance" case.pk %}`; an app of a floor above registers what stands there.
"""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise

from mainstay.core import access


@dataclass(frozen=True, slots=True)
class PlacedLink:
    """A link in words, the name of its address (which takes an id), and who may follow it."""

    words: str | Promise
    address: str
    permission: str


@dataclass(frozen=True, slots=True)
class ShownLink:
    """A link as it stands on a page."""

    words: str
    url: str


_placed: dict[str, list[PlacedLink]] = {}


def register(place: str, link: PlacedLink) -> None:
    """Put a link in a place, once, however often an app is set up."""
    there = _placed.setdefault(place, [])
    if link not in there:
        there.append(link)


def links_at(place: str, about: Any, viewer: access.Viewer) -> list[ShownLink]:
    """Return the links in a place that a viewer may follow, about one thing."""
    return [
        ShownLink(str(link.words), reverse(link.address, args=[about]))
        for link in _placed.get(place, ())
        if access.allowed(viewer, link.permission)
    ]
