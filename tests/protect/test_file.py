"""A person's file, through services and pages: parts, documents, notes, history, what is left out. All made up."""

import io
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image
from pypdf import PdfReader

from mainstay.accounts.models import User
from mainstay.audit.models import Entry
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.core.errors import NotFoundError
from mainstay.network import services as network
from mainstay.network.models import Entity
from mainstay.protect.errors import EditConflictError, FileRefusedError, LeftOutError, NothingToShareError
from mainstay.protect.models import Case, Document, FieldChange, IdentityPaper, Note, PersonName, Referral, Station
from mainstay.protect.queries import cases_named
from mainstay.protect.rules.redaction import BAR
from mainstay.protect.services import cases, documents, erasure, notes, parts, redaction, referrals, sharing, transfers
from mainstay.protect.services.documents import DocumentDraft
from mainstay.protect.services.scanning import Scan, scan
from mainstay.protect.types import Category, SharePurpose
from tests.factories import a_person, an_agency
from tests.protect.conftest import NOW, SECRETS, TODAY, Scene
from tests.protect.files import a_pdf, a_picture

VALUES: dict[str, dict[str, Any]] = {
    "names": {"kind": "alias", "script": "Arab", "language": "ar", "name": "سميرة الخالدي"},
    "papers": {
        "kind": "passport", "country": "XS", "holder": "taken", "valid_until": TODAY, "number": "ZQ-Passport-77",
    },
    "relatives": {
        "relation": "child", "is_child": True, "is_with_them": False, "is_at_risk": True,
        "name": "Zqlittle", "note": "",
    },
    "stations": {
        "order": 1, "country": "XS", "way": "boat", "place": "Zqharbour", "came": "2025-03",
        "left": "", "what": "Zqwhat",
    },
    "involved": {
        "kind": "company", "role": "employer", "name": "Zqmill Ltd", "phone": "+999 12 345 6789", "account": "XZ999888",
    },
}  # fmt: skip
WORDS = {"names": "سميرة", "papers": "ZQ-Passport-77", "relatives": "Zqlittle", "stations": "Zqharbour"}


def fill(scene: Scene) -> None:
    """Write one row of each part."""
    for name, values in VALUES.items():
        parts.write_part(scene.case, name, values, actor=scene.manager, now=NOW)
    parts.write_facts(scene.case, {"vic_MethodsOfControl": ["DebtBondage"]}, actor=scene.manager, now=NOW)
    scene.case.refresh_from_db()


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def add(scene: Scene, content: bytes, category: Category = Category.HEALTH, title: str = "Zqtitle") -> Document:
    draft = DocumentDraft(title, category, content)
    return documents.add_document(scene.case, draft, scanner="", actor=scene.manager, now=NOW)


def of(scene: Scene, name: str, *args: Any) -> str:
    return reverse(f"protect:{name}", args=[scene.case.pk, *args])


# parts


def test_every_name_of_a_person_finds_them_however_it_is_written(scene: Scene) -> None:
    fill(scene)
    for written in ("Samira al-Khalidi", "سميرة الخالدي", "Yaro Tervanu"):
        assert scene.case in cases_named(written, scene.manager), written
    parts.take_part_away(scene.case, "names", PersonName.objects.get(), actor=scene.manager, now=NOW)
    assert scene.case not in cases_named("Samira al-Khalidi", scene.manager)


def test_each_part_leaves_under_its_own_category_alone(scene: Scene) -> None:
    fill(scene)
    purposes = {Category.FAMILY: SharePurpose.ASSISTANCE}
    told = {
        Category.IDENTITY: {"سميرة", "ZQ-Passport-77"},
        Category.FAMILY: {"Zqlittle"},
        Category.JOURNEY: {"Zqharbour", "Zqwhat"},
        Category.EXPLOITATION: {"DebtBondage"},
        Category.EXPLOITERS: {"Zqmill Ltd", "+999 12 345 6789"},
        Category.MONEY: {"XZ999888"},
    }
    every = set().union(*told.values())
    for category, wanted in told.items():
        purpose, node = purposes.get(category, SharePurpose.COOPERATION), f"peer:Of-{category}"
        scene.consent(category, to=node, for_=purpose)
        _plan, values = sharing.export(scene.case, node, purpose, today=TODAY, now=NOW)
        left = json.dumps(values, ensure_ascii=False)
        assert {word for word in every if word in left} == wanted


def test_who_was_involved_goes_to_the_network_by_consent_and_the_person_never(scene: Scene, tmp_path: Path) -> None:
    fill(scene)
    assert not Entity.objects.exists()
    scene.consent(Category.EXPLOITERS, Category.MONEY, to="network", for_=SharePurpose.INVESTIGATION)
    sharing.tell_network(scene.case, actor=scene.manager, now=NOW)
    out = tmp_path / "entities.json"
    network.export_ftm(out, actor=None)
    known = [
        (one["schema"], json.dumps(one, ensure_ascii=False)) for one in map(json.loads, out.read_text().splitlines())
    ]
    assert any(schema == "Company" and "Zqmill Ltd" in text for schema, text in known)
    assert any(schema == "BankAccount" and "XZ999888" in text for schema, text in known)
    assert not any(SECRETS["name"] in text or "Zqlittle" in text for _schema, text in known)


def test_the_pages_show_codes_and_open_what_is_sealed_only_when_asked(scene: Scene) -> None:
    fill(scene)
    client = client_of(scene.manager)
    for page, words in (("who", ("سميرة", "ZQ-Passport-77", "Zqlittle")), ("happened", ("Zqharbour", "Zqmill Ltd"))):
        shown = client.get(of(scene, page)).content.decode()
        assert not any(word in shown for word in words)
        reads = Entry.objects.filter(action="protect.identity_read").count()
        opened = client.post(of(scene, page)).content.decode()
        assert all(word in opened for word in words)
        assert Entry.objects.filter(action="protect.identity_read").count() > reads
    assert "Debt bondage" in client.get(of(scene, "happened")).content.decode()


def test_a_part_is_written_by_form_and_a_fault_stands_by_its_field(scene: Scene) -> None:
    client = client_of(scene.manager)
    faults = [
        ("papers", {"kind": "spell", "holder": "person"}, "kind"),
        ("papers", {"kind": "passport", "holder": "person", "country": "QQQ"}, "country"),
        ("stations", {"order": "1", "came": "last spring"}, "came"),
        ("stations", {"order": "0"}, "order"),
        ("involved", {"kind": "person", "role": "employer"}, "name"),
        ("names", {"kind": "alias"}, "name"),
    ]
    for part, data, field in faults:
        assert field in client.post(of(scene, "add_part", part), data).context["form"].errors
    assert not IdentityPaper.objects.exists()
    assert not Station.objects.exists()
    assert client.get(of(scene, "add_part", "spells")).status_code == 404
    good = {"kind": "passport", "holder": "taken", "country": "", "number": "7", "valid_until": "2027-01-01"}
    assert client.post(of(scene, "add_part", "papers"), {**good, "version": "1"}).status_code == 302
    row = IdentityPaper.objects.get()
    page = of(scene, "change_part", "papers", row.pk)
    assert 'value="2027-01-01"' in client.get(page).content.decode()
    assert client.post(page, {**good, "number": "8", "version": "1"}).status_code == 302
    stale = client.post(page, {**good, "number": "9", "version": "1"})
    assert stale.status_code == 409
    assert 'value="9"' in stale.content.decode()  # what was typed stays


def test_a_birth_date_upside_down_is_told_by_its_field_and_an_estimate_is_kept_as_one(scene: Scene) -> None:
    client = client_of(scene.manager)
    base = {"version": scene.case.version, "precision": "age"}
    wrong = client.post(of(scene, "birth"), {**base, "age_from": 17, "age_to": 15})
    assert "age_from" in wrong.context["form"].errors
    assert "year" in client.post(of(scene, "birth"), {**base, "precision": "year"}).context["form"].errors
    assert client.post(of(scene, "birth"), {**base, "age_from": 15, "age_to": 17}).status_code == 302
    assert "estimated 15 to 17 years old" in client.post(of(scene, "who")).content.decode()


def test_stations_out_of_order_are_kept_and_said(scene: Scene) -> None:
    for number, came in ((1, "2025-05"), (2, "2024")):
        values = {**VALUES["stations"], "order": number, "came": came}
        parts.write_part(scene.case, "stations", values, actor=scene.manager, now=NOW)
    assert "do not follow the order: 2" in client_of(scene.manager).post(of(scene, "happened")).content.decode()


# two people


def test_two_who_change_different_fields_both_keep_their_words(scene: Scene) -> None:
    other = a_person(Role.CASE_MANAGER, scene.manager.agency)
    read_at = scene.case.version
    cases.change_case(scene.case, {"health": "Sleeps badly"}, version=read_at, actor=other)
    written = {"health": SECRETS["health"], "route": "By the river"}  # the whole form, as it was read
    case = cases.change_case(scene.case, written, version=read_at, actor=scene.manager)
    assert (case.health.open(), case.route.open()) == ("Sleeps badly", "By the river")


def test_two_who_change_the_same_see_both_and_nothing_typed_is_lost(scene: Scene) -> None:
    other = a_person(Role.CASE_MANAGER, scene.manager.agency)
    first, second = client_of(other), client_of(scene.manager)
    page = of(scene, "identity")
    theirs, yours = first.get(page).context["form"].initial, second.get(page).context["form"].initial
    assert first.post(page, {**theirs, "story": "Theirs", "health": "Calm"}).status_code == 302
    shown = second.post(page, {**yours, "story": "Mine\nof two lines", "route": "By the river"})
    assert shown.status_code == 409
    text = shown.content.decode()
    assert all(word in text for word in (SECRETS["story"], "Theirs", "Mine\nof two lines", "By the river"))
    assert scene.case.__class__.objects.get().route.open() == SECRETS["route"]  # nothing is half-written
    version = shown.context["version"]
    sent = {
        "version": version, "conflict": ["story"], "base_story": SECRETS["story"], "theirs_story": "Theirs",
        "yours_story": "Mine", "written_story": "Theirs, and mine", "kept_route": "By the river",
    }  # fmt: skip
    assert second.post(page, sent).status_code == 422  # no choice yet: shown again, with all of it
    assert second.post(page, {**sent, "choice_story": "written"}).status_code == 302
    case = Case.objects.get(pk=scene.case.pk)
    assert (case.story.open(), case.route.open(), case.health.open()) == ("Theirs, and mine", "By the river", "Calm")


def test_a_third_who_was_faster_is_shown_too(scene: Scene) -> None:
    other = a_person(Role.CASE_MANAGER, scene.manager.agency)
    read_at = scene.case.version
    cases.change_case(scene.case, {"story": "One"}, version=read_at, actor=other)
    with pytest.raises(EditConflictError) as caught:
        cases.change_case(scene.case, {"story": "Two"}, version=read_at, actor=scene.manager)
    cases.change_case(scene.case, {"story": "Three"}, version=caught.value.version, actor=other)
    with pytest.raises(EditConflictError):
        cases.change_case(scene.case, {"story": "Two"}, version=caught.value.version, actor=scene.manager)


def test_the_history_shows_what_stood_before_only_when_opened(scene: Scene) -> None:
    cases.change_case(scene.case, {"story": "Told anew"}, version=scene.case.version, actor=scene.manager)
    client = client_of(scene.manager)
    assert "Told anew" not in client.get(of(scene, "history")).content.decode()
    opened = client.post(of(scene, "history")).content.decode()
    assert "Told anew" in opened
    assert SECRETS["story"] in opened
    assert Entry.objects.filter(action="protect.history_read").count() == 1
    row = FieldChange.objects.get()
    assert b"Told anew" not in bytes(row.__dict__["after"])


# notes


def test_an_internal_note_is_in_no_exit_and_stays_when_the_case_moves(scene: Scene) -> None:
    notes.write_note(scene.case, "Zqnote for us", is_pinned=True, actor=scene.manager, now=NOW)
    scene.consent(*Category)
    for purpose in SharePurpose:
        plan, values = sharing.export(scene.case, scene.clinic, purpose, today=TODAY, now=NOW)
        assert "Zqnote" not in json.dumps(values)
        assert "note" not in {decision.field.name for decision in plan.decisions}
    client = client_of(scene.manager)
    assert "Zqnote" not in client.get(of(scene, "notes")).content.decode()
    assert "Zqnote" in client.post(of(scene, "notes")).content.decode()
    taker = a_person(Role.CASE_MANAGER, an_agency("Harbour house"))
    scene.consent(*Category, to=referrals.recipient_of(taker.agency))
    row = transfers.ask_to_take_over(scene.case, taker.agency, "", actor=scene.manager, today=TODAY, now=NOW)
    transfers.answer_transfer(row, accepted=True, reason="", actor=taker, today=TODAY, now=NOW)
    theirs = client_of(taker)
    assert "Zqnote" not in theirs.post(of(scene, "notes")).content.decode()
    assert "No note was written yet" in theirs.get(of(scene, "notes")).content.decode()


# documents


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"MZ\x90\x00", "This kind of file is not kept"),
        (b"%PDF-1.7 nothing", "damaged"),
        (b"\x89PNG\r\n\x1a\n nothing", "cannot be read"),
        (b"x" * 20_000_001, "larger than 20 MB"),
    ],
)
def test_a_file_that_is_not_kept_is_told_by_its_field(scene: Scene, content: bytes, said: str) -> None:
    upload = SimpleUploadedFile("Yaro Tervanu.pdf", content)
    answer = client_of(scene.manager).post(
        of(scene, "add_document"), {"file": upload, "title": "Letter", "category": "health"}
    )
    assert answer.status_code == 422
    assert said in str(answer.context["form"].errors["file"])
    assert not Document.objects.exists()


def test_an_upload_with_its_token_stays_in_memory(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The form's token is read before the view: nothing of the file may touch a disk by then."""

    def no_disk(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("a file was written")

    monkeypatch.setattr("django.core.files.uploadedfile.TemporaryUploadedFile.__init__", no_disk)
    client = Client(enforce_csrf_checks=True)
    client.force_login(scene.manager)
    page = of(scene, "add_document")
    token = str(client.get(page).context["csrf_token"])
    upload = SimpleUploadedFile("letter.txt", b"A letter\n" * 500_000)
    data = {"csrfmiddlewaretoken": token, "file": upload, "title": "Letter", "category": "health"}
    assert client.post(page, data).status_code == 302
    assert Document.objects.get().size == 4_500_000


def test_a_picture_that_unfolds_to_a_hundred_million_pixels_is_not_kept(scene: Scene) -> None:
    out = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(out, "PNG")
    with pytest.raises(FileRefusedError):
        add(scene, out.getvalue())


def test_a_picture_is_drawn_anew_and_tells_neither_place_nor_time(scene: Scene) -> None:
    row = add(scene, a_picture())
    content = documents.open_document(row, actor=scene.manager)
    assert content.startswith(b"\xff\xd8\xff")
    assert b"Three Wells" not in content


def test_a_document_comes_out_as_an_attachment_that_nothing_opens_by_itself(scene: Scene) -> None:
    row = add(scene, a_pdf("Aspen"), title="Letter of Yaro")
    client = client_of(scene.manager)
    page = of(scene, "download", row.pk)
    warned = client.post(page)
    assert "Nobody scanned this file" in warned.content.decode()
    assert not Entry.objects.filter(action="protect.document_read").exists()
    got = client.post(page, {"understood": "yes"})
    assert got.content == a_pdf("Aspen")
    assert got["Content-Type"] == "application/octet-stream"
    assert got["Content-Disposition"] == 'attachment; filename="document.pdf"'
    assert got["X-Content-Type-Options"] == "nosniff"
    assert got["Content-Security-Policy"].startswith("sandbox")
    assert "no-store" in got["Cache-Control"]
    assert Entry.objects.filter(action="protect.document_read", object_id=str(row.pk)).count() == 1
    assert client.get(page).status_code == 405


def test_bytes_and_title_of_a_document_lie_sealed_and_go_with_the_person(scene: Scene) -> None:
    row = add(scene, b"Zqbytes of a letter\n")
    with connection.cursor() as cursor:
        cursor.execute("SELECT title, content FROM protect_document")
        title, content = (bytes(value) for value in cursor.fetchone())
    assert b"Zqtitle" not in title
    assert b"Zqbytes" not in content
    fill(scene)
    notes.write_note(scene.case, "Zqnote", is_pinned=False, actor=scene.manager, now=NOW)
    erasure.erase(scene.case, actor=scene.manager, now=NOW)
    left = [Document.objects.filter(pk=row.pk), Note.objects.all(), PersonName.objects.all(), FieldChange.objects.all()]
    assert not any(rows.exists() for rows in left)


def test_a_document_leaves_by_consent_to_its_category_and_not_a_day_longer(scene: Scene) -> None:
    row = add(scene, a_pdf("Aspen"))
    scene.consent(Category.NEEDS)
    need = cases.add_need(scene.case, "health", "", actor=scene.manager, now=NOW)
    referral = referrals.refer(need, scene.provider.agency, actor=scene.manager, today=TODAY, now=NOW)
    with pytest.raises(NotFoundError):
        documents.open_shared(referral, str(row.pk), actor=scene.provider, today=TODAY)
    consent = scene.consent(Category.HEALTH)
    client = client_of(scene.provider)
    shown = client.get(reverse("protect:referral", args=[referral.pk])).content.decode()
    assert "Zqtitle" in shown
    page = reverse("protect:referral_document", args=[referral.pk, row.pk])
    assert client.post(page, {"understood": "yes"}).content == a_pdf("Aspen")
    consent.withdrawn_on = TODAY
    consent.save()
    assert client.post(page, {"understood": "yes"}).status_code == 404
    stranger = client_of(a_person(Role.SERVICE_PROVIDER))
    assert stranger.post(page, {"understood": "yes"}).status_code == 404


# the scanner


@contextmanager
def a_scanner(folder: Path, answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """Stand in for ClamAV: take one INSTREAM and answer."""
    address, taken = str(folder / "clamd"), list[bytes]()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(address)
        door.listen(1)

        def serve() -> None:
            line, _who = door.accept()
            with line, line.makefile("rb") as reader:
                assert reader.read(10) == b"zINSTREAM\0"
                while size := int.from_bytes(reader.read(4), "big"):
                    taken.append(reader.read(size))
                line.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield address, taken
        thread.join(timeout=10)


def test_what_the_scanner_finds_is_not_kept(scene: Scene, tmp_path: Path) -> None:
    draft = DocumentDraft("Letter", Category.HEALTH, b"A letter\n" * 10_000)
    with a_scanner(tmp_path, b"stream: Made-Up-Virus FOUND\0") as (address, taken), pytest.raises(FileRefusedError):
        documents.add_document(scene.case, draft, scanner=address, actor=scene.manager, now=NOW)
    assert b"".join(taken) == draft.content
    assert not Document.objects.exists()


def test_what_the_scanner_clears_is_marked_so_and_without_it_a_file_is_not_scanned(
    scene: Scene, tmp_path: Path
) -> None:
    draft = DocumentDraft("Letter", Category.HEALTH, b"A letter\n")
    with a_scanner(tmp_path, b"stream: OK\0") as (address, _taken):
        row = documents.add_document(scene.case, draft, scanner=address, actor=scene.manager, now=NOW)
    assert row.scan == "clean"
    assert scan(b"x", str(tmp_path / "nobody")) is Scan.NOT_SCANNED
    assert scan(b"x", "") is Scan.NOT_SCANNED
    add(scene, b"Another letter\n")
    assert "Not scanned for viruses" in client_of(scene.manager).get(of(scene, "documents")).content.decode()


# what is left out


def test_no_byte_of_a_marked_passage_reaches_the_recipient(scene: Scene) -> None:
    passage = "Needs insulin"
    scene.consent(Category.HEALTH, Category.NEEDS)
    redaction.mark_passages(scene.case, "health", scene.clinic, [passage], actor=scene.manager, now=NOW)
    need = cases.add_need(scene.case, "health", "", actor=scene.manager, now=NOW)
    referral = referrals.refer(need, scene.provider.agency, actor=scene.manager, today=TODAY, now=NOW)
    shown = client_of(scene.provider).get(reverse("protect:referral", args=[referral.pk])).content.decode()
    assert passage not in shown
    assert BAR in shown
    _plan, values = sharing.export(scene.case, scene.clinic, SharePurpose.ASSISTANCE, today=TODAY, now=NOW)
    assert passage not in json.dumps(values)
    other = "agency:00000000-0000-0000-0000-000000000009"
    assert sharing.readable(scene.case, other, SharePurpose.ASSISTANCE, TODAY) == {}
    taker = a_person(Role.CASE_MANAGER, scene.provider.agency)
    scene.consent(*Category)
    with pytest.raises(NothingToShareError):  # a case moves whole: what is marked cannot go along
        transfers.ask_to_take_over(scene.case, taker.agency, "", actor=scene.manager, today=TODAY, now=NOW)
    cases.change_case(scene.case, {"health": "Needs much insulin"}, version=scene.case.version, actor=scene.manager)
    case = Case.objects.get(pk=scene.case.pk)
    assert sharing.readable(case, scene.clinic, SharePurpose.ASSISTANCE, TODAY)["health"] == BAR


def test_passages_are_marked_on_a_page_that_shows_what_the_recipient_reads(scene: Scene) -> None:
    client = client_of(scene.manager)
    page = of(scene, "left_out", "story")
    data = {"recipient": scene.clinic, "pieces": [], "passages": "papers were taken"}
    saved = client.post(page, data)
    assert saved.status_code == 200
    assert "left out" in saved.content.decode()
    assert client.post(page, {**data, "passages": "was never said"}).status_code == 422
    assert client.post(page, {**data, "passages": ""}).status_code == 200
    assert not scene.case.left_out.exists()
    assert client.get(of(scene, "left_out", "name")).status_code == 404


def test_pages_of_a_document_are_left_out_for_one_recipient(scene: Scene) -> None:
    row = add(scene, a_pdf("Aspen", "Birch"))
    scene.consent(Category.HEALTH, Category.NEEDS)
    need = cases.add_need(scene.case, "health", "", actor=scene.manager, now=NOW)
    referral = referrals.refer(need, scene.provider.agency, actor=scene.manager, today=TODAY, now=NOW)
    redaction.mark_pages(row, scene.clinic, [1], actor=scene.manager, now=NOW)
    _row, content = documents.open_shared(referral, str(row.pk), actor=scene.provider, today=TODAY)
    assert b"Aspen" not in content
    assert len(PdfReader(io.BytesIO(content)).pages) == 1
    assert documents.open_document(row, actor=scene.manager) == a_pdf("Aspen", "Birch")
    for pages in ([3], [1, 2]):
        with pytest.raises(LeftOutError):
            redaction.mark_pages(row, scene.clinic, pages, actor=scene.manager, now=NOW)


# from a referral, and in order


def accepted(scene: Scene) -> tuple[User, Referral]:
    taker = a_person(Role.CASE_MANAGER, an_agency("Harbour house"))
    recipient = referrals.recipient_of(taker.agency)
    scene.consent(Category.IDENTITY, Category.FAMILY, Category.NEEDS, to=recipient)
    need = cases.add_need(scene.case, "shelter", "", actor=scene.manager, now=NOW)
    row = referrals.refer(need, taker.agency, actor=scene.manager, today=TODAY, now=NOW)
    return taker, referrals.answer_referral(row, accepted=True, reason="", actor=taker, now=NOW) or row


def test_a_case_opens_from_a_referral_with_what_consent_lets_be_read(scene: Scene) -> None:
    fill(scene)
    taker, row = accepted(scene)
    client = client_of(taker)
    assert "Open a case" in client.get(reverse("protect:referral", args=[row.pk])).content.decode()
    assert client.post(reverse("protect:from_referral", args=[row.pk])).status_code == 302
    made = Case.objects.exclude(pk=scene.case.pk).get()
    assert made.agency == taker.agency
    assert made.key_id != scene.case.key_id
    assert made.name.open() == SECRETS["name"]
    assert made.health.open() == ""
    assert [name.name.open() for name in PersonName.objects.filter(case=made)] == [VALUES["names"]["name"]]
    assert not Station.objects.filter(case=made).exists()
    assert [need.kind for need in made.needs.all()] == ["shelter"]
    assert made in cases_named("Samira al-Khalidi", taker)
    assert client.post(reverse("protect:from_referral", args=[row.pk])).status_code == 409
    assert client_of(scene.provider).post(reverse("protect:from_referral", args=[row.pk])).status_code == 404


def test_everything_that_happened_stands_in_order_and_nothing_sealed_is_opened(scene: Scene) -> None:
    fill(scene)
    add(scene, a_pdf("Aspen"))
    notes.write_note(scene.case, "Zqnote", is_pinned=False, actor=scene.manager, now=clock.now())
    accepted(scene)
    shown = client_of(scene.manager).get(of(scene, "timeline"))
    text = shown.content.decode()
    for words in ("The case was opened", "A note was written", "A document was added", "Referred to another agency"):
        assert words in text
    assert not any(word in text for word in ("Zqnote", "Zqtitle", "Zqharbour", SECRETS["name"]))
    moments = [line[0] for line in shown.context["lines"]]
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize("page", ["who", "happened", "documents", "notes", "history", "timeline"])
def test_a_page_of_the_file_asks_the_database_as_often_for_thirty_rows_as_for_three(scene: Scene, page: str) -> None:
    def write(times: int) -> None:
        for _ in range(times):
            fill(scene)
            add(scene, b"A letter\n")
            notes.write_note(scene.case, "Note", is_pinned=False, actor=scene.manager, now=NOW)

    def asked(client: Client) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(of(scene, page)).status_code == 200
        return len(queries)

    client = client_of(scene.manager)
    write(3)
    client.get(of(scene, page))
    few = asked(client)
    write(9)
    assert few <= asked(client) <= few + 1  # where they fill more than a page, they are counted


def test_nobody_but_the_case_manager_opens_a_page_of_the_file(scene: Scene) -> None:
    row = add(scene, a_picture())
    for role in Role:
        stranger = client_of(a_person(role))
        for page in ("who", "happened", "documents", "notes", "history", "timeline"):
            assert stranger.get(of(scene, page)).status_code in {403, 404}
        assert stranger.post(of(scene, "download", row.pk), {"understood": "yes"}).status_code in {403, 404}
