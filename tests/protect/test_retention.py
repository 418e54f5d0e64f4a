"""How long files are kept, what holds them, and what proves that a person was erased."""

import json
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from mainstay.core import clock, copies
from mainstay.core.access import Role
from mainstay.core.errors import BadInputError, NotAllowedError
from mainstay.protect import queries
from mainstay.protect.errors import LegalHoldError, ReasonsMissingError
from mainstay.protect.models import Case, ErasureCertificate, LegalHold, Status
from mainstay.protect.queries import retention as reading
from mainstay.protect.rules.retention import Held, Keeping, is_over, keep_until, may_erase, warn_from
from mainstay.protect.services import cases, erasure, retention
from tests.factories import a_person
from tests.protect.conftest import EVERYTHING_SEEN, NOW, SECRETS, TODAY, Scene

days = st.dates(date(2000, 1, 1), date(2080, 1, 1))


@given(days, st.integers(0, 60))
def test_a_file_is_kept_until_the_same_day_some_years_later(closed: date, years: int) -> None:
    last = keep_until(closed, years)
    assert last.year == closed.year + years
    assert (last.month, last.day) in {(closed.month, closed.day), (2, 28)}
    assert warn_from(last) < last


@given(days, st.lists(st.tuples(days, st.none() | days, st.none() | days)), days)
def test_no_file_is_erased_while_anything_holds_it(last: date, rows: list[Any], today: date) -> None:
    holds = [Held(*row) for row in rows]
    standing = [h for h in holds if h.lifted_on is None and h.since <= today and (not h.until or today <= h.until)]
    assert may_erase(holds, today) is not bool(standing)
    assert is_over(last, holds, today) is (today > last and not standing)


def test_the_last_day_still_keeps_the_file() -> None:
    assert not is_over(TODAY, [], TODAY)
    assert is_over(TODAY - timedelta(days=1), [], TODAY)
    assert not is_over(None, [], TODAY), "an open file has no last day"


def closed(scene: Scene, years_ago: int) -> Case:
    day = TODAY - timedelta(days=366 * years_ago)
    Case.objects.filter(pk=scene.case.pk).update(identified_date=day - timedelta(days=60))
    scene.case.refresh_from_db()
    when = NOW - timedelta(days=366 * years_ago)
    return cases.close_case(
        scene.case, reason="They went home", seen=EVERYTHING_SEEN, actor=scene.manager, today=day, now=when
    )


def test_what_was_kept_long_enough_loses_its_person_and_keeps_its_figures(scene: Scene) -> None:
    case = closed(scene, 6)
    before = queries.victims_by_form()
    assert case.keep_until is not None
    assert case.keep_until < TODAY
    assert retention.erase_what_was_kept_long_enough(today=TODAY, now=NOW) == 1
    case.refresh_from_db()
    assert case.status == Status.ERASED
    assert queries.victims_by_form() == before
    certificate = ErasureCertificate.objects.get()
    assert (certificate.why, certificate.made_by) == ("kept_long_enough", None)
    assert certificate.sealed_values >= len(SECRETS)
    assert retention.erase_what_was_kept_long_enough(today=TODAY, now=NOW) == 0


def test_a_child_is_kept_longer_and_so_is_who_may_be_one(scene: Scene) -> None:
    Case.objects.update(age_group="unknown")
    scene.case.refresh_from_db()
    case = closed(scene, 6)
    assert reading.kept_as(case) is Keeping.CHILD
    assert retention.erase_what_was_kept_long_enough(today=TODAY, now=NOW) == 0


def test_the_end_of_a_file_is_told_ninety_days_before(scene: Scene) -> None:
    case = closed(scene, 1)
    Case.objects.filter(pk=case.pk).update(keep_until=TODAY + timedelta(days=90))
    assert list(reading.ending_soon(scene.manager, TODAY)) == [case]
    assert not reading.ending_soon(scene.manager, TODAY - timedelta(days=1)).exists()
    assert not reading.ending_soon(scene.provider, TODAY).exists()
    client = Client()
    client.force_login(scene.manager)
    assert "A closed file is near its end" in client.get(reverse("today")).content.decode()
    cases.reopen_case(case, reason="They came back", actor=scene.manager)
    assert not reading.ending_soon(scene.manager, TODAY).exists()


def test_a_hold_keeps_a_file_from_everybody_until_it_is_lifted(scene: Scene) -> None:
    with pytest.raises(ReasonsMissingError):
        retention.place_hold(scene.case, " ", None, actor=scene.manager, today=TODAY)
    with pytest.raises(NotAllowedError):
        retention.place_hold(scene.case, "Trial", None, actor=scene.provider, today=TODAY)
    hold = retention.place_hold(scene.case, "The trial needs it", None, actor=scene.manager, today=TODAY)
    with pytest.raises(LegalHoldError):
        erasure.erase(scene.case, actor=scene.manager, now=NOW)
    case = closed(scene, 6)
    assert retention.erase_what_was_kept_long_enough(today=TODAY, now=NOW) == 0
    assert not reading.ending_soon(scene.manager, TODAY).exists()
    retention.lift_hold(hold, actor=scene.manager, today=TODAY)
    erasure.erase(case, actor=scene.manager, now=NOW)
    assert LegalHold.objects.get().why.open.__self__._token == b"", "the reason goes with the person"


def test_the_time_is_set_with_its_source_and_dates_closed_files_anew(scene: Scene) -> None:
    case = closed(scene, 1)
    administrator = a_person(Role.ADMINISTRATOR)
    with pytest.raises(ReasonsMissingError):
        retention.set_period(retention.PeriodDraft(Keeping.ADULT, 1, " "), actor=administrator, now=NOW)
    with pytest.raises(NotAllowedError):
        retention.set_period(retention.PeriodDraft(Keeping.ADULT, 1, "Law"), actor=scene.manager, now=NOW)
    client = Client()
    client.force_login(administrator)
    address = reverse("protect:periods")
    assert client.post(address, {"kind": "adult", "years": "-1", "source": "Law"}).status_code == 200
    assert client.post(address, {"kind": "adult", "years": "2", "source": "Files Act 3 (made up)"}).status_code == 302
    assert "Files Act 3 (made up)" in client.get(address).content.decode()
    was = case.keep_until
    case.refresh_from_db()
    assert was is not None
    assert case.keep_until is not None
    assert was.year - case.keep_until.year == 3


def test_a_person_is_erased_on_a_page_with_a_certificate_that_names_nobody(scene: Scene) -> None:
    client = Client()
    client.force_login(scene.manager)
    retention.place_hold(scene.case, "Trial", clock.today(), actor=scene.manager, today=clock.today())
    erase = reverse("protect:erase", args=[scene.case.pk])
    assert client.post(erase, {"understood": "on", "why": "asked"}).status_code == 409
    keeping = client.get(reverse("protect:keeping", args=[scene.case.pk])).content.decode()
    assert "Trial" in keeping
    client.post(reverse("protect:lift_hold", args=[scene.case.pk, LegalHold.objects.get().pk]))
    assert client.post(erase, {"understood": "on"}).status_code == 200, "why is asked"
    assert client.post(erase, {"understood": "on", "why": "asked"}).status_code == 302
    row = ErasureCertificate.objects.get()
    file = client.get(reverse("protect:certificate", args=[row.pk]))
    assert file.headers["Content-Type"] == "application/pdf"
    assert file.content.startswith(b"%PDF")
    assert str(row.pk) in file.headers["Content-Disposition"]
    stranger = Client()
    stranger.force_login(a_person(Role.CASE_MANAGER))
    assert stranger.get(reverse("protect:certificate", args=[row.pk])).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_backup_from_before_an_erasure_opens_for_nobody(scene: Scene, tmp_path: Path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("a copy of a SQLite file")
    kept = cases.open_case(
        cases.CaseDraft(identified_date=TODAY, sealed={"name": "Neri Oba"}), actor=scene.manager, now=NOW
    )
    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    backup = tmp_path / "backup.sqlite3"
    shutil.copy(connection.settings_dict["NAME"], backup)
    before = copies.check_copy(backup)
    assert (before.erased_values, before.opened) == (0, 0)
    assert before.sealed >= len(SECRETS) + 1

    certificate = erasure.erase(scene.case, actor=scene.manager, now=NOW)
    report = copies.check_copy(backup)
    assert report.erased_people == 1
    assert report.erased_values == certificate.sealed_values == len(SECRETS)
    assert report.opened == 0
    assert kept.name.open() == "Neri Oba", "nobody else is touched"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"SQLite format 3\x00" + b"\x07" * 4000])
def test_what_is_no_database_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "backup.sqlite3"
    file.write_bytes(content)
    with pytest.raises(BadInputError):
        copies.check_copy(file)
    assert json.dumps([p.name for p in tmp_path.iterdir()]) == '["backup.sqlite3"]'
