"""What comes into the network goes out whole, and what is exported is FollowTheMoney."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from followthemoney import model

from mainstay.accounts.models import User
from mainstay.core import keystore
from mainstay.core.access import Role
from mainstay.network import queries, services
from mainstay.network.errors import NotAnEntityError
from mainstay.network.models import Entity
from mainstay.network.types import EntityDraft, LinkDraft, Push

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def a_push(ref: str = "case-1", account: str = "XO1", name: str = "Goru Kalbero") -> Push:
    person = EntityDraft("p", "Person", {"name": [name]}, (("name", name),))
    bank = EntityDraft("a", "BankAccount", {"accountNumber": [account]}, (("account", account),))
    return Push("protect", ref, (person, bank), (LinkDraft("p", "a", "collects on"),))


@pytest.fixture
def reader(person_of: Callable[[Role], User]) -> User:
    return person_of(Role.INVESTIGATOR)


def test_a_second_push_of_a_source_replaces_its_first(reader: User) -> None:
    services.push(a_push(), actor=None, now=NOW)
    services.push(a_push(name="Somebody Else"), actor=None, now=NOW)
    captions = {queries.opened(entity).caption for entity in queries.entities_visible_to(reader)}
    assert captions == {"Somebody Else", "XO1"}


def test_two_sources_that_name_one_account_are_tied(reader: User) -> None:
    services.push(a_push(), actor=None, now=NOW)
    services.push(a_push("case-2", account="xo 1", name="Hevi Morvesi"), actor=None, now=NOW)
    ties = queries.ties_among(queries.entities_visible_to(reader))
    assert sorted(tie.role for tie in ties) == ["collects on", "collects on", "same account"]
    met = {queries.opened(entity).schema for entity in queries.entities_met_twice(reader)}
    assert met == {"BankAccount"}
    found = queries.entities_with("account", "XO-1", reader).first()
    assert found is not None
    assert len(queries.neighbours(found, reader)) == 3


@pytest.mark.django_db(transaction=True)
def test_taking_a_source_out_destroys_its_key() -> None:
    services.push(a_push(), actor=None, now=NOW)
    backup = Entity.objects.first()
    assert backup is not None
    assert services.take_out("protect", "case-1", actor=None, now=NOW) == 2
    assert not Entity.objects.exists()
    with pytest.raises(keystore.KeyDestroyedError):
        backup.caption.open()


@pytest.mark.parametrize(
    "draft",
    [EntityDraft("x", "Unicorn", {}), EntityDraft("x", "Person", {"horn": ["long"]})],
)
def test_what_is_no_entity_is_refused_whole(db: None, draft: EntityDraft) -> None:
    with pytest.raises(NotAnEntityError):
        services.push(Push("protect", "case-1", (*a_push().entities, draft)), actor=None, now=NOW)
    assert not Entity.objects.exists()


def test_the_export_reads_back_as_followthemoney(db: None, tmp_path: Path) -> None:
    services.push(a_push(), actor=None, now=NOW)
    out = tmp_path / "entities.ftm"
    assert services.export_ftm(out, actor=None) == 2
    entities = [model.get_proxy(json.loads(line)) for line in out.read_text(encoding="utf-8").splitlines()]
    assert {entity.schema.name: entity.caption for entity in entities} == {
        "Person": "Goru Kalbero",
        "BankAccount": "XO1",
    }


@pytest.mark.parametrize("role", [Role.SCREENER, Role.CASE_MANAGER, Role.ADMINISTRATOR, Role.RAPPORTEUR])
def test_who_does_not_investigate_sees_no_entity(person_of: Callable[[Role], User], role: Role) -> None:
    services.push(a_push(), actor=None, now=NOW)
    assert not queries.entities_visible_to(person_of(role)).exists()
