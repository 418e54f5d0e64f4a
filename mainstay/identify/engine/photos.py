"""Photos of the public: only the picture stays, drawn anew, without what the phone wrote beside it."""

import warnings
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from mainstay.core.errors import BadInputError, Fault

MAX_BYTES = 8_000_000
MAX_PIXELS = 50_000_000
LONGEST_SIDE = 2048
FORMATS = ("JPEG", "PNG", "WEBP")


def strip(content: bytes) -> bytes:
    """Return a photo as JPEG, at most 2048 pixels long, with no metadata: no place, time, phone or thumbnail.

    The picture is turned as its orientation mark says before that mark is dropped. Raise BadInputError where it is
    no photo, too large, or of a kind that is not read.
    """
    if len(content) > MAX_BYTES:
        raise BadInputError("photo", Fault(f"a photo of at most {MAX_BYTES // 1_000_000} MB"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise BadInputError("photo", Fault("a photo of at most 50 million pixels"))
                return _drawn_anew(picture)
    except BadInputError:
        raise
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError, Warning) as error:
        raise BadInputError("photo", Fault("a photo (JPEG, PNG or WebP)")) from error


def _drawn_anew(picture: Image.Image) -> bytes:
    turned = ImageOps.exif_transpose(picture)
    turned.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    bare = Image.new("RGB", turned.size, "white")
    flat = turned.convert("RGBA")
    bare.paste(flat, mask=flat)
    out = BytesIO()
    bare.save(out, format="JPEG", quality=85)
    return out.getvalue()
