"""Templates: ours before those of installed packages; and what every page's frame needs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loaders.filesystem import Loader
from django.urls import reverse
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
    count: int | None = None


# label, URL name, permission that shows it, first part of the paths it stands for
NAVIGATION = (
    (_("Today"), "today", "site.today", "/today"),
    (_("Screenings"), "identify:list", "identify.read_screening", "/identify"),
    (_("Tips"), "identify:tips", "identify.read_tip", "/told"),
    (_("People"), "protect:list", "protect.read_case", "/people"),
    (_("My cases"), "protect:my_work", "protect.see_own_work", "/work/mine"),
    (_("How the work stands"), "protect:team", "protect.supervise", "/work/team"),
    (_("Referrals"), "protect:referrals", "protect.answer_referral", "/referrals"),
    (_("Taken back"), "protect:taken_back", "protect.answer_notice", "/taken-back"),
    (_("Legal grounds"), "protect:grounds", "protect.approve_ground", "/grounds"),
    (_("Transfers"), "protect:transfers", "protect.answer_transfer", "/transfers"),
    (_("Conferences"), "protect:conferences", "protect.read_conference", "/conferences"),
    (_("Services"), "protect:services", "directory.read", "/services"),
    (_("Decisions"), "protect:procedures", "protect.read_procedure", "/decisions"),
    (_("Days"), "protect:days", "protect.be_reminded", "/days"),
    (_("Non-punishment"), "protect:measures", "protect.read_measure", "/non-punishment"),
    (_("For their defence"), "protect:notices", "protect.read_notice", "/for-their-defence"),
    (_("What people ask for"), "protect:own_requests", "protect.answer_person", "/asked"),
    (_("Who is shut out"), "protect:tie_list", "protect.shut_out", "/ties"),
    (_("Alerts"), "money:list", "money.read_alert", "/alerts"),
    (_("Network"), "network:list", "network.read", "/network"),
    (_("Requests"), "cooperate:list", "cooperate.read_request", "/requests"),
    (_("Nodes"), "cooperate:peers", "cooperate.see_peers", "/nodes"),
    (_("Figures"), "monitor:list", "monitor.read_figures", "/figures"),
    (_("Colleagues"), "accounts:people", "accounts.see_people", "/colleagues"),
    (_("Law"), "protect:national", "accounts.set_law", "/law"),
    (_("Instruments"), "identify:instruments", "identify.install_instrument", "/identify/instruments"),
    (_("Who reads tips"), "identify:tip_desks", "identify.set_tip_desk", "/told"),
    (_("Audit"), "audit:list", "audit.read", "/audit"),
    (_("See as another role"), "see_as", "accounts.view_as", "/see-as"),
    (_("Settings"), "accounts:settings", "accounts.make_token", "/settings"),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return what the frame of a page shows: navigation by role, the scenario's label, the node's name."""
    config = settings.CONFIG
    frame = {"scenario": config.scenario, "node_name": config.node_name, "quick_exit_url": config.quick_exit_url}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return frame
    items = [
        Item(label, reverse(name), request.path.startswith(prefix))
        for label, name, permission, prefix in NAVIGATION
        if access.allowed(user, permission)
    ]
    seen_as = getattr(user, "seen_as", None)
    return {**frame, "navigation": items, "seen_as": ROLE_LABELS[Role(seen_as)] if seen_as else None}
