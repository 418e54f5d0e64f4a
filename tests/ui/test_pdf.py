"""Printed files load nothing from elsewhere, write every language, and are the same each time."""

from mainstay.ui import pdf

PAGE = """<html lang="en"><head><link rel="stylesheet" href="print.css"></head><body>
<h1>Certificate</h1><p>العربية</p><p>Привет мир</p><p>保护</p>
<img src="file:///etc/hostname"><img src="https://example.org/seen.png"></body></html>"""


def test_the_same_page_gives_the_same_bytes() -> None:
    first = pdf.html_as_pdf(PAGE)
    assert first.startswith(b"%PDF")
    assert pdf.html_as_pdf(PAGE) == first


def test_nothing_is_loaded_but_our_own() -> None:
    asked, fetcher = [], pdf.OursOnly({})
    for address in ("file:///etc/hostname", "https://example.org/x.css", f"{pdf.HOST}../../../etc/hostname", pdf.HOST):
        try:
            fetcher.fetch(address)
        except ValueError:
            continue
        asked.append(address)
    assert not asked
    assert fetcher.fetch(f"{pdf.HOST}{pdf.SHEET}") is not None


def test_a_text_gets_the_letters_of_its_own_scripts_and_no_others() -> None:
    style, fonts = pdf.style_for("Привет")
    assert set(fonts) == {"Printed-400.ttf", "Printed-600.ttf"}
    assert "Arabic.ttf" not in style
    _style, with_arabic = pdf.style_for("سلام")
    assert any(name.startswith("PrintedArabic") for name in with_arabic)
