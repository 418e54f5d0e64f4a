"""An expert without an account reads some of one case, by consent, until a day; everybody here is made up."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.accounts.models import User
from mainstay.audit.models import Entry
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.core.errors import NotAllowedError
from mainstay.protect.errors import NothingToShareError, OutsideDayError
from mainstay.protect.models import OutsideAccess, Share
from mainstay.protect.queries.own_view import who_read
from mainstay.protect.services import consents, outside
from mainstay.protect.services.outside import Guest, Key
from mainstay.protect.types import Category, Given, SharePurpose
from mainstay.protect.views.own_words import who_words
from tests.factories import a_person, an_agency
from tests.protect.conftest import NOW, SECRETS, TODAY, Scene

pytestmark = pytest.mark.django_db


def let_in(scene: Scene, *categories: Category, days: int = 30, actor: User | None = None) -> Key:
    wanted = frozenset(categories or {Category.IDENTITY, Category.HEALTH})
    guest = Guest("doctor", "Dr Made-Up", wanted, SharePurpose.ASSISTANCE, TODAY + timedelta(days=days), Given.SPOKEN)
    return outside.let_in(scene.case, guest, actor=actor or scene.manager, today=TODAY, now=NOW)


def page_of(key: Key, code: str = "") -> Any:
    with clock.frozen_at(NOW):
        return Client().post(reverse("protect:outside_read", args=[key.token]), {"code": code or key.code})


def test_an_outsider_reads_what_the_person_agreed_to_and_nothing_else(scene: Scene) -> None:
    page = page_of(let_in(scene))
    text = page.content.decode()
    written = {**SECRETS, "birth_date": "5 April 1999"}
    assert {name for name, value in written.items() if value in text} == {"name", "birth_date", "health"}
    share = Share.objects.get(case=scene.case)
    assert share.recipient.startswith("outside:")
    assert share.received_at is not None
    assert Entry.objects.get(action="protect.outsider_read").actor_id == "outside"
    assert "An expert from outside, whom you let read" in [who_words(one) for one in who_read(scene.case)]


def test_each_reading_is_noted_and_the_link_alone_opens_nothing(scene: Scene) -> None:
    key = let_in(scene)
    page_of(key)
    page_of(key)
    assert Entry.objects.filter(action="protect.outsider_read", object_id=str(scene.case.pk)).count() == 2
    assert Share.objects.filter(case=scene.case).count() == 1
    link = Client().get(reverse("protect:outside_read", args=[key.token])).content.decode()
    assert not [value for value in SECRETS.values() if value in link]
    assert page_of(key, "00000000").status_code == 403
    assert outside.read("unknown", key.code, today=TODAY, now=NOW) is None


def test_it_ends_by_itself_on_its_day_and_at_once_when_it_is_ended_or_consent_is_taken_back(scene: Scene) -> None:
    key = let_in(scene, days=1)
    assert outside.read(key.token, key.code, today=TODAY + timedelta(days=1), now=NOW) is not None
    assert outside.read(key.token, key.code, today=TODAY + timedelta(days=2), now=NOW) is None
    second = let_in(scene)
    consent = next(c for c in scene.case.consents.all() if c.recipients == [second.row.recipient])
    consents.withdraw_consent(consent, actor=scene.manager, today=TODAY, now=NOW)
    found = outside.read(second.token, second.code, today=TODAY, now=NOW)
    assert found is not None
    assert found[1] == {}
    third = let_in(scene)
    outside.end(third.row, actor=scene.manager, today=TODAY, now=NOW)
    assert outside.read(third.token, third.code, today=TODAY, now=NOW) is None
    assert not scene.case.consents.filter(recipients=[third.row.recipient], withdrawn_on=None).exists()


def test_ten_wrong_codes_end_it(scene: Scene) -> None:
    key = let_in(scene)
    for _ in range(outside.MOST_TRIES):
        assert outside.read(key.token, "x", today=TODAY, now=NOW) is None
    assert outside.read(key.token, key.code, today=TODAY, now=NOW) is None


def test_nobody_is_let_in_for_longer_than_ninety_days_or_to_read_nothing(scene: Scene) -> None:
    for days in (-1, 91):
        with pytest.raises(OutsideDayError):
            let_in(scene, days=days)
    with pytest.raises(NothingToShareError):
        let_in(scene, Category.JOURNEY)
    assert not OutsideAccess.objects.exists()


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.SERVICE_PROVIDER, Role.CASE_MANAGER])
def test_only_a_case_manager_of_the_agency_lets_somebody_in(scene: Scene, role: Role) -> None:
    elsewhere = an_agency() if role is Role.CASE_MANAGER else scene.manager.agency
    with pytest.raises(NotAllowedError):
        let_in(scene, actor=a_person(role, elsewhere))


def test_the_page_shows_link_and_code_once(scene: Scene) -> None:
    client = Client()
    client.force_login(scene.manager)
    address = reverse("protect:outside", args=[scene.case.pk])
    data = {"kind": "lawyer", "who": "Made-up", "categories": ["identity"], "purpose": "assistance", "how": "spoken",
            "until": str(clock.today() + timedelta(days=5))}  # fmt: skip
    shown = client.post(address, data).content.decode()
    assert "/outside/" in shown
    assert "Shown this once" in shown
    assert "Shown this once" not in client.get(address).content.decode()
    assert client.post(address, {**data, "until": "2199-01-01"}).status_code == 422
    row = OutsideAccess.objects.get()
    client.post(reverse("protect:end_outside", args=[scene.case.pk, row.pk]))
    row.refresh_from_db()
    assert row.ended_at is not None
