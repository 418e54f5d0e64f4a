"""What kind of file somebody gave, found out of its bytes and never out of its name; and what is not taken."""

import zipfile
import zlib
from enum import StrEnum
from io import BytesIO

MOST_BYTES = 20_000_000
MOST_UNPACKED = 200_000_000


class Media(StrEnum):
    """The kinds of files that are kept."""

    PDF = "pdf"
    JPEG = "jpg"
    PNG = "png"
    WEBP = "webp"
    TEXT = "txt"
    DOCX = "docx"
    XLSX = "xlsx"
    ODT = "odt"


PICTURES = frozenset({Media.JPEG, Media.PNG, Media.WEBP})


class FileFault(StrEnum):
    """Why a file is not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    WRONG_TYPE = "wrong_type"
    MACROS = "macros"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    BOMB = "bomb"
    VIRUS = "virus"


_OFFICE = {"word/document.xml": Media.DOCX, "xl/workbook.xml": Media.XLSX}
_ACTIVE = ("vbaproject", "macrosheets", "activex", "embeddings/", "basic/", "scripts/", "object")


def media_of(content: bytes) -> Media | FileFault:
    """Return the kind of a file, or why it is not taken."""
    if not content:
        return FileFault.EMPTY
    if len(content) > MOST_BYTES:
        return FileFault.TOO_LARGE
    if content.startswith(b"%PDF-"):
        return Media.PDF
    if content.startswith(b"\xff\xd8\xff"):
        return Media.JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return Media.PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return Media.WEBP
    if content.startswith(b"PK\x03\x04"):
        return _packed(content)
    return Media.TEXT if _is_text(content) else FileFault.WRONG_TYPE


def _is_text(content: bytes) -> bool:
    if content.lstrip()[:5].lower() in {b"{\\rtf", b"<?xml", b"<html", b"<!doc", b"<svg "}:
        return False
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return all(letter >= " " or letter in "\t\r\n\f" for letter in text)


def _packed(content: bytes) -> Media | FileFault:
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            parts = packed.infolist()
            if sum(part.file_size for part in parts) > MOST_UNPACKED or len(parts) > 10_000:
                return FileFault.BOMB
            if any(part.flag_bits & 1 for part in parts):
                return FileFault.ENCRYPTED
            names = [part.filename for part in parts]
            if len(set(names)) != len(
                names
            ):  # each name would read the last of its entries, as often as it stands there
                return FileFault.DAMAGED
            media = _office_kind(packed, set(names))
            if media is None:
                return FileFault.WRONG_TYPE
            return FileFault.MACROS if _is_active(packed, names) else media
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, OSError, EOFError):
        return FileFault.DAMAGED


def _office_kind(packed: zipfile.ZipFile, names: set[str]) -> Media | None:
    if "mimetype" in names and packed.read("mimetype").strip() == b"application/vnd.oasis.opendocument.text":
        return Media.ODT
    return next((kind for part, kind in _OFFICE.items() if part in names and "[Content_Types].xml" in names), None)


def _is_active(packed: zipfile.ZipFile, names: list[str]) -> bool:
    """Say whether a file holds macros or other files, or loads a template from elsewhere."""
    if any(mark in name.lower() for name in names for mark in _ACTIVE):
        return True
    if "[Content_Types].xml" in names and b"macroenabled" in packed.read("[Content_Types].xml").lower():
        return True
    links = b"".join(packed.read(name) for name in names if name.endswith("settings.xml.rels"))
    return b"attachedTemplate" in links and b"External" in links
