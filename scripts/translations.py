"""Keep the translations of the interface in step with the code; needs no gettext tools.

python scripts/translations.py update     put every text of the code into the catalogues, drop those no longer there
python scripts/translations.py compile    write the .mo files that Django reads
python scripts/translations.py check      say what is missing, untranslated, fuzzy or broken; exit 1 if anything is
"""

import argparse
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "mainstay"
LANGUAGES = ("ar", "es", "fr", "ru", "zh_Hans")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    **dict.fromkeys(("_", "_lazy", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)  # a date that changes would be the only change of most updates
HEADER = "# Mainstay: drafts, until native speakers of the field confirm them (docs/translations.md)."
PLACEHOLDER = re.compile(r"%%|%\(\w+\)[#0 +-]*[\d.]*[a-zA-Z]|%[#0 +-]*[\d.]*[a-zA-Z]|\{\w*\}")
TAG = re.compile(r"</?[a-zA-Z][^>]*>")

Key = tuple[str | None, str]


@dataclass(frozen=True)
class Home:
    """Where a part of the code keeps its catalogues."""

    locale: Path
    code: tuple[Path, ...]

    def sources(self) -> Iterator[Path]:
        """Yield the Python files and templates of this part, in order."""
        for folder in self.code:
            for path in sorted(folder.rglob("*")):
                if path.suffix == ".py" or ("templates" in path.parts and path.suffix in {".html", ".txt"}):
                    yield path

    def catalogue(self, language: str) -> Path:
        """Return the path of one language's .po file."""
        return self.locale / language / "LC_MESSAGES" / "django.po"


IDENTIFY = PACKAGE / "identify"
HOMES = (
    Home(PACKAGE / "site" / "locale", tuple(p for p in sorted(PACKAGE.iterdir()) if p.is_dir() and p != IDENTIFY)),
    Home(IDENTIFY / "locale", (IDENTIFY,)),
)


def extract_texts(home: Home) -> Catalog:
    """Return every text of a part of the code that is marked for translation."""
    found = Catalog()
    for path in home.sources():
        source = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            lines = templatize(source, origin=str(path)).splitlines()
            source = "\n".join(line.strip() for line in lines)
        for _line, text, _comments, context in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
            found.add(text, context=context)
    return found


def key(message: Message) -> Key:
    """Return what names a message: its context and its (singular) text."""
    return message.context, message.id[0] if isinstance(message.id, (tuple, list)) else message.id


def messages(catalogue: Catalog) -> dict[Key, Message]:
    """Return a catalogue's messages by what names them, without the header."""
    return {key(message): message for message in catalogue if message.id}


def read(path: Path, language: str) -> Catalog:
    """Return the catalogue of a .po file; an empty one where there is none."""
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def forms(message: Message) -> tuple[str, ...]:
    """Return a message's translations, one for each plural form."""
    return tuple(message.string) if isinstance(message.string, (tuple, list)) else (message.string or "",)


def merged(found: Catalog, kept: Catalog, language: str) -> Catalog:
    """Return the texts of the code with the translations kept for them."""
    result = Catalog(
        locale=language,
        project="Mainstay",
        version="0.1",
        header_comment=HEADER,
        creation_date=NO_DATE,
        revision_date=NO_DATE,
        last_translator="",
        language_team="",
        fuzzy=False,
    )
    old = messages(kept)
    for name, message in messages(found).items():
        same = old.get(name)
        string = same.string if same and isinstance(same.id, str) == isinstance(message.id, str) else None
        flags = same.flags if same and string else ()
        notes = same.user_comments if same else ()
        result.add(message.id, string, context=message.context, flags=flags, user_comments=notes)
    return result


def po_bytes(catalogue: Catalog) -> bytes:
    """Return a catalogue as a .po file: sorted, without places in the code, without texts of the past."""
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=110, no_location=True, sort_output=True, ignore_obsolete=True)
    return buffer.getvalue()


def mo_bytes(catalogue: Catalog) -> bytes:
    """Return a catalogue as the .mo file that Django reads."""
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def update() -> None:
    """Put every text of the code into every catalogue."""
    for home in HOMES:
        found = extract_texts(home)
        for language in LANGUAGES:
            path = home.catalogue(language)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(po_bytes(merged(found, read(path, language), language)))


def compile_all() -> None:
    """Write a .mo beside every .po."""
    for home in HOMES:
        for language in LANGUAGES:
            path = home.catalogue(language)
            path.with_suffix(".mo").write_bytes(mo_bytes(read(path, language)))


def faults() -> list[str]:
    """Return what is wrong with the catalogues, one line each; an empty list where all is well."""
    return [
        f"{home.catalogue(language).relative_to(ROOT)}: {fault}"
        for home in HOMES
        for found in [extract_texts(home)]
        for language in LANGUAGES
        for fault in catalogue_faults(messages(found), home.catalogue(language), language)
    ]


def catalogue_faults(found: dict[Key, Message], path: Path, language: str) -> Iterator[str]:
    """Yield what is wrong with one catalogue, given the texts of the code."""
    catalogue = read(path, language)
    here = messages(catalogue)
    yield from (f"not in the catalogue (run update): {text!r}" for _context, text in found.keys() - here.keys())
    yield from (f"no longer in the code (run update): {text!r}" for _context, text in here.keys() - found.keys())
    for name in found.keys() & here.keys():
        yield from (f"{fault}: {name[1]!r}" for fault in message_faults(here[name], catalogue.num_plurals))
    compiled = path.with_suffix(".mo")
    if not compiled.exists() or compiled.read_bytes() != mo_bytes(catalogue):
        yield "the .mo is not what the .po says (run compile)"


def message_faults(message: Message, plural_count: int) -> Iterator[str]:
    """Yield what is wrong with one translation: missing, fuzzy, or other placeholders, tags or plural forms."""
    texts = tuple(message.id) if isinstance(message.id, (tuple, list)) else (message.id,)
    strings = forms(message)
    if not all(strings):
        yield "not translated"
        return
    if message.fuzzy:
        yield "fuzzy"
    if len(texts) > 1 and len(strings) != plural_count:
        yield f"{len(strings)} plural forms, not {plural_count}"
    for string in strings:
        if not any(marks(string) == marks(text) for text in texts):
            yield f"other placeholders or tags in {string!r}"
        if string.strip("\n") != string.strip() and not any(text != text.strip() for text in texts):
            yield f"space around {string!r}"


def marks(text: str) -> list[str]:
    """Return a text's placeholders and tags, sorted: what a translation must carry over."""
    return sorted(PLACEHOLDER.findall(text) + TAG.findall(text))


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("update", "compile", "check"))
    match parser.parse_args(arguments).what:
        case "update":
            update()
        case "compile":
            compile_all()
        case _:
            found = faults()
            print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
            return int(bool(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
