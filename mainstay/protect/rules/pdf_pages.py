"""PDF files: whether they can be kept, how many pages they have, and a copy without some of them."""

from collections.abc import Collection
from io import BytesIO

from pypdf import PdfReader, PdfWriter

from mainstay.protect.rules.files import FileFault

MOST_PAGES = 2_000
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
        writer.add_page(page)
    writer.metadata = None
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
