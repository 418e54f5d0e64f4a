"""Colours can be read, pages run under the strict policy, and one sheet serves both directions."""

import re
from pathlib import Path

import pytest

UI = Path(__file__).resolve().parents[2] / "mainstay" / "ui"
STATIC = UI / "static" / "ui"
CSS = (STATIC / "mainstay.css").read_text(encoding="utf-8")
OURS = [STATIC / "mainstay.css", STATIC / "mainstay.js", *sorted((UI / "templates").rglob("*.html"))]
NAMESPACE = "http://www.w3.org/2000/svg"  # names a language; nothing is fetched from it

TEXT_PAIRS = [
    ("ink", "paper", 7.0),
    ("ink", "surface", 7.0),
    ("ink", "sand", 7.0),
    ("ink", "harbour-wash", 7.0),
    ("ink", "flare-wash", 7.0),
    ("ink", "beacon-wash", 7.0),
    ("ink", "moss-wash", 7.0),
    ("muted", "paper", 4.5),
    ("muted", "surface", 4.5),
    ("on-sand", "sand", 4.5),
    ("on-sand", "sand-deep", 4.5),
    ("harbour", "paper", 4.5),
    ("harbour", "surface", 4.5),
    ("harbour", "harbour-wash", 4.5),
    ("harbour", "sand-deep", 4.5),
    ("harbour", "flare-wash", 4.5),
    ("harbour", "beacon-wash", 4.5),
    ("harbour", "moss-wash", 4.5),
    ("harbour-deep", "harbour-wash", 4.5),
    ("on-harbour", "harbour", 4.5),
    ("on-harbour", "harbour-deep", 4.5),
    ("beacon", "paper", 4.5),
    ("beacon", "surface", 4.5),
    ("beacon", "beacon-wash", 4.5),
    ("flare", "paper", 4.5),
    ("flare", "surface", 4.5),
    ("flare", "flare-wash", 4.5),
    ("on-flare", "flare", 4.5),
    ("moss", "paper", 4.5),
    ("moss", "surface", 4.5),
    ("moss", "moss-wash", 4.5),
    ("violet", "surface", 4.5),
    ("violet", "violet-wash", 4.5),
    ("on-violet", "violet-bar", 4.5),
]
SHAPE_PAIRS = [("line-strong", "surface"), ("focus", "paper"), ("beacon-fill", "surface")] + [
    (f"chart-{number}", "surface") for number in range(1, 9)
]


def tokens(opening: str) -> dict[str, str]:
    block = CSS[CSS.index(opening) + len(opening) :]
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", block[: block.index("}")]))


LIGHT = tokens(":root {\n  color-scheme: light;")
DARK = tokens(':root:not([data-theme="light"]) {')
THEMES = {"light": LIGHT, "dark": DARK}


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_contrast_formula_gives_the_published_extremes() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground", "least"), TEXT_PAIRS)
def test_text_can_be_read_on_its_ground(theme: str, text: str, ground: str, least: float) -> None:
    assert contrast(THEMES[theme][text], THEMES[theme][ground]) >= least


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("shape", "ground"), SHAPE_PAIRS)
def test_shapes_stand_out_from_their_ground(theme: str, shape: str, ground: str) -> None:
    assert contrast(THEMES[theme][shape], THEMES[theme][ground]) >= 3.0


def test_both_ways_into_the_dark_theme_give_the_same_colours() -> None:
    assert tokens(':root[data-theme="dark"] {') == DARK
    assert set(LIGHT) == set(DARK)


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_nothing_is_loaded_from_another_site(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace(NAMESPACE, "")
    assert not re.findall(r"(?:https?:|wss?:|[\"'(=\s])//[\w.-]+\.\w+", text)


@pytest.mark.parametrize("path", OURS[2:], ids=lambda path: path.name)
def test_no_template_needs_inline_script_or_style(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=|<style|\son\w+\s*=|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


def test_the_sheet_knows_start_and_end_but_no_sides() -> None:
    rules = re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL)
    assert not re.findall(r"(?<![\w.-])(?:[a-z]+-)*(?:left|right|top|bottom)(?:-[a-z]+)*\s*:", rules)
    assert not re.findall(r":\s*(?:left|right)\b", rules)
