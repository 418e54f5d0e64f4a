"""Looking into a copy of the database: what of it belongs to people who were erased, and whether any of it opens."""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.db.models import Model

from mainstay.core import keystore
from mainstay.core.errors import BadInputError, Fault
from mainstay.core.fields import Sealed, SealedTextField
from mainstay.core.keystore import KeyDestroyedError
from mainstay.core.sealing import UnsealError

SQLITE = b"SQLite format 3\x00"


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What a copy holds: sealed values in all, those whose keys were destroyed, and those of them that opened."""

    sealed: int
    erased_people: int
    erased_values: int
    opened: int


def check_copy(path: Path) -> CopyReport:
    """Try to open every sealed value of a copied SQLite database whose key was destroyed.

    `opened` is nought on a node that keeps its word. Raises `BadInputError` where the file is no SQLite database. A
    PostgreSQL backup is restored first and looked at there.
    """
    if not path.is_file() or path.open("rb").read(len(SQLITE)) != SQLITE:
        raise BadInputError(path.name, Fault("a copy of the SQLite database"))
    gone = keystore.node().destroyed()
    sealed = erased = opened = 0
    people = set()
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as copy:
            for key_id, value in _sealed_values(copy):
                sealed += 1
                if str(key_id) in gone:
                    people.add(key_id)
                    erased += 1
                    opened += _opens(value)
    except sqlite3.DatabaseError:
        raise BadInputError(path.name, Fault("a copy of the SQLite database, whole")) from None
    return CopyReport(sealed, len(people), erased, opened)


def _sealed_values(copy: sqlite3.Connection) -> Iterator[tuple[uuid.UUID, Sealed]]:
    tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for model in apps.get_models():
        fields = [field for field in model._meta.fields if isinstance(field, SealedTextField)]
        if fields and model._meta.db_table in tables:
            yield from _values_of(copy, model, fields)


def _values_of(
    copy: sqlite3.Connection, model: type[Model], fields: list[SealedTextField]
) -> Iterator[tuple[uuid.UUID, Sealed]]:
    table = model._meta.db_table
    known = {row[1] for row in copy.execute(f'PRAGMA table_info("{table}")')}
    if "key_id" not in known:
        return
    for field in (f for f in fields if f.attname in known):
        rows = copy.execute(f'SELECT id, key_id, "{field.attname}" FROM "{table}"')  # noqa: S608 - our own names
        for row_id, key_id, token in rows:
            if token:
                row = model(pk=uuid.UUID(str(row_id)), key_id=uuid.UUID(str(key_id)))
                yield row.key_id, Sealed(token, row.key_id, field.context(row), as_json=field.as_json)  # type: ignore[attr-defined]  # every sealed model has one


def _opens(value: Sealed) -> bool:
    try:
        value.open()
    except (KeyDestroyedError, UnsealError):
        return False
    return True
