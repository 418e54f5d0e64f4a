"""What is in the parts of a person's file, in words: for its own pages and for those who receive it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from mainstay.core.labels import facts_choices
from mainstay.core.vocabularies import country_name, languages
from mainstay.protect.forms.consents import CATEGORY_WORDS
from mainstay.protect.forms.file import FACT_WORDS
from mainstay.protect.models import SEALED_FIELDS
from mainstay.protect.models.documents import MEDIA_WORDS
from mainstay.protect.models.parts import (
    HOLDERS,
    NAME_KINDS,
    PAPER_KINDS,
    PARTY_KINDS,
    RELATIONS,
    ROLES,
    SCRIPTS,
    WAYS,
)
from mainstay.protect.rules.birth import Precision, read_birth
from mainstay.protect.rules.redaction import BAR
from mainstay.protect.types import Category

Values = Mapping[str, Any]


def birth_words(text: str) -> str:
    """Return a birth date in words, no more exact than it is known."""
    birth = read_birth(text)
    match birth.precision:
        case Precision.DAY:
            return _day(text)
        case Precision.MONTH:
            return date_format(date(birth.year or 1, birth.month or 1, 1), "F Y")
        case Precision.AGE:
            about = {"low": birth.age_from, "high": birth.age_to, "day": _day(str(birth.thought_on))}
            return _("estimated %(low)s to %(high)s years old on %(day)s") % about
        case _:
            return text


def part_words(name: str, values: Values) -> list[str]:
    """Return one row of a part in words, what it is first; what is empty or still sealed is left out."""
    said = {
        "names": _name,
        "papers": _paper,
        "relatives": _relative,
        "stations": _station,
        "involved": _involved,
        "accounts": _involved,
    }[name](values)
    return [str(words) for words in said if words]


def facts_words(facts: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    """Return coded facts in words, by list."""
    found = []
    for name, codes in facts.items():
        labels = dict(facts_choices(name))
        found.append((str(FACT_WORDS.get(name, name)), ", ".join(str(labels.get(code, code)) for code in codes)))
    return found


def shared_words(name: str, value: Any) -> str:
    """Return a shared value of a part, of facts or of a document in words, a row a line."""
    if name == "facts":
        return "\n".join(f"{label}: {words}" for label, words in facts_words(value))
    if name.startswith("document:"):
        return f"{value['title']} ({document_words(value['media'], value['size'])})"
    return "\n".join(", ".join(part_words(name, row)) for row in value)


def document_words(media: str, size: int) -> str:
    """Return what kind of file something is, and how large."""
    kilobytes = _("%(number)d kB") % {"number": max(1, size // 1000)}
    return f"{dict(MEDIA_WORDS).get(media, media)}, {kilobytes}"


def barred(text: str) -> str:
    """Return a shared text with words beside each bar, for who cannot see it."""
    return text.replace(BAR, f"{BAR} [{_('left out')}]")


def category_words(category: str) -> str:
    """Return what a category is called."""
    return str(CATEGORY_WORDS[Category(category)])


def change_words(field: str, value: Any) -> str:
    """Return what stood in a field, as its history shows it."""
    if value in (None, "", [], {}):
        return "–"
    if field == "facts":
        return "\n".join(f"{label}: {words}" for label, words in facts_words(value))
    if isinstance(value, dict):
        return ", ".join(part_words(field, value))
    return birth_words(str(value)) if field == "birth_date" else str(value)


def field_name(name: str) -> str:
    """Return what a sealed field of a case is called."""
    return {field: str(label) for field, label, _category in SEALED_FIELDS}.get(name, name)


def _name(values: Values) -> list[Any]:
    tongues = {code.name: code.label for code in languages(get_language())}
    script = dict(SCRIPTS).get(values["script"]) if values["script"] else ""
    return [values.get("name"), dict(NAME_KINDS).get(values["kind"]), script, tongues.get(values["language"])]


def _paper(values: Values) -> list[Any]:
    holder = _("Who has it now: %s") % dict(HOLDERS).get(values["holder"], "")
    until = values["valid_until"]
    valid = _("valid until %s") % _day(str(until)) if until else ""
    return [dict(PAPER_KINDS).get(values["kind"]), _country(values), values.get("number"), holder, valid]


def _relative(values: Values) -> list[Any]:
    return [
        values.get("name"),
        dict(RELATIONS).get(values["relation"]),
        _("under 18") if values["is_child"] else "",
        _("with the person") if values["is_with_them"] else _("not with the person"),
        _("in danger") if values["is_at_risk"] else "",
        values.get("note"),
    ]


def _station(values: Values) -> list[Any]:
    days = " – ".join(filter(None, (_partial(values.get("came", "")), _partial(values.get("left", "")))))
    way = dict(WAYS).get(values["way"]) if values["way"] else ""
    return [values.get("place"), _country(values), days, way, values.get("what")]


def _involved(values: Values) -> list[Any]:
    kind = dict(PARTY_KINDS).get(values.get("kind", ""))
    return [
        values.get("name"),
        kind,
        dict(ROLES).get(values["role"]),
        values.get("phone"),
        values.get("account"),
    ]


def _country(values: Values) -> str:
    return country_name(values["country"], get_language()) if values["country"] else ""


def _partial(text: str) -> str:
    match text.count("-") if text else -1:
        case 2:
            return _day(text)
        case 1:
            return date_format(date.fromisoformat(f"{text}-01"), "F Y")
        case _:
            return text


def _day(text: str) -> str:
    try:
        return date_format(date.fromisoformat(text), "j F Y")
    except ValueError:
        return text
