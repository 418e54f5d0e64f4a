"""HTML drawn as PDF files with our own style and fonts alone; it takes a second to load: see `printing`."""

import io
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from fontTools.merge import Merger, Options
from fontTools.ttLib import TTFont
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

STATIC = Path(__file__).parent / "static" / "ui"
HOST = "https://print.invalid/"
SHEET = "print.css"
NOT_JOINED = ["GSUB", "GPOS", "GDEF", "BASE", "DSIG", "VORG", "kern", "meta", "vhea", "vmtx"]
"""Tables that some of the files lack, or that name the letters of one file: they do not survive joining."""


class OursOnly(URLFetcher):  # type: ignore[misc]  # WeasyPrint carries no types
    """Gives style that the node ships and fonts that it made, by addresses of no host; any other is refused."""

    def __init__(self, fonts: dict[str, bytes]) -> None:
        super().__init__()
        self.fonts = fonts

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """Return one of our own files, or refuse."""
        name = url.removeprefix(HOST)
        if url.startswith(HOST) and name in self.fonts:
            return URLFetcherResponse(url, self.fonts[name], {"Content-Type": "font/ttf"})
        if url == f"{HOST}{SHEET}":
            return URLFetcherResponse(url, (STATIC / SHEET).read_bytes(), {"Content-Type": "text/css"})
        raise ValueError(f"a printed page loads nothing from elsewhere: {url[:60]}")


@dataclass(frozen=True, slots=True)
class Face:
    """One vendored file of letters: where it is, its weight, and which characters it has."""

    address: str
    weight: str
    has: tuple[tuple[int, int], ...]

    def writes(self, letters: set[int]) -> bool:
        """Say whether any of the letters is in this file."""
        return any(first <= letter <= last for letter in letters for first, last in self.has)


@cache
def faces() -> tuple[Face, ...]:
    """Return the vendored text faces out of the style sheet that browsers read."""
    sheet = (STATIC / "vendor" / "fonts.css").read_text(encoding="utf-8")
    found = []
    for block in re.findall(r"@font-face\{(.*?)\}", sheet, re.S):
        address = re.search(r'url\("?([^")]+)', block)
        weight = re.search(r"font-weight:(\d+)", block)
        spans = re.findall(r"U\+([0-9A-Fa-f]+)(?:-([0-9A-Fa-f]+))?", block)
        has = tuple((int(first, 16), int(last or first, 16)) for first, last in spans) or ((0, 0x10FFFF),)
        if address and weight and "Mono" not in address[1]:
            found.append(Face(address[1], weight[1], has))
    return tuple(found)


@lru_cache(maxsize=32)
def joined(addresses: tuple[str, ...]) -> bytes:
    """Return files of letters as one font: a file of a script without its own space would print a box for each."""
    if len(addresses) == 1:
        return _plain(addresses[0])
    merger = Merger(options=Options(drop_tables=NOT_JOINED))
    whole = merger.merge([io.BytesIO(_plain(address)) for address in addresses])
    whole.recalcTimestamp = False
    out = io.BytesIO()
    whole.save(out)
    return out.getvalue()


def _plain(address: str) -> bytes:
    font = TTFont(STATIC / "vendor" / address, recalcTimestamp=False)
    font.flavor = None
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def style_for(text: str) -> tuple[str, dict[str, bytes]]:
    """Return the style that names the fonts which a text needs, and the fonts by name."""
    letters = {ord(letter) for letter in set(text)} | {0x20}
    wanted = [face for face in faces() if face.writes(letters)]
    rules, fonts = [], {}
    for weight in sorted({face.weight for face in wanted}):
        for family, is_arabic in (("Printed", False), ("Printed Arabic", True)):
            parts = [f.address for f in wanted if f.weight == weight and ("arabic" in f.address) is is_arabic]
            if parts:
                name = f"{family.replace(' ', '')}-{weight}.ttf"
                fonts[name] = joined(tuple(sorted(parts, key=lambda address: ("Latin1" not in address, address))))
                face = f'font-family:"{family}";font-weight:{weight};src:url("{HOST}{name}")'
                rules.append(f"@font-face {{ {face} }}")
    chosen = 'font-family: "Printed", "Printed Arabic", sans-serif'
    return "".join([*rules, f"html {{ {chosen} }} @page {{ {chosen} }}"]), fonts


def html_as_pdf(text: str) -> bytes:
    """Return a whole HTML document as a PDF file."""
    style, made = style_for(text)
    fetcher, fonts = OursOnly(made), FontConfiguration()
    letters = CSS(string=style, base_url=HOST, url_fetcher=fetcher, font_config=fonts)
    document = HTML(string=text, base_url=HOST, url_fetcher=fetcher)
    return bytes(document.write_pdf(stylesheets=[letters], font_config=fonts) or b"")
