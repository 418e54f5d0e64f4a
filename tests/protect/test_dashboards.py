"""How the work stands: figures with what they rest on, for those who may see them; everybody here is made up."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.protect.models import CaseTask
from mainstay.protect.queries import dashboards
from mainstay.protect.services import cases, flags, teamwork
from mainstay.protect.types import Category
from tests.factories import a_case, a_person, an_agency
from tests.protect.conftest import NOW, SECRETS, TODAY, Scene

pytestmark = pytest.mark.django_db


def test_a_case_manager_sees_what_waits_in_their_own_cases(scene: Scene) -> None:
    late = a_case(scene.manager, now=NOW)  # protected since March
    cases.add_need(scene.case, "shelter", "", actor=scene.manager, now=NOW)
    teamwork.add_task(
        late, "Call", owner=scene.manager, due_date=TODAY - timedelta(days=1), actor=scene.manager, now=NOW
    )
    a_case(a_person(Role.CASE_MANAGER, scene.manager.agency))
    figures = {one.code: (one.count, one.of) for one in dashboards.own_figures(scene.manager, TODAY)}
    assert figures["overdue"] == (1, 2)
    assert figures["this_week"] == (0, 2)
    assert figures["without_place"] == (1, 2)
    assert figures["tasks"] == (1, 2)
    assert CaseTask.objects.count() == 1


def test_a_supervisor_sees_who_has_how_much_and_nobodys_name(scene: Scene) -> None:
    supervisor = a_person(Role.SUPERVISOR, scene.manager.agency)
    scene.consent(Category.IDENTITY)
    late = a_case(scene.manager, now=NOW)
    flags.set_flag(late, "urgent", "Says he is near", actor=scene.manager, today=TODAY, now=NOW)
    a_case(a_person(Role.CASE_MANAGER, an_agency()))
    (row,) = dashboards.workload(supervisor, TODAY)
    assert (row.colleague, row.open_cases, row.overdue) == (scene.manager, 2, 1)
    figures = {one.code: (one.count, one.of) for one in dashboards.team_figures(supervisor, TODAY)}
    assert figures == {"overdue": (1, 2), "no_plan": (2, 2), "no_consent": (1, 2), "no_risk": (2, 2)}
    assert dashboards.flags_by_kind(supervisor, TODAY) == {"urgent": 1}
    client = Client()
    client.force_login(supervisor)
    for name in ("protect:team", "protect:team_people"):
        page = client.get(reverse(name)).content.decode()
        assert not [value for value in (*SECRETS.values(), "Says he is near", "Amara") if value in page]
    assert client.get(reverse("protect:case", args=[late.pk])).status_code == 403
    for figure in dashboards.team_figures(supervisor, TODAY):
        with clock.frozen_at(NOW):
            listed = client.get(f"{reverse('protect:team_people')}?{figure.query}")
        assert listed.context["page"].paginator.count == figure.count


def test_the_figures_of_a_case_manager_lead_to_lists_that_hold_as_many(scene: Scene) -> None:
    a_case(scene.manager, now=NOW)
    client = Client()
    client.force_login(scene.manager)
    assert client.get(reverse("protect:my_work")).status_code == 200
    for figure in dashboards.own_figures(scene.manager, TODAY):
        if figure.query:
            listed = client.get(f"{reverse('protect:list')}?{figure.query}")
            assert listed.status_code == 200


@pytest.mark.parametrize("name", ["protect:team", "protect:team_people"])
def test_the_pages_of_a_supervisor_ask_as_often_for_thirty_as_for_three(scene: Scene, name: str) -> None:
    client = Client()
    client.force_login(a_person(Role.SUPERVISOR, scene.manager.agency))

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name)).status_code == 200
        return len(queries)

    for _ in range(2):
        a_case(a_person(Role.CASE_MANAGER, scene.manager.agency))
    few = asked()
    for _ in range(27):
        a_case(a_person(Role.CASE_MANAGER, scene.manager.agency))
    assert asked() == few
