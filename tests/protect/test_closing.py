"""Closing a case and opening it again, meeting needs, and finding a person however the name is written; all made up."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from mainstay.audit.models import Entry
from mainstay.core.access import Role
from mainstay.core.errors import NotAllowedError
from mainstay.protect import queries
from mainstay.protect.errors import CaseClosedError, ReasonsMissingError, ReflectionPeriodRunningError
from mainstay.protect.models import CaseNameSound, Status
from mainstay.protect.services import cases, erasure
from mainstay.site import upkeep
from tests.factories import a_case, a_person
from tests.protect.conftest import EVERYTHING_SEEN, NOW, TODAY, Scene

pytestmark = pytest.mark.django_db
LATER = TODAY + timedelta(days=31)


def test_nobodys_case_is_closed_while_they_have_days_of_reflection(scene: Scene) -> None:
    last = TODAY + timedelta(days=30)
    with pytest.raises(ReflectionPeriodRunningError):
        cases.close_case(scene.case, reason="Left.", actor=scene.manager, today=last, now=NOW)
    with pytest.raises(ReasonsMissingError):
        cases.close_case(scene.case, reason=" ", actor=scene.manager, today=LATER, now=NOW)
    closed = cases.close_case(
        scene.case, reason="Went home.", seen=EVERYTHING_SEEN, actor=scene.manager, today=LATER, now=NOW
    )
    assert (closed.status, closed.closed_from) == (Status.CLOSED, Status.PRESUMED)
    with pytest.raises(CaseClosedError):
        cases.close_case(closed, reason="Again.", actor=scene.manager, today=LATER, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT why_closed FROM protect_case")
        assert b"home" not in bytes(cursor.fetchone()[0])


def test_a_case_opens_again_as_it_stood_and_asks_for_work_again(scene: Scene) -> None:
    need = cases.add_need(scene.case, "legal", "", actor=scene.manager, now=NOW)
    cases.close_case(scene.case, reason="Went home.", seen=EVERYTHING_SEEN, actor=scene.manager, today=LATER, now=NOW)
    assert not queries.needs_without_place(scene.manager).exists()
    assert not queries.deadlines_due(scene.manager).exists()
    opened = cases.reopen_case(scene.case, reason="Came back.", actor=scene.manager)
    assert (opened.status, opened.closed_from, opened.closed_at) == (Status.PRESUMED, "", None)
    assert list(queries.needs_without_place(scene.manager)) == [need]
    with pytest.raises(CaseClosedError):
        cases.reopen_case(opened, reason="Again.", actor=scene.manager)
    with pytest.raises(NotAllowedError):
        cases.close_case(opened, reason="x", actor=a_person(Role.CASE_MANAGER), today=LATER, now=NOW)


def test_a_closed_case_counts_in_the_figures_as_it_was_decided(scene: Scene) -> None:
    cases.close_case(scene.case, reason="Went home.", seen=EVERYTHING_SEEN, actor=scene.manager, today=LATER, now=NOW)
    assert sum(queries.victims_by_form().values()) == 1
    type(scene.case).objects.update(closed_from=Status.NOT_IDENTIFIED)
    assert sum(queries.victims_by_form().values()) == 0


def test_a_met_need_asks_for_nothing_more(scene: Scene) -> None:
    need = cases.add_need(scene.case, "legal", "", actor=scene.manager, now=NOW)
    cases.meet_need(need, met=True, actor=scene.manager, now=NOW)
    assert not queries.needs_without_place(scene.manager).exists()
    cases.meet_need(need, met=False, actor=scene.manager, now=NOW)
    assert queries.needs_without_place(scene.manager).exists()
    assert Entry.objects.filter(action="protect.need_met", object_id=str(need.pk)).count() == 2


@pytest.mark.parametrize("spelling", ["Яро Терваню", "يارو تيرفانو", "TERVANU Yaro", "yaro tervanu"])
def test_a_person_is_found_however_the_name_is_written(scene: Scene, spelling: str) -> None:
    a_case(scene.manager, {"name": "Fatima Haddad"})
    assert list(queries.cases_named(spelling, scene.manager)) == [scene.case]


def test_a_new_name_takes_the_place_of_the_old_and_erasing_takes_all_away(scene: Scene) -> None:
    case = cases.change_case(scene.case, {"name": "Fatima Haddad"}, version=scene.case.version, actor=scene.manager)
    assert not queries.cases_named("Yaro Tervanu", scene.manager).exists()
    assert list(queries.cases_named("فاطمة حداد", scene.manager)) == [case]
    erasure.erase(case, actor=scene.manager, now=NOW)
    assert not CaseNameSound.objects.exists()


def test_names_kept_before_are_indexed_by_the_upkeep_and_noted(scene: Scene) -> None:
    CaseNameSound.objects.all().delete()
    assert not queries.cases_named("Яро Терваню", scene.manager).exists()
    upkeep.do_upkeep()
    assert list(queries.cases_named("Яро Терваню", scene.manager)) == [scene.case]
    assert Entry.objects.filter(action="protect.name_indexed").count() == 1
    assert cases.index_names() == 0


def test_a_name_that_sounds_like_nothing_is_opened_once(scene: Scene) -> None:
    case = cases.change_case(scene.case, {"name": "☆☆☆"}, version=scene.case.version, actor=scene.manager)
    assert list(queries.cases_named("☆☆☆", scene.manager)) == [case]
    CaseNameSound.objects.all().delete()
    assert [cases.index_names(), cases.index_names()] == [1, 0]


def test_the_pages_close_and_open_again_and_keep_the_reason_where_it_is_refused(scene: Scene) -> None:
    client = Client()
    client.force_login(scene.manager)
    need = cases.add_need(scene.case, "legal", "", actor=scene.manager, now=NOW)
    client.post(reverse("protect:meet_need", args=[scene.case.pk, need.pk]), {"met": "yes"})
    page = reverse("protect:case", args=[scene.case.pk])
    assert "Not met after all" in client.get(page).content.decode()
    sent = {"reason": "Went home.", "understood": "on", "seen": [f"{kind}:9" for kind in EVERYTHING_SEEN]}
    refused = client.post(reverse("protect:close", args=[scene.case.pk]), sent)
    assert refused.status_code == 409
    assert "Went home." in refused.content.decode()
    type(scene.case).objects.update(identified_date=TODAY - timedelta(days=60))
    client.post(reverse("protect:close", args=[scene.case.pk]), sent)
    assert "Open this case again" in client.get(page).content.decode()
    client.post(reverse("protect:close", args=[scene.case.pk]), {"reason": "Came back."})
    scene.case.refresh_from_db()
    assert scene.case.status == Status.PRESUMED
