"""Whoever closes a case sees what is still open in it first; all made up."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mainstay.audit.models import Entry
from mainstay.core import clock
from mainstay.protect.errors import StillOpenError
from mainstay.protect.models import (
    Case,
    Deadline,
    Goal,
    Measure,
    OutsideAccess,
    OwnMessage,
    OwnRequest,
    PlanStep,
    Share,
)
from mainstay.protect.models.teamwork import Transfer
from mainstay.protect.queries.open_ends import open_ends
from mainstay.protect.services import cases, referrals, teamwork
from mainstay.protect.types import Category
from mainstay.protect.views.closing import OPEN_END_WORDS, seen_ends
from tests.factories import an_agency
from tests.protect.conftest import NOW, TODAY, Scene

pytestmark = pytest.mark.django_db
LATER = TODAY + timedelta(days=31)
THEN = NOW + timedelta(days=31)


def a_need(scene: Scene) -> None:
    cases.add_need(scene.case, "legal", "A secret word", actor=scene.manager, now=NOW)


def a_task(scene: Scene) -> None:
    teamwork.add_task(scene.case, "A secret word", owner=scene.manager, due_date=LATER, actor=scene.manager, now=NOW)


def a_step(scene: Scene) -> None:
    goal = Goal.objects.create(case=scene.case, key_id=scene.case.key_id, made_at=NOW)
    PlanStep.objects.create(case=scene.case, goal=goal, key_id=scene.case.key_id, who=scene.manager)


def a_referral(scene: Scene) -> None:
    scene.consent(Category.IDENTITY, Category.NEEDS)
    need = cases.add_need(scene.case, "legal", "", actor=scene.manager, now=NOW)
    referrals.refer(need, scene.provider.agency, actor=scene.manager, today=TODAY, now=NOW)


def a_day(scene: Scene) -> None:
    Deadline.objects.create(case=scene.case, kind="appeal", due_date=LATER, source="x")


def a_measure(scene: Scene) -> None:
    Measure.objects.create(
        case=scene.case, key_id=scene.case.key_id, agency=scene.case.agency, owner=scene.manager, kind="detention",
        taken_on=TODAY, recorded_at=NOW, changed_at=NOW, country="XS",
    )  # fmt: skip


def a_share(scene: Scene) -> None:
    Share.objects.create(
        case=scene.case, recipient=scene.clinic, purpose="assistance", shared_at=NOW, shared_by=scene.manager
    )


def a_wish(scene: Scene) -> None:
    OwnRequest.objects.create(
        case=scene.case, key_id=scene.case.key_id, holder="person", kind="erasure", asked_at=NOW, due_date=LATER
    )


def a_question(scene: Scene) -> None:
    OwnMessage.objects.create(
        case=scene.case, key_id=scene.case.key_id, holder="person", sent_at=NOW, waits_for_us=True
    )


def a_transfer(scene: Scene) -> None:
    Transfer.objects.create(
        case=scene.case, key_id=scene.case.key_id, agency=scene.case.agency, recipient_agency=an_agency(),
        sent_by=scene.manager, sent_at=NOW,
    )  # fmt: skip


def an_outsider(scene: Scene) -> None:
    OutsideAccess.objects.create(
        case=scene.case, key_id=scene.case.key_id, kind="lawyer", purpose="defence", until=LATER, token_digest="x",
        code_hash="x", given_by=scene.manager, given_at=NOW,
    )  # fmt: skip


OPENERS: dict[str, Callable[[Scene], None]] = {
    "measures": a_measure,
    "days": a_day,
    "referrals": a_referral,
    "transfers": a_transfer,
    "needs": a_need,
    "tasks": a_task,
    "steps": a_step,
    "requests": a_wish,
    "questions": a_question,
    "outside": an_outsider,
    "held": a_share,
}


def kinds(case: Case) -> dict[str, int]:
    return {one.kind: one.count for one in open_ends(case, today=LATER)}


def test_every_kind_that_is_named_can_be_open() -> None:
    assert set(OPENERS) == set(OPEN_END_WORDS)


@pytest.mark.parametrize("kind", OPENERS)
def test_a_case_is_not_closed_before_each_open_end_was_seen(kind: str, scene: Scene) -> None:
    scene.case.deadlines.all().delete()
    assert kinds(scene.case) == {}
    OPENERS[kind](scene)
    found = kinds(scene.case)
    assert found[kind] == 1

    def close(seen: dict[str, int]) -> Case:
        return cases.close_case(scene.case, reason="Went home.", seen=seen, actor=scene.manager, today=LATER, now=THEN)

    with pytest.raises(StillOpenError):
        close({name: count for name, count in found.items() if name != kind})
    scene.case.refresh_from_db()
    assert scene.case.status != "closed"
    close(found)
    assert Entry.objects.filter(action="protect.case_closed").count() == 1


def test_more_of_a_kind_than_was_seen_keeps_a_case_open(scene: Scene) -> None:
    scene.case.deadlines.all().delete()
    a_need(scene)
    seen = kinds(scene.case)
    a_need(scene)
    with pytest.raises(StillOpenError):
        cases.close_case(scene.case, reason="x", seen=seen, actor=scene.manager, today=LATER, now=THEN)


def test_the_page_shows_all_that_is_open_in_words_and_closes_only_with_a_yes(scene: Scene) -> None:
    client, page = Client(), reverse("protect:close", args=[scene.case.pk])
    client.force_login(scene.manager)
    for opener in OPENERS.values():
        opener(scene)
    with clock.frozen_at(NOW):
        early = client.get(page).content.decode()
    assert "This case cannot be closed yet" in early
    assert 'name="reason"' not in early
    with clock.frozen_at(THEN):
        shown = client.get(page).content.decode()
        for words in OPEN_END_WORDS.values():
            assert str(words) in shown
        assert "A secret word" not in shown
        seen = re.findall(r'name="seen" value="([\w:]+)"', shown)
        assert seen_ends(seen) == kinds(scene.case)
        without = client.post(page, {"reason": "Went home.", "seen": seen})
        assert without.status_code == 422
        assert "confirm that you have seen it" in without.content.decode()
        unseen = client.post(page, {"reason": "Went home.", "understood": "on", "seen": seen[1:]})
        assert unseen.status_code == 409
        assert "Went home." in unseen.content.decode()
        assert client.post(page, {"reason": "Went home.", "understood": "on", "seen": seen}).status_code == 302
    scene.case.refresh_from_db()
    assert scene.case.status == "closed"


def test_a_case_with_nothing_open_asks_for_a_reason_alone(scene: Scene) -> None:
    scene.case.deadlines.all().delete()
    client, page = Client(), reverse("protect:close", args=[scene.case.pk])
    client.force_login(scene.manager)
    with clock.frozen_at(THEN):
        shown = client.get(page).content.decode()
        assert "Nothing is open in this case" in shown
        assert 'name="understood"' not in shown
        assert client.post(page, {"reason": "Went home."}).status_code == 302


def test_the_page_asks_no_more_of_the_database_when_more_is_open(scene: Scene) -> None:
    client, page = Client(), reverse("protect:close", args=[scene.case.pk])
    client.force_login(scene.manager)

    def cost() -> int:
        with clock.frozen_at(THEN), CaptureQueriesContext(connection) as asked:
            assert client.get(page).status_code == 200
        return len(asked)

    a_referral(scene)
    a_task(scene)
    cost()
    few = cost()
    for _ in range(6):
        a_referral(scene)
        a_task(scene)
    assert cost() == few


@pytest.mark.parametrize("sent", [["x:1"], ["needs:-1"], ["needs:"], ["needs"], ["needs:\u0663"], [""]])
def test_what_cannot_be_read_was_not_seen(sent: list[str]) -> None:
    assert seen_ends(sent) == {}
