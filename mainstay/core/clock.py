"""The only source of "now". Rules get the day or moment as an argument from here."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_frozen: ContextVar[datetime | None] = ContextVar("frozen", default=None)


def now() -> datetime:
    """Return the present moment in UTC."""
    return _frozen.get() or datetime.now(UTC)


def today(zone: str = "UTC") -> date:
    """Return the present day in a time zone: deadlines end with the day of the place, not of the server."""
    return now().astimezone(ZoneInfo(zone)).date()


@contextmanager
def frozen_at(moment: datetime) -> Iterator[None]:
    """Hold the clock at a moment, for tests and for a scenario that plays on given days."""
    token = _frozen.set(moment)
    try:
        yield
    finally:
        _frozen.reset(token)
