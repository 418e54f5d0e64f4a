"""Many people at once: narrowing, saved filters, flags, doing one thing to several; everybody here is made up."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.paginator import Paginator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mainstay.accounts.models import User
from mainstay.audit.models import Entry
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.core.errors import NotAllowedError
from mainstay.protect.errors import FlagError
from mainstay.protect.models import Case, CaseFlag, CaseTask, LegalHold, SavedFilter
from mainstay.protect.queries import lists
from mainstay.protect.services import cases, flags
from mainstay.protect.types import Category
from mainstay.ui import paging
from tests.factories import a_case, a_person, an_agency
from tests.protect.conftest import NOW, SECRETS, TODAY, Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def browse(scene: Scene) -> Client:
    """The case manager at their list."""
    client = Client()
    client.force_login(scene.manager)
    return client


def narrowed(scene: Scene, **wanted: Any) -> list[Case]:
    rows = Case.objects.filter(agency=scene.manager.agency)
    return list(lists.narrowed(rows, wanted, today=TODAY))


def test_each_filter_leaves_whom_it_names(scene: Scene) -> None:
    other = a_case(scene.manager, now=NOW)
    case = scene.case
    flags.set_flag(case, "court_soon", "Room 4", actor=scene.manager, today=TODAY, now=NOW)
    cases.add_need(case, "shelter", "", actor=scene.manager, now=NOW)
    scene.consent(Category.IDENTITY)
    assert narrowed(scene, form="ForcedLabour") == [case]
    assert narrowed(scene, flag="court_soon") == [case]
    assert narrowed(scene, flag="urgent") == []
    assert narrowed(scene, needs="no_place") == [case]
    assert narrowed(scene, without="consent") == [other]
    assert set(narrowed(scene, without="plan")) == {case, other}
    assert narrowed(scene, due="30") == [case]
    assert narrowed(scene, due="overdue") == [other]  # protected since March
    assert narrowed(scene, since=TODAY) == [case]
    assert set(narrowed(scene, owner=scene.manager.pk, status="open", age="18+")) == {case, other}
    for sort in lists.SORTS:
        assert len(narrowed(scene, sort=sort)) == 2


def test_a_filter_that_cannot_be_read_narrows_nothing(browse: Client) -> None:
    for query in ("due=x", "owner=x", "since=never", "sort=;drop", "page=999999", "form=%27"):
        assert browse.get(f"{reverse('protect:list')}?{query}").status_code == 200


def test_the_list_asks_as_often_for_thirty_people_as_for_three(scene: Scene, browse: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert browse.get(reverse("protect:list"), {"status": "open", "sort": "due"}).status_code == 200
        return len(queries)

    for _ in range(2):
        flags.set_flag(a_case(scene.manager), "urgent", actor=scene.manager, today=TODAY, now=NOW)
    few = asked()
    for _ in range(27):
        flags.set_flag(a_case(scene.manager), "urgent", actor=scene.manager, today=TODAY, now=NOW)
    assert asked() == few


def test_a_long_list_is_counted_up_to_a_point(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "COUNTED_TO", 2)
    for _ in range(3):
        a_case(scene.manager)
    paginator = paging.CappedPaginator(Case.objects.order_by("pk"), 1)
    assert (paginator.count, paginator.is_capped, paginator.num_pages) == (2, True, 2)


def test_rows_of_one_moment_stand_on_one_page_each_whatever_was_written_meanwhile(scene: Scene) -> None:
    """PostgreSQL moves a row that is written to."""
    for _ in range(19):
        a_case(scene.manager, now=scene.case.opened_at)
    seen: list[Case] = []
    for number in range(1, 6):
        seen += paging.CappedPaginator(Case.objects.order_by("-opened_at"), 4).get_page(number)
        Case.objects.filter(pk__in=[case.pk for case in seen[-4:-1]]).update(sex="female")
    assert len(set(seen)) == len(seen) == 20


@pytest.mark.parametrize("number", [None, "", "1", "2", "9", "x"])
@pytest.mark.parametrize("rows", [0, 1, 3, 4, 7])
def test_every_page_holds_what_djangos_own_pages_hold(scene: Scene, rows: int, number: str | None) -> None:
    scene.case.delete()
    for _ in range(rows):
        a_case(scene.manager)
    everybody = Case.objects.order_by("pk")
    ours, theirs = (pages(everybody, 3).get_page(number) for pages in (paging.CappedPaginator, Paginator))
    assert (list(ours), ours.number, ours.has_other_pages()) == (list(theirs), theirs.number, theirs.has_other_pages())
    assert ours.paginator.count == theirs.paginator.count


def test_a_list_of_one_page_is_not_counted(scene: Scene, django_assert_num_queries: Callable[..., Any]) -> None:
    with django_assert_num_queries(1):
        page = paging.CappedPaginator(Case.objects.order_by("pk"), 3).get_page(None)
        assert (len(page), page.has_other_pages(), page.paginator.count) == (1, False, 1)


def test_a_saved_filter_is_mine_or_shared_and_holds_no_name(scene: Scene, browse: Client) -> None:
    address = reverse("protect:save_filter") + "?status=open&find=Yaro"
    browse.post(address, {"name": "Mine", "query": "find=Yaro"})
    browse.post(address, {"name": "Ours", "is_shared": "on"})
    assert set(SavedFilter.objects.values_list("name", "query")) == {("Mine", "status=open"), ("Ours", "status=open")}
    colleague = a_person(Role.CASE_MANAGER, scene.manager.agency)
    assert [row.name for row in lists.saved_filters_for(colleague)] == ["Ours"]
    assert not lists.saved_filters_for(a_person(Role.CASE_MANAGER, an_agency())).exists()
    assert browse.post(address, {"name": "Mine"}).status_code == 422


def test_a_flag_stands_once_and_until_its_day(scene: Scene) -> None:
    flag = flags.set_flag(
        scene.case, "do_not_contact", "He reads her phone", until=TODAY, actor=scene.manager, today=TODAY, now=NOW
    )
    with pytest.raises(FlagError):
        flags.set_flag(scene.case, "do_not_contact", actor=scene.manager, today=TODAY, now=NOW)
    assert lists.flags_of([scene.case.pk], today=TODAY) == {scene.case.pk: [flag]}
    assert lists.flags_of([scene.case.pk], today=TODAY + timedelta(days=1)) == {}
    assert flags.read_flags(scene.case, actor=scene.manager) == [(flag, "He reads her phone")]
    with pytest.raises(NotAllowedError):
        flags.read_flags(scene.case, actor=a_person(Role.SUPERVISOR, scene.manager.agency))


def several(browse: Client, rows: list[Case], **data: Any) -> str:
    ids = [str(row.pk) for row in rows]
    return browse.post(reverse("protect:many"), {"case": ids, **data}).content.decode()


def test_several_are_handed_over_only_after_it_was_shown_what_happens(scene: Scene, browse: Client) -> None:
    colleague = a_person(Role.CASE_MANAGER, scene.manager.agency)
    rows = [scene.case, a_case(scene.manager)]
    data = {"what": "hand_over", "colleague": str(colleague.pk), "words": "Away for a month"}
    assert "will be done" in several(browse, rows, **data)
    assert Case.objects.filter(owner=colleague).count() == 0
    several(browse, rows, **data, yes="yes")
    assert Case.objects.filter(owner=colleague).count() == 2
    assert Entry.objects.filter(action="protect.handed_over").count() == 2


def test_what_is_refused_for_one_stops_none_of_the_others(scene: Scene, browse: Client) -> None:
    cases.add_need(scene.case, "legal", "", actor=scene.manager, now=NOW)
    with clock.frozen_at(NOW + timedelta(days=40)):
        fresh = cases.open_case(cases.CaseDraft(identified_date=clock.today()), actor=scene.manager, now=clock.now())
        before = several(browse, [scene.case, fresh], what="close", words="Went home", yes="yes")
        assert "Something is still open in this case" in before, "nobody had seen the need"
        shown = several(browse, [scene.case, fresh], what="close", words="Went home")
        assert "Needs that are not met (1)" in shown
        seen = dict(re.findall(r'name="(seen-[0-9a-f-]+)" value="([\w:]+)"', shown))
        page = several(browse, [scene.case, fresh], what="close", words="Went home", yes="yes", **seen)
    assert "days of reflection" in page
    status = dict(Case.objects.values_list("pk", "status"))
    assert (status[scene.case.pk], status[fresh.pk]) == ("closed", "presumed")


def test_tasks_and_flags_come_to_several_and_never_to_another_agencys_case(scene: Scene, browse: Client) -> None:
    stranger = a_case(a_person(Role.CASE_MANAGER, an_agency()))
    rows = [scene.case, stranger]
    day = str(clock.today() + timedelta(days=3))
    several(browse, rows, what="task", colleague=str(scene.manager.pk), day=day, words="Call the clinic", yes="yes")
    several(browse, rows, what="flag", flag="urgent", yes="yes")
    assert {task.case_id for task in CaseTask.objects.all()} == {scene.case.pk}
    assert {flag.case_id for flag in CaseFlag.objects.all()} == {scene.case.pk}
    assert "This is needed here." in several(browse, [scene.case], what="task", yes="yes")
    assert browse.post(reverse("protect:many"), {"case": [str(uuid4()), "x"]}).status_code == 302


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.SERVICE_PROVIDER, Role.ADMINISTRATOR])
def test_nobody_else_does_anything_to_several(
    client_of: Callable[[Role], Client], person_of: Callable[[Role], User], scene: Scene, role: Role
) -> None:
    answer = client_of(role).post(reverse("protect:many"), {"case": [str(scene.case.pk)], "what": "flag"})
    assert answer.status_code == 403


def test_who_is_looked_for_is_found_whatever_the_list_was_narrowed_to(scene: Scene) -> None:
    client = Client()
    client.force_login(scene.manager)
    narrowed = reverse("protect:list") + "?status=closed"
    assert scene.case.reference not in client.get(narrowed).content.decode()
    assert 'action="/people/"' in client.get(narrowed).content.decode()
    assert scene.case.reference in client.post(narrowed, {"find": SECRETS["name"]}).content.decode()


def test_a_search_says_among_whom_it_looked_and_one_press_looks_among_everybody(scene: Scene, browse: Client) -> None:
    page, name = reverse("protect:list"), SECRETS["name"]
    narrowed = browse.get(page, {"status": "closed"}).content.decode()
    assert 'name="among" value="shown"' in narrowed
    assert '<input type="hidden" name="status" value="closed">' in narrowed

    among = browse.post(page, {"find": name, "status": "closed", "among": "shown"}).content.decode()
    assert "Looked for among these only:" in among
    assert "Look among everybody" in among
    assert scene.case.reference not in among

    everybody = browse.post(page, {"find": name, "status": "closed"}).content.decode()
    assert "Looked for among everybody whom you may see" in everybody
    assert scene.case.reference in everybody


def test_a_day_that_narrows_the_list_goes_along_with_a_search_as_the_form_sends_it(browse: Client) -> None:
    page = browse.get(reverse("protect:list"), {"since": "2020-02-03"}, headers={"Accept-Language": "ru"})
    assert '<input type="hidden" name="since" value="2020-02-03">' in page.content.decode()


def test_who_was_found_can_be_narrowed_sorted_and_paged_without_a_name_in_an_address(
    scene: Scene, browse: Client
) -> None:
    name, page = SECRETS["name"], reverse("protect:list")
    for _ in range(60):
        a_case(scene.manager, {"name": name})
    first = browse.post(page, {"find": name})
    assert len(first.context["lines"]) == 50
    shown = first.content.decode()
    assert 'name="page" value="2"' in shown
    assert not [link for link in re.findall(r'href="([^"]*)"', shown) if name.split()[0] in link]
    second = browse.post(page, {"find": name, "page": "2"})
    assert len(second.context["lines"]) == 11
    fewer = browse.post(page, {"find": name, "among": "shown", "form": "ForcedLabour", "sort": "oldest"})
    assert [line[0] for line in fewer.context["lines"]] == [scene.case]


def test_nobody_of_another_agency_is_found_by_looking_among_everybody(scene: Scene, browse: Client) -> None:
    stranger = a_case(a_person(Role.CASE_MANAGER, an_agency()), {"name": "Ileana Marku"})
    assert stranger.reference not in browse.post(reverse("protect:list"), {"find": "Ileana Marku"}).content.decode()


def test_what_ends_within_fourteen_days_is_found_whatever_it_is_and_out_of_an_index(
    scene: Scene, open_case: Callable[..., Case]
) -> None:
    soon, later = TODAY + timedelta(days=14), TODAY + timedelta(days=15)
    ids = {}
    for number, name in enumerate(("reflection", "permit", "consent", "kept", "held", "done", "far")):
        case = open_case(phone=f"+999 55 200 000{number}")
        case.deadlines.update(due_date=later)
        ids[name] = case.pk
    rows = {name: Case.objects.get(pk=pk) for name, pk in ids.items()}
    rows["reflection"].deadlines.update(due_date=soon)
    rows["permit"].deadlines.create(kind="permit_expiry", due_date=TODAY, source="hand:law")
    Scene(scene.manager, scene.provider, rows["consent"]).consent(Category.NEEDS, until=soon)
    Scene(scene.manager, scene.provider, rows["far"]).consent(Category.NEEDS, until=later)
    for name in ("kept", "held"):
        Case.objects.filter(pk=ids[name]).update(status="closed", keep_until=soon)
    LegalHold.objects.create(
        key_id=rows["held"].key_id, case=rows["held"], since=TODAY, until=None, placed_by=scene.manager
    )
    rows["done"].deadlines.update(due_date=soon, done_at=NOW)
    scene.case.deadlines.update(due_date=later)
    found = lists.narrowed(Case.objects.all(), {"ending": "soon"}, today=TODAY)
    assert {row.pk for row in found} == {ids[name] for name in ("reflection", "permit", "consent", "kept")}
    plan = found.explain().casefold()
    if connection.vendor == "sqlite":
        assert "scan protect_case\n" not in f"{plan}\n"
        for index in ("protect_day_open", "protect_consent_ends"):
            assert index in plan
