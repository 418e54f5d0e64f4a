"""A cache in the database that every serving process shares, for counts of tries: JSON in it, never pickles.

Django's own database cache keeps pickles: whoever can write the table could then run code in the node.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import transaction

from mainstay.core import clock

_NEVER = timedelta(days=36_500)
SWEEP_EVERY = 500


class SharedCache(BaseCache):
    """Django's cache interface over one table; a value is what JSON can hold."""

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._writes = 0

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Keep a value where there is none; say whether it was kept."""
        name, text, ends = self._row(key, value, timeout, version)
        self._rows().filter(key=name, ends_at__lte=clock.now()).delete()
        _row, made = self._rows().get_or_create(key=name, defaults={"value": text, "ends_at": ends})
        return bool(made)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Return a value that has not ended."""
        row = self._rows().filter(key=self._name(key, version), ends_at__gt=clock.now()).first()
        return default if row is None else json.loads(row.value)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Keep a value in place of what was there."""
        name, text, ends = self._row(key, value, timeout, version)
        self._rows().update_or_create(key=name, defaults={"value": text, "ends_at": ends})
        self._sweep()

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Let a value end later; say whether there is one."""
        live = self._rows().filter(key=self._name(key, version), ends_at__gt=clock.now())
        return bool(live.update(ends_at=self._ends(timeout)))

    def delete(self, key: Any, version: int | None = None) -> bool:
        """Forget a value; say whether there was one."""
        return bool(self._rows().filter(key=self._name(key, version)).delete()[0])

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Count up: two processes at the same moment both count. `ValueError` where there is no value."""
        name = self._name(key, version)
        with transaction.atomic():
            row = self._rows().select_for_update().filter(key=name, ends_at__gt=clock.now()).first()
            if row is None:
                raise ValueError(f"Key {key!r} not found")
            count = int(json.loads(row.value)) + delta
            self._rows().filter(key=name).update(value=json.dumps(count))
        return count

    def clear(self) -> None:
        """Forget everything."""
        self._rows().all().delete()

    def _rows(self) -> Any:
        from mainstay.core.models import SharedValue  # models are there once Django has started

        return SharedValue.objects

    def _name(self, key: Any, version: int | None) -> str:
        return str(self.make_and_validate_key(key, version=version))

    def _row(self, key: Any, value: Any, timeout: Any, version: int | None) -> tuple[str, str, datetime]:
        return self._name(key, version), json.dumps(value), self._ends(timeout)

    def _ends(self, timeout: Any) -> datetime:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return clock.now() + (_NEVER if seconds is None else timedelta(seconds=float(seconds)))

    def _sweep(self) -> None:
        self._writes += 1
        if self._writes % SWEEP_EVERY == 0:
            self._rows().filter(ends_at__lte=clock.now()).delete()
