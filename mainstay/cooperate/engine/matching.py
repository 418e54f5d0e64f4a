"""Private matching: does the other node know any of these, without giving the list away?

Private set intersection by elliptic-curve Diffie–Hellman (Meadows 1986; the `openmined-psi`
implementation). The asker learns which of its own values the other side knows; the answerer learns
only how many were asked. Values are normalised alike on both sides. The answerer's list travels
blinded under its secret key, exact (no false hits), sorted.
"""

import base64
import secrets
from collections.abc import Sequence

import private_set_intersection.python as psi

from mainstay.core.sealing import normalise


class BadMatchError(ValueError):
    """What came is no matching message."""


def as_written(kind: str, values: Sequence[str]) -> dict[str, str]:
    """Return each value as it was written, by the form in which values are compared."""
    return {normalised: value for value in values if (normalised := normalise(kind, value))}


def prepare(kind: str, values: Sequence[str]) -> list[str]:
    """Return the values in the form in which they are compared: normalised, each once, in order."""
    return sorted(as_written(kind, values))


def new_secret() -> bytes:
    """Return a fresh secret for one exchange."""
    return bytes(psi.client.CreateWithNewKey(True).GetPrivateKeyBytes())


def ask(secret: bytes, values: Sequence[str]) -> str:
    """Return the blinded question for prepared values."""
    return _text(psi.client.CreateFromKey(secret, True).CreateRequest(list(values)).SerializeToString())


def answer(question: str, known: Sequence[str]) -> dict[str, str]:
    """Return the blinded answer to a question from prepared values, under a fresh key of the answerer."""
    request = psi.Request()
    _parse(request, question)
    server = psi.server.CreateWithNewKey(True)
    listed = [*known, secrets.token_hex(16)]  # a list is never empty, and its true length is not told exactly
    setup = server.CreateSetupMessage(0.0, len(request.encrypted_elements), listed, psi.DataStructure.RAW)
    return {
        "setup": _text(setup.SerializeToString()),
        "response": _text(server.ProcessRequest(request).SerializeToString()),
    }


def asked_count(question: str) -> int:
    """Return how many values a question asks about."""
    request = psi.Request()
    _parse(request, question)
    return len(request.encrypted_elements)


def read(secret: bytes, values: Sequence[str], reply: dict[str, str]) -> list[str]:
    """Return which of the prepared values the other side knows."""
    setup, response = psi.ServerSetup(), psi.Response()
    _parse(setup, reply.get("setup", ""))
    _parse(response, reply.get("response", ""))
    hits = psi.client.CreateFromKey(secret, True).GetIntersection(setup, response)
    return sorted(values[index] for index in hits)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _parse(message: psi.Request, text: str) -> None:
    try:
        message.ParseFromString(base64.b64decode(text, validate=True))
    except Exception as error:  # protobuf raises its own kinds; each means: this is no such message
        raise BadMatchError("this is no matching message") from error
