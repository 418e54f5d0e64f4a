"""Days that matter: from the law as a case goes on, by hand, on lists, by mail and in a calendar; national days."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from mainstay.accounts import services as accounts
from mainstay.accounts.models import OutgoingMail, User
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.core.errors import NotAllowedError, NotFoundError
from mainstay.protect.errors import (
    DaysDisagreeError,
    ReasonsMissingError,
    ReflectionPeriodRunningError,
    SourceMissingError,
)
from mainstay.protect.models import Deadline
from mainstay.protect.queries import days as day_queries
from mainstay.protect.queries import law
from mainstay.protect.rules.working_days import Moves
from mainstay.protect.services import cases, days, erasure, reminders, status
from tests.protect.conftest import NOW, SECRETS, TODAY, Scene

BASE = "https://node.example"
WHY = "Milk teeth, says the nurse"


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def national(actor: User, **changes: Any) -> int:
    """Set national days for the country of these tests."""
    fields: dict[str, Any] = {
        "country": "XS",
        "kind": "reflection_period",
        "days": 45,
        "moves": Moves.STAYS,
        "source": "Act on protection, s. 4",
    }
    return days.set_national_days(days.NationalDraft(**{**fields, **changes}), actor=actor, now=NOW)


def uncertain(scene: Scene, **changes: Any) -> None:
    """Record that the person's age is uncertain."""
    fields: dict[str, Any] = {"reasons_to_believe_child": True, "reasons": WHY, "unaccompanied": True}
    draft = status.AgeDraft(**{**fields, **changes})
    status.record_age(scene.case, draft, actor=scene.manager, today=TODAY)
    scene.case.refresh_from_db()


def test_national_days_lengthen_running_periods_and_those_to_come(
    scene: Scene, person_of: Callable[..., User], open_case: Callable[..., Any]
) -> None:
    administrator = person_of(Role.ADMINISTRATOR)
    assert national(administrator) == 1
    day = scene.case.deadlines.get(kind="reflection_period")
    assert (day.due_date, day.source) == (TODAY + timedelta(days=45), "Act on protection, s. 4")
    assert open_case().deadlines.get().due_date == TODAY + timedelta(days=45)
    assert national(administrator, days=31) == 0  # a shorter law later takes nothing from whom it runs for
    scene.case.refresh_from_db()
    assert law.reflection_of(scene.case).last_day == TODAY + timedelta(days=45)
    assert national(administrator, days=5) == 0
    assert law.reflection_source(scene.case).days == 30


def test_only_an_administrator_sets_law_and_never_without_a_source(
    scene: Scene, person_of: Callable[..., User]
) -> None:
    with pytest.raises(NotAllowedError):
        national(scene.manager)
    with pytest.raises(SourceMissingError):
        national(person_of(Role.ADMINISTRATOR), source=" ")


def test_the_page_of_the_law_refuses_a_period_under_the_floor_and_shows_what_is_to_be_confirmed(
    client_of: Callable[..., Client],
) -> None:
    client = client_of(Role.ADMINISTRATOR)
    form = {"country": "NL", "kind": "reflection_period", "days": 20, "moves": "stays", "source": "Somewhere"}
    refused = client.post(reverse("protect:set_national_days"), form)
    assert refused.status_code == 422
    assert "30 days at least" in refused.content.decode()
    page = client.get(reverse("protect:national")).content.decode()
    assert "to be confirmed" in page
    assert client.post(reverse("protect:set_national_days"), {**form, "days": 90}).status_code == 302
    treaty = {"country": "NL", "treaty": "CETS197", "binds": "yes", "source": "Depositary's list"}
    assert client.post(reverse("protect:set_treaty"), {**treaty, "source": ""}).status_code == 422
    assert client.post(reverse("protect:set_treaty"), treaty).status_code == 302
    assert "Depositary" in client.get(reverse("protect:national")).content.decode()


def test_reasons_to_believe_a_child_open_the_child_rules_until_the_age_is_verified(scene: Scene) -> None:
    uncertain(scene)
    assert law.is_treated_as_child(scene.case)
    kinds = set(scene.case.deadlines.filter(done_at=None).values_list("kind", flat=True))
    assert {"age_verification", "representation"} <= kinds
    status.verify_age(scene.case, is_child=False, how="A register", actor=scene.manager, today=TODAY, now=NOW)
    scene.case.refresh_from_db()
    assert not law.is_treated_as_child(scene.case)
    open_kinds = set(scene.case.deadlines.filter(done_at=None).values_list("kind", flat=True))
    assert not {"age_verification", "representation"} & open_kinds


def test_doubt_takes_no_protection_from_who_is_known_to_be_a_child(scene: Scene) -> None:
    type(scene.case).objects.filter(pk=scene.case.pk).update(age_group="0-17")
    uncertain(scene, reasons_to_believe_child=False, reasons="")
    assert law.is_treated_as_child(scene.case)


def test_a_running_reflection_period_is_not_ticked_off(scene: Scene) -> None:
    day = scene.case.deadlines.get(kind="reflection_period")
    with clock.frozen_at(NOW), pytest.raises(ReflectionPeriodRunningError):
        days.finish_day(day, done=True, actor=scene.manager, now=NOW)
    with clock.frozen_at(NOW + timedelta(days=40)):
        days.finish_day(day, done=True, actor=scene.manager, now=NOW)


def test_doubt_alone_changes_nothing(scene: Scene) -> None:
    uncertain(scene, reasons_to_believe_child=False, reasons="")
    assert not law.is_treated_as_child(scene.case)
    assert scene.case.deadlines.count() == 1
    with pytest.raises(ReasonsMissingError):
        uncertain(scene, reasons=" ")


def test_a_permits_end_and_renewal_become_days_and_a_refusal_opens_an_appeal(scene: Scene) -> None:
    granted = status.PermitDraft(
        "personal", "granted", TODAY, decided_on=TODAY, expires_on=TODAY + timedelta(days=365), note="File 12"
    )
    permit = status.record_permit(scene.case, granted, actor=scene.manager)
    days_of = {row.kind: row.due_date for row in scene.case.deadlines.filter(about=permit.pk)}
    assert days_of["permit_expiry"] == TODAY + timedelta(days=365)
    assert days_of["permit_renewal"] == TODAY + timedelta(days=305)
    refused = status.PermitDraft("personal", "refused", TODAY, decided_on=TODAY)
    status.record_permit(scene.case, refused, permit=permit, actor=scene.manager)
    assert [row.kind for row in scene.case.deadlines.filter(about=permit.pk)] == ["appeal"]


@pytest.mark.parametrize(
    "draft",
    [
        status.PermitDraft("personal", "granted", TODAY),
        status.PermitDraft("personal", "refused", TODAY),
        status.PermitDraft("personal", "asked", TODAY, decided_on=TODAY - timedelta(days=1)),
        status.PermitDraft("personal", "granted", TODAY, expires_on=TODAY - timedelta(days=1)),
    ],
)
def test_a_permit_whose_days_do_not_fit_is_refused(scene: Scene, draft: status.PermitDraft) -> None:
    with pytest.raises(DaysDisagreeError):
        status.record_permit(scene.case, draft, actor=scene.manager)
    assert not scene.case.permits.exists()


def test_an_appeal_that_ends_on_a_holiday_is_kept_to_before_it_and_both_days_are_shown(scene: Scene) -> None:
    type(scene.case.agency).objects.filter(pk=scene.case.agency_id).update(country="NL")
    scene.case.refresh_from_db()
    refused_on = TODAY + timedelta(days=1)  # thirty days on is 25 December
    refused = status.PermitDraft("personal", "refused", TODAY, decided_on=refused_on)
    status.record_permit(scene.case, refused, actor=scene.manager)
    day = scene.case.deadlines.get(kind="appeal")
    assert (day.due_date.isoformat(), day.by_law_date) == ("2026-12-24", refused_on + timedelta(days=30))
    page = signed_in(scene.manager).get(reverse("protect:law", args=[scene.case.pk])).content.decode()
    assert "keep to the earlier one" in page


def test_the_page_of_the_law_says_what_holds_and_opens_what_was_written_only_when_asked(scene: Scene) -> None:
    uncertain(scene)
    client, address = signed_in(scene.manager), reverse("protect:law", args=[scene.case.pk])
    page = client.get(address).content.decode()
    assert "No removal from the country before the identification is completed" in page
    assert "treated as a child" in page
    assert WHY not in page
    assert WHY in client.post(address).content.decode()


def test_pages_of_a_persons_law_refuse_by_the_field_and_write_nothing(scene: Scene) -> None:
    client, pk = signed_in(scene.manager), scene.case.pk
    age = {"reasons_to_believe_child": "yes", "reasons": "", "unaccompanied": "unknown"}
    permit = {"ground": "personal", "state": "granted", "asked_on": TODAY}
    wrong = [("age", age), ("permit", permit), ("add_day", {"kind": "nonsense", "day": TODAY, "source": "hand:law"})]
    for name, data in wrong:
        assert client.post(reverse(f"protect:{name}", args=[pk]), data).status_code == 422
    assert scene.case.deadlines.count() == 1
    day = {"kind": "hearing", "day": TODAY, "source": "hand:court", "note": "Room 4"}
    assert client.post(reverse("protect:add_day", args=[pk]), day).status_code == 302
    assert "Room 4" not in client.get(reverse("protect:law", args=[pk])).content.decode()
    assert "Room 4" in client.post(reverse("protect:law", args=[pk])).content.decode()


def test_days_are_listed_by_when_kind_and_whose_and_are_dealt_with_there(scene: Scene) -> None:
    for shift in (-3, 0, 5, 20, 60):
        draft = days.DayDraft("hearing", TODAY + timedelta(days=shift), "hand:court")
        days.add_day(scene.case, draft, actor=scene.manager)

    def listed(**wanted: Any) -> int:
        wanted = {"kind": "hearing", **wanted}
        return day_queries.days_listed(scene.manager, day_queries.DayFilter(**wanted), TODAY).count()

    assert (listed(when="overdue"), listed(when="week"), listed(when="month"), listed()) == (1, 2, 3, 5)
    colleague = User.objects.create_user("c@example.org", name="C", role="case_manager", agency=scene.manager.agency)
    assert not day_queries.days_listed(colleague, day_queries.DayFilter(), TODAY).exists()
    assert day_queries.days_listed(colleague, day_queries.DayFilter(mine=False), TODAY).count() == 6
    client = signed_in(scene.manager)
    row = Deadline.objects.filter(kind="hearing").first()
    assert row is not None
    done = client.post(reverse("protect:finish_day", args=[scene.case.pk, row.pk]), {"done": "yes", "back": "days"})
    assert done.headers["Location"] == reverse("protect:days")
    assert listed() == 4
    assert client.get(reverse("protect:days"), {"when": "bogus", "kind": "x", "whose": "y"}).status_code == 200


def test_the_list_of_days_asks_the_database_no_more_with_thirty_rows_than_with_three(scene: Scene) -> None:
    client, asked = signed_in(scene.manager), []
    for more in (3, 27):
        for _ in range(more):
            days.add_day(scene.case, days.DayDraft("other", TODAY, "hand:plan"), actor=scene.manager)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("protect:days")).status_code == 200
        asked.append(len(captured))
    assert asked[0] == asked[1]


def test_nobody_gets_a_note_unasked_and_who_asks_gets_one_a_day_that_names_nobody(
    scene: Scene, mailoutbox: list[Any]
) -> None:
    days.add_day(scene.case, days.DayDraft("hearing", TODAY - timedelta(days=1), "hand:court"), actor=scene.manager)
    days.add_day(scene.case, days.DayDraft("hearing", TODAY, "hand:court"), actor=scene.manager)
    assert reminders.queue_notes(BASE, today=TODAY, now=NOW) == 0
    reminders.set_by_mail(by_mail=True, actor=scene.manager)
    assert reminders.queue_notes(BASE, today=TODAY, now=NOW) == 1
    assert reminders.queue_notes(BASE, today=TODAY, now=NOW) == 0
    assert accounts.send_waiting(now=NOW) == 1
    (mail,) = mailoutbox
    assert "2 days matter in your work at Mainstay." in mail.body
    assert "1 of them is overdue." in mail.body
    assert f"{BASE}/days/" in mail.body
    for word in (*SECRETS.values(), scene.case.reference, scene.manager.name, "hearing", str(scene.case.pk)):
        assert word.lower() not in f"{mail.subject} {mail.body}".lower()


def test_notes_do_not_heap_up_while_the_mail_server_is_down_and_it_is_said(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    days.add_day(scene.case, days.DayDraft("hearing", TODAY, "hand:court"), actor=scene.manager)
    reminders.set_by_mail(by_mail=True, actor=scene.manager)
    monkeypatch.setattr("django.core.mail.EmailMessage.send", _refuse)
    for shift in range(3):
        moment = NOW + timedelta(days=shift)
        reminders.queue_notes(BASE, today=moment.date(), now=moment)
        assert accounts.send_waiting(now=moment) == 0
    assert OutgoingMail.objects.count() == 1
    page = signed_in(scene.manager).get(reverse("protect:reminders")).content.decode()
    assert "could not be sent yet" in page


def _refuse(*args: object, **options: object) -> int:
    raise TimeoutError("no answer")


def test_a_calendar_says_that_a_day_matters_and_no_word_more(scene: Scene) -> None:
    token = reminders.make_feed(actor=scene.manager, now=NOW)
    answer = Client().get(reverse("protect:calendar", args=[token]))
    assert answer.headers["Content-Type"].startswith("text/calendar")
    (event,) = Calendar.from_ical(answer.content.decode()).walk("VEVENT")
    assert str(event["SUMMARY"]) == "Mainstay: a day that matters"
    assert event.decoded("DTSTART") == TODAY + timedelta(days=30)
    said = answer.content.decode()
    assert "DESCRIPTION" not in said
    for word in (*SECRETS.values(), scene.case.reference, str(scene.case.pk), "eflection", scene.manager.name):
        assert word not in said


def test_a_calendar_ends_when_it_is_revoked_made_anew_or_its_owner_leaves(
    scene: Scene, person_of: Callable[..., User]
) -> None:
    first = reminders.make_feed(actor=scene.manager, now=NOW)
    second = reminders.make_feed(actor=scene.manager, now=NOW)
    assert Client().get(reverse("protect:calendar", args=[first])).status_code == 404
    assert Client().get(reverse("protect:calendar", args=[second])).status_code == 200
    accounts.end_access(scene.manager, actor=person_of(Role.ADMINISTRATOR), now=NOW)
    assert Client().get(reverse("protect:calendar", args=[second])).status_code == 404
    with pytest.raises(NotFoundError):
        reminders.calendar("guess", base_url=BASE, now=NOW)


def test_the_secret_of_a_calendar_is_shown_once_and_kept_nowhere(scene: Scene) -> None:
    client = signed_in(scene.manager)
    page = client.post(reverse("protect:make_calendar")).content.decode()
    address = page.split("/days.ics")[0].rsplit("/", 1)[1]
    assert address not in client.get(reverse("protect:reminders")).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT token_digest FROM protect_calendarfeed")
        assert all(address != row[0] for row in cursor)
    client.post(reverse("protect:end_calendar"))
    assert Client().get(reverse("protect:calendar", args=[address])).status_code == 404


def test_an_erased_persons_days_leave_list_calendar_and_note(scene: Scene) -> None:
    uncertain(scene)
    erasure.erase(scene.case, actor=scene.manager, now=NOW)
    assert not day_queries.calendar_of(scene.manager).exists()
    assert law.age_record(scene.case) is None


def test_a_case_is_not_closed_before_the_longer_national_period_is_over(
    scene: Scene, person_of: Callable[..., User]
) -> None:
    national(person_of(Role.ADMINISTRATOR), days=60)
    with pytest.raises(ReflectionPeriodRunningError):
        cases.close_case(scene.case, reason="Moved on", actor=scene.manager, today=TODAY + timedelta(days=50), now=NOW)


def test_every_kind_of_day_says_what_it_means_to_the_person() -> None:
    from mainstay.protect.models.days import DEADLINE_KINDS, DEADLINE_MEANINGS
    from mainstay.protect.views.own_words import DAY_WORDS

    kinds = {kind for kind, _label in DEADLINE_KINDS}
    assert set(DEADLINE_MEANINGS) == kinds
    assert kinds - set(DAY_WORDS) == set(), "in plain words, on their own page"
