"""Private matching: does the other node know any of these, without giving the list away?

Private set intersection by elliptic-curve Diffie–Hellman (Meadows 1986; the `openmined-psi`
implementation). The asker learns which of its own values the other side knows, and within a factor of
two how many it knows; the answerer learns only how many were asked. Values are normalised alike on both
sides. The answerer's list travels blinded under its secret key, exact (no false hits), sorted, padded.
"""

import base64
import secrets
from collections.abc import Mapping, Sequence

import private_set_intersection.python as psi

from mainstay.core.sealing import normalise

LEAST_LISTED = 64


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
    try:
        server = psi.server.CreateWithNewKey(True)
        setup = server.CreateSetupMessage(0.0, len(request.encrypted_elements), padded(known), psi.DataStructure.RAW)
        response = server.ProcessRequest(request)
    except Exception as error:  # the library raises its own kinds; each means: these are no blinded values
        raise BadMatchError("these are no blinded values") from error
    return {"setup": _text(setup.SerializeToString()), "response": _text(response.SerializeToString())}


def padded(known: Sequence[str]) -> list[str]:
    """Return known values among random ones that nobody asks for, to a power of two and 64 at least.

    The asker can count what the answer holds. Padded so, the count tells no more of the list's length than
    between which two powers of two it lies; blinded, a random value looks like any other.
    """
    length = max(LEAST_LISTED, 1 << (len(known) - 1).bit_length()) if known else LEAST_LISTED
    return [*known, *(f"-{secrets.token_hex(16)}" for _ in range(length - len(known)))]


def asked_count(question: str) -> int:
    """Return how many values a question asks about."""
    request = psi.Request()
    _parse(request, question)
    return len(request.encrypted_elements)


def read(secret: bytes, values: Sequence[str], reply: Mapping[str, str]) -> list[str]:
    """Return which of the prepared values the other side knows."""
    setup, response = psi.ServerSetup(), psi.Response()
    _parse(setup, reply.get("setup", ""))
    _parse(response, reply.get("response", ""))
    try:
        hits = psi.client.CreateFromKey(secret, True).GetIntersection(setup, response)
        return sorted(values[index] for index in hits)
    except Exception as error:  # the library raises its own kinds; each means: this answers another question
        raise BadMatchError("this is no answer to the question") from error


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _parse(message: psi.Request, text: str) -> None:
    try:
        message.ParseFromString(base64.b64decode(text, validate=True))
    except Exception as error:  # protobuf raises its own kinds; each means: this is no such message
        raise BadMatchError("this is no matching message") from error
