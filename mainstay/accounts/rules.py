"""What is kept of a secret that a person holds."""

import hashlib


def digest_of(token: str) -> str:
    """Return what is kept of a secret link or token: its SHA-256, in hex; a token of 32 random bytes needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()
