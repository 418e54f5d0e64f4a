"""What another node may say, kind by kind: each body is read into a typed value, or refused with the field.

A pinned node is trusted to be itself, not to be well: a broken or hostile one must not be able to fill a
database, break a page or stop a worker.
"""

import re
from collections.abc import Mapping
from typing import Any

from mainstay.cooperate.rules import ASSISTANCE, REFUSAL_GROUNDS, REQUEST_FIELDS, SHAREABLE, TREATIES
from mainstay.cooperate.types import (
    LETTER_BYTES,
    TEXT_LENGTH,
    Attached,
    MatchAsk,
    MatchReply,
    Receipt,
    RequestReply,
    RequestText,
)

REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,39}")
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
DIGEST = re.compile(r"[0-9a-f]{64}")
ACCOUNTS, ACCOUNT_LENGTH, LISTED = 100, 64, 200
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
