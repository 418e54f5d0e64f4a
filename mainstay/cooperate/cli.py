"""`mainstay cooperate`: cards, private matching by files, requests, carrying letters."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from mainstay.core.errors import BadInputError, Fault
from mainstay.core.whole_files import whole_file

app = typer.Typer(help="Other nodes: cards, private matching, requests.", no_args_is_help=True)
match_app = typer.Typer(
    help="Private matching by files, for two nodes with no line to each other.", no_args_is_help=True
)
request_app = typer.Typer(help="Mutual legal assistance.", no_args_is_help=True)
app.add_typer(match_app, name="match")
app.add_typer(request_app, name="request")
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Out = Annotated[Path, typer.Option(help="The file to write.")]


def _peer(name: str) -> Any:
    from mainstay.cooperate import queries

    peer = queries.peer_named(name)
    if peer is None:
        raise BadInputError("--peer", Fault("the name of a pinned node", found=name))
    return peer


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise BadInputError(path.name, Fault("a file that exists")) from None
    except UnicodeDecodeError:
        raise BadInputError(path.name, Fault("a sealed letter in ASCII")) from None


def _write(path: Path, text: str) -> None:
    with whole_file(path) as aside:
        aside.write_text(text + "\n", encoding="utf-8")


@app.command()
def card(out: Out) -> None:
    """Write this node's card: its public keys, to hand to another node."""
    from mainstay.cooperate.services import peers

    document = peers.card_document()
    _write(out, json.dumps(document, indent=1))
    sys.stderr.write(f"Compare this fingerprint by voice: {document['fingerprint']}\n")


@app.command()
def pin(
    card_file: Annotated[Path, typer.Argument(help="The other node's card.")],
    matching: Annotated[bool, typer.Option(help="Agree to private matching.")] = False,
) -> None:
    """Pin another node's keys out of its card."""
    from mainstay.cooperate.services import peers
    from mainstay.core import clock

    peer = peers.pin(peers.read_card(card_file), matching_agreed=matching, actor=None, now=clock.now())
    sys.stderr.write(f"{peer.name} is pinned: {peer.fingerprint}\n")


@app.command()
def deliver() -> None:
    """Carry every letter that waits."""
    from mainstay.cooperate.services import exchange

    went, waits = exchange.carry_waiting()
    sys.stderr.write(f"{went} letters carried, {waits} still wait\n")


@match_app.command("request")
def match_request(
    peer: Annotated[str, typer.Option(help="The node to ask.")],
    values: Annotated[Path, typer.Option(help="A text file, one account a line.")],
    out: Out,
) -> None:
    """Write a private question about accounts to a file for another node."""
    from django.db import transaction

    from mainstay.cooperate.services import exchange, matches
    from mainstay.core import clock

    try:
        lines = [line.strip() for line in values.read_text(encoding="utf-8").splitlines() if line.strip()]
    except FileNotFoundError:
        raise BadInputError(values.name, Fault("a file that exists")) from None
    except UnicodeDecodeError:
        raise BadInputError(values.name, Fault("text in UTF-8")) from None
    if not lines:
        raise BadInputError(values.name, Fault("at least one account, one a line"))
    to = _peer(peer)
    with transaction.atomic():
        now = clock.now()
        match, body = matches.open_match(to, "account", lines, actor=None, now=now)
        stored = exchange.post_question(match, body, actor=None, now=now)
    _write(out, stored.sealed_text)
    sys.stderr.write(f"The question is in {out}; take it to {to.name}.\n")


@match_app.command()
def respond(question: Annotated[Path, typer.Argument(help="The question's file.")], out: Out) -> None:
    """Answer another node's private question from a file into a file."""
    from mainstay.cooperate.services import exchange, letters
    from mainstay.core import clock

    _write(out, letters.receive(_read(question), take=exchange.take, now=clock.now()))


@match_app.command()
def reveal(answer: Annotated[Path, typer.Argument(help="The answer's file.")], as_json: AsJson = False) -> None:
    """Read the answer to an own question: which of the asked accounts the other node knows."""
    from mainstay.cooperate.services import exchange, matches

    match = exchange.reveal(_read(answer))
    hits = matches.open_hits(match, actor=None)
    if as_json:
        sys.stdout.write(json.dumps({"asked": match.asked, "hits": hits}) + "\n")
    else:
        sys.stdout.write("".join(f"{hit}\n" for hit in hits) or "No hit.\n")


@request_app.command("check")
def request_check(
    file: Annotated[Path, typer.Argument(help="A request's fields in JSON.")], as_json: AsJson = False
) -> None:
    """Say what a draft lacks under UNTOC article 18; exit 1 if it cannot be sent."""
    from mainstay.cooperate.rules.requests import check_request

    findings = check_request(_fields(file))
    rows = [{"field": f.key, "why": f.why, "blocks": f.blocks, "source": f.ref} for f in findings]
    if as_json:
        sys.stdout.write(json.dumps({"complete": not any(f.blocks for f in findings), "findings": rows}) + "\n")
    else:
        sys.stdout.write("".join(f"{r['field']} {r['why']} ({r['source']})\n" for r in rows) or "Complete.\n")
    if any(finding.blocks for finding in findings):
        raise typer.Exit(1)


@request_app.command("send")
def request_send(
    file: Annotated[Path, typer.Argument(help="A request's fields in JSON.")],
    peer: Annotated[str, typer.Option(help="The node to ask.")],
) -> None:
    """Check, sign, seal and send a request."""
    from mainstay.cooperate.services import exchange, requests
    from mainstay.core import clock

    to = _peer(peer)
    made, stored = requests.send_request(
        to, _fields(file), match=None, actor=None, today=clock.today(), now=clock.now()
    )
    went = exchange.carry(stored)
    sys.stderr.write(f"{made.reference} {'delivered' if went else 'waits for the line'}\n")


def _fields(path: Path) -> dict[str, str]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInputError(path.name, Fault("a file that exists")) from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise BadInputError(path.name, Fault("a request's fields in JSON")) from None
    if not isinstance(document, dict) or not all(isinstance(v, str) for v in document.values()):
        raise BadInputError(path.name, Fault("an object with a text for each field"))
    return document
