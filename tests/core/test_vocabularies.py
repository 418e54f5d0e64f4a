"""Code lists: complete, without doubles, and in the reader's language."""

import json
from pathlib import Path

import pytest

from mainstay.core import vocabularies


def test_every_htcds_list_has_values_and_none_twice() -> None:
    lists = vocabularies.code_lists("htcds")
    assert len(lists) >= 20
    for field, codes in lists.items():
        assert codes, field
        assert len({code.name for code in codes}) == len(codes), field
        assert all(code.label.strip() for code in codes), field


def test_the_htcds_lists_are_those_of_the_standard(shared: Path) -> None:
    facts = [path for path in (shared / "facts").glob("*htcds*") if path.suffix == ".json"]
    if not facts:
        pytest.skip("the facts about HTCDS are not in the folder ../shared")
    text = json.dumps(json.loads(facts[0].read_text(encoding="utf-8")))
    for field in vocabularies.code_lists("htcds"):
        assert field in text, field


def test_countries_speak_the_readers_language() -> None:
    assert vocabularies.country_name("DE", "fr") == "Allemagne"
    assert vocabularies.country_name("EG", "ar") == "مصر"
    assert vocabularies.country_name("FR", "zh-hans") == "法国"
    assert vocabularies.country_name("XS") == "XS"
    assert len(vocabularies.countries()) >= 249
    assert len(vocabularies.languages()) >= 180


def test_currencies_and_countries_are_those_of_iso_and_those_left_to_users() -> None:
    assert {"EUR", "KWD", "XOF"} <= vocabularies.currencies()
    assert "EURO" not in vocabularies.currencies()
    assert all(vocabularies.is_country(code) for code in ("DE", "XK", "XS", "QM", "ZZ"))
    assert not any(vocabularies.is_country(code) for code in ("", "de", "DEU", "JJ", "X1"))
