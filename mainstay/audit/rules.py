"""How a link of the audit chain is sealed to the one before it, and how a chain is checked.

Each digest is HMAC-SHA256 (RFC 2104) over the entry's own fields and the digest before it, under a
secret of the node: who can write to the database but lacks the secret cannot make a link that holds.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable

from mainstay.audit.types import Link, Verdict

START = "0" * 64


def link_digest(secret: bytes, link: Link) -> str:
    """Return the digest of a link over all its fields and the digest before it."""
    body = json.dumps(link.fields(), ensure_ascii=False, separators=(",", ":"))
    return hmac.new(secret, body.encode(), hashlib.sha256).hexdigest()


def head_seal(secret: bytes, seq: int, digest: str) -> str:
    """Return the seal of a chain's head: who cuts entries off the end cannot write a head that fits."""
    return hmac.new(secret, f"head:{seq}:{digest}".encode(), hashlib.sha256).hexdigest()


def verify_chain(
    secret: bytes,
    links: Iterable[Link],
    head: tuple[int, str, str] | None,
    anchor: tuple[int, str] | None = None,
) -> Verdict:
    """Walk a chain in order and name the first entry that is changed, removed, inserted or out of order.

    `anchor` is how long the chain was and its last digest when it was last found whole, kept apart from
    the database: a chain that is shorter, or runs otherwise at that place, was cut or put back.
    """
    previous, count = START, 0
    for link in links:
        count += 1
        if anchor and count == anchor[0] and link.digest != anchor[1]:
            return Verdict(False, count, count, f"entry {count} is not the one that was there at the last check")
        if link.seq != count:
            word = "removed" if link.seq > count else "inserted"
            return Verdict(
                False, count, count, f"entry {count} is missing or was {word}: found {link.seq} in its place"
            )
        if link.previous != previous:
            return Verdict(False, count, count, f"entry {count} does not follow entry {count - 1}: moved or inserted")
        if not hmac.compare_digest(link.digest, link_digest(secret, link)):
            return Verdict(False, count, count, f"entry {count} was changed")
        previous = link.digest
    if anchor and count < anchor[0]:
        return Verdict(
            False, count, count + 1, f"entries after {count} were removed: {anchor[0]} stood at the last check"
        )
    if head is None:
        return Verdict(count == 0, count, count or None, "" if count == 0 else "the head of the chain was removed")
    seq, digest, seal = head
    if not hmac.compare_digest(seal, head_seal(secret, seq, digest)):
        return Verdict(False, count, seq, "the head of the chain was changed")
    if seq != count or digest != previous:
        return Verdict(False, count, count + 1, f"entries after {count} were removed: the head says {seq}")
    return Verdict(True, count, None, "")
