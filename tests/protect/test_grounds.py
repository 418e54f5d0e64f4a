"""What stands in for consent needs a second person, and who received something learns that it was taken back."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.accounts.models import User
from mainstay.audit.models import Entry
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.core.errors import NotAllowedError, RefusalError
from mainstay.protect import queries
from mainstay.protect.errors import GroundRefusedError, GuardianNeededError, SamePersonDecidesError
from mainstay.protect.models import Case, LegalGround, NoticeAnswer, RecallNotice
from mainstay.protect.services import cases, consents, erasure, grounds, referrals, sharing, taken_back
from mainstay.protect.types import Category, Given, GroundKind, SharePurpose
from tests.factories import a_person
from tests.protect.conftest import NOW, SECRETS, TODAY, Scene


@pytest.fixture
def supervisor(scene: Scene) -> User:
    return a_person(Role.SUPERVISOR, scene.manager.agency)


def draft(scene: Scene, **changes: Any) -> grounds.GroundDraft:
    values = {
        "kind": GroundKind.IMMINENT_DANGER,
        "categories": frozenset({Category.HEALTH}),
        "recipient": scene.clinic,
        "purpose": SharePurpose.ASSISTANCE,
        "until": TODAY + timedelta(days=2),
        "why": "They lie unconscious",
    }
    return grounds.GroundDraft(**{**values, **changes})


def ask(scene: Scene, **changes: Any) -> LegalGround:
    return grounds.ask_for_ground(scene.case, draft(scene, **changes), actor=scene.manager, today=TODAY, now=NOW)


def shared(scene: Scene) -> set[str]:
    return set(queries.plan_for(scene.case, scene.clinic, SharePurpose.ASSISTANCE, today=TODAY).shared)


def test_nothing_leaves_until_a_supervisor_approved_in_their_name(scene: Scene, supervisor: User) -> None:
    ground = ask(scene)
    assert not shared(scene)
    grounds.answer_ground(ground, approved=True, answer="", actor=supervisor, today=TODAY, now=NOW)
    assert shared(scene) == {"health"}
    plan, values = sharing.release(
        scene.case, scene.clinic, SharePurpose.ASSISTANCE, actor=scene.manager, today=TODAY, now=NOW
    )
    assert values == {"health": SECRETS["health"]}
    assert scene.case.shares.get().grounds == [str(ground.pk)]
    assert {queries.explain(d) for d in plan.decisions if d.shared} == {"Legal ground: Imminent danger"}


def test_who_asked_cannot_approve_even_as_a_supervisor(scene: Scene, supervisor: User) -> None:
    ground = ask(scene)
    LegalGround.objects.update(asked_by=supervisor)
    with pytest.raises(SamePersonDecidesError):
        grounds.answer_ground(ground, approved=True, answer="", actor=supervisor, today=TODAY, now=NOW)
    with pytest.raises(NotAllowedError):
        grounds.answer_ground(ground, approved=True, answer="", actor=scene.manager, today=TODAY, now=NOW)
    elsewhere = a_person(Role.SUPERVISOR)
    with pytest.raises(NotAllowedError):
        grounds.answer_ground(ground, approved=True, answer="", actor=elsewhere, today=TODAY, now=NOW)


def test_a_refused_ground_lets_nothing_out_and_is_answered_once(scene: Scene, supervisor: User) -> None:
    ground = ask(scene)
    with pytest.raises(RefusalError):
        grounds.answer_ground(ground, approved=False, answer=" ", actor=supervisor, today=TODAY, now=NOW)
    grounds.answer_ground(ground, approved=False, answer="Ask them first", actor=supervisor, today=TODAY, now=NOW)
    with pytest.raises(RefusalError):
        grounds.answer_ground(ground, approved=True, answer="", actor=supervisor, today=TODAY, now=NOW)
    assert not shared(scene)


def test_danger_holds_three_days_at_the_longest_and_ends_when_it_passed(scene: Scene, supervisor: User) -> None:
    with pytest.raises(GroundRefusedError):
        ask(scene, until=TODAY + timedelta(days=4))
    ground = grounds.answer_ground(ask(scene), approved=True, answer="", actor=supervisor, today=TODAY, now=NOW)
    day = TODAY + timedelta(days=3)
    assert not queries.plan_for(scene.case, scene.clinic, SharePurpose.ASSISTANCE, today=day).shared
    grounds.end_ground(ground, actor=scene.manager, today=TODAY, now=NOW)
    assert not shared(scene)


def test_a_childs_best_interests_are_asked_for_a_child_only(scene: Scene) -> None:
    with pytest.raises(GroundRefusedError):
        ask(scene, kind=GroundKind.CHILD_BEST_INTEREST)
    Case.objects.update(age_group="0-17")
    scene.case.refresh_from_db()
    assert ask(scene, kind=GroundKind.CHILD_BEST_INTEREST).is_approved is None


def test_a_child_is_not_asked_to_consent_alone(scene: Scene) -> None:
    Case.objects.update(age_group="0-17")
    scene.case.refresh_from_db()
    with pytest.raises(GuardianNeededError):
        scene.consent(Category.HEALTH)
    agreed = consents.ConsentDraft(
        frozenset({Category.HEALTH}), frozenset({scene.clinic}), frozenset({SharePurpose.ASSISTANCE}), TODAY,
        Given.GUARDIAN,
    )  # fmt: skip
    consents.give_consent(scene.case, agreed, actor=scene.manager, now=NOW)
    assert shared(scene) == {"health"}


def refer(scene: Scene) -> Any:
    need = cases.add_need(scene.case, "health", "", actor=scene.manager, now=NOW)
    return referrals.refer(need, scene.provider.agency, actor=scene.manager, today=TODAY, now=NOW)


def test_who_received_is_told_when_consent_is_taken_back_and_says_what_became_of_it(scene: Scene) -> None:
    consent = scene.consent(Category.NEEDS, Category.HEALTH)
    referral = refer(scene)
    assert scene.case.shares.get().received_at is None
    referrals.read_referral(referral, actor=scene.provider, today=TODAY, now=NOW)
    assert scene.case.shares.get().received_by == scene.provider
    consents.withdraw_consent(consent, actor=scene.manager, today=TODAY, now=NOW)

    client = Client()
    client.force_login(scene.provider)
    page = client.get(reverse("protect:taken_back")).content.decode()
    assert scene.case.reference in page
    assert not [secret for secret in SECRETS.values() if secret in page]
    notice = RecallNotice.objects.get()
    assert notice.seen_at is not None
    client.post(reverse("protect:answer_notice", args=[notice.pk]), {"answer": "deleted"})
    notice.refresh_from_db()
    assert (notice.answer, notice.answered_by) == (NoticeAnswer.DELETED, scene.provider)
    manager = Client()
    manager.force_login(scene.manager)
    assert "We deleted it" in manager.get(reverse("protect:sharing", args=[scene.case.pk])).content.decode()
    assert Entry.objects.filter(action="protect.notice_answered").count() == 1


def test_nobody_else_reads_or_answers_a_notice(scene: Scene) -> None:
    consent = scene.consent(Category.NEEDS)
    refer(scene)
    consents.withdraw_consent(consent, actor=scene.manager, today=TODAY, now=NOW)
    notice = RecallNotice.objects.get()
    for stranger in (a_person(Role.SERVICE_PROVIDER), scene.manager):
        assert not queries.taken_back_from(stranger).exists()
        with pytest.raises(NotAllowedError):
            taken_back.answer_notice(notice, NoticeAnswer.DELETED, actor=stranger, now=NOW)


def test_erasing_tells_who_had_received(scene: Scene) -> None:
    scene.consent(Category.NEEDS)
    refer(scene)
    erasure.erase(scene.case, actor=scene.manager, now=NOW)
    assert queries.taken_back_from(scene.provider).count() == 1


def test_who_objects_is_in_no_figure(scene: Scene) -> None:
    assert sum(queries.victims_by_form().values()) == 1
    cases.leave_out_of_figures(scene.case, left_out=True, actor=scene.manager)
    assert not queries.victims_by_form()
    cases.leave_out_of_figures(scene.case, left_out=False, actor=scene.manager)
    assert sum(queries.victims_by_form().values()) == 1


@pytest.fixture
def on_the_day() -> Iterator[None]:
    """Hold the clock on the day of the scene."""
    with clock.frozen_at(NOW):
        yield


@pytest.mark.usefixtures("on_the_day")
def test_a_ground_is_asked_for_and_approved_on_pages(scene: Scene, supervisor: User) -> None:
    client = Client()
    client.force_login(scene.manager)
    address = reverse("protect:ask_ground", args=[scene.case.pk])
    filled = {
        "kind": "imminent_danger", "why": "They lie unconscious", "recipient": scene.clinic, "categories": ["health"],
        "purpose": "assistance", "until": "2026-11-20",
    }  # fmt: skip
    assert "Choose today or a day to come." in client.post(address, filled).content.decode()
    assert client.post(address, {**filled, "until": "2027-11-26"}).status_code == 200
    assert not LegalGround.objects.exists()
    assert client.post(address, {**filled, "until": TODAY.isoformat()}).status_code == 302
    ground = LegalGround.objects.get()

    client.force_login(supervisor)
    assert scene.case.reference in client.get(reverse("protect:grounds")).content.decode()
    page = client.get(reverse("protect:ground", args=[ground.pk])).content.decode()
    assert "They lie unconscious" in page
    assert SECRETS["name"] not in page
    client.post(reverse("protect:ground", args=[ground.pk]), {"approved": "yes"})
    assert shared(scene) == {"health"}
    assert client.get(reverse("protect:case", args=[scene.case.pk])).status_code in {403, 404}


@pytest.mark.parametrize("rows", [3, 30])
def test_lists_of_grounds_notices_and_shares_ask_no_more_of_the_database_as_they_grow(
    scene: Scene, supervisor: User, rows: int, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    consent = scene.consent(Category.NEEDS)
    for _ in range(rows):
        ask(scene)
        refer(scene)
    consents.withdraw_consent(consent, actor=scene.manager, today=TODAY, now=NOW)
    RecallNotice.objects.update(seen_at=NOW)
    for viewer, address in (
        (supervisor, reverse("protect:grounds")),
        (scene.provider, reverse("protect:taken_back")),
        (scene.manager, reverse("protect:sharing", args=[scene.case.pk])),
    ):
        client = Client()
        client.force_login(viewer)
        with django_assert_max_num_queries(30):
            assert client.get(address).status_code == 200
