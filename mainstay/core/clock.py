"""The only source of "now". Rules get the day or moment as an argument from here."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_frozen: ContextVar[datetime | None] = ContextVar("frozen", default=None)
_zone = ZoneInfo("UTC")


def now() -> datetime:
    """Return the present moment in UTC."""
    return _frozen.get() or datetime.now(UTC)


def use_zone(name: str) -> None:
    """Set the node's time zone; called once at start."""
    global _zone  # noqa: PLW0603  # one place a process, set at start
    _zone = ZoneInfo(name)


def today(zone: str = "") -> date:
    """Return the present day at the node's place: deadlines end with the day there, not of the server."""
    return now().astimezone(ZoneInfo(zone) if zone else _zone).date()


def day_of(moment: datetime) -> date:
    """Return the day of a moment at the node's place."""
    return moment.astimezone(_zone).date()


@contextmanager
def frozen_at(moment: datetime) -> Iterator[None]:
    """Hold the clock at a moment, for tests and for a scenario that plays on given days."""
    token = _frozen.set(moment)
    try:
        yield
    finally:
        _frozen.reset(token)
