"""Letters open for their recipient alone, and only with a signature that holds."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.cooperate.engine.envelope import NodeKeys, NotOurLetterError, fingerprint, open_letter, seal_letter
from mainstay.cooperate.types import Kind, Letter

SELVANIA, ORVANTA, STRANGER = (NodeKeys.from_seeds(bytes([n]) * 32, bytes([n + 9]) * 32) for n in (1, 2, 3))
CARDS = {keys.fingerprint: keys.card(name, "XS", "") for keys, name in ((SELVANIA, "Selvania"), (ORVANTA, "Orvanta"))}
PINNED = {name: card.sign_key for name, card in CARDS.items()}
LETTER = Letter(
    "m1", SELVANIA.fingerprint, ORVANTA.fingerprint, 7, Kind.REQUEST, datetime(2026, 11, 24, tzinfo=UTC), {"a": "ü"}
)


def sealed(letter: Letter = LETTER, by: NodeKeys = SELVANIA) -> str:
    return seal_letter(letter, by, CARDS[ORVANTA.fingerprint].seal_key)


def test_a_letter_opens_as_it_was_sent() -> None:
    assert open_letter(sealed(), ORVANTA, PINNED.get) == LETTER


def test_who_carries_a_letter_reads_neither_its_text_nor_its_author() -> None:
    text = sealed()
    assert "request" not in text
    assert SELVANIA.fingerprint not in text


def test_nobody_else_opens_it() -> None:
    with pytest.raises(NotOurLetterError):
        open_letter(sealed(), STRANGER, PINNED.get)


def test_a_stranger_is_refused_even_with_our_address() -> None:
    with pytest.raises(NotOurLetterError, match="pinned"):
        open_letter(sealed(by=STRANGER), ORVANTA, PINNED.get)


def test_nobody_signs_in_anothers_name() -> None:
    forged = replace(LETTER, sender=ORVANTA.fingerprint)
    with pytest.raises(NotOurLetterError, match="another"):
        open_letter(sealed(forged), ORVANTA, PINNED.get)


def test_a_letter_for_one_node_is_not_passed_on_to_another() -> None:
    """Orvanta seals Selvania's letter anew for a third node: the signature names whom it is for."""
    elsewhere = replace(LETTER, recipient=STRANGER.fingerprint)
    with pytest.raises(NotOurLetterError, match="another"):
        open_letter(sealed(elsewhere), ORVANTA, PINNED.get)


@settings(max_examples=60)
@given(st.data())
def test_a_changed_letter_never_opens(data: st.DataObject) -> None:
    text = sealed()
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("ABCabc019-_.").filter(lambda c: c != text[place]))
    changed = text[:place] + letter + text[place + 1 :]
    try:
        opened = open_letter(changed, ORVANTA, PINNED.get)
    except NotOurLetterError:
        return
    assert opened == LETTER  # unused bits at the end of a base64 part may differ without changing a byte


@given(st.text(max_size=200))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(NotOurLetterError):
        open_letter(text, ORVANTA, PINNED.get)


def test_a_fingerprint_names_a_key() -> None:
    assert fingerprint(CARDS[ORVANTA.fingerprint].sign_key) == ORVANTA.fingerprint
