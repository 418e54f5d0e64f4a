"""The `mainstay` command: one group a package, and errors into exit codes."""

import importlib
import os
import sys
from typing import Annotated, Any

import typer

from mainstay.core.errors import MainstayError

GROUPS = ("identify", "protect", "money", "network", "cooperate", "monitor", "audit")
WITHOUT_NODE = {"money", "init", "demo", "bench"}

app = typer.Typer(
    help="Mainstay: a node to cooperate against trafficking in persons.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def start_django() -> None:
    """Open the node: its settings, keys and packages."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mainstay.site.settings")
    django.setup()


def needs_node(arguments: list[str]) -> bool:
    """Say whether a command works on a node, or on files alone."""
    words = [word for word in arguments if not word.startswith("-")]
    if not words or "--help" in arguments:
        return False
    if words[:2] == ["monitor", "release"]:
        return False
    if words[:2] == ["money", "load"]:
        return True
    if words[:2] == ["identify", "assess"]:
        from mainstay.site import node

        return not node.is_new()  # shipped instruments need no node; installed ones are asked for where there is one
    return words[0] not in WITHOUT_NODE


def set_up_if_new(command: str) -> None:
    """Set a node up where the folder is empty, so that a first command just works; say so."""
    from mainstay.site import node

    if node.is_new():
        path = node.create(node_config_values={})
        start_django()
        node.migrate()
        sys.stderr.write(f"A new node was set up in {path}; 'mainstay {command}' goes on with it.\n")


def main(arguments: list[str] | None = None) -> None:
    """Run the command; 0 for done, 2 for bad input, 1 for any other failure."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        if needs_node(words):
            set_up_if_new(words[0])
            start_django()
        for group in GROUPS:
            app.add_typer(importlib.import_module(f"mainstay.{group}.cli").app, name=group)
        app(words)
    except MainstayError as error:
        sys.stderr.write(f"mainstay: {' '.join(str(error).split())}\n")
        raise SystemExit(error.exit_code) from None
    except BrokenPipeError:
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        sys.stderr.write("mainstay: stopped; what was under way was undone\n")
        raise SystemExit(130) from None


@app.command()
def init(
    name: Annotated[str, typer.Option(help="The node's name.")] = "Mainstay",
    country: Annotated[str, typer.Option(help="ISO 3166-1 alpha-2 code.")] = "XX",
) -> None:
    """Set a new node up in MAINSTAY_HOME: its folder, keys and database."""
    from mainstay.site import node

    path = node.create(node_config_values={"node_name": name, "country": country})
    start_django()
    node.migrate()
    sys.stderr.write(f"The node stands in {path}. Keep keys/node.key safe and apart from backups.\n")


@app.command()
def check() -> None:
    """Say whether this node is configured safely; exit 1 and a list if not."""
    from mainstay.site import node

    findings = node.findings()
    for line in findings:
        sys.stdout.write(f"- {line}\n")
    if findings:
        raise typer.Exit(1)
    sys.stdout.write("This node is configured safely.\n")


@app.command()
def migrate() -> None:
    """Bring the database to this version."""
    from mainstay.site import node

    node.migrate()


@app.command()
def serve(port: Annotated[int, typer.Option(help="The port on this machine.")] = 8000, host: str = "127.0.0.1") -> None:
    """Serve the node's pages and API."""
    from mainstay.site import node

    node.serve(host, port)


@app.command()
def worker(once: Annotated[bool, typer.Option("--once", help="Do what waits, then stop.")] = False) -> None:
    """Do the node's background work until stopped: letters that wait, consents that end, erasures to finish."""
    from django.core.management import call_command

    from mainstay.site import upkeep

    upkeep.begin()
    call_command("db_worker", verbosity=1, batch=once)


@app.command("add-person")
def add_person(
    email: str,
    name: str,
    role: str,
    agency: str,
    kind: Annotated[str, typer.Option(help="The agency's kind, if it is new.")] = "other",
    country: Annotated[str, typer.Option(help="The agency's country, if it is new.")] = "XX",
) -> None:
    """Add a person (the first administrator, say); the password is read from the terminal or MAINSTAY_PASSWORD."""
    from mainstay.site import node

    password = os.environ.get("MAINSTAY_PASSWORD") or typer.prompt(
        "Password", hide_input=True, confirmation_prompt=True
    )
    node.add_person(email, name=name, role=role, agency=agency, kind=kind, country=country, password=password)


keys = typer.Typer(help="The node's keys.", no_args_is_help=True)
app.add_typer(keys, name="keys")


@keys.callback()
def _keys() -> None:
    """The node's keys."""


@keys.command()
def rotate() -> None:
    """Put every data key under a fresh node key; sealed values stay as they are."""
    from mainstay.site import node

    sys.stderr.write(f"{node.rotate_key()} keys now stand under a fresh node key. Restart the node.\n")


def emit(document: Any) -> None:
    """Print one JSON document on standard output."""
    import json

    sys.stdout.write(json.dumps(document, ensure_ascii=False, default=str) + "\n")


@app.command()
def bench(
    name: str,
    quick: Annotated[bool, typer.Option("--quick", help="Stay under 50 seconds.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Run the benchmark of that name, peers side by side in one run."""
    from mainstay.site import bench as benches

    document = benches.run(name, quick=quick)
    emit(document) if as_json else sys.stdout.write(benches.as_table(document))


@app.command()
def demo(
    seed: int = 2017,
    scale: str = "small",
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop after the summary.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Start anew.")] = False,
    folder: Annotated[str, typer.Option(help="Where the two nodes live.")] = "demo-home",
) -> None:
    """Build the two-node scenario, run the whole path on it, and serve both nodes."""
    from mainstay.demo import run

    run.demo(seed=seed, scale=scale, serve=not no_serve, as_json=as_json, reset=reset, folder=folder)
