"""Setting a node up, starting it, and saying whether it is safe."""

import os
import socket
import sys
from pathlib import Path
from typing import Any

import tomli_w

from mainstay.core import keystore, sealing
from mainstay.core.errors import BadInputError, ConfigurationError, Fault
from mainstay.site import config as node_config

# More only wait for each other; a slow line holds one: a proxy that takes requests in whole belongs in front.
THREADS = 4


def create(*, node_config_values: dict[str, Any]) -> Path:
    """Make the folder of a new node with its key, key store and settings file; refuse where one stands."""
    home = node_config.home_folder()
    draft = node_config.Config(home=home)
    key_file = node_config.node_key_file(draft)
    if draft.keystore_path.exists() or key_file.exists():
        raise ConfigurationError(f"There is a node in {home} already.", todo="Choose another MAINSTAY_HOME.")
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = node_config.node_key(draft) if os.environ.get("MAINSTAY_NODE_KEY") else sealing.new_key()
    if not os.environ.get("MAINSTAY_NODE_KEY"):
        keystore.write_node_key(key_file, key)
    keystore.KeyStore.create(draft.keystore_path, key)
    draft.database_path.touch(mode=0o600)
    (home / "static").mkdir(exist_ok=True)
    settings_file = home / "mainstay.toml"
    if not settings_file.exists():
        settings_file.touch(mode=0o600)
        settings_file.write_text(tomli_w.dumps(node_config_values), encoding="utf-8")
    return home


def is_new() -> bool:
    """Say whether the node's folder holds nothing yet and its database is to be in it.

    A folder with a database but no keys is never new: its key store was lost and has to be put back.
    """
    home = node_config.home_folder()
    if os.environ.get("MAINSTAY_DATABASE_URL") or node_config.load().database_url:
        return False
    return not home.exists() or not any(path.name != "mainstay.toml" for path in home.iterdir())


def migrate() -> None:
    """Bring the database to this version."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def serve(host: str, port: int) -> None:
    """Serve the node with granian until stopped; refuse where the port is taken."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    with socket.socket() as probe:
        if probe.connect_ex((host, port)) == 0:
            raise ConfigurationError(f"Port {port} is taken.", todo="Stop what listens there, or give --port.")
    sys.stderr.write(f"Serving at http://{host}:{port}. Ctrl-C stops it.\n")
    if node_config.load().https:
        sys.stderr.write("It expects TLS in front of it (https = true): plain requests are sent on to https.\n")
    Granian(
        "mainstay.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=node_config.load().serving_processes,
        blocking_threads=THREADS,
        log_enabled=True,
        log_level=LogLevels.error,
        log_access=False,
    ).serve()


def rotate_key() -> int:
    """Put every data key under a fresh node key and write it; return how many keys were wrapped anew."""
    config = node_config.load()
    if os.environ.get("MAINSTAY_NODE_KEY"):
        raise ConfigurationError("The node key is in the environment.", todo="Rotate it where it is kept, in a file.")
    fresh = sealing.new_key()
    key_file = node_config.node_key_file(config)
    waiting = key_file.with_suffix(".next")
    keystore.write_node_key(waiting, fresh)
    count = keystore.node().rotate(fresh)
    waiting.replace(key_file)
    return count


def add_person(email: str, *, name: str, role: str, agency: str, kind: str, country: str, password: str) -> None:
    """Add a person from the command line, with their agency if it is new."""
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    from mainstay.accounts import services
    from mainstay.accounts.models import Agency, AgencyKind
    from mainstay.core.access import Role

    try:
        validate_email(email)
    except ValidationError:
        raise BadInputError("add-person", Fault("an email address", field="email")) from None
    if role not in set(Role):
        raise BadInputError("add-person", Fault(f"one of {', '.join(Role)}", field="role", found=role))
    if Agency.objects.filter(name=agency, kind=AgencyKind.NODE).exists():
        raise BadInputError("add-person", Fault("an agency of this node", field="agency", found=agency))
    home = Agency.objects.filter(name=agency).first() or services.create_agency(agency, kind, country, actor=None)
    services.create_person(email, name=name, role=Role(role), agency=home, password=password, actor=None)


def findings() -> list[str]:
    """Return what is not safe about this node's settings, a line each."""
    from django.conf import settings
    from django.core.management.base import SystemCheckError
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    config = settings.CONFIG
    lines = []
    if config.debug:
        lines.append("debug is on: error pages tell too much. Set debug = false.")
    if not config.https:
        lines.append("https is off: cookies and pages travel in the clear. Set https = true behind TLS.")
    if not config.require_second_factor:
        lines.append("require_second_factor is off: a stolen password opens the node.")
    if config.scenario:
        lines.append("scenario is on: this node holds made-up data and is for demonstration.")
    lines += _loose_files(config)
    try:
        waiting = MigrationExecutor(connection).migration_plan(MigrationExecutor(connection).loader.graph.leaf_nodes())
    except (SystemCheckError, OSError) as error:
        waiting = []
        lines.append(f"the database does not answer: {error}")
    if waiting:
        lines.append(f"the database is {len(waiting)} steps behind. Run 'mainstay migrate'.")
    return lines


def _loose_files(config: node_config.Config) -> list[str]:
    lines = []
    kept = (
        node_config.node_key_file(config),
        config.keystore_path,
        config.database_path,
        config.home / "mainstay.toml",
    )
    for path in kept:
        if path.exists() and path.stat().st_mode & 0o077:
            lines.append(f"{path} can be read by others. Run 'chmod 600' on it.")
    return lines
