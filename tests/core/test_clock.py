"""The clock: one source of now, and the day of the place."""

from datetime import UTC, date, datetime

from mainstay.core import clock


def test_the_day_is_that_of_the_place() -> None:
    with clock.frozen_at(datetime(2026, 3, 1, 23, 30, tzinfo=UTC)):
        assert clock.today("UTC") == date(2026, 3, 1)
        assert clock.today("Asia/Tokyo") == date(2026, 3, 2)
        assert clock.today("America/Lima") == date(2026, 3, 1)


def test_a_held_clock_goes_on_afterwards() -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    with clock.frozen_at(moment):
        assert clock.now() == moment
        with clock.frozen_at(datetime(2027, 1, 1, tzinfo=UTC)):
            assert clock.now().year == 2027
        assert clock.now() == moment
    assert clock.now() != moment
    assert clock.now().tzinfo is UTC
