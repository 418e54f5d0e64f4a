"""The key store: who opens what, and what is gone when a key is gone."""

import shutil
import sqlite3
import threading
import uuid
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from mainstay.core import sealing
from mainstay.core.errors import ConfigurationError
from mainstay.core.keystore import NODE, KeyDestroyedError, KeyStore, read_node_key, write_node_key
from mainstay.core.sealing import UnsealError

KEY = bytes(range(32))


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore.create(tmp_path / "keys" / "keystore.sqlite3", KEY)


def test_a_destroyed_key_is_gone_from_the_file_too(store: KeyStore) -> None:
    key_id = store.create_key()
    sealed = sealing.seal(store.data_key(key_id), b"Amara", "here")
    with sqlite3.connect(store.path) as db:
        (wrapped,) = db.execute("SELECT wrapped FROM wrapped_key WHERE key_id = ?", (str(key_id),)).fetchone()
    assert wrapped in store.path.read_bytes()
    store.destroy(key_id, at="2026-03-02")
    assert wrapped not in store.path.read_bytes()
    for again in (store, KeyStore.open(store.path, KEY)):
        with pytest.raises(KeyDestroyedError):
            again.data_key(key_id)
    assert sealed  # what it sealed is still there, and nobody can open it


def test_a_further_recipient_opens_the_same_key_and_can_be_taken_out(store: KeyStore) -> None:
    key_id, agency, stranger = store.create_key(), X25519PrivateKey.generate(), X25519PrivateKey.generate()
    store.add_recipient(key_id, "agency:shelter", agency.public_key())
    assert store.recipients(key_id) == ["agency:shelter", NODE]
    assert store.data_key_as(key_id, "agency:shelter", agency) == store.data_key(key_id)
    with pytest.raises(UnsealError):
        store.data_key_as(key_id, "agency:shelter", stranger)
    store.remove_recipient(key_id, "agency:shelter")
    with pytest.raises(KeyDestroyedError):
        store.data_key_as(key_id, "agency:shelter", agency)
    assert store.data_key(key_id)


def test_destroying_a_key_takes_it_from_every_recipient(store: KeyStore) -> None:
    key_id, agency = store.create_key(), X25519PrivateKey.generate()
    store.add_recipient(key_id, "agency", agency.public_key())
    store.destroy(key_id, at="2026-03-02")
    assert store.recipients(key_id) == []
    with pytest.raises(KeyDestroyedError):
        store.data_key_as(key_id, "agency", agency)


def test_a_wrapped_key_put_under_another_id_does_not_open(store: KeyStore) -> None:
    first, second = store.create_key(), store.create_key()
    with sqlite3.connect(store.path) as db:
        db.execute(
            "UPDATE wrapped_key SET wrapped = (SELECT wrapped FROM wrapped_key WHERE key_id = ?) WHERE key_id = ?",
            (str(first), str(second)),
        )
    with pytest.raises(UnsealError):
        store.data_key(second)


def test_rotation_changes_the_node_key_and_no_data_key(store: KeyStore) -> None:
    agency = X25519PrivateKey.generate()
    keys = {key_id: store.data_key(key_id) for key_id in (store.create_key() for _ in range(20))}
    store.add_recipient(next(iter(keys)), "agency", agency.public_key())
    secret, fresh = store.secret("blind-index"), sealing.new_key()
    assert store.rotate(fresh) == 20 + 2  # the keys, the secret, and the value that proves a node key
    again = KeyStore.open(store.path, fresh)
    assert {key_id: again.data_key(key_id) for key_id in keys} == keys
    assert {key_id: store.data_key(key_id) for key_id in keys} == keys
    assert again.secret("blind-index") == secret
    assert again.data_key_as(next(iter(keys)), "agency", agency) == next(iter(keys.values()))
    with pytest.raises(ConfigurationError, match="not the one"):
        KeyStore.open(store.path, KEY)


def test_a_rotation_that_meets_a_damaged_key_changes_nothing(store: KeyStore) -> None:
    good, bad = store.create_key(), store.create_key()
    before = store.data_key(good)
    with sqlite3.connect(store.path) as db:
        db.execute("UPDATE wrapped_key SET wrapped = x'00' WHERE key_id = ?", (str(bad),))
    with pytest.raises(UnsealError):
        store.rotate(sealing.new_key())
    assert KeyStore.open(store.path, KEY).data_key(good) == before


def test_a_node_starts_with_its_own_key_only(store: KeyStore, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not the one"):
        KeyStore.open(store.path, bytes(32))
    with pytest.raises(ConfigurationError, match="no key store"):
        KeyStore.open(tmp_path / "elsewhere.sqlite3", KEY)
    with pytest.raises(ConfigurationError, match="already"):
        KeyStore.create(store.path, KEY)


@pytest.mark.parametrize("text", ["", "short", "AAAA", "é" * 44, "A" * 43 + "!", "A" * 88])
def test_what_is_not_a_key_is_refused_in_words(text: str) -> None:
    with pytest.raises(ConfigurationError, match="32 bytes"):
        read_node_key(text)


def test_a_written_node_key_reads_back_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "node.key"
    write_node_key(path, KEY)
    assert read_node_key(path.read_text()) == KEY
    assert path.stat().st_mode & 0o077 == 0


def test_a_secret_is_made_once_even_by_many_at_the_same_time(store: KeyStore) -> None:
    found: set[bytes] = set()

    def ask() -> None:
        found.add(KeyStore.open(store.path, KEY).secret("audit"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1


def test_an_unknown_key_reads_as_destroyed(store: KeyStore) -> None:
    with pytest.raises(KeyDestroyedError):
        store.data_key(uuid.uuid4())


def test_the_folder_of_keys_copied_without_the_node_key_opens_nothing(store: KeyStore, tmp_path: Path) -> None:
    key_id = store.create_key()
    shutil.copy(store.path, tmp_path / "stolen.sqlite3")
    thief = KeyStore(tmp_path / "stolen.sqlite3", sealing.new_key())
    with pytest.raises(UnsealError):
        thief.data_key(key_id)
