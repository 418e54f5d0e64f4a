"""Today: one's own first, however much the agency has, and no more of it read than is shown."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mainstay.accounts.models import User
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.protect.models import Case, Deadline
from mainstay.protect.services import teamwork
from mainstay.site import tasks, work
from tests.factories import NOW, a_case, a_person, a_referral, a_request, a_transfer, alerts

pytestmark = pytest.mark.django_db
DAY = NOW.date()


def many_days_of(colleague: User, number: int, days: int) -> None:
    """Give a colleague's one case many open days, all the same number of days away."""
    case = a_case(colleague)
    case.deadlines.all().delete()
    due = DAY + timedelta(days=days)
    rows = [Deadline(case=case, kind="appeal_due", due_date=due, source="x") for _ in range(number)]
    Deadline.objects.bulk_create(rows)


def a_task(viewer: User) -> None:
    case = a_case(viewer, now=NOW)
    teamwork.add_task(case, "x", owner=viewer, due_date=DAY, actor=viewer, now=NOW)


def test_ones_own_days_stand_before_many_older_ones_of_a_colleague() -> None:
    viewer = a_person()
    many_days_of(a_person(Role.CASE_MANAGER, viewer.agency), 60, -40)
    many_days_of(viewer, 3, 5)
    own = set(Case.objects.filter(owner=viewer).values_list("reference", flat=True))

    found = work.work_of(viewer, DAY)

    assert [task.who in own for task in found.own.tasks] == [True] * 3
    assert len(found.others.tasks) == tasks.MOST - 3
    assert not own & {task.who for task in found.others.tasks}
    (more,) = found.others.more
    assert more.count == 60 - (tasks.MOST - 3)
    assert not found.own.more


def test_what_is_left_out_is_in_the_list_that_its_line_leads_to() -> None:
    viewer = a_person()
    many_days_of(a_person(Role.CASE_MANAGER, viewer.agency), 60, -40)
    many_days_of(viewer, tasks.MOST + 4, 5)
    client = Client()
    client.force_login(viewer)
    found = work.work_of(viewer, clock.today())
    shown = client.get(reverse("today")).content.decode()

    for part, total in ((found.own, tasks.MOST + 4), (found.others, 60)):
        (more,) = part.more
        assert f'href="{more.url}"' in shown
        first = client.get(more.url)
        listed, number = first.content.count(b"<tr"), first.context["page"].paginator.num_pages
        for page in range(2, number + 1):
            listed += client.get(f"{more.url}&page={page}").content.count(b"<tr")
        assert listed - number == total, "each row once, and a heading a page"


def test_the_rest_is_counted_only_so_far() -> None:
    viewer = a_person()
    many_days_of(a_person(Role.CASE_MANAGER, viewer.agency), 400, 0)
    found = work.work_of(viewer, DAY)
    (more,) = found.others.more
    assert more.is_capped
    assert more.count == tasks.COUNTED_TO
    assert found.urgent is None, "not all of them were looked at"


SOURCES: list[tuple[Role, Callable[[User], object]]] = [
    (Role.CASE_MANAGER, lambda viewer: a_case(viewer, now=NOW)),
    (Role.CASE_MANAGER, lambda viewer: a_case(a_person(Role.CASE_MANAGER, viewer.agency), now=NOW)),
    (Role.CASE_MANAGER, lambda viewer: a_transfer(viewer.agency)),
    (Role.CASE_MANAGER, a_task),
    (Role.SERVICE_PROVIDER, lambda viewer: a_referral(to=viewer.agency)),
    (Role.ANALYST, alerts),
    (Role.CENTRAL_AUTHORITY, lambda _viewer: a_request()),
]


@pytest.mark.parametrize(("role", "more"), SOURCES)
def test_today_costs_no_more_and_grows_no_longer_when_there_are_many(
    role: Role, more: Callable[[User], object]
) -> None:
    viewer = a_person(role)
    client = Client()
    client.force_login(viewer)

    def cost() -> tuple[int, int]:
        client.get(reverse("today"))  # the first visit fills caches
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(reverse("today"))
        assert answer.status_code == 200
        return len(asked), answer.content.count(b"<tr")

    def add(number: int) -> tuple[int, int]:
        for _ in range(number):
            more(viewer)
        return cost()

    few, shown = add(4)
    some, shown_later = add(4)
    assert shown_later > shown, "today shows nothing of what was added"
    assert some == few
    full, most = add(tasks.MOST)
    over, still = add(10)
    assert over == full
    assert still == most
    assert full <= few + 3, "each source that does not fit is counted once"


def test_a_list_of_no_known_source_is_not_there() -> None:
    client = Client()
    client.force_login(a_person())
    assert client.get(reverse("today_list", args=["x"])).status_code == 404
