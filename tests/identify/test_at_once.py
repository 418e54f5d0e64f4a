"""What two people do at the same moment: one of them does it, the other is told; nothing falls over."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection

from mainstay.core.access import Role
from mainstay.core.errors import MainstayError
from mainstay.identify.engine.shipped import load_shipped
from mainstay.identify.models import Screening
from mainstay.identify.models.screenings import Source
from mainstay.identify.services import screenings, supervision
from mainstay.identify.types import Instrument
from mainstay.protect.models import Case
from mainstay.protect.services import cases
from tests.factories import NOW, a_person, a_screening

pytestmark = pytest.mark.django_db(transaction=True)


def rapid() -> Instrument:
    """The shipped rapid screen."""
    found = load_shipped("rapid_screen")
    assert found is not None
    return found


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do everything in the same moment; return what came of each: `done`, or the code of the refusal."""
    start = threading.Barrier(len(acts))

    def one(act: Callable[[], object]) -> str:
        try:
            start.wait()
            act()
        except MainstayError as error:
            return error.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(one, acts))


def test_one_case_is_opened_for_a_person_also_out_of_two_versions_of_their_interview() -> None:
    manager = a_person(Role.CASE_MANAGER)
    first = a_screening(manager)
    fresh = supervision.correct_screening(first, reason="A wrong key.", actor=manager, now=NOW)
    screenings.finish_screening(fresh, actor=manager, now=NOW, today=NOW.date())

    def open_case(row: Screening) -> object:
        return cases.open_case_from_screening(row.pk, actor=manager, today=NOW.date(), now=NOW)

    assert at_once(*(lambda row=row: open_case(row) for row in (first, fresh, first))) == [
        "case_exists", "case_exists", "done",
    ]  # fmt: skip
    assert Case.objects.count() == 1


def test_an_interview_that_comes_in_thrice_at_once_by_a_form_never_asked_before_is_kept_once() -> None:
    screener, arrival = a_person(Role.SCREENER), screenings.Arrival(Source.OFFLINE, f"uuid:{uuid4()}")

    def send() -> object:
        return screenings.record_screening(rapid(), {"threats": "yes"}, None, arrival=arrival, actor=screener, now=NOW)

    assert at_once(send, send, send) == ["done"] * 3
    assert Screening.objects.count() == 1


def test_an_answer_to_an_interview_that_is_thrown_away_meanwhile_is_refused_in_words() -> None:
    screener = a_person(Role.SCREENER)
    draft = screenings.start_screening(rapid(), screenings.Circumstances(), actor=screener, now=NOW)
    screenings.discard_draft(draft, actor=screener, now=NOW)
    assert at_once(lambda: screenings.save_answer(draft, "threats", "yes", actor=screener)) == ["not_found"]
