"""PDF files: whether they can be kept, how many pages they have, and a copy without some of them."""

import re
from collections.abc import Collection
from io import BytesIO
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, StreamObject

from mainstay.protect.rules.files import FileFault

MOST_PAGES = 2_000
MOST_DEEP = 12
_NAME = re.compile(rb"/([^\s/\[\]()<>{}%]+)")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_LEADS_ELSEWHERE = ("/Annots", "/B", "/AA", "/StructParents", "/Metadata", "/PieceInfo", "/Thumb")
"""What of a page may hold something of another: notes and links, threads, actions, structure, metadata, pictures."""


def pages_of(content: bytes) -> int | FileFault:
    """Return how many pages a PDF has, or why it is not taken."""
    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted:
            return FileFault.ENCRYPTED
        count = len(reader.pages)
    except Exception:  # noqa: BLE001  # a damaged file fails anywhere in its reader; the page must say so, not fall over
        return FileFault.DAMAGED
    return count if 0 < count <= MOST_PAGES else FileFault.DAMAGED


def without_pages(content: bytes, left_out: Collection[int]) -> bytes:
    """Return a PDF of the other pages alone (the first is 1), without metadata, notes, links or outlines."""
    reader = PdfReader(BytesIO(content), strict=False)
    writer = PdfWriter()
    for number, page in enumerate(reader.pages, start=1):
        if number in left_out:
            continue
        for name in _LEADS_ELSEWHERE:
            page.pop(name, None)
        contents = page.get_contents()
        drawn = contents.get_data() if contents is not None else b""
        page[NameObject("/Resources")] = _used(page.get("/Resources"), drawn, 0)
        writer.add_page(page)
    writer.metadata = None
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _used(resources: Any, drawn: bytes, depth: int) -> DictionaryObject:
    """Return the resources that what is drawn names, and no other: pages may share one list that holds all pictures.

    Pictures made of drawings of their own (forms) are looked into; deeper than `MOST_DEEP` nothing is kept.
    """
    kept = DictionaryObject()
    source = resources.get_object() if resources is not None else {}
    if depth > MOST_DEEP or not isinstance(source, DictionaryObject):
        return kept
    names = {f"/{_ESCAPE.sub(_sign, name).decode('latin-1')}" for name in _NAME.findall(drawn)}
    for kind, entries in source.items():
        found = entries.get_object()
        if not isinstance(found, DictionaryObject):
            continue  # a list of procedure names, which draws nothing
        named = {NameObject(name): value for name, value in found.items() if name in names}
        kept[NameObject(kind)] = DictionaryObject(named)
        for value in named.values():
            one = value.get_object()
            if isinstance(one, StreamObject) and "/Resources" in one:
                one[NameObject("/Resources")] = _used(one["/Resources"], one.get_data(), depth + 1)
    return kept


def _sign(escaped: re.Match[bytes]) -> bytes:
    return bytes([int(escaped[1], 16)])
