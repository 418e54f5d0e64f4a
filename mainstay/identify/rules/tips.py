"""Tips from the public: the receipt, the proof of work, and when the line is full."""

import hashlib
import re
from dataclasses import dataclass

RECEIPT_DIGITS = 16
PROOF_BITS = 14
"""A browser finds such a proof in about a second; each bit more doubles the work."""
MOST_MORE_BITS = 6
"""At most 64 times the work: a minute for a browser, while the person writes."""
TOKEN_HOURS = 6
"""So long may writing take."""
PROVEN_AN_HOUR = 600
UNPROVEN_AN_HOUR = 60
"""Without JavaScript there is no proof: such messages share a narrower line, which a flood of them cannot widen."""
GUESSES_AN_HOUR = 20_000
"""Wrong receipts an hour, all together. With 100,000 tips kept, so many find one in five hundred years (of 10^16); a
lower bound would only let whoever sends wrong ones keep everybody from their answers."""


@dataclass(frozen=True, slots=True)
class Line:
    """How many messages came in during the last hour, with and without a proof of work."""

    proven: int
    unproven: int


def is_full(line: Line, *, proven: bool) -> bool:
    """Say whether the line is full for a message with or without a proof."""
    return line.proven >= PROVEN_AN_HOUR if proven else line.unproven >= UNPROVEN_AN_HOUR


def bits_for(line: Line) -> int:
    """Return how much work a page asks for now: twice as much for each tenth of the line that is full."""
    return PROOF_BITS + min(MOST_MORE_BITS, 10 * line.proven // PROVEN_AN_HOUR)


def is_proof(challenge: str, answer: str, bits: int = PROOF_BITS) -> bool:
    """Say whether SHA-256 of `challenge:answer` begins with so many zero bits (Hashcash, Back 2002)."""
    if not re.fullmatch(r"[0-9]{1,12}", answer):
        return False
    digest = hashlib.sha256(f"{challenge}:{answer}".encode()).digest()
    return int.from_bytes(digest, "big") >> (256 - bits) == 0


def receipt_of(number: int) -> str:
    """Return a receipt's digits for a random number below 10^16."""
    return f"{number:0{RECEIPT_DIGITS}d}"


def grouped(receipt: str) -> str:
    """Return a receipt in groups of four, as it is written down."""
    return " ".join(receipt[at : at + 4] for at in range(0, len(receipt), 4))


def as_receipt(text: str) -> str | None:
    """Return the digits of a receipt as somebody types it, in any script's digits; None where it is none."""
    try:
        digits = "".join(str(int(c)) for c in text if c.isdecimal())
    except ValueError:
        return None
    rest = [c for c in text if not c.isdecimal() and not c.isspace() and c not in "-.·"]
    return digits if len(digits) == RECEIPT_DIGITS and not rest else None
