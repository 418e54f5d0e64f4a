"""Another node, played by the test with keys of its own."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from mainstay.cooperate.engine import envelope
from mainstay.cooperate.models import Peer
from mainstay.cooperate.services import peers
from mainstay.cooperate.types import Kind, Letter

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
TODAY = NOW.date()


@dataclass
class OtherNode:
    """Orvanta as the test plays it."""

    keys: envelope.NodeKeys
    peer: Peer
    seq: int = 0

    def letter(self, kind: Kind, body: dict[str, Any], *, seq: int | None = None, id_: str = "") -> str:
        """Return a sealed letter from Orvanta to the node under test."""
        self.seq = self.seq + 1 if seq is None else seq
        own = peers.own_keys()
        letter = Letter(id_ or f"m{self.seq}", self.keys.fingerprint, own.fingerprint, self.seq, kind, NOW, body)
        return envelope.seal_letter(letter, self.keys, peers.own_card().seal_key)

    def open(self, text: str) -> Letter:
        """Open what the node under test sent."""
        return envelope.open_letter(text, self.keys, {peers.own_keys().fingerprint: peers.own_card().sign_key}.get)


@pytest.fixture
def orvanta(db: None) -> OtherNode:
    """Orvanta, pinned here, with matching agreed."""
    keys = envelope.NodeKeys.from_seeds(b"\x07" * 32, b"\x08" * 32)
    card = keys.card("Orvanta", "XO", "http://127.0.0.1:9")
    return OtherNode(keys, peers.pin(card, matching_agreed=True, actor=None, now=NOW))
