"""Sealing: what opens, what does not, and what equal things look like."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from mainstay.core import sealing
from mainstay.core.sealing import UnsealError

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
CONTEXT = "protect_case|row|name|key"


@given(st.binary(max_size=500), st.text(max_size=60))
def test_what_is_sealed_opens_with_its_key_in_its_place_only(plain: bytes, place: str) -> None:
    sealed = sealing.seal(KEY, plain, place)
    assert sealing.unseal(KEY, sealed, place) == plain
    with pytest.raises(UnsealError):
        sealing.unseal(OTHER, sealed, place)
    with pytest.raises(UnsealError):
        sealing.unseal(KEY, sealed, f"{place}.")


@given(st.binary(min_size=1, max_size=80), st.data())
def test_a_single_changed_bit_is_noticed(plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(sealing.seal(KEY, plain, CONTEXT))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(UnsealError):
        sealing.unseal(KEY, bytes(sealed), CONTEXT)


@given(st.binary(max_size=60))
def test_nothing_that_was_not_sealed_opens(noise: bytes) -> None:
    with pytest.raises(UnsealError):
        sealing.unseal(KEY, noise, CONTEXT)


def test_the_same_value_never_looks_the_same_twice() -> None:
    tokens = {sealing.seal(KEY, b"Amara", CONTEXT) for _ in range(200)}
    assert len(tokens) == 200
    assert len({token[1:13] for token in tokens}) == 200


@given(st.binary(max_size=100))
def test_what_is_sealed_to_somebody_opens_for_them_alone(plain: bytes) -> None:
    friend, stranger = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    sealed = sealing.seal_to(friend.public_key(), plain, CONTEXT)
    assert sealing.unseal_from(friend, sealed, CONTEXT) == plain
    for private, place in ((stranger, CONTEXT), (friend, "elsewhere")):
        with pytest.raises(UnsealError):
            sealing.unseal_from(private, sealed, place)


def test_keys_for_different_uses_differ() -> None:
    assert len({sealing.derive_key(KEY, use) for use in ("wrap", "django", "audit")}) == 3
    assert sealing.derive_key(KEY, "wrap") == sealing.derive_key(KEY, "wrap")


@pytest.mark.parametrize(
    ("kind", "left", "right"),
    [
        ("phone", "+999 55-01 234", "+999 5501234"),
        ("account", "xs12 0001 0002", "XS1200010002"),
        ("document", "ab-123/4", "AB1234"),
        ("name", "  AMARA   Deng ", "amara deng"),
        ("name", "ＡＭＡＲＡ", "amara"),
    ],
)
def test_equal_things_have_equal_blind_indexes(kind: str, left: str, right: str) -> None:
    assert sealing.blind_index(KEY, kind, left) == sealing.blind_index(KEY, kind, right)


@given(st.text(min_size=1), st.text(min_size=1))
def test_blind_indexes_agree_exactly_where_normal_forms_do(left: str, right: str) -> None:
    same = sealing.normalise("name", left) == sealing.normalise("name", right)
    assert (sealing.blind_index(KEY, "name", left) == sealing.blind_index(KEY, "name", right)) is same
    assert sealing.blind_index(KEY, "name", left) != sealing.blind_index(OTHER, "name", left)
    assert sealing.blind_index(KEY, "name", left) != sealing.blind_index(KEY, "phone", left)
