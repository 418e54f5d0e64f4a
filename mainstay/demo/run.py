"""The demonstration: two nodes, the whole path, and what it found against what was planted."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import tomli_w
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from mainstay.core.errors import BadInputError, ConfigurationError, Fault, MainstayError
from mainstay.demo import cast, scenario
from mainstay.demo.types import SCALES

WORDS = {
    "presumed_victims": "Victims, presumed by a screening",
    "false_presumptions": "Others, presumed wrongly",
    "cases": "Cases opened",
    "referrals_accepted": "Referrals accepted",
    "decided": "Decided on by the authority",
    "not_identified": "Of these, not identified as victims",
    "wage_funnels": "Wage funnels, controller named",
    "collections": "Collections from many, collector named",
    "other_alerts": "Alerts about nothing planted",
    "workers_told_to_investigators": "Controlled workers' accounts told to investigators",
    "accounts_known_abroad": "Exploiters' accounts known to the other node",
    "requests_answered": "Requests for assistance answered",
    "people_in_released_figures": "People in the released figures",
    "cells_withheld": "Cells withheld to protect small counts",
    "audit_entries": "Audit entries, the chain holds",
}
START_SECONDS = 40


@dataclass(frozen=True, slots=True)
class Node:
    """One node of the scenario: its name, country, folder and port."""

    name: str
    country: str
    home: Path
    port: int

    @property
    def url(self) -> str:
        """Return where the node listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """Return where the node's server says what it does."""
        return self.home / "serve.log"

    def environment(self) -> dict[str, str]:
        """Return the environment of this node's processes; what the caller's own node is told stays out."""
        own = {k: v for k, v in os.environ.items() if not k.startswith(("MAINSTAY_", "DJANGO_SETTINGS"))}
        return {**own, "MAINSTAY_HOME": str(self.home), "MAINSTAY_BASE_URL": self.url, "MAINSTAY_WORKERS": "1"}


def demo(*, seed: int, scale: str, serve: bool, as_json: bool, reset: bool, folder: str) -> None:
    """Build the scenario or start from what is there, print what was found, and serve both nodes."""
    if scale not in SCALES:
        raise BadInputError("demo", Fault(f"one of {', '.join(SCALES)}", field="--scale", found=scale))
    base = Path(folder).resolve()
    if reset:
        _remove(base)
    ports = (8000, 8001) if serve else _free_ports()
    nodes = (
        Node("Selvania", "XS", base / "selvania", ports[0]),
        Node("Orvanta", "XO", base / "orvanta", ports[1]),
    )
    if serve:
        _check_ports(nodes)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # being ended ends the nodes too
    addresses = [{"name": node.name, "url": node.url, "home": str(node.home)} for node in nodes]
    with ExitStack() as running:
        document = _built(base, seed, scale) or _build(nodes, base, seed, scale, running)
        if document["nodes"] != addresses and serve:
            _pin(nodes, [_stage(node, "card") for node in nodes])
        document["nodes"] = addresses
        (base / "summary.json").write_text(json.dumps(document), encoding="utf-8")
        _show(document, as_json)
        if serve:
            _serve(nodes, running)


def _build(nodes: tuple[Node, Node], base: Path, seed: int, scale: str, running: ExitStack) -> dict[str, Any]:
    began = time.monotonic()
    _remove(base)
    selvania, orvanta = nodes
    inputs = base / "inputs"
    with Progress(console=Console(stderr=True), transient=True) as bar:
        step = _Steps(bar, 8)
        step("Making up people and money")
        planted = scenario.write_inputs(seed, SCALES[scale], datetime.now(UTC), inputs)
        step("Setting up two nodes")
        cards = _at_once(*(partial(_set_up, node) for node in nodes))
        step("Protecting people in Selvania, scanning transactions in Orvanta")
        interviews = str(inputs / "selvania" / "interviews.jsonl")
        found: dict[str, Any] = {}
        for part in _at_once(
            partial(_stage, selvania, "interviews", interviews=interviews),
            partial(_scan, orvanta, inputs / "orvanta", planted),
        ):
            found |= part
        step("Exchanging cards")
        _pin(nodes, cards)
        step("Starting both nodes")
        servers = running.enter_context(serving(nodes))
        step("Asking Orvanta privately, and for assistance")
        found |= _stage(selvania, "ask")
        _stage(orvanta, "reply")
        step("Releasing figures")
        found |= _stage(selvania, "figures")
        step("Done")
    servers.stop()
    return {
        "seed": seed,
        "scale": scale,
        "planted": {**planted.as_json(), "workers": len(planted.funnel_workers)},
        "found": found,
        "seconds": round(time.monotonic() - began, 1),
        "nodes": [],
    }


def _built(base: Path, seed: int, scale: str) -> dict[str, Any] | None:
    """Return the summary of what is there, if it is the same scenario and was built to the end."""
    path = base / "summary.json"
    if not path.exists():
        return None
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document if (document["seed"], document["scale"]) == (seed, scale) else None


def _set_up(node: Node) -> dict[str, Any]:
    """Set a node up with its made-up colleagues; return its card."""
    node.home.mkdir(parents=True, mode=0o700)
    settings = {
        "node_name": node.name,
        "country": node.country,
        "base_url": node.url,
        "https": False,
        "require_second_factor": False,
        "scenario": True,
        "smallest_count": 3,
    }
    (node.home / "mainstay.toml").touch(mode=0o600)
    (node.home / "mainstay.toml").write_text(tomli_w.dumps(settings), encoding="utf-8")
    _command(node, "init")
    return _stage(node, "staff", node=node.name, country=node.country)


def _scan(node: Node, inputs: Path, planted: Any) -> dict[str, Any]:
    ledger, out = node.home / "ledger", node.home / "scan"
    _command(
        node,
        "money",
        "import",
        str(inputs / "transactions.csv"),
        "--ledger",
        str(ledger),
        "--accounts",
        str(inputs / "accounts.csv"),
    )
    _command(node, "money", "scan", str(ledger), "--out", str(out))
    return _stage(
        node,
        "alerts",
        alerts=str(out),
        ledger=str(ledger),
        controllers=list(planted.funnel_controllers),
        collectors=list(planted.collectors),
        workers=list(planted.funnel_workers),
    )


def _at_once(*jobs: Callable[[], dict[str, Any]]) -> list[dict[str, Any]]:
    """Do what the two nodes do apart from each other at the same time."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        return [job.result() for job in [pool.submit(each) for each in jobs]]


def _pin(nodes: tuple[Node, Node], cards: list[dict[str, Any]]) -> None:
    _stage(nodes[0], "pin", **cards[1])
    _stage(nodes[1], "pin", **cards[0])


def _command(node: Node, *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mainstay", *words],
        env=node.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise MainstayError(f"{node.name}: 'mainstay {words[0]}' failed: {done.stderr.strip()[-500:]}")


def _stage(node: Node, name: str, /, **given: Any) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "mainstay.demo.stages", name],
        env=node.environment(),
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise MainstayError(f"{node.name}: the stage {name!r} failed: {done.stderr.strip()[-800:]}")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


class _Servers:
    """Both nodes' servers, which this process started and ends."""

    def __init__(self, nodes: tuple[Node, Node]) -> None:
        self.processes = [self._start(node) for node in nodes]

    def _start(self, node: Node) -> "subprocess.Popen[bytes]":
        with node.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "mainstay", "serve", "--port", str(node.port)],
                env=node.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches this process alone, which then ends both in order
            )

    def stop(self) -> None:
        """End both cleanly."""
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # whatever of the server is left
            process.wait()


@contextmanager
def serving(nodes: tuple[Node, Node]) -> Iterator[_Servers]:
    """Serve both nodes until the block ends, whatever ends it."""
    servers = _Servers(nodes)
    try:
        for node, process in zip(nodes, servers.processes, strict=True):
            _wait_for(node, process)
        yield servers
    finally:
        servers.stop()


def _wait_for(node: Node, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{node.url}/health", timeout=2):  # noqa: S310  # our own node on loopback
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise ConfigurationError(f"{node.name} did not start at {node.url}.", todo=f"Its log {node.log} says why.")


def _serve(nodes: tuple[Node, Node], running: ExitStack) -> None:
    servers = running.enter_context(serving(nodes))
    say = Console(stderr=True).print
    for node, parts in zip(nodes, (cast.SELVANIA, cast.ORVANTA), strict=True):
        say(f"\n[bold]{node.name}[/bold]  http://localhost:{node.port}")
        for part in parts:
            say(f"  {part.role.replace('_', ' '):18} {part.email}")
    say(f"\nPassword of all of them: [bold]{cast.PASSWORD}[/bold]   ({scenario.LABEL})\nCtrl-C ends both.")
    try:
        while all(process.poll() is None for process in servers.processes):
            time.sleep(0.5)
    except KeyboardInterrupt:
        say("\nEnding both nodes.")


def _show(document: dict[str, Any], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(document) + "\n")
        return
    table = Table(title=f"Found against planted ({scenario.LABEL})")
    table.add_column("What")
    table.add_column("Planted", justify="right")
    table.add_column("Found", justify="right")
    for key, words in WORDS.items():
        if key in document["found"]:
            planted = document["planted"].get(key)
            table.add_row(words, "" if planted is None else str(planted), str(document["found"][key]))
    console = Console()
    console.print(table)
    console.print(f"Built in {document['seconds']} seconds.")


def _check_ports(nodes: tuple[Node, Node]) -> None:
    """Refuse before anything is built where something else listens on a node's port."""
    for node in nodes:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", node.port)) == 0:
                raise ConfigurationError(
                    f"Port {node.port} is taken.", todo="Stop what listens there, or use --no-serve."
                )


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        for each in (one, two):
            each.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


def _remove(base: Path) -> None:
    """Remove what an earlier demonstration made; refuse a folder that holds anything else."""
    mark = base / ".mainstay-demo"
    if base.exists() and not mark.exists() and any(base.iterdir()):
        raise ConfigurationError(f"{base} holds other things.", todo="Choose an empty folder with --folder.")
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir(parents=True)
    mark.touch()


class _Steps:
    """A progress bar of a known number of steps."""

    def __init__(self, bar: Progress, count: int) -> None:
        self.bar, self.task = bar, bar.add_task("", total=count)

    def __call__(self, words: str) -> None:
        self.bar.update(self.task, description=words, advance=1)
