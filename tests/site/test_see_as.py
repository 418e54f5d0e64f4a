"""Looking as another role: never more than one may see oneself, nothing changed, nothing sealed opened."""

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.accounts.models import User
from mainstay.audit.models import Entry
from mainstay.core import access
from mainstay.core.access import TABLE, Role, Which
from mainstay.core.errors import NotAllowedError
from mainstay.core.fields import staying_sealed
from tests.factories import a_case, a_person

pytestmark = pytest.mark.django_db


def looking(person: User, role: Role) -> Client:
    client = Client()
    client.force_login(person)
    client.post(reverse("see_as"), {"role": role.value})
    return client


@pytest.mark.parametrize("own", [Role.SUPERVISOR, Role.ADMINISTRATOR])
@pytest.mark.parametrize("role", list(Role))
def test_nobody_reaches_more_by_looking_as_another_role(own: Role, role: Role) -> None:
    widest = list(access.NARROWEST_FIRST)
    person = a_person(own)
    before = {rule.permission: access.which(person, rule.permission) for rule in TABLE}
    person.seen_as = role.value  # type: ignore[attr-defined]  # set by the middleware
    for rule in TABLE:
        reach = access.which(person, rule.permission)
        was: Which | None = before[rule.permission]
        if reach is not None:
            assert was is not None
            assert widest.index(reach) <= widest.index(was)
            assert role in rule.who or rule.permission == access.VIEW_AS


def test_the_menu_is_that_of_both_roles_and_a_bar_leads_out() -> None:
    client = looking(a_person(Role.SUPERVISOR), Role.CASE_MANAGER)
    page = client.get(reverse("today")).content.decode()
    assert "You see what a Case manager sees" in page
    assert reverse("protect:team") not in page
    assert client.get(reverse("protect:team")).status_code == 403
    assert client.get(reverse("protect:list")).status_code == 403
    client.post(reverse("see_as"))
    assert client.get(reverse("protect:team")).status_code == 200
    assert set(Entry.objects.filter(action__startswith="accounts.seen_as").values_list("action", flat=True)) == {
        "accounts.seen_as",
        "accounts.seen_as_themself",
    }


def test_nothing_is_changed_and_nothing_sealed_opens_meanwhile() -> None:
    supervisor = a_person(Role.SUPERVISOR)
    client = looking(supervisor, Role.CASE_MANAGER)
    answer = client.post(reverse("protect:own_view_choice"), {"names": "yes"})
    assert answer.status_code == 403
    case = a_case(sealed={"name": "Oda Merren"})
    with staying_sealed(), pytest.raises(NotAllowedError):
        case.name.open()
    with pytest.raises(NotAllowedError), staying_sealed():
        type(case).objects.get(pk=case.pk).name.open()


@pytest.mark.parametrize("role", [r for r in Role if r not in {Role.SUPERVISOR, Role.ADMINISTRATOR}])
def test_nobody_else_looks_as_another_role(role: Role) -> None:
    client = looking(a_person(role), Role.ADMINISTRATOR)
    assert client.get(reverse("see_as")).status_code == 403
    assert "You see what" not in client.get(reverse("today")).content.decode()
