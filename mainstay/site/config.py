"""The node's settings: environment over one TOML file over defaults, checked when the node starts."""

import os
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_data_path

from mainstay.core.errors import ConfigurationError

if TYPE_CHECKING:
    from mainstay.core.keystore import KeyStore


@dataclass(frozen=True, slots=True)
class Config:
    """What a node can be told. Each is a key of `mainstay.toml` and, in capitals, `MAINSTAY_<KEY>`."""

    home: Path
    node_name: str = "Mainstay"
    country: str = "XX"
    time_zone: str = "UTC"
    base_url: str = "http://localhost:8000"
    hosts: list[str] = field(default_factory=lambda: ["localhost", "127.0.0.1", "[::1]"])
    database_url: str = ""
    debug: bool = False
    https: bool = True
    require_second_factor: bool = True
    scenario: bool = False
    behind_proxy: bool = False
    email_url: str = ""
    email_from: str = "mainstay@localhost"
    quick_exit_url: str = "/away"
    smallest_count: int = 5
    clamav_socket: str = ""
    workers: int = 0

    @property
    def serving_processes(self) -> int:
        """How many processes serve: as told, else one for each core, four at most."""
        return self.workers if self.workers > 0 else min(os.cpu_count() or 1, 4)

    @property
    def database_path(self) -> Path:
        """Where the SQLite database is, when there is no `database_url`."""
        return self.home / "mainstay.sqlite3"

    @property
    def keystore_path(self) -> Path:
        """Where the key store is: apart from the database and its backups."""
        return self.home / "keys" / "keystore.sqlite3"

    @property
    def node_key_path(self) -> Path:
        """Where the node key is, unless the environment holds it."""
        return self.home / "keys" / "node.key"


def home_folder() -> Path:
    """Return the folder of this node: `MAINSTAY_HOME`, or the platform's place for it."""
    named = os.environ.get("MAINSTAY_HOME")
    return Path(named).expanduser().resolve() if named else user_data_path("mainstay")


def load(environment: dict[str, str] | None = None) -> Config:
    """Return the settings of this node, or raise `ConfigurationError` naming the wrong one."""
    env = dict(os.environ) if environment is None else environment
    home = Path(env["MAINSTAY_HOME"]).expanduser().resolve() if env.get("MAINSTAY_HOME") else home_folder()
    values = _from_file(home / "mainstay.toml")
    for item in fields(Config):
        name = f"MAINSTAY_{item.name.upper()}"
        if item.name != "home" and f"{name}_FILE" in env:
            values[item.name] = _typed(item.name, item.type, _secret_file(name, env[f"{name}_FILE"]))
        elif item.name != "home" and name in env:
            values[item.name] = _typed(item.name, item.type, env[name])
    return Config(home=home, **values)


def _from_file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not TOML: {error}.", todo="Mend the line that it names.") from None
    known = {item.name: item.type for item in fields(Config)}
    for name, value in values.items():
        if name not in known:
            raise ConfigurationError(f"{path} has an unknown setting {name!r}.", todo=f"Known: {', '.join(known)}.")
        wanted = next((kind for kind in (bool, str, int) if kind is known[name]), list)
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise ConfigurationError(f"{path}: {name} is {value!r}; expected {wanted.__name__}.")
    return values


def _typed(name: str, wanted: Any, text: str) -> Any:
    if wanted is bool:
        if text.lower() not in {"1", "0", "true", "false", "yes", "no"}:
            raise ConfigurationError(f"MAINSTAY_{name.upper()} is {text!r}; expected true or false.")
        return text.lower() in {"1", "true", "yes"}
    if wanted is int:
        if not text.isdigit():
            raise ConfigurationError(f"MAINSTAY_{name.upper()} is {text!r}; expected a whole number.")
        return int(text)
    return text.split(",") if wanted == list[str] else text


def _secret_file(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"{name}_FILE names {path}, which cannot be read.") from None


def node_key_file(config: Config) -> Path:
    """Return the file that holds the node key: the one that the environment names, or the folder's own."""
    return Path(os.environ.get("MAINSTAY_NODE_KEY_FILE") or config.node_key_path)


def node_key(config: Config) -> bytes:
    """Return the node key from the environment or its file; never from the database."""
    from mainstay.core.keystore import read_node_key

    if text := os.environ.get("MAINSTAY_NODE_KEY"):
        return read_node_key(text)
    path = node_key_file(config)
    if not path.exists():
        raise ConfigurationError(
            f"There is no node key at {path}.",
            todo="Run 'mainstay init' for a new node, or put the key of this node back.",
        )
    return read_node_key(path.read_text(encoding="ascii", errors="replace"))


def open_keystore(config: Config) -> "KeyStore":
    """Open the node's key store; where a rotation was cut off after its last step but one, finish it."""
    from mainstay.core.keystore import KeyStore, read_node_key

    try:
        return KeyStore.open(config.keystore_path, node_key(config))
    except ConfigurationError:
        waiting = node_key_file(config).with_suffix(".next")
        if os.environ.get("MAINSTAY_NODE_KEY") or not waiting.exists():
            raise
        store = KeyStore.open(config.keystore_path, read_node_key(waiting.read_text(encoding="ascii")))
        waiting.replace(node_key_file(config))
        return store
