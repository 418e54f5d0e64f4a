"""Sealed messages: a JWS (RFC 7515, Ed25519 of RFC 8037 and 9864) inside a JWE (RFC 7516, ECDH-ES over X25519).

The signature is inside the seal, so that who carries a message learns neither its contents nor its
author. Keys are pinned beforehand and named by their RFC 7638 thumbprint.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwe, jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from mainstay.cooperate.types import LETTER_BYTES, Card, Kind, Letter

SIGN, WRAP, ENCRYPT = "Ed25519", "ECDH-ES+A256KW", "A256GCM"
TYPE = "mainstay-letter+jws"
LETTER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
LAST_SEQ = 2**53  # what every JSON reader holds exactly (RFC 8259 section 6)
YEARS = range(2000, 2200)


class _WideJWE(jwe.JWERegistry):
    """The library takes 64 KB; a matching answer is larger."""

    max_ciphertext_length = LETTER_BYTES


class _WideJWS(jws.JWSRegistry):
    max_payload_length = LETTER_BYTES


_SEALED = _WideJWE(algorithms=[WRAP, ENCRYPT])
_SIGNED = _WideJWS(algorithms=[SIGN])


class NotOurLetterError(ValueError):
    """A message does not open with our key, or its signature does not hold."""


class StrangerError(NotOurLetterError):
    """A message opens, but no pinned key signed it."""


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """A node's private keys."""

    sign: OKPKey
    seal: OKPKey

    @classmethod
    def from_seeds(cls, sign_seed: bytes, seal_seed: bytes) -> "NodeKeys":
        """Return the keys of two 32-byte seeds."""
        private = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        sign = Ed25519PrivateKey.from_private_bytes(sign_seed).private_bytes(*private)
        seal = X25519PrivateKey.from_private_bytes(seal_seed).private_bytes(*private)
        return cls(OKPKey.import_key(sign), OKPKey.import_key(seal))

    @property
    def fingerprint(self) -> str:
        """Return the thumbprint of the signing key: how other nodes name this one."""
        return str(self.sign.thumbprint())

    def card(self, name: str, country: str, url: str) -> Card:
        """Return what other nodes may know."""
        return Card(name, country, url, _public(self.sign), _public(self.seal))


def fingerprint(sign_key: dict[str, str]) -> str:
    """Return the thumbprint (RFC 7638) of a public signing key."""
    return str(_key(sign_key).thumbprint())


def check_keys(card: Card) -> str | None:
    """Return the name of a card's key that cannot be used (`sign_key`, `seal_key`); None where both can."""
    for name, public, curve in (("sign_key", card.sign_key, "Ed25519"), ("seal_key", card.seal_key, "X25519")):
        try:
            key = _key(public)
            if key.curve_name != curve:
                return name
            if curve == "X25519":  # some points give no shared secret (RFC 7748 section 6.1)
                jwe.encrypt_compact({"alg": WRAP, "enc": ENCRYPT}, b"", key, algorithms=[WRAP, ENCRYPT])
        except (JoseError, ValueError, KeyError, TypeError, AttributeError):
            return name
    return None


def public_part(key: dict[str, str]) -> dict[str, str]:
    """Return what of a key another node needs, and nothing private that stands beside it."""
    return {name: key[name] for name in ("kty", "crv", "x")}


def seal_letter(letter: Letter, own: NodeKeys, recipient_seal_key: dict[str, str]) -> str:
    """Sign a message and seal it for its recipient; return compact JWE text."""
    payload = {
        "id": letter.id,
        "from": letter.sender,
        "to": letter.recipient,
        "seq": letter.seq,
        "kind": letter.kind.value,
        "sent_at": letter.sent_at.isoformat(),
        "body": letter.body,
    }
    header = {"alg": SIGN, "kid": own.fingerprint, "typ": TYPE}
    signed = jws.serialize_compact(header, json.dumps(payload, ensure_ascii=False), own.sign, algorithms=[SIGN])
    key = _key(recipient_seal_key)
    outer = {"alg": WRAP, "enc": ENCRYPT, "kid": str(key.thumbprint()), "cty": "JWS"}
    return jwe.encrypt_compact(outer, signed, key, algorithms=[WRAP, ENCRYPT])


def open_letter(text: str, own: NodeKeys, sign_key_of: Callable[[str], dict[str, str] | None]) -> Letter:
    """Open a message and check its signature with the pinned key that `sign_key_of` gives for its sender.

    Raises `NotOurLetterError` where it does not open, is not signed by a pinned key, or is for another node.
    """
    try:
        if len(text) > LETTER_BYTES:
            raise NotOurLetterError("it is too large")
        signed = jwe.decrypt_compact(text, own.seal, registry=_SEALED).plaintext
        unverified = jws.extract_compact(signed or b"", registry=_SIGNED)
        sender = str(unverified.headers().get("kid", ""))
        key = sign_key_of(sender)
        if key is None:
            raise StrangerError("no pinned node signed this")
        payload = jws.deserialize_compact(signed or b"", _key(key), registry=_SIGNED).payload
        return _letter(json.loads(payload), sender, own.fingerprint)
    except NotOurLetterError:
        raise
    except (JoseError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotOurLetterError("it does not open, or its signature does not hold") from error


def _letter(payload: dict[str, Any], signer: str, own: str) -> Letter:
    if payload["from"] != signer or payload["to"] != own:
        raise NotOurLetterError("it is signed by another, or for another node")
    kind, seq, sent_at = Kind(payload["kind"]), payload["seq"], datetime.fromisoformat(payload["sent_at"])
    if not LETTER_ID.fullmatch(payload["id"]):
        raise NotOurLetterError("its id is none")
    if type(seq) is not int or not (seq == 0 if kind is Kind.RECEIPT else 1 <= seq <= LAST_SEQ):
        raise NotOurLetterError("its number is none")
    if sent_at.tzinfo is None or sent_at.year not in YEARS or not isinstance(payload["body"], dict):
        raise NotOurLetterError("its day or body is none")
    return Letter(payload["id"], signer, own, seq, kind, sent_at, payload["body"])


def _key(public: dict[str, str]) -> OKPKey:
    return OKPKey.import_key({**public})


def _public(key: OKPKey) -> dict[str, str]:
    return {name: str(value) for name, value in key.as_dict(private=False).items() if name in {"kty", "crv", "x"}}
