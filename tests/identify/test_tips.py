"""Tips from the public: sealed to who reads them, both ways, without account, cookie or script; all made up."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageOps, ImageStat

from mainstay.accounts.models import Agency, User
from mainstay.audit.models import Entry
from mainstay.core import keystore, photos
from mainstay.core.access import Role
from mainstay.core.errors import BadInputError, NotAllowedError, NotFoundError
from mainstay.core.keystore import KeyDestroyedError
from mainstay.identify.errors import LineFullError, TipClosedError, TokenSpentError
from mainstay.identify.models.tips import Tip, TipMessage, TipState
from mainstay.identify.queries import tips as reading
from mainstay.identify.rules import tips as rules
from mainstay.identify.services import tips
from mainstay.protect.services import cases
from tests.factories import a_person, an_agency
from tests.identify.pictures import GPS_MARK, a_photo

NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
STORY = "Two girls are kept above the bakery"


def proof_for(token: str) -> str:
    """The work that a browser does."""
    return next(str(n) for n in range(10**6) if rules.is_proof(token, str(n)))


def a_desk(name: str = "Harbour House (made up)") -> Agency:
    """An agency that reads tips."""
    agency = an_agency(name)
    tips.set_desk(agency, reads=True, actor=a_person(Role.ADMINISTRATOR), now=NOW)
    return agency


def told(text: str = STORY, *, proven: bool = True, pictures: tuple[bytes, ...] = ()) -> tips.Told:
    """A message with a fresh token."""
    token = tips.new_token(now=NOW)[0]
    return tips.Told(text, token, proof_for(token) if proven else "", pictures)


def a_tip(agency: Agency, text: str = STORY, now: datetime = NOW) -> tuple[str, Tip]:
    """A tip that came in, and its receipt."""
    receipt = tips.take_in(told(text), agency, language="en", now=now)
    return receipt, tips.by_receipt(receipt)


def reader_of(agency: Agency) -> User:
    """Somebody there who reads tips."""
    return a_person(Role.CASE_MANAGER, agency)


@pytest.mark.django_db
def test_a_tip_is_sealed_to_the_agency_and_the_node_itself_cannot_open_it() -> None:
    _receipt, tip = a_tip(a_desk())
    message = tip.messages.get()
    with pytest.raises(KeyDestroyedError):
        message.text.open()
    assert keystore.node().recipients(tip.key_id) == [f"agency:{tip.agency_id}"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM identify_tipmessage")
        assert "bakery" not in str([bytes(v) if isinstance(v, memoryview) else v for v in cursor.fetchone()])
    assert tips.open_tip(tip, actor=reader_of(tip.agency))[0].text == STORY
    with pytest.raises(NotAllowedError):
        tips.open_tip(tip, actor=a_person(Role.CASE_MANAGER))


@pytest.mark.django_db
def test_the_receipt_is_kept_nowhere_and_a_wrong_one_opens_nothing() -> None:
    receipt, tip = a_tip(a_desk())
    assert re.fullmatch(r"[0-9]{16}", receipt)
    assert receipt not in str(Tip.objects.values_list())
    assert receipt not in str(Entry.objects.values_list())
    assert tips.read_as_teller(receipt)[0].text == STORY
    with pytest.raises(NotFoundError):
        tips.read_as_teller("0" * 16)
    assert tip.receipt_digest == tips.digest_of(receipt)


@pytest.mark.django_db
def test_both_sides_talk_and_the_teller_never_learns_who_answers() -> None:
    receipt, tip = a_tip(a_desk())
    reader = reader_of(tip.agency)
    tips.reply(tip, "Which street?", actor=reader, now=NOW + timedelta(minutes=1))
    tip.refresh_from_db()
    assert not tip.waits_for_us
    tips.take_more(receipt, told("The one by the mill."), now=NOW + timedelta(hours=1))
    talk = tips.open_tip(Tip.objects.get(), actor=reader)
    assert [(s.author, s.text) for s in talk] == [
        (None, STORY),
        (reader.name, "Which street?"),
        (None, "The one by the mill."),
    ]
    assert Tip.objects.get().waits_for_us


@pytest.mark.django_db(transaction=True)
def test_after_a_transfer_only_the_other_agency_opens_it() -> None:
    first, second = a_desk(), a_desk("Lantern (made up)")
    receipt, tip = a_tip(first)
    tips.transfer(tip, second, actor=reader_of(first), now=NOW)
    tip.refresh_from_db()
    assert keystore.node().recipients(tip.key_id) == [f"agency:{second.pk}"]
    with pytest.raises(NotAllowedError):
        tips.open_tip(tip, actor=reader_of(first))
    assert tips.open_tip(tip, actor=reader_of(second))[0].text == STORY
    assert tips.read_as_teller(receipt)[0].text == STORY


@pytest.mark.django_db(transaction=True)
def test_a_transfer_that_fails_half_way_loses_no_tip(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = a_desk(), a_desk("Lantern (made up)")
    _receipt, tip = a_tip(first)
    reader = reader_of(first)
    with monkeypatch.context() as broken:
        broken.setattr(tips, "_note", lambda *_args, **_more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tips.transfer(tip, second, actor=reader, now=NOW)
    assert tips.open_tip(Tip.objects.get(), actor=reader)[0].text == STORY


@pytest.mark.django_db(transaction=True)
def test_a_tip_may_be_handed_over_and_back() -> None:
    first, second = a_desk(), a_desk("Lantern (made up)")
    _receipt, tip = a_tip(first)
    tips.transfer(tip, second, actor=reader_of(first), now=NOW)
    tips.transfer(Tip.objects.get(), first, actor=reader_of(second), now=NOW)
    assert keystore.node().recipients(tip.key_id) == [f"agency:{first.pk}"]
    assert tips.open_tip(Tip.objects.get(), actor=reader_of(first))[0].text == STORY


@pytest.mark.django_db
def test_who_handed_a_tip_over_erases_it_no_more_and_what_is_erased_takes_nothing() -> None:
    first, second = a_desk(), a_desk("Lantern (made up)")
    _receipt, tip = a_tip(first)
    seen = Tip.objects.get()
    tips.transfer(tip, second, actor=reader_of(first), now=NOW)
    with pytest.raises(NotAllowedError):
        tips.erase_tip(seen, actor=reader_of(first), now=NOW)
    there = Tip.objects.get()
    tips.erase_tip(Tip.objects.get(), actor=reader_of(second), now=NOW)
    with pytest.raises(NotFoundError):
        tips.reply(there, "Which street?", actor=reader_of(second), now=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_who_merge_two_tips_crosswise_at_once_do_not_stop_each_other() -> None:
    agency = a_desk()
    pair = [a_tip(agency, text)[1] for text in ("A van every Friday", "The grey van again")]
    reader, start = reader_of(agency), threading.Barrier(2)

    def merge(one: Tip, into: Tip) -> str:
        try:
            start.wait()
            tips.merge(one, into, actor=reader, now=NOW)
        except TipClosedError:
            return "refused"
        finally:
            connection.close()
        return "merged"

    with ThreadPoolExecutor(2) as both:
        said = list(both.map(merge, pair, reversed(pair)))
    assert sorted(said) == ["merged", "refused"]
    assert Tip.objects.filter(state=TipState.MERGED).count() == 1


@pytest.mark.django_db
def test_merged_tips_keep_their_own_talk_so_that_no_teller_reads_another() -> None:
    agency = a_desk()
    one, first = a_tip(agency, "A van every Friday")
    other, second = a_tip(agency, "The grey van again")
    reader = reader_of(agency)
    tips.merge(second, first, actor=reader, now=NOW)
    assert [s.text for s in tips.read_as_teller(other)] == ["The grey van again"]
    first.refresh_from_db()
    tips.reply(first, "Thank you.", actor=reader, now=NOW + timedelta(minutes=1))
    tips.take_more(other, told("It is here now"), now=NOW)
    assert [s.text for s in tips.read_as_teller(one)] == ["A van every Friday", "Thank you."]
    first.refresh_from_db()
    assert first.waits_for_us
    with pytest.raises(TipClosedError):
        tips.close(Tip.objects.get(pk=second.pk), "twice", actor=reader, now=NOW)


@pytest.mark.django_db
def test_a_tip_becomes_a_case_once() -> None:
    agency = a_desk()
    _receipt, tip = a_tip(agency)
    reader = reader_of(agency)
    case = cases.open_case_from_tip(tip.pk, actor=reader, today=NOW.date(), now=NOW)
    tip.refresh_from_db()
    assert (tip.state, tip.case_id, case.status) == (TipState.CASE, case.pk, "presumed")
    with pytest.raises(TipClosedError):  # a colleague did the same at the same moment
        tips.became_case(tip, case.pk, actor=reader, now=NOW)
    assert tips.open_tip(tip, actor=reader)[0].text == STORY


@pytest.mark.django_db(transaction=True)
def test_an_erased_tip_opens_for_nobody() -> None:
    receipt, tip = a_tip(a_desk())
    tips.erase_tip(tip, actor=reader_of(tip.agency), now=NOW)
    assert keystore.node().recipients(tip.key_id) == []
    with pytest.raises(NotFoundError):
        tips.read_as_teller(receipt)


@pytest.mark.django_db
def test_a_page_sends_one_message_and_only_while_its_token_is_fresh() -> None:
    agency, once = a_desk(), told()
    tips.take_in(once, agency, language="en", now=NOW)
    for bad in (once, tips.Told(STORY, "made-up"), tips.Told(STORY, "")):
        with pytest.raises(TokenSpentError):
            tips.take_in(bad, agency, language="en", now=NOW)
    assert Tip.objects.count() == 1


@pytest.mark.django_db
def test_a_flood_without_work_fills_its_own_line_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "UNPROVEN_AN_HOUR", 3)
    agency = a_desk()
    for _ in range(3):
        tips.take_in(told(proven=False), agency, language="en", now=NOW)
    with pytest.raises(LineFullError):
        tips.take_in(told(proven=False), agency, language="en", now=NOW)
    tips.take_in(told(), agency, language="en", now=NOW)
    tips.take_in(told(proven=False), agency, language="en", now=NOW + timedelta(minutes=61))
    assert TipMessage.objects.count() == 5


def test_a_filling_line_asks_for_more_work_and_never_for_more_than_a_minutes() -> None:
    asked = [rules.bits_for(rules.Line(proven, 0)) for proven in range(0, 700, 60)]
    assert asked == sorted(asked)
    assert (asked[0], asked[-1]) == (rules.PROOF_BITS, rules.PROOF_BITS + rules.MOST_MORE_BITS)


def test_a_proof_takes_work_and_fits_one_page() -> None:
    proof = proof_for("challenge")
    assert rules.is_proof("challenge", proof)
    tried = sum(rules.is_proof("another", str(n)) for n in range(2000))
    assert tried < 5
    assert not rules.is_proof("challenge", proof + " ")
    assert not rules.is_proof("challenge", "-1")


@given(st.integers(0, 10**16 - 1))
def test_a_receipt_is_read_as_it_is_written_down(number: int) -> None:
    receipt = rules.receipt_of(number)
    assert rules.as_receipt(f" {rules.grouped(receipt)} ") == receipt
    assert rules.as_receipt(receipt.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))) == receipt
    assert rules.as_receipt(receipt[:-1]) is None


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_a_receipt(text: str) -> None:
    found = rules.as_receipt(text)
    assert found is None or re.fullmatch(r"[0-9]{16}", found)


def test_a_photo_loses_place_time_and_phone_and_keeps_its_turn() -> None:
    raw = a_photo()
    assert GPS_MARK in raw
    bare = photos.strip(raw)
    assert GPS_MARK not in bare
    with Image.open(BytesIO(bare)) as picture:
        assert not picture.getexif()
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert picture.size == (20, 40)


@given(st.binary(max_size=400))
def test_bytes_that_are_no_photo_are_refused(content: bytes) -> None:
    with pytest.raises(BadInputError):
        photos.strip(content)


def test_a_photo_whose_phone_wrote_odd_marks_beside_it_is_taken() -> None:
    raw = bytearray(a_photo())
    raw[41] = 0  # the model's text now claims to be a number
    assert GPS_MARK not in photos.strip(bytes(raw))


@given(st.sampled_from(range(1, 9)))
def test_every_turn_mark_is_undone_as_pillow_itself_does(mark: int) -> None:
    picture = Image.new("RGB", (64, 32), "white")
    picture.paste((0, 0, 0), (0, 0, 16, 8))
    exif = picture.getexif()
    exif[0x0112] = mark
    raw = BytesIO()
    picture.save(raw, format="JPEG", exif=exif, quality=95)
    with Image.open(BytesIO(photos.strip(raw.getvalue()))) as ours, Image.open(raw) as theirs:
        turned = ImageOps.exif_transpose(theirs).convert("L")
        assert ours.size == turned.size
        apart = ImageChops.difference(ours.convert("L"), turned)
        assert ImageStat.Stat(apart).mean[0] < 2


@given(st.data())
def test_a_damaged_photo_is_drawn_or_refused_and_never_kept_as_it_came(data: st.DataObject) -> None:
    raw = bytearray(a_photo())
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        bare = photos.strip(bytes(raw))
    except BadInputError:
        return
    assert GPS_MARK not in bare


@pytest.mark.django_db
def test_the_public_pages_set_no_cookie_and_keep_what_was_written_when_refused() -> None:
    agency = a_desk()
    client = Client(enforce_csrf_checks=True)
    for code in ("ar", "en", "es", "fr", "ru", "zh-hans"):
        page = client.get(reverse("identify:tell", args=[code]))
        assert page.status_code == 200
        assert f'lang="{code}"' in page.content.decode()
    address = reverse("identify:tell", args=["en"])
    refused = client.post(address, {"text": STORY, "agency": str(agency.pk), "token": "old"})
    assert refused.status_code == 409
    assert STORY in refused.content.decode()
    wrong = SimpleUploadedFile("x.jpg", b"no photo", content_type="image/jpeg")
    token = tips.new_token(now=NOW)[0]
    answer = client.post(address, {"text": STORY, "agency": str(agency.pk), "token": token, "pictures": [wrong]})
    assert "JPEG, PNG" in answer.content.decode()
    assert not Tip.objects.exists()
    photo = SimpleUploadedFile("Dilara at the mill.jpg", a_photo(), content_type="image/jpeg")
    done = client.post(address, {"text": STORY, "agency": str(agency.pk), "token": token, "pictures": [photo]})
    receipt = re.sub(r"\s", "", re.findall(r"(?:[0-9]{4} ?){4}", done.content.decode())[0])
    assert tips.read_as_teller(receipt)[0].photos
    heap = SimpleUploadedFile("x.jpg", b"0" * 21_000_000, content_type="image/jpeg")
    heavy = client.post(
        address, {"text": STORY, "agency": str(agency.pk), "pictures": [heap], "token": tips.new_token(now=NOW)[0]}
    )
    assert "at most 20 MB" in heavy.content.decode()
    assert STORY in heavy.content.decode()
    assert Tip.objects.count() == 1
    assert client.get("/tips/xx/").status_code == 302
    assert not client.cookies
    assert "Dilara" not in str(Tip.objects.values()) + str(TipMessage.objects.values())


@pytest.mark.django_db
def test_the_queue_asks_the_database_as_often_however_long_it_is() -> None:
    agency = a_desk()
    reader = reader_of(agency)
    client = Client()
    client.force_login(reader)
    counts = []
    for round_ in range(2):
        for number in range(3):
            a_tip(agency, f"{number}", NOW + timedelta(hours=3 * round_ + number))
        with CaptureQueriesContext(connection) as captured:
            page = client.get(reverse("identify:tips")).content.decode()
        counts.append(len(captured))
    assert page.count("waits for an answer") == 6
    assert counts[0] == counts[1]
    assert list(reading.tips_visible_to(reader)) == list(Tip.objects.order_by("-waits_for_us", "-changed_at"))
    assert not reading.tips_visible_to(a_person(Role.SCREENER, agency)).exists()


@pytest.mark.django_db
def test_a_photo_opens_for_the_agency_and_is_noted() -> None:
    agency = a_desk()
    tips.take_in(told(pictures=(a_photo(),)), agency, language="en", now=NOW)
    (said,) = tips.open_tip(Tip.objects.get(), actor=reader_of(agency))
    client, stranger = Client(), Client()
    client.force_login(reader_of(agency))
    stranger.force_login(a_person(Role.CASE_MANAGER))
    address = reverse("identify:tip_photo", args=[said.photos[0]])
    answer = client.get(address)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert Image.open(BytesIO(answer.content)).size == (20, 40)
    assert stranger.get(address).status_code == 404
    assert Entry.objects.filter(action="identify.tip_photo_read").count() == 1


@pytest.mark.django_db
def test_a_further_message_that_is_refused_stays_on_the_page() -> None:
    receipt, _tip = a_tip(a_desk())
    sent = {"receipt": receipt, "text": "The van is white", "token": "made-up"}
    answer = Client().post(reverse("identify:talk", args=["en"]), sent)
    page = answer.content.decode()
    assert (answer.status_code, "The van is white" in page, STORY in page) == (409, True, True)
    fresh = re.search(r'name="token" value="([^"]+)"', page)
    assert fresh is not None
    again = Client().post(reverse("identify:talk", args=["en"]), sent | {"token": fresh[1]})
    assert again.status_code == 200
    assert [said.text for said in tips.read_as_teller(receipt)] == [STORY, "The van is white"]


@pytest.mark.django_db
def test_an_answer_to_a_tip_that_a_colleague_closed_meanwhile_stays_on_the_page() -> None:
    agency = a_desk()
    _receipt, tip = a_tip(agency)
    reader = reader_of(agency)
    tips.close(tip, "Seen to", actor=reader, now=NOW)
    client = Client()
    client.force_login(reader)
    answer = client.post(reverse("identify:tip", args=[tip.pk]), {"text": "Which street, please?"})
    assert (answer.status_code, b"Which street, please?" in answer.content) == (409, True)
