"""Sealed model fields: the database holds AES-GCM bytes, the code holds a `Sealed` value that must be opened.

A model that has sealed fields has a UUID primary key that is set before saving, and `key_id`, the
data key of the person it is about. Reading the attribute gives a `Sealed`: it prints as dots, and
`open()` gives the plain value. Who opens one for a reader writes the audit entry.
"""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from mainstay.core import keystore, sealing
from mainstay.core.errors import NotAllowedError

DOTS = "•••••"
_stay_sealed: ContextVar[bool] = ContextVar("stay_sealed", default=False)


@contextmanager
def staying_sealed() -> Iterator[None]:
    """Open no sealed value for as long as this lasts, whatever asks for it."""
    token = _stay_sealed.set(True)
    try:
        yield
    finally:
        _stay_sealed.reset(token)


class Sealed:
    """A value that is kept sealed; `open()` gives the plain value."""

    __slots__ = ("_context", "_decode", "_key_id", "_token")

    def __init__(self, token: bytes, key_id: uuid.UUID, context: str, *, as_json: bool) -> None:
        self._token = bytes(token)
        self._key_id = key_id
        self._context = context
        self._decode = as_json

    def open(self) -> Any:
        """Return the plain value: text, or what JSON holds. Empty stays empty."""
        if _stay_sealed.get():
            raise NotAllowedError(_("Sealed words stay sealed while you look as another role."))
        if not self._token:
            return None if self._decode else ""
        plain = sealing.unseal(keystore.node().data_key(self._key_id), self._token, self._context).decode()
        return json.loads(plain) if self._decode else plain

    def __bool__(self) -> bool:
        return bool(self._token)

    def __str__(self) -> str:
        return DOTS if self._token else ""

    def __repr__(self) -> str:
        return f"<Sealed {DOTS}>"


class Unsaved(Sealed):
    """A plain value on its way into a sealed field."""

    __slots__ = ("_plain",)

    def __init__(self, plain: Any) -> None:
        self._plain = plain

    def open(self) -> Any:
        """Return the plain value."""
        return self._plain

    def __bool__(self) -> bool:
        return bool(self._plain)

    def __str__(self) -> str:
        return DOTS if self._plain else ""


class _Attribute:
    def __init__(self, field: "SealedTextField") -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        value = instance.__dict__.get(self.field.attname)
        if isinstance(value, Sealed):
            return value
        if isinstance(value, bytes | memoryview):
            return Sealed(
                bytes(value), self.field.key_of(instance), self.field.context(instance), as_json=self.field.as_json
            )
        if value is None and self.field.attname not in instance.__dict__:
            instance.refresh_from_db(fields=[self.field.attname])
            return self.__get__(instance, owner)
        return Unsaved(value)

    def __set__(self, instance: models.Model, value: Any) -> None:
        plain = value if isinstance(value, Sealed | bytes | memoryview) or value is None else Unsaved(value)
        instance.__dict__[self.field.attname] = plain


class SealedTextField(models.BinaryField):  # type: ignore[type-arg]  # its value is a Sealed, not bytes
    """Text kept sealed under the data key that the row's `key_id` names."""

    as_json = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", b"")
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        """Put the sealing attribute on the model."""
        super().contribute_to_class(cls, name, private_only=private_only)
        setattr(cls, name, _Attribute(self))

    def deconstruct(self) -> Any:
        """Leave the default out of migrations: it is never a database default."""
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("default", None)
        return name, path, args, kwargs

    def key_of(self, instance: models.Model) -> uuid.UUID:
        """Return the data key's id for a row."""
        key_id: uuid.UUID = instance.key_id  # type: ignore[attr-defined]  # every sealed model has one
        return key_id

    def context(self, instance: models.Model) -> str:
        """Return what binds a value to its place: table, row, field and key."""
        return f"{instance._meta.db_table}|{instance.pk}|{self.attname}|{self.key_of(instance)}"

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes:
        """Seal the value for the database."""
        value = model_instance.__dict__.get(self.attname)
        if isinstance(value, Unsaved):
            plain = value.open()
            if plain in ("", None):
                token = b""
            else:
                text = json.dumps(plain, ensure_ascii=False) if self.as_json else str(plain)
                key = keystore.node().data_key(self.key_of(model_instance))
                token = sealing.seal(key, text.encode(), self.context(model_instance))
            model_instance.__dict__[self.attname] = token
            return token
        if isinstance(value, Sealed):
            return value._token
        return bytes(value or b"")

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Hand bytes to the database; a bare plain value never passes."""
        if value is not None and not isinstance(value, bytes | memoryview):
            raise TypeError(f"{self.attname} takes sealed bytes only; save the row to seal it")
        return super().get_db_prep_value(value, connection, prepared)


class SealedJSONField(SealedTextField):
    """A JSON value kept sealed under the data key that the row's `key_id` names."""

    as_json = True


class SealedModel(models.Model):
    """A row with sealed fields: its own id, and the data key of the person it is about."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key_id = models.UUIDField(db_index=True, editable=False)

    class Meta:
        abstract = True

    def _get_FIELD_display(self, field: Any) -> str:  # noqa: N802 - Django's own name, behind every get_…_display
        """Return a coded value's label; Django's own way translates every label of the list for each row."""
        value = getattr(self, field.attname)
        return str(next((label for code, label in field.flatchoices if code == value), value))


def blind_index(table: str, kind: str, value: str) -> str:
    """Return the blind index of a value for a column of one table; empty where nothing is left to compare.

    Each table has a key of its own, so that a copied database does not tell who is in two of them.
    """
    if not sealing.normalise(kind, value):
        return ""
    key = sealing.derive_key(keystore.node().secret("blind-index"), table)
    return sealing.blind_index(key, kind, value)
