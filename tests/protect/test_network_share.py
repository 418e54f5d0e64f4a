"""What the network holds of a case follows consent by the day, and is noted only where it changed."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mainstay.audit.models import Entry
from mainstay.core import clock
from mainstay.network.models import Entity
from mainstay.protect.models import Case, Consent, Share
from mainstay.protect.services import cases, consents, erasure, sharing
from mainstay.protect.types import Category, SharePurpose
from tests.protect.conftest import NOW, TODAY, Scene

INVESTIGATION = SharePurpose.INVESTIGATION


@pytest.fixture(autouse=True)
def on_that_day() -> Iterator[None]:
    with clock.frozen_at(NOW):
        yield


def upkeep_on(day: date) -> int:
    with clock.frozen_at(NOW + (day - TODAY)):
        return sharing.follow_consents(now=clock.now())


def noted() -> tuple[int, int, list[str]]:
    """What a run could add to: shares, entries of the chain, and the entities themselves."""
    return (
        Share.objects.count(),
        Entry.objects.count(),
        sorted(str(pk) for pk in Entity.objects.values_list("pk", flat=True)),
    )


def test_nothing_is_noted_and_nobody_looked_at_hour_after_hour_while_nothing_changes(scene: Scene) -> None:
    scene.consent(Category.MONEY, to="network", for_=INVESTIGATION, until=TODAY + timedelta(days=10))
    before = noted()
    assert before[0] == 1
    assert [upkeep_on(TODAY + timedelta(days=day)) for day in range(4)] == [0, 0, 0, 0]
    sharing.tell_network(scene.case, actor=None, now=NOW)
    assert noted() == before


def test_a_case_is_told_anew_when_its_words_or_their_ground_change(scene: Scene) -> None:
    first = scene.consent(Category.MONEY, to="network", for_=INVESTIGATION)
    cases.change_case(scene.case, {"exploiter_account": "XO99"}, version=1, actor=scene.manager)
    assert Share.objects.count() == 2
    cases.change_case(scene.case, {"exploiter_account": "xo99"}, version=2, actor=scene.manager)
    assert Share.objects.count() == 3
    second = scene.consent(Category.MONEY, to="network", for_=INVESTIGATION)
    consents.withdraw_consent(first, actor=scene.manager, today=TODAY, now=NOW)
    standing = Share.objects.get(recalled_at=None)
    assert standing.consents == [str(second.pk)]  # what is there rests on a share that was not recalled
    assert Entity.objects.count() == 1


def test_a_consent_that_runs_out_takes_the_entities_out_however_long_nobody_ran_the_upkeep(scene: Scene) -> None:
    scene.consent(Category.MONEY, to="network", for_=INVESTIGATION, until=TODAY + timedelta(days=2))
    assert upkeep_on(TODAY + timedelta(days=2)) == 0
    assert Entity.objects.exists()
    assert upkeep_on(TODAY + timedelta(days=40)) == 1
    assert not Entity.objects.exists()
    assert Case.objects.get().network_digest == ""


def test_a_consent_that_begins_later_puts_them_there_and_taken_back_takes_them_out(scene: Scene) -> None:
    later = scene.consent(Category.MONEY, to="network", for_=INVESTIGATION)
    Consent.objects.filter(pk=later.pk).update(given_on=TODAY + timedelta(days=3))
    sharing.tell_network(scene.case, actor=None, now=NOW)
    assert not Entity.objects.exists()
    assert upkeep_on(TODAY + timedelta(days=2)) == 0
    assert upkeep_on(TODAY + timedelta(days=3)) == 1
    assert Entity.objects.exists()
    later.refresh_from_db()
    consents.withdraw_consent(later, actor=scene.manager, today=TODAY, now=NOW)
    assert not Entity.objects.exists()


def test_cases_that_the_day_does_not_turn_cost_the_upkeep_nothing(scene: Scene, open_case: Callable[..., Case]) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert upkeep_on(TODAY + timedelta(days=1)) == 0
        return len(queries)

    alone = asked()
    for number in range(6):
        other = Scene(scene.manager, scene.provider, open_case(phone=f"+999 55 111 000{number}"))
        other.consent(Category.NEEDS, until=TODAY + timedelta(days=30))
        other.consent(Category.MONEY, to="network", for_=INVESTIGATION)
    assert asked() == alone


def test_what_is_kept_of_the_network_share_tells_nothing_and_goes_with_the_person(
    scene: Scene, open_case: Callable[..., Case]
) -> None:
    twin = Scene(scene.manager, scene.provider, open_case())
    for each in (scene, twin):
        each.consent(Category.MONEY, to="network", for_=INVESTIGATION)
    mine, theirs = (Case.objects.get(pk=each.case.pk).network_digest for each in (scene, twin))
    assert len(mine) == len(theirs) == 64
    assert mine != theirs  # the same collector is not the same fingerprint
    erasure.erase(scene.case, actor=scene.manager, now=NOW)
    erased = Case.objects.get(pk=scene.case.pk)
    assert (erased.network_digest, erased.follow_on) == ("", None)


@pytest.mark.parametrize("last_day", [None, TODAY + timedelta(days=5)])
def test_the_day_to_look_again_is_the_day_after_the_last(scene: Scene, last_day: date | None) -> None:
    scene.consent(Category.NEEDS, until=last_day)
    expected = last_day + timedelta(days=1) if last_day else None
    assert Case.objects.get().follow_on == expected
