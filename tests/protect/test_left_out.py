"""Rows, columns and areas of pictures that are left out: no byte of them is in what goes; all of it is made up."""

import csv
import io
import zipfile

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from PIL import Image

from mainstay.protect.errors import LeftOutError
from mainstay.protect.models import Document, LeftOut, Referral
from mainstay.protect.rules.areas import Area, blackened, read_areas
from mainstay.protect.rules.redaction import BAR
from mainstay.protect.rules.tables import Cells, read_places, read_text, said_places, text_without, workbook_without
from mainstay.protect.services import cases, documents, redaction, referrals
from mainstay.protect.services.documents import DocumentDraft
from mainstay.protect.types import Category
from tests.protect.conftest import NOW, TODAY, Scene

TABLE = "name,town,wage\nAspen,Low Mill,10\nBirch,Salt Market,20\nCedar,Three Wells,30\n"


def a_photo_of(width: int = 320, height: int = 200) -> Image.Image:
    """A picture whose every pixel differs from black."""
    picture = Image.new("RGB", (width, height))
    picture.putdata([(120 + x % 100, 120 + y % 100, 200) for y in range(height) for x in range(width)])
    return picture


def as_jpeg(picture: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x010E] = "Taken at Three Wells"
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, comment=b"Taken at Three Wells", quality=95)
    return out.getvalue()


percent = st.integers(0, 99)


@given(left=percent, top=percent, width=percent, height=percent)
def test_every_pixel_of_an_area_is_black_and_no_metadata_is_left(left: int, top: int, width: int, height: int) -> None:
    area = Area(left, top, min(width + 1, 100 - left), min(height + 1, 100 - top))
    picture = a_photo_of()
    box = [round(n) for n in (3.2 * left, 2 * top, 3.2 * (left + area.width), 2 * (top + area.height))]
    out = blackened(as_jpeg(picture), [area])
    read = Image.open(io.BytesIO(out))
    assert max(max(read.getpixel((x, y))) for x, y in ((box[0], box[1]), (box[2] - 1, box[3] - 1))) < 12  # type: ignore[arg-type]
    inside = read.crop((box[0], box[1], max(box[2], box[0] + 1), max(box[3], box[1] + 1)))
    assert max(high for _low, high in inside.getextrema()) < 12  # type: ignore[misc]
    assert b"Three Wells" not in out
    assert not read.getexif()
    assert "comment" not in read.info


def test_what_lay_under_the_black_changes_no_byte_of_what_goes() -> None:
    one, other = a_photo_of(), a_photo_of()
    area = Area(25, 24, 30, 32)
    other.paste((255, 0, 0), (80, 48, 176, 112))
    assert as_jpeg(one) != as_jpeg(other)
    assert blackened(as_jpeg(one), [area]) == blackened(as_jpeg(other), [area])


def test_areas_are_written_as_numbers_and_the_first_wrong_line_is_named() -> None:
    assert read_areas("10 20 30 15\n 5%, 5%, 10.5%, 95%\n\n") == ([Area(10, 20, 30, 15), Area(5, 5, 10.5, 95)], "")
    for wrong in ("10 20 30", "a b c d", "90 0 20 10", "0 0 0 10", "-1 0 10 10", "1e1 0 5 5"):
        assert read_areas(f"1 1 1 1\n{wrong}")[1] == wrong


def test_a_row_and_a_column_of_a_table_are_bars_and_no_byte_of_them_stays() -> None:
    read = text_without(TABLE, [Cells("", frozenset({3}), frozenset({2}))])
    rows = list(csv.reader(io.StringIO(read)))
    assert rows[2] == [BAR, BAR, BAR]
    assert [row[1] for row in rows] == [BAR] * 4
    for gone in ("Birch", "20", "Low Mill", "Three Wells", "town"):
        assert gone not in read
    assert rows[1] == ["Aspen", BAR, "10"]
    assert text_without("no table any more", [Cells("", frozenset({1}))]) == BAR
    assert read_text("Dear Sir,\nthey came, and went, and came.\nYours") is None


def a_workbook() -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Wages"
    for row in csv.reader(io.StringIO(TABLE)):
        sheet.append(row)
    sheet["A3"].comment = Comment("Birch said so", "Yaro")
    sheet["D2"] = '=CONCATENATE("Birch",B3)'
    hidden = book.create_sheet("Kept back")
    hidden.append(["Elm"])
    hidden.sheet_state = "hidden"
    book.properties.creator = "Written by Yaro"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_is_written_anew_with_values_alone() -> None:
    marks = [Cells("Wages", frozenset({3}), frozenset({2})), Cells("Kept back", frozenset({1}))]
    out = workbook_without(a_workbook(), marks)
    assert out is not None
    with zipfile.ZipFile(io.BytesIO(out)) as parts:
        everything = b"".join(parts.read(name) for name in parts.namelist())
    for gone in (b"Birch", b"Low Mill", b"Yaro", b"CONCATENATE", b"Elm"):
        assert gone not in everything
    wages = load_workbook(io.BytesIO(out))["Wages"]
    assert [cell.value for cell in wages[2]][:3] == ["Aspen", BAR, "10"]
    assert workbook_without(b"PK damaged", marks) is None


@given(st.frozensets(st.integers(1, 700), max_size=20), st.booleans())
def test_rows_and_columns_are_read_as_they_are_said(places: frozenset[int], letters: bool) -> None:
    assert read_places(said_places(places, letters=letters), letters=letters) == set(places)


@pytest.mark.parametrize(
    ("text", "letters", "places"),
    [("2, 5-7", False, {2, 5, 6, 7}), ("a c-e", True, {1, 3, 4, 5}), ("7-5", False, None), ("A", False, None),
     ("3", True, None), ("0", False, None), ("1-", False, None)],
)  # fmt: skip
def test_what_is_neither_a_row_nor_a_column_is_refused(text: str, letters: bool, places: set[int] | None) -> None:
    assert read_places(text, letters=letters) == places


def kept(scene: Scene, content: bytes) -> Document:
    draft = DocumentDraft("A paper", Category.HEALTH, content)
    return documents.add_document(scene.case, draft, scanner="", actor=scene.manager, now=NOW)


@pytest.fixture
def referral(scene: Scene) -> Referral:
    scene.consent(Category.HEALTH, Category.NEEDS)
    need = cases.add_need(scene.case, "health", "", actor=scene.manager, now=NOW)
    return referrals.refer(need, scene.provider.agency, actor=scene.manager, today=TODAY, now=NOW)


def received(scene: Scene, referral: Referral, row: Document) -> bytes:
    _row, content = documents.open_shared(referral, str(row.pk), actor=scene.provider, today=TODAY)
    return content


@pytest.mark.django_db
def test_an_area_is_marked_on_a_page_without_a_pointer_and_black_for_the_recipient_alone(
    scene: Scene, referral: Referral
) -> None:
    row = kept(scene, as_jpeg(a_photo_of()))
    client = Client()
    client.force_login(scene.manager)
    page = reverse("protect:left_out", args=[scene.case.pk, row.field])
    asked = client.get(page).content.decode()
    assert "data:image/jpeg;base64," in asked
    wrong = client.post(page, {"recipient": scene.clinic, "areas": "90 0 20 10"})
    assert wrong.status_code == 422
    assert "Four numbers from 0 to 100" in wrong.content.decode()
    assert client.post(page, {"recipient": scene.clinic, "areas": "0 0 50 50"}).status_code == 200
    assert "0 0 50 50" in client.get(f"{page}?recipient={scene.clinic}").content.decode()
    theirs = Image.open(io.BytesIO(received(scene, referral, row)))
    assert max(theirs.getpixel((10, 10))) < 12  # type: ignore[arg-type]
    assert min(theirs.getpixel((300, 190))) > 90  # type: ignore[arg-type]
    ours = Image.open(io.BytesIO(documents.open_document(row, actor=scene.manager)))
    assert min(ours.getpixel((10, 10))) > 90  # type: ignore[arg-type]
    client.post(page, {"recipient": scene.clinic, "areas": ""})
    assert not LeftOut.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_rows_and_columns_are_marked_on_a_page_that_shows_the_table(
    scene: Scene, referral: Referral, kind: str
) -> None:
    row = kept(scene, TABLE.encode() if kind == "csv" else a_workbook())
    client = Client()
    client.force_login(scene.manager)
    page = reverse("protect:left_out", args=[scene.case.pk, row.field])
    assert "Salt Market" in client.get(page).content.decode()
    wrong = client.post(page, {"recipient": scene.clinic, "rows_0": "two", "columns_0": ""})
    assert wrong.status_code == 422
    assert "Write numbers" in wrong.content.decode()
    assert client.post(page, {"recipient": scene.clinic, "rows_0": "99"}).status_code == 422
    done = client.post(page, {"recipient": scene.clinic, "rows_0": "3", "columns_0": "B"})
    assert done.status_code == 200
    again = client.get(f"{page}?recipient={scene.clinic}").content.decode()
    assert 'value="3"' in again
    assert 'value="B"' in again
    content = received(scene, referral, row)
    if kind == "xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            content = b"".join(parts.read(name) for name in parts.namelist())
    assert b"Birch" not in content
    assert b"Low Mill" not in content
    assert b"Aspen" in content
    sheet = "" if kind == "csv" else "Wages"
    everything = [Cells(sheet, frozenset({1, 2, 3, 4})), Cells("Kept back", frozenset({1}))]
    with pytest.raises(LeftOutError):
        redaction.mark_cells(row, scene.clinic, everything[: 1 if kind == "csv" else 2], actor=scene.manager, now=NOW)


@pytest.mark.django_db
def test_passages_of_a_table_stay_left_out_when_rows_are_marked_too(scene: Scene, referral: Referral) -> None:
    row = kept(scene, TABLE.encode())
    redaction.mark_passages(scene.case, row.field, scene.clinic, ["Cedar"], actor=scene.manager, now=NOW)
    redaction.mark_cells(row, scene.clinic, [Cells("", frozenset({2}))], actor=scene.manager, now=NOW)
    content = received(scene, referral, row)
    assert b"Cedar" not in content
    assert b"Aspen" not in content
    assert b"Birch" in content
