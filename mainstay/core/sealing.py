"""Sealing: AES-256-GCM for values, HKDF for derived keys, HMAC for blind indexes.

Pure functions over bytes, built on `cryptography` alone. A sealed value is
`version (1) || nonce (12) || ciphertext and tag`. The context (table, row, field, key) is the
associated data, so that a value moved to another row or field does not open (NIST SP 800-38D).
Keys are wrapped for the node with AES-GCM, and for a recipient's public key with an ephemeral
X25519 exchange (RFC 7748), HKDF-SHA256 (RFC 5869) and AES-GCM.
"""

import hashlib
import hmac
import os
import unicodedata

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mainstay.core.errors import MainstayError

KEY_BYTES = 32
NONCE_BYTES = 12
VERSION = b"\x01"


class UnsealError(MainstayError):
    """A sealed value does not open: wrong key, moved to another place, or changed."""

    code = "cannot_unseal"
    title = "This cannot be opened"


def new_key() -> bytes:
    """Return a fresh 256-bit key."""
    return os.urandom(KEY_BYTES)


def derive_key(secret: bytes, use: str) -> bytes:
    """Return the key for one use, derived from a secret by HKDF-SHA256."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"mainstay:{use}".encode()).derive(secret)


def seal(key: bytes, plain: bytes, context: str) -> bytes:
    """Seal bytes under a 256-bit key, bound to a context."""
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, plain, context.encode())


def unseal(key: bytes, sealed: bytes, context: str) -> bytes:
    """Open a sealed value, or raise `UnsealError`."""
    if sealed[:1] != VERSION or len(sealed) < 1 + NONCE_BYTES + 16:
        raise UnsealError("This sealed value is damaged.", todo="Restore it from a backup.")
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, body, context.encode())
    except InvalidTag:
        raise UnsealError(
            "This sealed value does not open with its key: it was changed or moved.",
            todo="Restore it from a backup and check the audit chain.",
        ) from None


def seal_to(recipient: X25519PublicKey, plain: bytes, context: str) -> bytes:
    """Seal bytes so that only the holder of a private X25519 key can open them."""
    ephemeral = X25519PrivateKey.generate()
    public = ephemeral.public_key().public_bytes_raw()
    key = derive_key(ephemeral.exchange(recipient), f"seal-to:{public.hex()}:{recipient.public_bytes_raw().hex()}")
    return public + seal(key, plain, context)


def unseal_from(private: X25519PrivateKey, sealed: bytes, context: str) -> bytes:
    """Open what `seal_to` sealed for this private key, or raise `UnsealError`."""
    public, body = sealed[:32], sealed[32:]
    own = private.public_key().public_bytes_raw()
    key = derive_key(private.exchange(X25519PublicKey.from_public_bytes(public)), f"seal-to:{public.hex()}:{own.hex()}")
    return unseal(key, body, context)


def normalise(kind: str, value: str) -> str:
    """Return the form of a value in which equal things are equal: NFKC, case folded, spacing dropped.

    Numbers (`phone`, `account`, `document`) keep letters and digits only.
    """
    folded = unicodedata.normalize("NFKC", value).casefold()
    if kind in {"phone", "account", "document"}:
        return "".join(c for c in folded if c.isalnum())
    return " ".join(folded.split())


def blind_index(key: bytes, kind: str, value: str) -> str:
    """Return the keyed fingerprint (HMAC-SHA256, hex) by which a sealed value can be looked up for equality."""
    return hmac.new(key, f"{kind}:{normalise(kind, value)}".encode(), hashlib.sha256).hexdigest()
