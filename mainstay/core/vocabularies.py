"""Code lists: HTCDS (IOM), ISO 3166 countries, ISO 639 languages, ISO 4217 currencies.

A classification is a JSON file in `codelists/` ({standard, version, licence, lists}); another one
(the IC-TIP lists, say) is added as data, without code.
"""

import gettext
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pycountry

FOLDER = Path(__file__).parent / "codelists"


@dataclass(frozen=True, slots=True)
class Code:
    """One value of a code list."""

    name: str
    label: str


@cache
def code_lists(standard: str) -> dict[str, tuple[Code, ...]]:
    """Return every list of a standard (`htcds`), by field name."""
    document = json.loads((FOLDER / f"{standard}.json").read_text(encoding="utf-8"))
    return {field: tuple(Code(*value) for value in body["values"]) for field, body in document["lists"].items()}


def htcds(field: str) -> tuple[Code, ...]:
    """Return the values of one HTCDS 2.0 picklist, for example `vic_TypeOfExploitation`."""
    return code_lists("htcds")[field]


@cache
def countries(language: str | None = None) -> tuple[Code, ...]:
    """Return ISO 3166-1 countries (alpha-2 code and name) in a language, sorted by name."""
    translate = _iso_names("iso3166-1", language)
    codes = [Code(country.alpha_2, translate(country.name)) for country in pycountry.countries]
    return tuple(sorted(codes, key=lambda code: code.label))


def country_name(code: str, language: str | None = None) -> str:
    """Return a country's name in a language; a code that ISO does not know stays as it is."""
    return {c.name: c.label for c in countries(language)}.get(code, code)


@cache
def languages(language: str | None = None) -> tuple[Code, ...]:
    """Return ISO 639 languages that have a two-letter code, in a language, sorted by name."""
    translate = _iso_names("iso639-3", language)
    codes = [Code(lang.alpha_2, translate(lang.name)) for lang in pycountry.languages if hasattr(lang, "alpha_2")]
    return tuple(sorted(codes, key=lambda code: code.label))


@cache
def currencies() -> frozenset[str]:
    """Return the ISO 4217 codes."""
    return frozenset(currency.alpha_3 for currency in pycountry.currencies)


def _iso_names(domain: str, language: str | None) -> Callable[[str], str]:
    code = {"zh-hans": "zh_CN"}.get(language or "en", language or "en")
    return gettext.translation(domain, pycountry.LOCALES_DIR, languages=[code], fallback=True).gettext


def is_country(code: str) -> bool:
    """Say whether a code is an ISO 3166-1 alpha-2 country, or one of those left for users (XK for Kosovo, say)."""
    if code in _country_codes():
        return True
    shaped = len(code) == 2 and code.isascii() and code.isalpha() and code.isupper()
    return shaped and (code in {"AA", "ZZ"} or code[0] == "X" or "QM" <= code <= "QZ")


@cache
def _country_codes() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in pycountry.countries)
