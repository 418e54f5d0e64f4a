"""The documentation against the product: links lead somewhere, commands, settings and routes are those there are."""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, fields
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from mainstay.site import cli
from mainstay.site.config import Config

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
LARGEST_PICTURE = 150_000
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


def prose(page: Path) -> str:
    """A page without its code, in which brackets are no links."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"^(?: {4}|\t)(?![-*|]).*$", "", text, flags=re.MULTILINE)
    return re.sub(r"`[^`\n]*`", "", text)


def links(page: Path) -> list[str]:
    """Every address that a page names, of links and of pictures."""
    return [one or other for one, other in re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", prose(page))]


def anchors(page: Path) -> set[str]:
    """The places on a page that a link can lead to: its headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    plain = [re.sub(r"[`*]|\]\([^)]*\)|\[", "", heading) for heading in headings]
    return {re.sub(r"[\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower()) for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _hash, place = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} is not there"
        assert ROOT in target.parents, f"{link} leads out of the repository"
        if place and target.suffix == ".md":
            assert place in anchors(target), f"{link}: no such heading"


def test_pages_of_the_site_link_to_nothing_outside_of_it() -> None:
    outside = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in DOCS.rglob("*.md")
        for link in links(page)
        if not re.match(r"[a-z]+:|#", link) and DOCS not in (page.parent / link.partition("#")[0]).resolve().parents
    ]
    assert outside == []


def test_every_picture_is_light_and_is_shown_somewhere() -> None:
    shown = {(page.parent / link).resolve() for page in PAGES for link in links(page) if link.endswith(".png")}
    pictures = set((DOCS / "assets").glob("*.png"))
    assert pictures <= shown
    assert {picture.name for picture in pictures if picture.stat().st_size > LARGEST_PICTURE} == set()


def tree() -> dict[tuple[str, ...], Any]:
    """Every command and group of the command line, by its words."""
    found: dict[tuple[str, ...], Any] = {}

    def walk(words: tuple[str, ...], command: Any) -> None:
        if words:
            found[words] = command
        for name, below in getattr(command, "commands", {}).items():
            walk((*words, name), below)

    walk((), typer.main.get_command(cli.app))
    for group in cli.GROUPS:
        walk((group,), typer.main.get_command(import_module(f"mainstay.{group}.cli").app))
    return found


def named(words: list[str], commands: dict[tuple[str, ...], Any]) -> tuple[str, ...]:
    """The longest command that the words begin with; what follows a command are its arguments."""
    here: tuple[str, ...] = ()
    for word in words:
        if here and not hasattr(commands[here], "commands"):
            break
        here = (*here, word)
        assert here in commands, f"mainstay {' '.join(here)} is no command"
    return here


def documented() -> Iterator[tuple[str, list[str]]]:
    """The commands of the reference, each as its words and its options."""
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    for line in re.findall(r"^\| `mainstay ([^`]+)` \|", text, flags=re.MULTILINE):
        yield line, re.findall(r"--[a-z-]+|--k\b", line)


def test_the_reference_names_every_command_with_options_that_it_has() -> None:
    commands = tree()
    seen = set()
    for line, options in documented():
        words = named([word for word in line.split() if re.fullmatch(r"[a-z-]+", word) and word[0] != "-"], commands)
        seen.add(words)
        has = {name for parameter in commands[words].params for name in (*parameter.opts, *parameter.secondary_opts)}
        assert set(options) <= has, f"mainstay {line}"
        wanted = {name for name in has if name.startswith("--") and not name.startswith("--no-m")} - {"--help"}
        assert wanted <= set(options), f"mainstay {' '.join(words)} also has {wanted - set(options)}"
    assert seen == {words for words, command in commands.items() if not hasattr(command, "commands")}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_command_that_a_page_shows_exists(page: Path) -> None:
    commands = tree()
    text = page.read_text(encoding="utf-8")
    for line in re.findall(r"(?:^ *(?:\$ )?|`|/bin/)mainstay ([a-z][a-z -]*)", text, flags=re.MULTILINE):
        words = [word for word in line.split() if not word.startswith("-")]
        if page.name != "CHANGELOG.md" or (words[0],) in commands:
            named(words, commands)


def test_the_settings_page_has_every_setting_with_its_default() -> None:
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| `MAINSTAY_[A-Z_]+` \| `(.*?)` \|", text, flags=re.MULTILINE))
    wanted = {}
    for each in fields(Config):
        if each.name != "home":
            value = each.default if each.default_factory is MISSING else each.default_factory()
            wanted[each.name] = json.dumps(value)
    assert rows == wanted
    assert all(f"`MAINSTAY_{name.upper()}`" in text for name in wanted)


def test_the_api_page_has_every_route() -> None:
    from mainstay.site.api import api

    paths = json.loads(json.dumps(api.get_openapi_schema(), default=str))["paths"]
    there = {f"{verb.upper()} {path.removeprefix('/api/v1')}" for path, verbs in paths.items() for verb in verbs}
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `((?:GET|POST) [^`]+)` \|", text, flags=re.MULTILINE)) == there


def test_every_decision_is_in_the_index_and_says_what_was_given_up() -> None:
    index = (DOCS / "decisions" / "index.md").read_text(encoding="utf-8")
    records = sorted((DOCS / "decisions").glob("0*.md"))
    for number, record in enumerate(records, start=1):
        text = record.read_text(encoding="utf-8")
        assert record.name.startswith(f"{number:04d}-")
        assert f"({record.name})" in index
        assert text.startswith(f"# {number}. ")
        assert all(f"## {part}" in text for part in ("Question", "Decision", "Given up"))


def test_one_version_stands_everywhere() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    code = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    assert code["softwareVersion"] == version
    assert f"## {version}\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert len(code["description"]["en"]["shortDescription"]) <= 150
