"""Watch lists: the Security Council's consolidated list, from the XML that the United Nations publish."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import parse

from mainstay.core.errors import BadInputError, Fault

PRIMARY, GOOD, LOW = "primary", "good", "low"
_PARTS = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
_QUALITY = {"low": LOW}
APPROXIMATE_YEARS = 2


@dataclass(frozen=True, slots=True)
class ListedName:
    """One name of an entry; `quality` is primary, good or low, as the list says."""

    text: str
    quality: str


@dataclass(frozen=True, slots=True)
class BirthDate:
    """A birth date as a list gives it: years from-to (already widened where approximate), and the day if exact."""

    first_year: int
    last_year: int
    day: str = ""


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A listed person or organisation. `list_id` is the list's own reference."""

    list_id: str
    kind: str
    names: tuple[ListedName, ...]
    birth_dates: tuple[BirthDate, ...] = ()
    nationalities: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()


def load_lists(paths: Sequence[Path]) -> list[ListEntry]:
    """Return the entries of several lists, in order; `BadInputError` names the file that is none."""
    return [entry for path in paths for entry in load_un_list(path)]


def load_un_list(path: Path) -> list[ListEntry]:
    """Return the individuals and entities of a UN consolidated list."""
    expected = "the UN consolidated list as XML"
    if not path.is_file():
        raise BadInputError(path, Fault("a file that exists"))
    try:
        root = parse(path).getroot()
    except ParseError as error:
        line, _ = error.position
        fault = Fault(f"{expected}, whole", row=line, found="XML that is cut or malformed")
        raise BadInputError(path, fault) from error
    except (DefusedXmlException, UnicodeDecodeError, LookupError, ValueError) as error:
        raise BadInputError(path, Fault(expected, found="XML that is not safe or not readable")) from error
    if root is None or root.tag != "CONSOLIDATED_LIST":
        raise BadInputError(path, Fault(f"{expected} (root CONSOLIDATED_LIST)", found="another root"))
    entries = [_entry(node, "INDIVIDUAL", path) for node in root.iter("INDIVIDUAL")]
    entries += [_entry(node, "ENTITY", path) for node in root.iter("ENTITY")]
    if not entries:
        raise BadInputError(path, Fault(f"{expected} with at least one entry", found="none"))
    return entries


def _entry(node: Any, kind: str, path: Path) -> ListEntry:
    reference = _text(node, "REFERENCE_NUMBER")
    names = _names(node, kind)
    if not reference or not names:
        missing = "REFERENCE_NUMBER" if not reference else "FIRST_NAME"
        raise BadInputError(path, Fault("a value in each entry", field=missing, found=f"none after {reference or '-'}"))
    return ListEntry(
        list_id=reference,
        kind="person" if kind == "INDIVIDUAL" else "organisation",
        names=names,
        birth_dates=tuple(b for b in map(_birth, node.iter("INDIVIDUAL_DATE_OF_BIRTH")) if b is not None),
        nationalities=tuple(_texts(node, "NATIONALITY/VALUE")),
        documents=tuple(_texts(node, "INDIVIDUAL_DOCUMENT/NUMBER")),
    )


def _names(node: Any, kind: str) -> tuple[ListedName, ...]:
    """Return all names: the parts joined, the original script, and aliases (those after commas apart too)."""
    names = [ListedName(" ".join(t for part in _PARTS if (t := _text(node, part))), PRIMARY)]
    names += [ListedName(text, PRIMARY) for text in _texts(node, "NAME_ORIGINAL_SCRIPT")]
    for alias in node.iter(f"{kind}_ALIAS"):
        text = _text(alias, "ALIAS_NAME")
        quality = _QUALITY.get(_text(alias, "QUALITY").lower(), GOOD)
        names.append(ListedName(text, quality))
        pieces = [piece.strip() for piece in text.replace(";", ",").split(",")]
        names += [ListedName(piece, LOW) for piece in pieces if len(pieces) > 1]
    return tuple(dict.fromkeys(name for name in names if name.text))


def _birth(node: Any) -> BirthDate | None:
    about = APPROXIMATE_YEARS if _text(node, "TYPE_OF_DATE") == "APPROXIMATELY" else 0
    day = _text(node, "DATE")[:10]
    first = _year(day) or _year(_text(node, "YEAR")) or _year(_text(node, "FROM_YEAR"))
    last = _year(day) or _year(_text(node, "YEAR")) or _year(_text(node, "TO_YEAR"))
    if not first or not last:
        return None
    return BirthDate(first - about, last + about, day if not about and len(day) == 10 else "")


def _year(text: str) -> int:
    return int(text[:4]) if text[:4].isdigit() else 0


def _text(node: Any, name: str) -> str:
    return " ".join((node.findtext(name) or "").split())


def _texts(node: Any, path: str) -> list[str]:
    found = (" ".join((child.text or "").split()) for child in node.findall(path))
    return [text for text in found if text]
