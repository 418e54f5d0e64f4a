"""A photo as a phone takes it, with all it writes beside the picture."""

from io import BytesIO

from PIL import Image

GPS_MARK = b"Selvania Fone 9"
ORIENTATION, MODEL, GPS = 0x0112, 0x0110, 0x8825


def a_photo() -> bytes:
    """A JPEG of 40 by 20, marked as turned, with a phone's name and a place."""
    picture = Image.new("RGB", (40, 20), "navy")
    exif = picture.getexif()
    exif[ORIENTATION] = 6
    exif[MODEL] = GPS_MARK.decode()
    exif.get_ifd(GPS)[1] = "N"
    out = BytesIO()
    picture.save(out, format="JPEG", exif=exif, comment=b"taken by hand")
    return out.getvalue()
