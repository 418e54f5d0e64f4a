"""The rules of a person's file: births, journeys, what is left out, two who write at once, files. All made up."""

import io
import zipfile
from datetime import date
from io import BytesIO

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, StreamObject

from mainstay.protect.rules.birth import Birth, BirthFault, Precision, birth_fault, read_birth, write_birth
from mainstay.protect.rules.facts import fact_lists, unknown_codes
from mainstay.protect.rules.files import MOST_BYTES, FileFault, Media, media_of
from mainstay.protect.rules.journey import is_partial_date, out_of_order
from mainstay.protect.rules.merging import merge
from mainstay.protect.rules.pdf_pages import pages_of, without_pages
from mainstay.protect.rules.redaction import BAR, leave_out, not_found, sentences
from tests.protect.files import a_pdf, packed

TODAY = date(2026, 11, 24)
BIRTHS = ["1999-04-05", "1999-04", "1999", "15/17@2026-11-24"]


@pytest.mark.parametrize("text", BIRTHS)
def test_a_birth_date_is_kept_as_exactly_as_it_is_known(text: str) -> None:
    birth = read_birth(text)
    assert write_birth(birth) == text
    assert birth_fault(birth, TODAY) is None


def test_what_nobody_knows_is_never_filled_in() -> None:
    assert read_birth("1999").month is None
    assert read_birth("").precision is Precision.UNKNOWN
    assert read_birth("around the big flood").precision is Precision.SAID


@pytest.mark.parametrize(
    ("birth", "fault"),
    [
        (Birth(Precision.DAY, 1999, 2, 30), BirthFault.NO_SUCH_DAY),
        (Birth(Precision.MONTH, 2026, 12), BirthFault.TO_COME),
        (Birth(Precision.YEAR, 1850), BirthFault.TOO_OLD),
        (Birth(Precision.AGE, age_from=17, age_to=15, thought_on=TODAY), BirthFault.UPSIDE_DOWN),
        (Birth(Precision.AGE, age_from=15, age_to=150, thought_on=TODAY), BirthFault.TOO_OLD),
    ],
)
def test_a_birth_date_that_cannot_be_is_named(birth: Birth, fault: BirthFault) -> None:
    assert birth_fault(birth, TODAY) is fault


def test_a_journey_told_out_of_order_is_said_and_partly_known_days_are_no_fault() -> None:
    assert out_of_order([("2025-03", "2025-03-09"), ("2025-03", "2025"), ("2026", "")]) == []
    assert out_of_order([("2025-05-02", "2025-05-01")]) == [0]
    assert out_of_order([("2025-05", "2025-06"), ("", ""), ("2024", "")]) == [2]
    assert not is_partial_date("2025-13")
    assert not is_partial_date("last spring")


words = st.text(alphabet="ab .\n", max_size=60)


@given(words, st.lists(words, max_size=3))
def test_no_byte_of_a_marked_passage_is_in_what_is_read(text: str, wanted: list[str]) -> None:
    passages = [passage for passage in wanted if passage.strip() and not not_found(text, [passage])]
    read = leave_out(text, passages)
    assert not any(passage.strip() in read for passage in passages)
    if not passages:
        assert read == text


def test_a_passage_is_left_out_wherever_it_stands_however_it_is_cased_or_spaced() -> None:
    assert leave_out("At Low Mill. at low\nmill too.", ["Low Mill"]) == f"At {BAR}. at {BAR} too."
    assert leave_out("aXaXa", ["aXa"]) == BAR


def test_a_text_written_anew_is_kept_back_whole_until_somebody_looks_again() -> None:
    assert leave_out("They were held at the old mill", ["Low Mill"]) == BAR
    assert not_found("They were held at the old mill", ["Low Mill"]) == ["Low Mill"]
    assert sentences("One. Two?\nThree") == ["One.", "Two?", "Three"]


values = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["x", "y", "z"]), min_size=3, max_size=3)


@given(values, values, values)
def test_of_two_who_write_neither_loses_a_word(
    base: dict[str, str], theirs: dict[str, str], yours: dict[str, str]
) -> None:
    known = {name: value for name, value in base.items() if theirs[name] != value}
    found = merge(known, theirs, yours)
    told = {conflict.field for conflict in found.conflicts}
    for name in base:
        after = found.changes.get(name, theirs[name])
        if yours[name] != base[name] and theirs[name] != base[name] and yours[name] != theirs[name]:
            assert name in told
        elif yours[name] != base[name]:
            assert after == yours[name]
        else:
            assert after == theirs[name]


def test_the_ends_of_lines_that_a_browser_writes_are_no_change() -> None:
    assert merge({}, {"story": "One\nTwo"}, {"story": "One\r\nTwo "}).changes == {}


def test_facts_are_of_htcds_and_an_unknown_code_is_named() -> None:
    assert unknown_codes({"vic_MethodsOfControl": ["DebtBondage"]}) == []
    assert unknown_codes({"vic_MethodsOfControl": ["Sorcery"], "vic_Nothing": []}) == ["vic_Nothing", "Sorcery"]
    assert "DebtBondage" in {code.name for code in fact_lists()["vic_MethodsOfControl"]}


DOCX = {"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", FileFault.EMPTY),
        (b"x" * (MOST_BYTES + 1), FileFault.TOO_LARGE),
        (b"MZ\x90\x00 program", FileFault.WRONG_TYPE),
        (b"{\\rtf1 a}", FileFault.WRONG_TYPE),
        (b"<html><script>", FileFault.WRONG_TYPE),
        ("Šta se desilo\n".encode(), Media.TEXT),
        (b"%PDF-1.7 ...", Media.PDF),
        (packed(DOCX), Media.DOCX),
        (packed({**DOCX, "word/vbaProject.bin": "x"}), FileFault.MACROS),
        (packed({**DOCX, "[Content_Types].xml": "a.macroEnabled.main"}), FileFault.MACROS),
        (packed({"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"}), Media.XLSX),
        (packed({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"}), Media.ODT),
        (packed({"mimetype": "application/vnd.oasis.opendocument.text", "Basic/a.xml": "<x/>"}), FileFault.MACROS),
        (packed({"a.txt": "x"}), FileFault.WRONG_TYPE),
        (packed(DOCX)[:60], FileFault.DAMAGED),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, found: Media | FileFault) -> None:
    assert media_of(content) is found


def test_a_small_file_that_unfolds_to_hundreds_of_megabytes_is_not_kept() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as into:
        for number in range(21):
            into.writestr(f"word/{number}.xml", bytes(10_000_000))
    assert media_of(out.getvalue()) is FileFault.BOMB


def test_a_locked_or_damaged_pdf_is_named() -> None:
    writer = PdfWriter(clone_from=io.BytesIO(a_pdf("One")))
    writer.encrypt("word", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    assert pages_of(out.getvalue()) is FileFault.ENCRYPTED
    assert pages_of(b"%PDF-1.7 nothing more") is FileFault.DAMAGED
    assert pages_of(a_pdf("One", "Two")) == 2


@given(st.sets(st.integers(1, 4), max_size=3))
def test_no_byte_of_a_page_that_is_left_out_is_in_the_copy(left_out: set[int]) -> None:
    marks = ["Aspen", "Birch", "Cedar", "Damson"]
    copy = without_pages(a_pdf(*marks), left_out)
    reader = PdfReader(io.BytesIO(copy))
    assume(len(left_out) < 4)
    assert len(reader.pages) == 4 - len(left_out)
    kept = [reader.get_object(number) for number in range(1, len(reader.xref[0]) + 1)]
    bytes_of_it = copy + b"".join(one.get_data() for one in kept if isinstance(one, StreamObject))
    for number, mark in enumerate(marks, start=1):
        assert (mark.encode() in bytes_of_it) is (number not in left_out)
    assert b"Written by" not in bytes_of_it


def test_a_page_takes_no_picture_of_a_left_out_page_along_from_a_list_that_both_share() -> None:
    writer, pictures = PdfWriter(), DictionaryObject()
    for number in (1, 2):
        picture = StreamObject()
        picture.set_data(b"PICTURE-OF-PAGE-%d" % number)
        picture[NameObject("/Subtype")] = NameObject("/Image")
        pictures[NameObject(f"/I {number}")] = writer._add_object(picture)
    shared = writer._add_object(DictionaryObject({NameObject("/XObject"): pictures}))
    for number in (1, 2):
        page, drawn = writer.add_blank_page(100, 100), StreamObject()
        drawn.set_data(b"q /I#20%d Do Q" % number)
        page[NameObject("/Contents")] = writer._add_object(drawn)
        page[NameObject("/Resources")] = shared
    out = BytesIO()
    writer.write(out)
    kept = without_pages(out.getvalue(), {2})
    assert b"PICTURE-OF-PAGE-2" in out.getvalue()
    assert b"PICTURE-OF-PAGE-2" not in kept
    assert b"PICTURE-OF-PAGE-1" in kept
