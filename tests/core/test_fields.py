"""Sealed fields on a real table: what the database holds, and what it takes to read it."""

from datetime import UTC, date, datetime
from itertools import combinations
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mainstay.core import keystore
from mainstay.core.fields import DOTS, blind_index
from mainstay.core.keystore import KeyDestroyedError
from mainstay.core.sealing import UnsealError
from mainstay.protect.models import SEALED_FIELDS, Case
from mainstay.protect.services import erasure
from tests.factories import a_case, a_person

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NAMES = [name for name, _label, _category in SEALED_FIELDS]
TABLE = Case._meta.db_table


def raw(case: Case, field: str) -> bytes:
    """Return what the database holds of a field."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {field} FROM {TABLE} WHERE reference = %s", [case.reference])
        return bytes(cursor.fetchone()[0])


def put(case: Case, field: str, token: bytes) -> Case:
    """Write into a field behind the code's back and read the row anew."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET {field} = %s WHERE reference = %s", [token, case.reference])
    return Case.objects.get(pk=case.pk)


@pytest.mark.parametrize("name", NAMES)
def test_every_identity_field_is_bytes_in_the_database_and_text_only_when_opened(name: str) -> None:
    case = Case.objects.get(pk=a_case(sealed={name: "Amara Deng, +999 5501234"}).pk)
    assert b"Amara" not in raw(case, name)
    value = getattr(case, name)
    assert (str(value), repr(value)) == (DOTS, f"<Sealed {DOTS}>")
    assert value.open() == "Amara Deng, +999 5501234"


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.sampled_from(list(combinations(NAMES, 2))), st.text(min_size=1, max_size=40).filter(str.strip))
def test_a_value_moved_to_another_row_field_or_key_does_not_open(pair: tuple[str, str], text: str) -> None:
    text = text.replace("\x00", "x")
    field, other_field = pair
    here = a_case(sealed={field: text, other_field: "something else"})
    there = a_case(sealed={field: "of somebody else"})
    token = raw(here, field)
    for moved in (put(there, field, token), put(here, other_field, token)):
        with pytest.raises(UnsealError):
            getattr(moved, field if moved.pk == there.pk else other_field).open()
    Case.objects.filter(pk=here.pk).update(key_id=there.key_id)
    with pytest.raises(UnsealError):
        getattr(Case.objects.get(pk=here.pk), field).open()


def test_erasing_a_person_leaves_nothing_to_read_in_a_copy_made_before(
    django_capture_on_commit_callbacks: Any,
) -> None:
    manager = a_person()
    case = a_case(actor=manager, sealed={"name": "Amara Deng", "story": "Kept in a house by the harbour."})
    copy = {name: raw(case, name) for name in ("name", "story")}
    key_id = case.key_id
    with django_capture_on_commit_callbacks(execute=True):
        erasure.erase(case, actor=manager, now=NOW)
    assert not raw(case, "name")
    with pytest.raises(KeyDestroyedError):
        keystore.node().data_key(key_id)
    Case.objects.filter(pk=case.pk).update(key_id=key_id)
    for name, token in copy.items():
        with pytest.raises(KeyDestroyedError):
            getattr(put(case, name, token), name).open()


def test_a_plain_value_never_reaches_the_database() -> None:
    case = a_case(sealed={"name": "Amara"})
    with pytest.raises(TypeError, match="sealed bytes"):
        Case.objects.filter(pk=case.pk).update(name="Amara")
    with pytest.raises(TypeError, match="sealed bytes"):
        Case.objects.filter(name="Amara").exists()


def test_a_person_is_found_by_the_blind_index_and_by_nothing_else_in_the_database() -> None:
    case = a_case(sealed={"name": "Amara Deng", "phone": "+999 55 01 234"})
    assert Case.objects.get(phone_index=blind_index("protect.case", "phone", "+9995501234")) == case
    assert Case.objects.get(name_index=blind_index("protect.case", "name", "amara  DENG")) == case
    assert blind_index("protect.case", "name", " ") == ""
    assert blind_index("protect.case", "phone", "-") == ""
    assert blind_index("network", "name", "amara deng") != case.name_index


def test_an_empty_value_stays_empty_and_a_saved_row_keeps_its_values() -> None:
    case = a_case(sealed={"name": "Amara"})
    assert not case.health
    assert case.health.open() == ""
    assert case.name.open() == "Amara"
    case.sex = "female"
    case.save()
    again = Case.objects.get(pk=case.pk)
    assert again.name.open() == "Amara"
    again.name = "Adaeze"
    again.save()
    assert Case.objects.get(pk=case.pk).name.open() == "Adaeze"
    assert again.identified_date == date(2026, 3, 1)
