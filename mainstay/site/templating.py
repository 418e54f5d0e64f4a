"""Templates: ours before those of installed packages; and what every page's frame needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.template.loaders.filesystem import Loader
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from mainstay.core import access
from mainstay.core.access import ROLE_LABELS, Role

PACKAGES = Path(__file__).parent.parent


class OursFirst(Loader):
    """Find a template in Mainstay's packages before any other's of the same name."""

    def get_dirs(self) -> list[str | Path]:
        """Return our packages' template folders."""
        return [*sorted(PACKAGES.glob("*/templates"))]


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the left navigation."""

    label: Any
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Entries of the left navigation that stand together under one word."""

    label: Any
    items: tuple[Item, ...]

    @property
    def is_open(self) -> bool:
        """Whether the page shown is one of them."""
        return any(item.current for item in self.items)


RIGHTS, OTHERS, SET_UP = _("Days and rights"), _("From other agencies"), _("Setting up")
# label, URL name, permission that shows it, first part of the paths it stands for, the group it stands in
NAVIGATION: tuple[tuple[Any, str, str, str, Any], ...] = (
    (_("Today"), "today", "site.today", "/today", None),
    (_("Screenings"), "identify:list", "identify.read_screening", "/identify", None),
    (_("Tips"), "identify:tips", "identify.read_tip", "/told", None),
    (_("People"), "protect:list", "protect.read_case", "/people", None),
    (_("Referrals"), "protect:referrals", "protect.answer_referral", "/referrals", OTHERS),
    (_("Transfers"), "protect:transfers", "protect.answer_transfer", "/transfers", OTHERS),
    (_("From other nodes"), "cooperate:received_list", "cooperate.take_referral", "/from-other-nodes", OTHERS),
    (_("To other nodes"), "cooperate:sent_list", "cooperate.refer", "/to-other-nodes", OTHERS),
    (_("Conferences"), "protect:conferences", "protect.read_conference", "/conferences", OTHERS),
    (_("For their defence"), "protect:notices", "protect.read_notice", "/for-their-defence", OTHERS),
    (_("Taken back"), "protect:taken_back", "protect.answer_notice", "/taken-back", OTHERS),
    (_("My cases"), "protect:my_work", "protect.see_own_work", "/work/mine", None),
    (_("How the work stands"), "protect:team", "protect.supervise", "/work/team", None),
    (_("Services"), "protect:services", "directory.read", "/services", None),
    (_("Days"), "protect:days", "protect.be_reminded", "/days", RIGHTS),
    (_("Decisions"), "protect:procedures", "protect.read_procedure", "/decisions", RIGHTS),
    (_("Legal grounds"), "protect:grounds", "protect.approve_ground", "/grounds", RIGHTS),
    (_("Non-punishment"), "protect:measures", "protect.read_measure", "/non-punishment", RIGHTS),
    (_("What people ask for"), "protect:own_requests", "protect.answer_person", "/asked", RIGHTS),
    (_("Who is shut out"), "protect:tie_list", "protect.shut_out", "/ties", RIGHTS),
    (_("Certificates of erasure"), "protect:certificates", "protect.read_certificate", "/erased", RIGHTS),
    (_("Alerts"), "money:list", "money.read_alert", "/alerts", None),
    (_("Network"), "network:list", "network.read", "/network", None),
    (_("Requests"), "cooperate:list", "cooperate.read_request", "/requests", None),
    (_("Nodes"), "cooperate:peers", "cooperate.see_peers", "/nodes", None),
    (_("Figures"), "monitor:list", "monitor.read_figures", "/figures", None),
    (_("Colleagues"), "accounts:people", "accounts.see_people", "/colleagues", None),
    (_("Law"), "protect:national", "accounts.set_law", "/law", SET_UP),
    (_("Instruments"), "identify:instruments", "identify.install_instrument", "/identify/instruments", SET_UP),
    (_("Who reads tips"), "identify:tip_desks", "identify.set_tip_desk", "/told", SET_UP),
    (_("Audit"), "audit:list", "audit.read", "/audit", None),
    (_("See as another role"), "see_as", "accounts.view_as", "/see-as", SET_UP),
    (_("Settings"), "accounts:settings", "accounts.make_token", "/settings", None),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return what the frame of a page shows: navigation by role, the scenario's label, the node's name."""
    config = settings.CONFIG
    frame = {"scenario": config.scenario, "node_name": config.node_name, "quick_exit_url": config.quick_exit_url}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return frame
    allowed = tuple(at for at, row in enumerate(NAVIGATION) if access.allowed(user, row[2]))
    current = tuple(at for at in allowed if request.path.startswith(NAVIGATION[at][3]))
    seen_as = getattr(user, "seen_as", None)
    words = ROLE_LABELS[Role(seen_as)] if seen_as else None
    return {**frame, "navigation": _navigation(allowed, current, get_language()), "seen_as": words}


@lru_cache(maxsize=1024)
def _navigation(allowed: tuple[int, ...], current: tuple[int, ...], _language: str | None) -> SafeString:
    """Draw the navigation; it is the same for everybody of a role on pages of a kind, so it is drawn once."""
    return render_to_string("ui/parts/navigation.html", {"navigation": list(_entries(allowed, current))})


def _entries(allowed: tuple[int, ...], current: tuple[int, ...]) -> Iterator[Item | Group]:
    """Give the entries in their order, each group where its first entry stands; a group of one is that entry."""
    shown = set()
    for at in allowed:
        group = NAVIGATION[at][4]
        within = [other for other in allowed if NAVIGATION[other][4] is group]
        if group is None or len(within) == 1:
            yield _item(at, current)
        elif id(group) not in shown:
            shown.add(id(group))
            yield Group(group, tuple(_item(other, current) for other in within))


def _item(at: int, current: tuple[int, ...]) -> Item:
    label, name, _permission, _prefix, _group = NAVIGATION[at]
    return Item(label, reverse(name), at in current)
