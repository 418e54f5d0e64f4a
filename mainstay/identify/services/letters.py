"""Interviews that a device sealed to this node, so that nobody who finds the device can read them."""

from base64 import b64decode
from binascii import Error as NotBase64
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from mainstay.core import keystore, sealing
from mainstay.core.errors import BadInputError, Fault

SHORTEST = 32


def public_key() -> str:
    """Return the key that a device seals to, in hex; its other half never leaves the key store."""
    return _private().public_key().public_bytes_raw().hex()


def open_letter(instance_id: str, sealed: str, *, screener: str) -> dict[str, Any]:
    """Return the interview in a letter; raise BadInputError where none opens under this name for this screener.

    Who finds a device may be a screener too: the node opens a letter only for the one who took the interview.
    """
    try:
        content = b64decode(sealed, validate=True)
        if len(content) <= SHORTEST:
            raise BadInputError("request", Fault("a sealed interview", field="sealed", found="less than its head"))
        context = f"identify.interview:{instance_id}:{screener}"
        document = orjson.loads(sealing.unseal_from(_private(), content, context))
    except (NotBase64, ValueError, sealing.UnsealError) as error:
        expected = "an interview that you sealed to this node under this name"
        raise BadInputError("request", Fault(expected, field="sealed", found="one that does not open")) from error
    if not isinstance(document, dict):
        raise BadInputError("request", Fault("a JSON object", field="sealed", found=type(document).__name__))
    return document


def _private() -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(keystore.node().secret("identify.interviews"))
