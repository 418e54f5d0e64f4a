"""Phones and appointments: who registers, who sees, what travels."""

import csv
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mainstay.accounts.models import User
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.core.errors import NotAllowedError
from mainstay.core.keystore import KeyDestroyedError
from mainstay.identify.models import Appointment, Device, Screening, Submission
from mainstay.identify.queries import devices as reading
from mainstay.identify.services import appointments as keeping
from mainstay.identify.services import devices as registering
from mainstay.identify.services import screenings
from tests.factories import NOW, a_person, an_agency
from tests.identify.phones import a_phone, appointment_form, filled, install, read_xml, visit_form
from tests.identify.test_openrosa import md5

pytestmark = pytest.mark.django_db
MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"
LIST = "{http://openrosa.org/xforms/xformsList}"


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def an_appointment(owner: User, at: datetime, label: str = "Blue door, third floor") -> Appointment:
    draft = keeping.AppointmentDraft(at, label, note="She is called Dilara.", instrument="rapid_screen")
    return keeping.make_appointment(draft, actor=owner, now=NOW)


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content.decode())))


def test_a_phone_is_registered_within_ones_reach_and_for_who_screens() -> None:
    agency = an_agency()
    screener, manager = a_person(Role.SCREENER, agency), a_person(Role.CASE_MANAGER, agency)
    administrator, elsewhere = a_person(Role.ADMINISTRATOR, agency), a_person(Role.SCREENER)
    allowed = {(screener, screener), (manager, screener), (manager, manager), (administrator, screener),
               (administrator, manager), (administrator, elsewhere)}  # fmt: skip
    for actor in (screener, manager, administrator):
        for owner in (screener, manager, administrator, elsewhere):
            if (actor, owner) in allowed or (actor, owner) == (administrator, elsewhere):
                made = registering.register_device("Blue", owner=owner, actor=actor, now=NOW)
                assert reading.device_of_token(made.token) == made.device
            else:
                with pytest.raises(NotAllowedError):
                    registering.register_device("Blue", owner=owner, actor=actor, now=NOW)
    assert Device.objects.count() == len(allowed)
    assert {d.owner for d in reading.devices_visible_to(screener)} == {screener}
    assert {d.owner for d in reading.devices_visible_to(manager)} == {screener, manager}
    assert {d.owner for d in reading.devices_visible_to(administrator)} == {screener, manager, elsewhere}


def test_a_phone_of_another_agency_is_not_there() -> None:
    device = registering.register_device("Blue", owner=(owner := a_person(Role.SCREENER)), actor=owner, now=NOW).device
    for stranger in (a_person(Role.SCREENER), a_person(Role.CASE_MANAGER)):
        client = signed_in(stranger)
        assert client.get(reverse("identify:device", args=[device.pk])).status_code == 404
        assert client.post(reverse("identify:revoke_device", args=[device.pk])).status_code == 404
    assert Device.objects.get().revoked_at is None


def test_a_phone_whose_screener_changed_agency_or_role_is_let_in_no_more() -> None:
    owner = a_person(Role.SCREENER)
    made = registering.register_device("Blue", owner=owner, actor=owner, now=NOW)
    for change in ({"role": Role.ANALYST}, {"agency": an_agency()}):
        kept = {name: getattr(owner, name) for name in change}
        for name, value in change.items():
            setattr(owner, name, value)
        owner.save()
        assert reading.device_of_token(made.token) is None
        for name, value in kept.items():
            setattr(owner, name, value)
        owner.save()
    assert reading.device_of_token(made.token) is not None


def test_the_page_of_a_phone_says_what_waits_and_whose_clock_was_off_and_nothing_that_was_said() -> None:
    person, visit = a_person(Role.SCREENER), install(visit_form())
    phone = a_phone(person)
    with clock.frozen_at(NOW):
        phone.send(filled(visit, {"room": "1.jpg", "papers": "2.jpg"}), {"1.jpg": b"x"}, incomplete=True)
        phone.send(filled(visit, {"start": "2040-01-01T00:00:00Z", "work/seen": "locks"}))
    client = signed_in(person)
    text = client.get(reverse("identify:device", args=[Device.objects.get().pk])).content.decode()
    assert "Waits for its files" in text
    assert "far off" in text
    assert "locks" not in text
    assert 'chip chip-beacon">' in client.get(reverse("identify:devices")).content.decode()


def test_the_days_appointments_of_the_phones_screener_travel_and_no_others() -> None:
    owner = a_person(Role.SCREENER, an_agency())
    followup = install(appointment_form())
    phone = a_phone(owner)
    with clock.frozen_at(NOW):
        morning = timezone.make_aware(datetime.combine(clock.today(), datetime.min.time()))
        today = an_appointment(owner, morning + timedelta(hours=23, minutes=59))
        tomorrow = an_appointment(owner, morning + timedelta(hours=24))
        colleagues = an_appointment(a_person(Role.SCREENER, owner.agency), morning)

        listed = read_xml(phone.get("formList", formID="followup").content)
        address = listed[0].findtext(f"{LIST}manifestUrl") or ""
        (media,) = read_xml(phone.client.get(address).content)
        assert media.get("type") == "entityList"
        assert media.findtext(f"{MANIFEST}filename") == "appointments.csv"
        content = phone.client.get(media.findtext(f"{MANIFEST}downloadUrl") or "").content
        assert media.findtext(f"{MANIFEST}hash") == md5(content)
        (row,) = rows_of(content)
        assert (row["name"], row["label"], row["__version"]) == (str(today.pk), "Blue door, third floor", "1")
        assert b"Dilara" not in content

        ids = [str(one.pk) for one in (today, tomorrow, colleagues)] + ["made-up"]
        answer = phone.client.get(media.findtext(f"{MANIFEST}integrityUrl") or "", {"id": ",".join(ids)})
        found = {e.get("id"): e.findtext("deleted") for e in read_xml(answer.content).iter("entity")}
        assert found == dict(zip(ids, ["false", "true", "true", "true"], strict=True))

        xml = filled(followup, {"who": str(today.pk), "a": "Here."})
        assert phone.send(xml).status_code == 201
    screening = Screening.objects.get()
    assert screenings.open_screening(screening, actor=owner).answers["who"] == str(today.pk)


def test_a_form_without_appointments_takes_no_list_along() -> None:
    install(visit_form())
    phone = a_phone(a_person(Role.SCREENER))
    listed = read_xml(phone.get("formList").content)
    assert all(entry.find(f"{LIST}manifestUrl") is None for entry in listed)
    assert len(read_xml(phone.get("manifest", formID="visit", version="1").content)) == 0


def test_appointments_are_kept_sealed_by_hand_listed_and_removed(django_capture_on_commit_callbacks: Any) -> None:
    owner = a_person(Role.SCREENER)
    client = signed_in(owner)
    good = {"starts_at": "2030-05-01T10:30", "label": "Blue door", "note": "Dilara", "instrument": "rapid_screen"}
    for spoiled in ({"starts_at": "soon"}, {"label": ""}, {"label": "x" * 81}, {"instrument": "ghost"}):
        assert client.post(reverse("identify:appointments"), {**good, **spoiled}).status_code == 200
    assert not Appointment.objects.exists()
    assert client.post(reverse("identify:appointments"), good).status_code == 302
    assert "Dilara" in client.get(reverse("identify:appointments")).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT label, note FROM identify_appointment")
        assert all(b"Dilara" not in bytes(value) and b"Blue" not in bytes(value) for value in cursor.fetchone())
    appointment = Appointment.objects.get()
    other = signed_in(a_person(Role.CASE_MANAGER, owner.agency))
    assert "Dilara" not in other.get(reverse("identify:appointments")).content.decode()
    assert other.post(reverse("identify:remove_appointment", args=[appointment.pk])).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(reverse("identify:remove_appointment", args=[appointment.pk])).status_code == 302
    assert not Appointment.objects.exists()
    with pytest.raises(KeyDestroyedError):
        appointment.note.open()


def test_the_key_of_a_waiting_interview_goes_when_it_is_whole(django_capture_on_commit_callbacks: Any) -> None:
    visit, phone = install(visit_form()), a_phone(a_person(Role.SCREENER))
    xml = filled(visit, {"room": "1.jpg", "papers": "2.jpg"})
    phone.send(xml, {"1.jpg": b"x"}, incomplete=True)
    waiting = Submission.objects.get().files.get()
    with django_capture_on_commit_callbacks(execute=True):
        assert phone.send(xml, {"2.jpg": b"y"}).status_code == 201
    with pytest.raises(KeyDestroyedError):
        waiting.open()
    assert {file.open()[0] for file in Submission.objects.get().files.all()} == {"1.jpg", "2.jpg"}
