"""Photos that somebody gives: only the picture stays, drawn anew, without what the phone wrote beside it."""

import threading
import warnings
from io import BytesIO

from PIL import ExifTags, Image

from mainstay.core.errors import BadInputError, Fault

MAX_BYTES = 8_000_000
MAX_PIXELS = 50_000_000
LONGEST_SIDE = 2048
FORMATS = ("JPEG", "PNG", "WEBP")
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each orientation mark (Exif 2.32, 4.6.4 A)."""
_ONE_AT_A_TIME = threading.Semaphore(1)
"""A file of some kilobytes may unfold to hundreds of megabytes, and anybody may send one: never several at once."""


def strip(content: bytes, *, most: int = MAX_BYTES, longest: int = LONGEST_SIDE) -> bytes:
    """Return a photo as JPEG, at most `longest` pixels long, with no metadata: no place, time, phone or thumbnail.

    The picture is turned as its orientation mark says before that mark is dropped. Raise BadInputError where it is
    no photo, too large, or of a kind that is not read.
    """
    if len(content) > most:
        raise BadInputError("photo", Fault(f"a photo of at most {most // 1_000_000} MB"))
    try:
        with _ONE_AT_A_TIME, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise BadInputError("photo", Fault("a photo of at most 50 million pixels"))
                return _drawn_anew(picture, longest)
    except BadInputError:
        raise
    except Exception as error:  # a damaged photo fails anywhere in its decoder; the page must say so, not fall over
        raise BadInputError("photo", Fault("a photo (JPEG, PNG or WebP)")) from error


def _drawn_anew(picture: Image.Image, longest: int) -> bytes:
    picture.thumbnail((longest, longest))  # first of all: what follows then copies the small one
    mark = picture.getexif().get(ExifTags.Base.Orientation)
    turned = picture.transpose(_TURNS[mark]) if mark in _TURNS else picture
    bare = Image.new("RGB", turned.size, "white")
    flat = turned.convert("RGBA")
    bare.paste(flat, mask=flat)
    out = BytesIO()
    bare.save(out, format="JPEG", quality=85)
    return out.getvalue()
