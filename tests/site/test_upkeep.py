"""What happens though nobody clicks."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django_tasks_db.models import DBTaskResult

from mainstay.core import clock, erasure, keystore
from mainstay.core.access import Role
from mainstay.core.models import KeyToDestroy
from mainstay.identify.models import Appointment
from mainstay.identify.services import appointments
from mainstay.network.models import Entity
from mainstay.protect.types import Category, SharePurpose
from mainstay.site import upkeep
from tests.factories import a_person
from tests.protect.conftest import NOW, TODAY, Scene, open_case, scene

__all__ = ["open_case", "scene"]


@pytest.mark.django_db(transaction=True)
def test_upkeep_finishes_erasures_and_follows_consents_that_end(scene: Scene) -> None:
    scene.consent(Category.MONEY, to="network", for_=SharePurpose.INVESTIGATION, until=TODAY)
    key_id = keystore.node().create_key()
    KeyToDestroy.objects.create(key_id=key_id, asked_at=NOW)
    with clock.frozen_at(NOW + timedelta(days=1)):
        upkeep.do_upkeep()
    assert not Entity.objects.exists()
    assert erasure.finish() == 0
    with pytest.raises(keystore.KeyDestroyedError):
        keystore.node().data_key(key_id)


@pytest.mark.django_db(transaction=True)
def test_an_appointment_that_no_page_shows_any_more_is_removed_with_its_key() -> None:
    screener = a_person(Role.SCREENER)
    old, new = (
        appointments.make_appointment(appointments.AppointmentDraft(at, "Blue door", "Dilara"), actor=screener, now=NOW)
        for at in (NOW - timedelta(days=8), NOW - timedelta(days=1))
    )
    with clock.frozen_at(NOW):
        upkeep.do_upkeep()
    assert list(Appointment.objects.all()) == [new]
    with pytest.raises(keystore.KeyDestroyedError):
        keystore.node().data_key(old.key_id)


def test_the_upkeep_waits_once_in_the_queue_however_often_the_worker_starts(db: None) -> None:
    upkeep.begin()
    upkeep.begin()
    assert DBTaskResult.objects.count() == 1


def test_the_worker_does_the_upkeep_and_plans_the_next(node_command: Callable[..., object]) -> None:
    done = node_command("worker", "--once")
    assert done.returncode == 0, done.stderr  # type: ignore[attr-defined]  # a completed process
    assert "Traceback" not in done.stderr  # type: ignore[attr-defined]  # a completed process
