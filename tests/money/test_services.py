"""Alerts come in once, are decided once, and never tell of an account that may be a victim's."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.accounts.models import User
from mainstay.core.access import Role
from mainstay.core.errors import NotAllowedError
from mainstay.money import queries, services
from mainstay.money.errors import AlertDecidedError
from mainstay.money.models import StoredAlert
from mainstay.money.types import AccountRole, Alert, Reason
from mainstay.money.types import Role as Part
from mainstay.network import queries as network
from mainstay.network.models import Entity

NOW = datetime(2026, 11, 24, tzinfo=UTC)
HOLDERS = {"C1": ("person", "Goru Kalbero"), "W1": ("person", "Yaro Tervanu"), "E1": ("organisation", "Tern Farms")}


def an_alert(alert_id: str = "a1", **roles: Part) -> Alert:
    """Return a wage funnel, with these roles by account."""
    roles = roles or {"E1": Part.EMPLOYER, "W1": Part.CONTROLLED, "W2": Part.CONTROLLED, "C1": Part.CONTROLLER}
    return Alert(
        alert_id=alert_id,
        pattern="wage_funnel",
        score=0.8,
        accounts=tuple(AccountRole(account, role) for account, role in roles.items()),
        transactions=("t1", "t2"),
        start=NOW,
        end=NOW,
        amounts={"EUR": "100.00"},
        reasons=(Reason("code", "Most of the wage goes on", 0.9, "RF26", 0.8),),
    )


@pytest.fixture
def analyst(person_of: Callable[[Role], User]) -> User:
    return person_of(Role.ANALYST)


def told() -> set[str]:
    return {network.opened(entity).caption for entity in Entity.objects.all()}


def test_the_same_scan_twice_brings_each_alert_once(analyst: User) -> None:
    assert len(services.load_alerts([an_alert(), an_alert("a2")], {}, actor=analyst, now=NOW)) == 2
    assert services.load_alerts([an_alert()], {}, actor=analyst, now=NOW) == []
    assert [row.protected_count for row in queries.alerts_visible_to(analyst)] == [2, 2]


def test_the_network_learns_of_who_collects_and_never_of_who_is_controlled(analyst: User) -> None:
    services.load_alerts([an_alert()], HOLDERS, actor=analyst, now=NOW)
    assert told() == {"E1", "Tern Farms", "C1", "Goru Kalbero"}


@pytest.mark.parametrize("first", ["controlled", "collector"])
def test_a_worker_who_is_controlled_in_one_alert_is_told_to_nobody_by_another(analyst: User, first: str) -> None:
    """Whichever of the two alerts comes first."""
    controlled, collector = an_alert(), an_alert("a2", W1=Part.COLLECTOR, P1=Part.PAYER)
    for alert in (controlled, collector) if first == "controlled" else (collector, controlled):
        services.load_alerts([alert], HOLDERS, actor=analyst, now=NOW)
    assert told() == {"E1", "Tern Farms", "C1", "Goru Kalbero"}


def test_an_alert_is_decided_once_and_a_page_out_of_date_changes_nothing(analyst: User) -> None:
    (stored,) = services.load_alerts([an_alert()], {}, actor=analyst, now=NOW)
    stale = StoredAlert.objects.get(pk=stored.pk)
    services.read_alert(stored, actor=analyst)
    services.decide_alert(stored, suspicious=True, reason="All to one account", actor=analyst, now=NOW)
    services.read_alert(stale, actor=analyst)
    assert StoredAlert.objects.get().state == "suspicious"
    with pytest.raises(AlertDecidedError):
        services.decide_alert(stale, suspicious=False, reason="No", actor=analyst, now=NOW)


def test_what_is_not_suspicious_is_taken_out_of_the_network(analyst: User) -> None:
    (stored,) = services.load_alerts([an_alert()], HOLDERS, actor=analyst, now=NOW)
    services.decide_alert(stored, suspicious=False, reason="A family's account", actor=analyst, now=NOW)
    assert not Entity.objects.exists()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ANALYST])
def test_nobody_else_takes_alerts_in(person_of: Callable[[Role], User], role: Role) -> None:
    with pytest.raises(NotAllowedError):
        services.load_alerts([an_alert()], {}, actor=person_of(role), now=NOW)


def test_what_is_stored_opens_as_it_was(analyst: User) -> None:
    alert = replace(an_alert(), start=NOW)
    (stored,) = services.load_alerts([alert], {}, actor=analyst, now=NOW)
    assert services.read_alert(stored, actor=analyst) == alert


def test_alerts_of_a_scan_are_loaded_from_the_command_line(node_command: Callable[..., object], tmp_path: Path) -> None:
    done = node_command("money", "load", str(tmp_path), "--as", "nobody@example.org")
    assert done.returncode == 2  # type: ignore[attr-defined]  # a completed process
    assert "--as" in done.stderr  # type: ignore[attr-defined]  # a completed process


def test_the_page_of_an_alert_that_accuses_nobody_offers_to_report_nobody(analyst: User, client: Client) -> None:
    accuses = an_alert()
    nobody = replace(an_alert("a2", B1=Part.UNKNOWN, H1=Part.ADVERTISER, P1=Part.PAYER), pattern="booking_burst")
    services.load_alerts([accuses, nobody], {}, actor=analyst, now=NOW)
    client.force_login(analyst)
    pages = {
        row.pattern: client.get(reverse("money:alert", args=[row.pk])).content.decode()
        for row in queries.alerts_visible_to(analyst)
    }
    assert "Suspicious: report on those who collect" in pages["wage_funnel"]
    assert "Suspicious: look further, name nobody" in pages["booking_burst"]
    assert "not named: a business that was paid" in pages["booking_burst"]
    assert "may be named" not in pages["booking_burst"]
