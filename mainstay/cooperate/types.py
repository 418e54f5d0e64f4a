"""Messages, matches and requests as plain values."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

LETTER_BYTES = 16 * 1024 * 1024  # a letter as it travels, sealed; more is neither posted nor taken, a receipt neither
TEXT_LENGTH = 20_000  # characters of one text in a letter


class Kind(StrEnum):
    """What a message is."""

    MATCH_ASK = "match_ask"
    MATCH_ANSWER = "match_answer"
    REQUEST = "request"
    REQUEST_ANSWER = "request_answer"
    RECALL = "recall"
    REFERRAL = "referral"
    REFERRAL_FILE = "referral_file"
    REFERRAL_NEWS = "referral_news"
    REFERRAL_RECALL = "referral_recall"
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


@dataclass(frozen=True, slots=True)
class MatchAsk:
    """A private question as it came: the asker's name for it, the kind of value, the blinded values."""

    match: str
    kind: str
    question: str


@dataclass(frozen=True, slots=True)
class MatchReply:
    """The blinded answer to a private question."""

    match: str
    setup: str
    response: str


@dataclass(frozen=True, slots=True)
class Attached:
    """What goes with a request: accounts that matched, and fields of the case that consent lets leave."""

    matched: list[str] = field(default_factory=list)
    shared: dict[str, str | list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RequestText:
    """A request for assistance as it came."""

    reference: str
    body: dict[str, str]
    attached: Attached


@dataclass(frozen=True, slots=True)
class RequestReply:
    """The answer to a request as it came; `refusal_ground` is empty where it was executed."""

    reference: str
    text: str
    refusal_ground: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says: the digest of the letter it is for, and the body of a matching answer, if any."""

    received: str
    reply: dict[str, Any] | None


class Step(StrEnum):
    """How far a referral to another node got."""

    SENT = "sent"
    SEEN = "seen"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    DONE = "done"
    EXPIRED = "expired"
    TAKEN_BACK = "taken_back"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"


class Deed(StrEnum):
    """What somebody at one's own node does to a referral, or its clock."""

    TAKE_BACK = "take_back"
    WITHDRAW = "withdraw"
    CANCEL = "cancel"
    SEE = "see"
    ACCEPT = "accept"
    DECLINE = "decline"
    FINISH = "finish"
    EXPIRE = "expire"


class News(StrEnum):
    """What the node that received a referral says of it; the last two answer a recall."""

    SEEN = "seen"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    DONE = "done"
    EXPIRED = "expired"
    DELETED = "deleted"
    KEPT = "kept"


class WhyRecalled(StrEnum):
    """Why a referral is recalled: its sender took it back, or the person (or time) took back what it rests on."""

    TAKEN_BACK = "taken_back"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Terms:
    """On what a referral rests: for what, until when (None: until it is taken back); never to be passed on from there
    without a new consent.
    """

    purpose: str
    until: date | None


@dataclass(frozen=True, slots=True)
class ReferralText:
    """A referral as it came: what is needed and wanted, until when an answer is, and what consent let leave."""

    reference: str
    need: str
    service: str
    answer_by: date
    message: str
    is_whole: bool
    terms: Terms
    shared: dict[str, Any]
    contact: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class FileText:
    """A whole file as it came: fields by name, coded facts, and how the person may be reached."""

    reference: str
    shared: dict[str, Any]
    coded: dict[str, str]
    contact: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class NewsText:
    """What the other node says of a referral as it came, with the day on which it happened there."""

    reference: str
    news: News
    on: date
    text: str


@dataclass(frozen=True, slots=True)
class RecallText:
    """A recall of a referral as it came."""

    reference: str
    why: WhyRecalled
