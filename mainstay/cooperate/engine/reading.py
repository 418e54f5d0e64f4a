"""What another node may say, kind by kind: each body is read into a typed value, or refused with the field.

A pinned node is trusted to be itself, not to be well: a broken or hostile one must not be able to fill a
database, break a page or stop a worker.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from mainstay.cooperate.rules.requests import ASSISTANCE, REFUSAL_GROUNDS, REQUEST_FIELDS, SHAREABLE, TREATIES
from mainstay.cooperate.rules.shared_fields import CODE_FIELDS, CODED_FACTS, CONTACT_CHANNELS, ROW_FIELDS, TEXT_FIELDS
from mainstay.cooperate.types import (
    LETTER_BYTES,
    TEXT_LENGTH,
    Attached,
    FileText,
    MatchAsk,
    MatchReply,
    News,
    NewsText,
    RecallText,
    Receipt,
    ReferralText,
    RequestReply,
    RequestText,
    Terms,
    WhyRecalled,
)

REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,39}")
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
DIGEST = re.compile(r"[0-9a-f]{64}")
CODE = re.compile(r"[A-Za-z0-9_:.+-]{0,60}")
DOCUMENT = re.compile(r"document:[0-9a-f-]{36}")
ACCOUNTS, ACCOUNT_LENGTH, LISTED = 100, 64, 200
YEARS = range(2000, 2200)
HOURS = range(25)
LARGEST = 2**31
KEYS = frozenset(rule.key for rule in REQUEST_FIELDS)
Body = Mapping[str, Any]


class BadBodyError(ValueError):
    """A letter's body is not what its kind holds; the message names the field."""


def read_match_ask(body: Body) -> MatchAsk:
    """Return a private question."""
    return MatchAsk(_named(body, "match", NAME), _text(body, "kind", 20), _text(body, "question", LETTER_BYTES))


def read_match_reply(body: Body) -> MatchReply:
    """Return the answer to a private question."""
    setup, response = (_text(body, name, LETTER_BYTES) for name in ("setup", "response"))
    return MatchReply(_named(body, "match", NAME), setup, response)


def read_request(body: Body) -> RequestText:
    """Return a request for assistance with what goes with it."""
    text = _object(body, "body")
    for name in text:
        _in(name, KEYS, "body")
    said = {name: _text(text, name) for name in text}
    for name, allowed in (("treaty_basis", frozenset(TREATIES)), ("assistance_type", frozenset(ASSISTANCE))):
        _in(said.get(name, ""), allowed, name)
    return RequestText(_named(body, "reference", REFERENCE), said, _attached(body))


def read_request_reply(body: Body) -> RequestReply:
    """Return the answer to a request; a ground of refusal is one of the treaty's."""
    ground = _text(body, "refusal_ground") if body.get("refusal_ground") else ""
    if ground:
        _in(ground, frozenset(REFUSAL_GROUNDS), "refusal_ground")
    return RequestReply(_named(body, "reference", REFERENCE), _text(body, "text"), ground)


def read_recall(body: Body) -> str:
    """Return the reference of the request that is recalled."""
    return _named(body, "reference", REFERENCE)


def read_receipt(body: Body) -> Receipt:
    """Return a receipt; the one reply that may come with it is the answer to a private question."""
    received = _named(body, "received", DIGEST)
    if body.get("reply") is None:
        return Receipt(received, None)
    reply = _object(body, "reply")
    _in(_text(reply, "kind"), frozenset({"match_answer"}), "reply")
    return Receipt(received, _object(reply, "body"))


def read_referral(body: Body) -> ReferralText:
    """Return a referral, or the question whether to take a whole case over."""
    terms = _object(body, "terms")
    return ReferralText(
        _named(body, "reference", REFERENCE),
        _named(body, "need", CODE),
        _named(body, "service", CODE),
        _day(body, "answer_by"),
        _text(body, "message"),
        _yes_or_no(body, "whole"),
        Terms(_named(terms, "purpose", CODE), _day(terms, "until") if terms.get("until") else None),
        _fields(body),
        _contact(body),
    )


def read_referral_file(body: Body) -> FileText:
    """Return a whole file: fields, and coded facts."""
    coded = _object(body, "coded")
    for name in coded:
        _in(name, CODED_FACTS, "coded")
    facts = {name: _named(coded, name, CODE) for name in coded}
    return FileText(_named(body, "reference", REFERENCE), _fields(body), facts, _contact(body))


def read_referral_news(body: Body) -> NewsText:
    """Return what the other node says of a referral."""
    said = _text(body, "news")
    _in(said, frozenset(News), "news")
    return NewsText(_named(body, "reference", REFERENCE), News(said), _day(body, "on"), _text(body, "text"))


def read_referral_recall(body: Body) -> RecallText:
    """Return which referral is recalled, and why."""
    why = _text(body, "why")
    _in(why, frozenset(WhyRecalled), "why")
    return RecallText(_named(body, "reference", REFERENCE), WhyRecalled(why))


def _fields(body: Body) -> dict[str, Any]:
    """Return fields of a case: texts, lists of codes, rows of its parts, documents; nothing else, and no address."""
    shared = _object(body, "shared")
    if len(shared) > LISTED:
        raise BadBodyError("shared holds too many fields")
    found: dict[str, Any] = {}
    for name in shared:
        if name in TEXT_FIELDS:
            found[name] = _text(shared, name)
        elif name in CODE_FIELDS:
            found[name] = _texts(shared, name, LISTED, ACCOUNT_LENGTH)
        elif name in ROW_FIELDS:
            found[name] = _rows(shared, name)
        elif name == "facts":
            facts = _object(shared, name)
            found[name] = {_one(key, name, LISTED): _texts(facts, key, LISTED, LISTED) for key in facts}
        elif DOCUMENT.fullmatch(name):
            found[name] = _document(_object(shared, name))
        else:
            raise BadBodyError("shared holds a field that is not known")
    return found


def _contact(body: Body) -> dict[str, Any] | None:
    """Return how the person may be reached, days as text; None where nothing is said of it."""
    if body.get("contact") is None:
        return None
    contact = _object(body, "contact")
    channels = _texts(contact, "channels", LISTED, ACCOUNT_LENGTH)
    for channel in channels:
        _in(channel, CONTACT_CHANNELS, "channels")
    found: dict[str, Any] = {"channels": channels, "language": _named(contact, "language", CODE)}
    for name in ("voicemail", "no_contact"):
        found[name] = _yes_or_no(contact, name)
    for name in ("no_contact_until", "ask_again_on"):
        found[name] = _day(contact, name).isoformat() if contact.get(name) else ""
    for name in ("from_hour", "to_hour"):
        found[name] = _hour(contact, name)
    return found


def _hour(body: Body, name: str) -> int | None:
    value = body.get(name)
    if value is not None and (type(value) is not int or value not in HOURS):
        raise BadBodyError(f"{name} is no hour of the day")
    return value


def _rows(shared: Body, name: str) -> list[dict[str, Any]]:
    rows = shared.get(name)
    if not isinstance(rows, list) or len(rows) > LISTED:
        raise BadBodyError(f"{name} is no list of at most {LISTED} rows")
    read = []
    for row in rows:
        if not isinstance(row, dict):
            raise BadBodyError(f"{name} holds what is no row")
        for key in row:
            _in(key, ROW_FIELDS[name], name)
        read.append({key: _cell(row, key) for key in ROW_FIELDS[name]})
    return read


def _cell(row: Body, key: str) -> str | bool | int:
    value = row.get(key, "")
    return value if isinstance(value, bool | int) and -LARGEST < value < LARGEST else _text({key: value}, key)


def _document(document: Body) -> dict[str, Any]:
    content = _text(document, "content", LETTER_BYTES)
    try:
        base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise BadBodyError("content is no base64") from None
    named = {name: _named(document, name, CODE) for name in ("media", "category")}
    size = document.get("size")
    if type(size) is not int or not 0 <= size < LARGEST:
        raise BadBodyError("size is no number of bytes")
    return {"title": _text(document, "title"), **named, "size": size, "content": content}


def _day(body: Body, name: str) -> date:
    try:
        day = date.fromisoformat(_text(body, name, 10))
    except ValueError:
        raise BadBodyError(f"{name} is no day") from None
    if day.year not in YEARS:
        raise BadBodyError(f"{name} is no day of these years")
    return day


def _yes_or_no(body: Body, name: str) -> bool:
    value = body.get(name)
    if not isinstance(value, bool):
        raise BadBodyError(f"{name} is neither yes nor no")
    return value


def _attached(body: Body) -> Attached:
    attached = _object(body, "attached") if body.get("attached") is not None else {}
    shared = _object(attached, "shared") if attached.get("shared") is not None else {}
    for name in shared:
        _in(name, SHAREABLE, "shared")
    return Attached(
        _texts(attached, "matched", ACCOUNTS, ACCOUNT_LENGTH) if attached.get("matched") is not None else [],
        {
            name: _texts(shared, name, LISTED, TEXT_LENGTH) if isinstance(value, list) else _text(shared, name)
            for name, value in shared.items()
        },
    )


def _text(body: Body, name: str, most: int = TEXT_LENGTH) -> str:
    return _one(body.get(name), name, most)


def _one(value: object, name: str, most: int) -> str:
    if not isinstance(value, str) or len(value) > most or "\x00" in value:
        raise BadBodyError(f"{name} is no text of at most {most} characters")
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        raise BadBodyError(f"{name} is no text") from None
    return value


def _texts(body: Body, name: str, number: int, most: int) -> list[str]:
    values = body.get(name)
    if not isinstance(values, list) or len(values) > number:
        raise BadBodyError(f"{name} is no list of at most {number} texts")
    return [_one(value, name, most) for value in values]


def _named(body: Body, name: str, pattern: re.Pattern[str]) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise BadBodyError(f"{name} is not as it is written")
    return value


def _object(body: Body, name: str) -> dict[str, Any]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise BadBodyError(f"{name} is no object")
    return value


def _in(value: str, allowed: frozenset[str], name: str) -> None:
    if value not in allowed:
        raise BadBodyError(f"{name} holds what is not known")
