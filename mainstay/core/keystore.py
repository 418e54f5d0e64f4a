"""The key store: every data key, wrapped once for each recipient, apart from the database.

One SQLite file of its own, with secure delete and without a write-ahead log, so that a destroyed
key is gone from the file at once. It is never part of a database backup: destroying a key makes
what it sealed unreadable in every backup too.
"""

import base64
import os
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from mainstay.core import sealing
from mainstay.core.errors import ConfigurationError, MainstayError

NODE = "node"
KEYS_AT_ONCE = 8
_SCHEMA = """
CREATE TABLE IF NOT EXISTS wrapped_key (
    key_id TEXT NOT NULL, recipient TEXT NOT NULL, scheme TEXT NOT NULL, wrapped BLOB NOT NULL,
    PRIMARY KEY (key_id, recipient));
CREATE TABLE IF NOT EXISTS destroyed_key (key_id TEXT PRIMARY KEY, destroyed_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS audit_anchor (
    id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, digest TEXT NOT NULL);
"""
_CHECK = "check-value"
_held: ContextVar[dict[str, bytes] | None] = ContextVar("held_keys", default=None)


class KeyDestroyedError(MainstayError):
    """The key of a person was destroyed: what it sealed is erased everywhere."""

    code = "erased"
    status = 410
    title = "This was erased"


def read_node_key(text: str) -> bytes:
    """Return the node key out of its base64 text, or refuse to start."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != sealing.KEY_BYTES:
        raise ConfigurationError(
            "The node key is not 32 bytes in base64.", todo="Put the right key back; it is made by 'mainstay init'."
        )
    return key


def write_node_key(path: Path, key: bytes) -> None:
    """Write a node key to a file that only its owner can read, whole and on the disk before it has its name."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(base64.b64encode(key).decode() + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class KeyStore:
    """Data keys wrapped for the node and for further recipients, in one file."""

    def __init__(self, path: Path, node_key: bytes) -> None:
        self.path = path
        self._wrapping = sealing.derive_key(node_key, "wrap")
        self.django_secret = sealing.derive_key(node_key, "django").hex()
        self._local = threading.local()
        self._secrets: dict[str, bytes] = {}
        self._handing_out = threading.Lock()
        self._ready: list[uuid.UUID] = []

    @classmethod
    def create(cls, path: Path, node_key: bytes) -> "KeyStore":
        """Make a new key store; refuse where one stands already."""
        if path.exists():
            raise ConfigurationError(f"There is a key store at {path} already.", todo="Choose an empty folder.")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        store = cls(path, node_key)
        with store._change() as db:
            db.executescript(_SCHEMA)
        store._put(_CHECK, NODE, "aes-gcm", store._wrap(_CHECK, sealing.new_key()))
        return store

    @classmethod
    def open(cls, path: Path, node_key: bytes) -> "KeyStore":
        """Open a key store, or refuse to start where it is missing or the node key is not its own."""
        if not path.exists():
            raise ConfigurationError(f"There is no key store at {path}.", todo="Run 'mainstay init' first.")
        store = cls(path, node_key)
        try:
            store._unwrap(_CHECK)
        except sealing.UnsealError:
            raise ConfigurationError(
                "The node key is not the one of this key store.",
                todo="Put back the key that this node was set up with; no other opens it.",
            ) from None
        store._db().executescript(_SCHEMA)  # a store of an earlier version gets the tables that came since
        return store

    def create_key(self) -> uuid.UUID:
        """Make a data key, wrap it for the node, and return its id."""
        return self._create(1)[0]

    def create_keys(self, count: int) -> list[uuid.UUID]:
        """Make many data keys in one writing, and return their ids: for imports of many people."""
        return self._create(count)

    def ready_key(self) -> uuid.UUID:
        """Return a fresh data key out of a few that were made at once, where many people wait: each writing is slow."""
        with self._handing_out:
            if not self._ready:
                self._ready = self._create(KEYS_AT_ONCE)
            return self._ready.pop()

    def create_key_for(self, recipient: str) -> tuple[uuid.UUID, bytes]:
        """Make a data key that only `recipient` opens, not the node; return its id and, this once, the key."""
        key_id, key = uuid.uuid4(), sealing.new_key()
        self._put_for(key_id, recipient, key)
        return key_id, key

    def let_in(self, key_id: uuid.UUID, giver: str, taker: str) -> None:
        """Let another recipient open a data key beside the one who has it."""
        self._put_for(key_id, taker, self.data_key_as(key_id, giver, self.private_key(giver)))

    def private_key(self, recipient: str) -> X25519PrivateKey:
        """Return the private key of a recipient that this node looks after (an agency), made at first use."""
        return X25519PrivateKey.from_private_bytes(self.secret(f"recipient:{recipient}"))

    @contextmanager
    def as_recipient(self, key_id: uuid.UUID, recipient: str) -> Iterator[None]:
        """Open what a data key sealed as one of its recipients, for as long as this lasts."""
        with holding(key_id, self.data_key_as(key_id, recipient, self.private_key(recipient))):
            yield

    def data_key(self, key_id: uuid.UUID) -> bytes:
        """Return a data key as the node, or as the recipient who holds it now; or raise `KeyDestroyedError`."""
        held = (_held.get() or {}).get(str(key_id))
        return held if held is not None else self._unwrap(str(key_id))

    def secret(self, name: str) -> bytes:
        """Return a lasting secret of the node (blind index, audit), made at first use; it survives rotation."""
        if name not in self._secrets:
            key_id = f"secret:{name}"
            with self._change() as db:
                db.execute(
                    "INSERT OR IGNORE INTO wrapped_key VALUES (?, ?, ?, ?)",
                    (key_id, NODE, "aes-gcm", self._wrap(key_id, sealing.new_key())),
                )
            self._secrets[name] = self._unwrap(key_id)
        return self._secrets[name]

    def add_recipient(self, key_id: uuid.UUID, recipient: str, public: X25519PublicKey) -> None:
        """Let one more recipient (an agency, a person) open a data key; sealed values stay as they are."""
        context = f"{key_id}|{recipient}"
        wrapped = sealing.seal_to(public, self.data_key(key_id), context)
        self._put(str(key_id), recipient, "x25519", wrapped)

    def data_key_as(self, key_id: uuid.UUID, recipient: str, private: X25519PrivateKey) -> bytes:
        """Return a data key as a further recipient with their private key."""
        return sealing.unseal_from(private, self._get(str(key_id), recipient), f"{key_id}|{recipient}")

    def recipients(self, key_id: uuid.UUID) -> list[str]:
        """Return who can open a data key."""
        rows = self._db().execute(
            "SELECT recipient FROM wrapped_key WHERE key_id = ? ORDER BY recipient", (str(key_id),)
        )
        return [row[0] for row in rows]

    def remove_recipient(self, key_id: uuid.UUID, recipient: str) -> None:
        """Take a recipient's way to a data key away."""
        with self._change() as db:
            db.execute("DELETE FROM wrapped_key WHERE key_id = ? AND recipient = ?", (str(key_id), recipient))

    def destroy(self, key_id: uuid.UUID, *, at: str) -> None:
        """Destroy a data key for every recipient; what it sealed is unreadable from now on, in backups too."""
        with self._change() as db:
            db.execute("DELETE FROM wrapped_key WHERE key_id = ?", (str(key_id),))
            db.execute("INSERT OR IGNORE INTO destroyed_key VALUES (?, ?)", (str(key_id), at))

    def destroyed(self) -> frozenset[str]:
        """Return the ids of the keys that were destroyed."""
        return frozenset(str(row[0]) for row in self._db().execute("SELECT key_id FROM destroyed_key"))

    def anchor(self) -> tuple[int, str] | None:
        """Return how long the audit chain was, and its last digest, when it was last found whole."""
        row = self._db().execute("SELECT seq, digest FROM audit_anchor").fetchone()
        return (int(row[0]), str(row[1])) if row else None

    def set_anchor(self, seq: int, digest: str) -> None:
        """Keep how long the audit chain is, apart from the database, so that a cut chain is missed."""
        with self._change() as db:
            db.execute("INSERT OR REPLACE INTO audit_anchor VALUES (1, ?, ?)", (seq, digest))

    def rotate(self, new_node_key: bytes) -> int:
        """Wrap every key of the node anew under another node key; return how many. All or none."""
        fresh = KeyStore(self.path, new_node_key)
        with self._change() as db:
            rows = db.execute("SELECT key_id FROM wrapped_key WHERE recipient = ?", (NODE,)).fetchall()
            for (key_id,) in rows:
                wrapped = fresh._wrap(key_id, self._unwrap(key_id))
                db.execute(
                    "UPDATE wrapped_key SET wrapped = ? WHERE key_id = ? AND recipient = ?", (wrapped, key_id, NODE)
                )
        self._wrapping, self.django_secret = fresh._wrapping, fresh.django_secret
        return len(rows)

    def _put_for(self, key_id: uuid.UUID, recipient: str, key: bytes) -> None:
        public = self.private_key(recipient).public_key()
        self._put(str(key_id), recipient, "x25519", sealing.seal_to(public, key, f"{key_id}|{recipient}"))

    def _check_still_ours(self, db: sqlite3.Connection) -> None:
        """Refuse to write with a node key that was rotated away meanwhile: nothing would open it again."""
        known = db.execute("SELECT name FROM sqlite_master WHERE name = 'wrapped_key'").fetchone()
        row = known and db.execute("SELECT wrapped FROM wrapped_key WHERE key_id = ?", (_CHECK,)).fetchone()
        if not row:
            return
        try:
            sealing.unseal(self._wrapping, bytes(row[0]), f"{_CHECK}|{NODE}")
        except sealing.UnsealError:
            raise ConfigurationError(
                "The node key was rotated while this process ran.", todo="Restart it, so that it reads the new key."
            ) from None

    def _wrap(self, key_id: str, key: bytes) -> bytes:
        return sealing.seal(self._wrapping, key, f"{key_id}|{NODE}")

    def _unwrap(self, key_id: str) -> bytes:
        return sealing.unseal(self._wrapping, self._get(key_id, NODE), f"{key_id}|{NODE}")

    def _get(self, key_id: str, recipient: str) -> bytes:
        row = (
            self._db()
            .execute("SELECT wrapped FROM wrapped_key WHERE key_id = ? AND recipient = ?", (key_id, recipient))
            .fetchone()
        )
        if row is None:
            raise KeyDestroyedError("Its key was destroyed, so nobody can read it any more.")
        return bytes(row[0])

    def _create(self, count: int) -> list[uuid.UUID]:
        fresh = [uuid.uuid4() for _ in range(count)]
        rows = [(str(one), NODE, "aes-gcm", self._wrap(str(one), sealing.new_key())) for one in fresh]
        with self._change() as db:
            db.executemany("INSERT INTO wrapped_key VALUES (?, ?, ?, ?)", rows)
        return fresh

    def _put(self, key_id: str, recipient: str, scheme: str, wrapped: bytes) -> None:
        with self._change() as db:
            db.execute("INSERT OR REPLACE INTO wrapped_key VALUES (?, ?, ?, ?)", (key_id, recipient, scheme, wrapped))

    def _db(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
            db.execute("PRAGMA secure_delete = ON")
            db.execute("PRAGMA journal_mode = DELETE")
            self._local.db = db
        return db

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        db = self._db()
        if db.in_transaction:
            yield db
            return
        db.execute("BEGIN IMMEDIATE")
        try:
            self._check_still_ours(db)
            yield db
        except BaseException:  # whatever happened, the store stays as it was
            db.rollback()
            raise
        db.commit()


@contextmanager
def holding(key_id: uuid.UUID, key: bytes) -> Iterator[None]:
    """Hold a data key that the node itself cannot open, for as long as this lasts."""
    token = _held.set({**(_held.get() or {}), str(key_id): key})
    try:
        yield
    finally:
        _held.reset(token)


_node: KeyStore | None = None


def use(store: KeyStore) -> None:
    """Make a key store the node's own for this process; called once at start."""
    global _node  # noqa: PLW0603  # one node a process, set at start
    _node = store


def node() -> KeyStore:
    """Return the node's key store."""
    if _node is None:
        raise ConfigurationError("The node's key store is not open.", todo="Start it with the 'mainstay' command.")
    return _node
