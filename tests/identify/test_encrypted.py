"""Interviews that a phone encrypted as the specification says, by a client written apart from what opens them."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.core.access import Role
from mainstay.core.errors import BadInputError
from mainstay.identify.engine import encrypted, openrosa
from mainstay.identify.models import FormKey, Screening, Submission, SubmittedFile
from mainstay.identify.services import screenings as reading
from mainstay.identify.types import Instrument
from tests.factories import a_person
from tests.identify.phones import JPEG, Phone, a_phone, encrypt, filled, install, visit_form
from tests.identify.test_openrosa import PICTURES, VISIT, nothing_is_kept, said

KEY = encrypted.load_private_key(encrypted.new_private_key())
OTHER_FORM = f'base64RsaPublicKey="{encrypted.public_text(encrypted.load_private_key(encrypted.new_private_key()))}"'
FORM = f'base64RsaPublicKey="{encrypted.public_text(KEY)}"'.encode()
VISIT_FORM = visit_form()


@pytest.fixture
def phone() -> Phone:
    return a_phone(a_person(Role.SCREENER))


@pytest.fixture
def visit() -> Instrument:
    return install(visit_form())


def form_of(phone: Phone) -> bytes:
    content: bytes = phone.get("formXml", formID="visit", version="1").content
    return content


@pytest.mark.django_db
@pytest.mark.parametrize("mask", [SHA256(), SHA1()], ids=["as Collect", "as others"])  # noqa: S303
def test_an_encrypted_interview_is_opened_and_kept_once(phone: Phone, visit: Instrument, mask: Any) -> None:
    manifest, sealed = encrypt(filled(visit, VISIT), PICTURES, form_of(phone), mask=mask)
    for _again in range(2):
        assert phone.send(manifest, sealed).status_code == 201
    screening, submission = Screening.objects.get(), Submission.objects.get()
    assert submission.encrypted
    assert submission.key_id == screening.key_id, "erasing the person erases the pictures too"
    assert {file.open() for file in SubmittedFile.objects.all()} == set(PICTURES.items())
    assert reading.open_screening(screening, actor=screening.owner).answers["seen"] == "locks guards"


@pytest.mark.django_db
def test_an_encrypted_interview_comes_in_pieces(phone: Phone, visit: Instrument) -> None:
    manifest, sealed = encrypt(filled(visit, VISIT), PICTURES, form_of(phone))
    for name, content in list(sealed.items())[:-1]:
        assert phone.send(manifest, {name: content}, incomplete=True).status_code == 202
    assert not Screening.objects.exists()
    assert phone.send(manifest, {"submission.xml.enc": sealed["submission.xml.enc"]}).status_code == 201
    assert Screening.objects.count() == 1


@pytest.mark.django_db
def test_the_private_key_is_sealed_and_made_once(phone: Phone, visit: Instrument) -> None:
    first = form_of(phone)
    assert form_of(phone) == first
    row = FormKey.objects.get()
    with pytest.raises(ValueError, match="deserialize"):
        encrypted.load_private_key(bytes(row.private))
    with connection.cursor() as cursor:
        cursor.execute("SELECT private FROM identify_formkey")
        assert not bytes(cursor.fetchone()[0]).startswith(b"\x30\x82")


def spoil(manifest: bytes, sealed: dict[str, bytes], how: str) -> tuple[bytes, dict[str, bytes]]:
    flip = bytearray(sealed["1.jpg.enc"])
    flip[3] ^= 1
    match how:
        case "one bit of a picture":
            return manifest, {**sealed, "1.jpg.enc": bytes(flip)}
        case "pictures changed about":
            return manifest, {**sealed, "1.jpg.enc": sealed["2.jpg.enc"], "2.jpg.enc": sealed["1.jpg.enc"]}
        case "another order":
            a, b = b"<media><file>1.jpg.enc</file></media>", b"<media><file>2.jpg.enc</file></media>"
            return manifest.replace(a, b"#").replace(b, a).replace(b"#", b), sealed
        case "an empty file":
            return manifest, {**sealed, "submission.xml.enc": b""}
        case "no signature":
            start, end = b"<base64EncryptedElementSignature>", b"</base64EncryptedElementSignature>"
            return manifest[: manifest.index(start) + len(start)] + manifest[manifest.index(end) :], sealed
        case "no key":
            return manifest.replace(b"base64EncryptedKey", b"base64Key"), sealed
        case "key that is no base64":
            return manifest.replace(b"<base64EncryptedKey>", b"<base64EncryptedKey>***"), sealed
        case "another instance":
            return manifest.replace(b"<orx:instanceID>uuid:", b"<orx:instanceID>uuid:0"), sealed
        case "a file named twice":
            return manifest.replace(b"2.jpg.enc", b"1.jpg.enc"), sealed
        case "a path for a name":
            return manifest.replace(b"2.jpg.enc", b"../2.jpg.enc"), {**sealed, "../2.jpg.enc": sealed["2.jpg.enc"]}
    raise ValueError(how)


@pytest.mark.django_db
@pytest.mark.parametrize("how", [
    "one bit of a picture", "pictures changed about", "another order", "an empty file", "no signature", "no key",
    "key that is no base64", "another instance", "a file named twice", "a path for a name",
])  # fmt: skip
def test_a_digest_that_does_not_hold_is_refused(phone: Phone, visit: Instrument, how: str) -> None:
    answer = phone.send(*spoil(*encrypt(filled(visit, VISIT), PICTURES, form_of(phone)), how))
    assert answer.status_code == 400
    said(answer)
    assert nothing_is_kept()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "what", ["another key", "no padding", "a picture left out", "another form inside", "a bomb inside"]
)
def test_what_does_not_open_or_is_not_what_it_says_is_refused(phone: Phone, visit: Instrument, what: str) -> None:
    form, xml = form_of(phone), filled(visit, VISIT)
    made = {
        "another key": lambda: encrypt(xml, PICTURES, OTHER_FORM.encode()),
        "no padding": lambda: encrypt(xml, PICTURES, form, padding="none"),
        "a picture left out": lambda: encrypt(xml, {"1.jpg": JPEG}, form),
        "another form inside": lambda: within(encrypt(xml, PICTURES, form)),
        "a bomb inside": lambda: encrypt(xml, PICTURES, form, wrap=b"<!DOCTYPE d [<!ENTITY a 'b'>]>"),
    }[what]()
    assert phone.send(*made).status_code == 400
    assert nothing_is_kept()


def within(made: tuple[bytes, dict[str, bytes]]) -> tuple[bytes, dict[str, bytes]]:
    """Return a manifest that names the shipped form while the visit's form is inside."""
    manifest, sealed = made
    return manifest.replace(b'id="visit"', b'id="rapid_screen"'), sealed


@settings(max_examples=40)
@given(
    files=st.dictionaries(st.from_regex(r"[a-z0-9]{1,12}\.jpg", fullmatch=True), st.binary(max_size=200), max_size=20)
)
def test_whatever_was_encrypted_comes_out_as_it_was(files: dict[str, bytes]) -> None:
    xml = b'<data id="f" version="3"><meta><instanceID>uuid:7</instanceID></meta></data>'
    manifest, sealed = encrypt(xml, files, FORM)
    opened = encrypted.open_files(encrypted.read_manifest(openrosa.read_sent(manifest)), sealed, KEY)
    assert opened.xml == xml
    assert dict(opened.media) == files


@settings(max_examples=40)
@given(place=st.integers(0, 10_000), bit=st.integers(0, 7), which=st.sampled_from(["1.jpg.enc", "submission.xml.enc"]))
def test_no_changed_bit_goes_unnoticed(place: int, bit: int, which: str) -> None:
    xml = b'<data id="f"><meta><instanceID>uuid:7</instanceID></meta></data>'
    manifest, sealed = encrypt(xml, {"1.jpg": b"picture" * 9}, FORM, key=os.urandom(32))
    content = bytearray(sealed[which])
    content[place % len(content)] ^= 1 << bit
    with pytest.raises(BadInputError):
        encrypted.open_files(
            encrypted.read_manifest(openrosa.read_sent(manifest)), {**sealed, which: bytes(content)}, KEY
        )


def documents() -> st.SearchStrategy[bytes]:
    """Submissions spoiled a little, and much."""
    good = (
        b'<?xml version="1.0"?><data id="visit" version="1"><sex>female</sex>'
        b"<meta><instanceID>u</instanceID></meta></data>"
    )

    def cut(parts: tuple[int, int, bytes]) -> bytes:
        start, end = sorted(parts[:2])
        return good[:start] + parts[2] + good[end:]

    places = st.integers(0, len(good))
    pieces = st.binary(max_size=12) | st.sampled_from(
        [b"<a>", b"</data>", b"<!DOCTYPE x>", b"&e;", b"<![CDATA[", b"\x00"]
    )
    return st.binary(max_size=300) | st.tuples(places, places, pieces).map(cut)


def refusal_of(read: Callable[[], object]) -> BadInputError | None:
    try:
        read()
    except BadInputError as error:
        return error
    return None


@settings(max_examples=400)
@given(content=documents())
def test_any_bytes_are_read_as_a_submission_or_refused_in_words(content: bytes) -> None:
    refused = refusal_of(lambda: openrosa.read_sent(content))
    if refused is not None:
        assert refused.faults
        return
    sent = openrosa.read_sent(content)
    assert sent.form_id.isprintable()
    assert 0 < len(sent.instance_id) <= openrosa.LONGEST_ID
    assert openrosa.clock_of(sent, VISIT_FORM.xform)
    for read in (lambda: openrosa.answers_of(sent, VISIT_FORM), lambda: encrypted.read_manifest(sent)):
        refused = refusal_of(read)
        assert refused is None or refused.faults
