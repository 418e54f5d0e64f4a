"""Every list costs the same number of queries, whether it shows ten rows or thirty."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mainstay.accounts import services as accounts
from mainstay.accounts.models import User
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.identify.services import appointments, devices
from tests.factories import (
    NOW,
    a_case,
    a_conference,
    a_figure,
    a_match,
    a_peer,
    a_person,
    a_referral,
    a_referral_from_elsewhere,
    a_referral_to_elsewhere,
    a_request,
    a_screening,
    a_service,
    a_transfer,
    alerts,
    an_agency,
    an_entity,
)

pytestmark = pytest.mark.django_db
More = Callable[[User], object]


def a_released_figure(_viewer: User) -> None:
    a_case()
    a_figure()


def an_invitation(viewer: User) -> None:
    email = f"guest{clock.now().timestamp()}@example.org"
    accounts.invite(email, role=Role.SCREENER, agency=viewer.agency, actor=viewer, now=clock.now())


def a_phone_of(viewer: User) -> None:
    devices.register_device("Blue", owner=a_person(Role.SCREENER, viewer.agency), actor=viewer, now=NOW)


def an_appointment_of(viewer: User) -> None:
    draft = appointments.AppointmentDraft(clock.now(), "Blue door")
    appointments.make_appointment(draft, actor=viewer, now=NOW)


LISTS: list[tuple[str, Role, More]] = [
    ("identify:list", Role.CASE_MANAGER, lambda viewer: a_screening(a_person(Role.SCREENER, viewer.agency))),
    ("identify:devices", Role.CASE_MANAGER, a_phone_of),
    ("identify:appointments", Role.SCREENER, an_appointment_of),
    ("protect:list", Role.CASE_MANAGER, lambda viewer: a_case(a_person(Role.CASE_MANAGER, viewer.agency))),
    ("protect:referrals", Role.SERVICE_PROVIDER, lambda viewer: a_referral(to=viewer.agency)),
    ("protect:referrals_sent", Role.CASE_MANAGER, lambda viewer: a_referral(actor=viewer)),
    ("protect:services", Role.CASE_MANAGER, lambda _viewer: a_service()),
    ("protect:transfers", Role.CASE_MANAGER, lambda viewer: a_transfer(viewer.agency)),
    ("protect:conferences", Role.SERVICE_PROVIDER, lambda viewer: a_conference(viewer.agency)),
    ("money:list", Role.ANALYST, alerts),
    ("network:list", Role.INVESTIGATOR, lambda _viewer: an_entity()),
    ("cooperate:list", Role.CENTRAL_AUTHORITY, lambda _viewer: (a_request(), a_match())),
    ("cooperate:peers", Role.CENTRAL_AUTHORITY, lambda _viewer: a_peer()),
    ("cooperate:received_list", Role.CASE_MANAGER, lambda _viewer: a_referral_from_elsewhere()),
    ("cooperate:sent_list", Role.CASE_MANAGER, a_referral_to_elsewhere),
    ("today", Role.CASE_MANAGER, lambda _viewer: a_referral_from_elsewhere()),
    ("monitor:list", Role.RAPPORTEUR, a_released_figure),
    ("accounts:people", Role.ADMINISTRATOR, lambda _viewer: a_person(agency=an_agency())),
    ("accounts:people", Role.ADMINISTRATOR, an_invitation),
    ("accounts:settings", Role.ANALYST, lambda viewer: accounts.make_token("x", actor=viewer, now=clock.now())),
    ("audit:list", Role.ADMINISTRATOR, lambda viewer: a_case(a_person(Role.CASE_MANAGER, viewer.agency))),
]


@pytest.mark.parametrize(("name", "role", "more"), LISTS, ids=lambda part: part if isinstance(part, str) else "")
def test_a_list_costs_the_same_whether_it_shows_ten_rows_or_thirty(name: str, role: Role, more: More) -> None:
    viewer = a_person(role)
    client = Client()
    client.force_login(viewer)

    def cost() -> tuple[int, int]:
        client.get(reverse(name))  # the first visit fills caches
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(reverse(name))
        assert answer.status_code == 200
        rows = answer.content.count(b"<tr") + answer.content.count(b"<li")
        return len(asked), rows

    for _ in range(10):
        more(viewer)
    few, shown = cost()
    for _ in range(20):
        more(viewer)
    many, shown_later = cost()
    assert shown_later > shown, "the list shows nothing of what was added"
    assert few <= many <= few + 1  # where not all are shown, what is left is counted once
