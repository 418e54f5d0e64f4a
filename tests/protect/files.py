"""Small files for tests; everything in them is made up."""

import io
import zipfile
from collections.abc import Mapping

from PIL import Image


def a_pdf(*pages: str) -> bytes:
    """Return a PDF with a word on each page, and an author in its metadata."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    for word in pages:
        stream = f"BT /F1 24 Tf 40 700 Td ({word}) Tj ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {len(objects)} 0 R "
            "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> "
            f"/Annots [<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents (Note on {pages[0]}) >>] >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    objects.append("<< /Author (Written by Yaro) >>")
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    start = len(out)
    size = len(objects) + 1
    out += f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n".encode()
    return out + f"<< /Size {size} /Root 1 0 R /Info {len(objects)} 0 R >>\nstartxref\n{start}\n%%EOF".encode()


def packed(parts: Mapping[str, str]) -> bytes:
    """Return a zip of some parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as into:
        for name, text in parts.items():
            into.writestr(name, text)
    return out.getvalue()


def a_picture(width: int = 40, height: int = 30) -> bytes:
    """Return a PNG that says in its metadata where it was taken."""
    from PIL.PngImagePlugin import PngInfo

    about = PngInfo()
    about.add_text("Comment", "Taken at Three Wells")
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG", pnginfo=about)
    return out.getvalue()
