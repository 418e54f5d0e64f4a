"""Messages, matches and requests as plain values."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a message is."""

    MATCH_ASK = "match_ask"
    MATCH_ANSWER = "match_answer"
    REQUEST = "request"
    REQUEST_ANSWER = "request_answer"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message between nodes before it is signed and sealed. `sender` and `recipient` are key fingerprints."""

    id: str
    sender: str
    recipient: str
    seq: int
    kind: Kind
    sent_at: datetime
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Card:
    """A node's public keys and where it listens: what two nodes exchange before anything else."""

    name: str
    country: str
    url: str
    sign_key: dict[str, str]
    seal_key: dict[str, str]


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field of a request for mutual legal assistance and where it comes from."""

    key: str
    label: str
    ref: str
    required: bool
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is missing or doubtful in a request: the field, why, and whether it blocks sending."""

    key: str
    why: str
    blocks: bool
    ref: str
