"""ODK Collect's whole way, from the code it scans to one interview on the node; and all that is refused."""

import hashlib
import logging
import re
import tracemalloc
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from mainstay.accounts import services as accounts
from mainstay.accounts.rules import digest_of
from mainstay.audit.models import Entry
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.core.errors import BadInputError
from mainstay.identify.engine import openrosa
from mainstay.identify.engine.shipped import load_shipped
from mainstay.identify.models import Device, Screening, Submission, SubmittedFile
from mainstay.identify.services import screenings as reading
from mainstay.identify.services import submissions
from mainstay.identify.types import Instrument
from mainstay.site.logs import WithoutSecretAddresses
from tests.factories import NOW, a_person, an_agency
from tests.identify.phones import (
    JPEG,
    Part,
    Phone,
    a_phone,
    filled,
    install,
    multipart,
    post_parts,
    read_qr_text,
    read_xml,
    visit_form,
)

pytestmark = pytest.mark.django_db
LIST = "{http://openrosa.org/xforms/xformsList}"
RESPONSE = "{http://openrosa.org/http/response}"
PICTURES = {"1.jpg": JPEG + b"room", "2.jpg": JPEG + b"papers"}
VISIT = {"work/seen": "locks guards", "work/since": "2026-02-01", "room": "1.jpg", "papers": "2.jpg"}


@pytest.fixture
def screener() -> Any:
    return a_person(Role.SCREENER)


@pytest.fixture
def phone(screener: Any) -> Phone:
    return a_phone(screener)


@pytest.fixture
def visit() -> Instrument:
    return install(visit_form())


def md5(content: bytes) -> str:
    return f"md5:{hashlib.md5(content, usedforsecurity=False).hexdigest()}"


def rapid() -> Instrument:
    found = load_shipped("rapid_screen")
    assert found is not None
    return found


def said(answer: Any) -> str:
    """Return the message of an OpenRosaResponse, whose form and headers every answer to a phone has."""
    assert answer.headers["X-OpenRosa-Version"] == "1.0"
    root = read_xml(answer.content)
    assert root.tag == f"{RESPONSE}OpenRosaResponse"
    assert not answer.cookies
    return root.findtext(f"{RESPONSE}message") or ""


def nothing_is_kept() -> bool:
    return not any(model.objects.exists() for model in (Submission, SubmittedFile, Screening))


def test_a_phone_is_registered_from_its_code_and_its_interview_with_two_pictures_is_kept_once(
    visit: Instrument,
) -> None:
    person = a_person(Role.SCREENER)
    browser = Client()
    browser.force_login(person)
    page = browser.post(reverse("identify:devices"), {"name": "Border post 2", "owner": person.pk})
    assert page.status_code == 200
    settings = read_qr_text(page.context["text"])
    assert settings["general"]["form_update_mode"] == "match_exactly"
    assert settings["project"] == {"name": "Border post 2"}
    server = settings["general"]["server_url"]
    assert re.fullmatch(r"http://testserver/odk/key/[\w-]{43}", server)
    phone = Phone(server.removeprefix("http://testserver"), Client(enforce_csrf_checks=True))

    listed = phone.get("formList")
    assert listed.headers["X-OpenRosa-Version"] == "1.0"
    forms = {entry.findtext(f"{LIST}formID"): entry for entry in read_xml(listed.content)}
    assert {"rapid_screen", "visit"} <= set(forms)
    address = forms["visit"].findtext(f"{LIST}downloadUrl") or ""
    xform = phone.client.get(address).content
    assert forms["visit"].findtext(f"{LIST}hash") == md5(xform)
    assert b"base64RsaPublicKey=" in xform

    head = phone.client.head(f"{phone.path}/submission")
    assert (head.status_code, head.content) == (204, b"")
    assert int(head.headers["X-OpenRosa-Accept-Content-Length"]) > 10_000_000

    xml = filled(visit, VISIT)
    first, second = phone.send(xml, PICTURES), phone.send(xml, PICTURES)
    assert (first.status_code, second.status_code) == (201, 201)
    screening = Screening.objects.get()
    submission = Submission.objects.get()
    assert (screening.owner, screening.source, submission.screening) == (person, "phone_app", screening)
    assert {file.open() for file in submission.files.all()} == set(PICTURES.items())
    answers = reading.open_screening(screening, actor=person).answers
    assert answers == {"seen": "locks guards", "since": "2026-02-01", "room": "1.jpg", "papers": "2.jpg"}
    assert Device.objects.get().last_seen_at is not None


def test_who_may_read_the_screening_opens_its_files_noted_and_nobody_else(phone: Phone, visit: Instrument) -> None:
    phone.send(filled(visit, VISIT), PICTURES)
    screening = Screening.objects.get()
    manager, stranger = Client(), Client()
    manager.force_login(a_person(Role.CASE_MANAGER, screening.agency))
    stranger.force_login(a_person(Role.CASE_MANAGER))
    page = manager.get(reverse("identify:result", args=[screening.pk])).content.decode()
    addresses = re.findall(r"/identify/files/[0-9a-f-]+/", page)
    assert len(addresses) == 2
    answer = manager.get(addresses[0])
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.content in PICTURES.values()
    assert stranger.get(addresses[0]).status_code == 404
    assert Entry.objects.filter(action="identify.file_read").count() == 1


def test_an_interview_comes_in_pieces_and_is_a_screening_when_the_last_file_is_there(
    phone: Phone, visit: Instrument
) -> None:
    xml = filled(visit, VISIT)
    first = phone.send(xml, {"1.jpg": PICTURES["1.jpg"]}, incomplete=True)
    assert first.status_code == 202
    assert "1" in said(first)
    assert not Screening.objects.exists()
    assert phone.send(xml, {"1.jpg": PICTURES["1.jpg"]}, incomplete=True).status_code == 202
    assert phone.send(xml, {"2.jpg": PICTURES["2.jpg"]}).status_code == 201
    assert phone.send(xml, {"1.jpg": PICTURES["1.jpg"]}).status_code == 201
    assert Screening.objects.count() == Submission.objects.count() == 1
    assert {file.open() for file in SubmittedFile.objects.all()} == set(PICTURES.items())


def test_the_xml_may_come_before_any_file_when_the_phone_says_that_more_follow(phone: Phone, visit: Instrument) -> None:
    xml = filled(visit, VISIT)
    assert phone.send(xml, incomplete=True).status_code == 202
    assert phone.send(xml, PICTURES).status_code == 201
    assert Screening.objects.count() == 1


def test_nothing_of_what_a_phone_sent_stands_in_the_database_in_the_clear(phone: Phone, visit: Instrument) -> None:
    phone.send(filled(visit, VISIT), {"1.jpg": JPEG + b"room"}, incomplete=True)
    phone.send(filled(visit, VISIT), PICTURES)
    with connection.cursor() as cursor:
        for table in ("identify_submission", "identify_submittedfile", "identify_screening", "identify_device"):
            cursor.execute(f"SELECT * FROM {table}")
            raw = b"|".join(
                bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for row in cursor for v in row
            )
            for secret in (b"locks", b"picture", b"1.jpg", b"2026-02-01", phone.path.rsplit("/", 1)[1].encode()):
                assert secret not in raw, table


def test_another_interview_under_the_same_id_is_refused_and_the_first_stays(phone: Phone, visit: Instrument) -> None:
    assert phone.send(filled(visit, VISIT, "uuid:1"), PICTURES).status_code == 201
    other = phone.send(filled(visit, {**VISIT, "work/seen": "beds"}, "uuid:1"), PICTURES)
    assert other.status_code == 409
    said(other)
    stranger = a_phone(a_person(Role.SCREENER))
    assert stranger.send(filled(visit, VISIT, "uuid:1"), PICTURES).status_code == 409
    screening = Screening.objects.get()
    assert reading.open_screening(screening, actor=screening.owner).answers["seen"] == "locks guards"


def test_an_older_version_of_a_form_is_still_taken(phone: Phone, visit: Instrument) -> None:
    install(visit_form(version="2"), NOW + timedelta(days=1))
    listed = phone.get("formList/", formID="visit")
    (entry,) = read_xml(listed.content)
    assert entry.findtext(f"{LIST}version") == "2"
    assert phone.send(filled(visit, {"work/seen": "beds"})).status_code == 201
    assert Screening.objects.get().instrument.version == "1"


def test_the_shipped_screen_gives_its_level_and_coded_facts(phone: Phone) -> None:
    values = {"brought_here": "yes", "threats": "yes", "made_to": "work", "danger_now": "yes"}
    assert phone.send(filled(rapid(), values)).status_code == 201
    screening = Screening.objects.get()
    assert (screening.level, screening.urgent) == ("trafficking indicated", ["danger_now"])


def test_sex_and_age_are_taken_from_questions_of_that_name(phone: Phone, visit: Instrument) -> None:
    phone.send(filled(visit, {"sex": "female", "age_group": "0-17"}))
    assert [(s.sex, s.age_group) for s in Screening.objects.all()] == [("female", "0-17")]


def test_a_phone_whose_clock_is_far_off_loses_nothing(phone: Phone, visit: Instrument) -> None:
    with clock.frozen_at(NOW):
        for number, moment in enumerate(("2039-01-01T10:00:00.000+02:00", "1970-01-01T00:00:00.000Z")):
            values = {"start": moment, "end": moment, "work/since": moment[:10]}
            assert phone.send(filled(visit, values, f"uuid:off{number}")).status_code == 201
        good = (NOW - timedelta(days=2)).isoformat()
        assert phone.send(filled(visit, {"start": good, "end": good}, "uuid:good")).status_code == 201
        assert phone.send(filled(visit, {"start": "noon", "end": "9999"}, "uuid:odd")).status_code == 201
    found = {row.instance_id: row for row in Submission.objects.all()}
    assert [found[f"uuid:{name}"].clock_off for name in ("off0", "off1", "good", "odd")] == [True, True, False, False]
    assert {row.received_at for row in found.values()} == {NOW}
    began = {row.instance_id: row.started_at for row in Screening.objects.all()}
    assert (began["uuid:off0"], began["uuid:good"]) == (NOW, NOW - timedelta(days=2))


def test_a_token_that_was_ended_or_whose_screener_left_opens_nothing_from_that_moment(visit: Instrument) -> None:
    agency = an_agency()
    person = a_person(Role.SCREENER, agency)
    administrator = a_person(Role.ADMINISTRATOR, agency)
    ended, left = a_phone(person), a_phone(person)
    browser = Client()
    browser.force_login(administrator)
    device = Device.objects.get(token_digest=digest_of(ended.path.rsplit("/", 1)[1]))
    assert browser.post(reverse("identify:revoke_device", args=[device.pk])).status_code == 302
    assert left.get("formList").status_code == 200
    accounts.end_access(person, actor=administrator, now=NOW)
    for phone in (ended, left, Phone("/odk/key/nonsense"), Phone("/odk/key/" + "x" * 500)):
        asked = [phone.get(name) for name in ("formList", "formXml", "manifest", "appointments.csv", "integrity")]
        for answer in [*asked, phone.get("submission"), phone.send(filled(visit, VISIT), PICTURES)]:
            assert answer.status_code == 401
            said(answer)
    assert nothing_is_kept()


BOMB = b"""<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><data id="visit">&b;</data>"""
OUTSIDE = (
    b"""<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><data id="visit" version="1"><sex>&e;</sex></data>"""
)
DTD = b"""<!DOCTYPE data SYSTEM "http://example.org/x.dtd"><data id="visit" version="1"/>"""


@pytest.mark.parametrize("xml", [
    BOMB, OUTSIDE, DTD, b"", b"\x00\xff", b"<data id='visit'", b"no xml at all", b"<data/>",
    b"<data id='visit' version='1'/>", b"<a>" * 250_000 + b"</a>" * 250_000,
    b"<data id='visit'>" + b"<a/>" * 30_000 + b"</data>",
    b"<data id='visit' version='1'><meta><instanceID>" + b"x" * 200 + b"</instanceID></meta></data>",
    b"<?xml version='1.0' encoding='made-up'?><data id='visit' version='1'/>",
    b"<data id='visit' version='1'>" + b"x" * 3_000_000 + b"</data>",
    b"<data id='visit' version='1'><" + b"n" * 9_000 + b"><a>1</a><b>1</b></" + b"n" * 9_000 + b"></data>",
], ids=range(15))  # fmt: skip
def test_xml_that_is_no_submission_is_refused(phone: Phone, visit: Instrument, xml: bytes) -> None:
    answer = phone.send(xml)
    assert answer.status_code == 400
    assert "root:" not in said(answer)
    assert nothing_is_kept()


def twice(xml: bytes) -> bytes:
    return xml.replace(b"<room />", b"<room>a</room><room>b</room>")


@pytest.mark.parametrize(("values", "changes", "status"), [
    ({}, {"id": "unheard_of"}, 404),
    ({}, {"version": "77"}, 409),
    ({"work/hours": "25"}, {}, 400),
    ({"work/hours": "many"}, {}, 400),
    ({"work/since": "2999-01-01"}, {}, 400),
    ({"work/since": "yesterday"}, {}, 400),
    ({"work/seen": "locks ghosts"}, {}, 400),
    ({"sex": "q"}, {}, 400),
])  # fmt: skip
def test_a_form_that_is_not_known_or_an_answer_that_it_does_not_take_is_refused_in_words(
    phone: Phone, visit: Instrument, values: dict[str, str], changes: dict[str, str], status: int
) -> None:
    answer = phone.send(filled(visit, values, **changes))
    assert answer.status_code == status
    message = said(answer)
    assert message
    assert all(value not in message for value in values.values()), "what was said is not repeated"
    assert nothing_is_kept()


def test_a_question_that_the_form_has_not_or_one_answered_twice_is_refused(phone: Phone, visit: Instrument) -> None:
    xml = filled(visit, {})
    for spoiled in (xml.replace(b"<room />", b"<ghost>x</ghost>"), twice(xml)):
        assert spoiled != xml
        assert phone.send(spoiled).status_code == 400
    assert nothing_is_kept()


def test_an_interview_without_its_files_is_refused(phone: Phone, visit: Instrument) -> None:
    assert phone.send(filled(visit, VISIT)).status_code == 400
    assert phone.send(filled(visit, VISIT), {"3.jpg": JPEG}).status_code == 400
    assert nothing_is_kept()


def test_a_file_that_nothing_names_is_not_kept(phone: Phone, visit: Instrument) -> None:
    assert phone.send(filled(visit, {"room": "1.jpg"}), {"1.jpg": JPEG, "stray.jpg": JPEG}).status_code == 201
    assert [file.open()[0] for file in SubmittedFile.objects.all()] == ["1.jpg"]


def test_names_that_no_phone_gives_and_more_than_is_held_are_refused(
    phone: Phone, visit: Instrument, monkeypatch: Any
) -> None:
    assert phone.send(filled(visit, {"room": "x" * 201}), {"x" * 201: JPEG}).status_code == 400
    monkeypatch.setattr(submissions, "MOST_HELD", 10)
    assert phone.send(filled(visit, VISIT), {"1.jpg": JPEG}, incomplete=True).status_code == 413
    assert nothing_is_kept()


def test_erasing_a_person_takes_the_pictures_away(phone: Phone, visit: Instrument) -> None:
    assert phone.send(filled(visit, VISIT), PICTURES).status_code == 201
    reading.forget(Screening.objects.get().key_id)
    assert not SubmittedFile.objects.exists()
    assert phone.send(filled(visit, VISIT, Submission.objects.get().instance_id), PICTURES).status_code == 201
    assert not SubmittedFile.objects.exists(), "a phone that sends it again brings nothing back"


def test_a_post_that_is_too_large_is_refused_unread(phone: Phone, visit: Instrument, monkeypatch: Any) -> None:
    announced = phone.client.generic(
        "POST", f"{phone.path}/submission", b"x", content_type="multipart/form-data; boundary=b",
        CONTENT_LENGTH=str(200 * 1024**2),
    )  # fmt: skip
    assert announced.status_code == 413
    said(announced)
    assert phone.send(filled(visit, {"room": "1.jpg"}), {"1.jpg": bytes(17 * 1024**2)}).status_code == 413
    assert nothing_is_kept()


@pytest.mark.parametrize("parts", [
    [],
    [Part("other", b"<data/>", "x.xml")],
    [Part("xml_submission_file", b"<data/>", "x.xml"), Part("xml_submission_file", b"<data/>", "y.xml")],
], ids=["none", "another", "two"])  # fmt: skip
def test_a_post_needs_exactly_one_xml_part(phone: Phone, parts: list[Part]) -> None:
    assert phone.send_parts(parts).status_code == 400


def test_a_post_that_is_cut_off_or_of_another_kind_is_refused(phone: Phone, visit: Instrument) -> None:
    body, kind = multipart(post_parts(filled(visit, VISIT), PICTURES))
    address = f"{phone.path}/submission"
    for cut in (b"", body[: len(body) // 3], body[:50]):
        assert phone.client.post(address, cut, content_type=kind).status_code == 400
    for other in ("text/xml", "multipart/form-data", "multipart/form-data; boundary=" + "x" * 300, ""):
        assert phone.client.generic("POST", address, body, content_type=other).status_code == 400
    assert phone.client.put(address, body, content_type=kind).status_code == 405
    assert nothing_is_kept()


def test_each_reading_and_writing_of_a_phone_is_on_the_chain_once(phone: Phone, visit: Instrument) -> None:
    before = Entry.objects.count()
    xml = filled(visit, VISIT)
    phone.send(xml, {"1.jpg": JPEG}, incomplete=True)
    phone.send(xml, PICTURES)
    phone.send(xml, PICTURES)
    phone.get("appointments.csv")
    actions = list(Entry.objects.order_by("seq").values_list("action", flat=True)[before:])
    assert actions == [
        "identify.submission_waits", "identify.screening_recorded", "identify.appointments_taken_along",
    ]  # fmt: skip


def test_no_token_reaches_the_log(phone: Phone, caplog: Any) -> None:
    token = phone.path.rsplit("/", 1)[1]
    record = logging.LogRecord("django.request", logging.WARNING, "", 1, "Bad Request: %s/x", (phone.path,), None)
    assert WithoutSecretAddresses().filter(record)
    assert token not in record.getMessage()
    assert "/odk/key/…/x" in record.getMessage()


def test_answers_below_a_name_of_a_megabyte_are_refused_before_each_is_kept_under_it() -> None:
    deep, answers = "n" * 500_000, "".join(f"<q{number}>1</q{number}>" for number in range(15_000))
    xml = f"<data id='visit'><meta><instanceID>uuid:1</instanceID></meta><{deep}>{answers}</{deep}></data>"
    tracemalloc.start()
    try:
        with pytest.raises(BadInputError):
            openrosa.read_sent(xml.encode())
        assert tracemalloc.get_traced_memory()[1] < 200_000_000
    finally:
        tracemalloc.stop()
