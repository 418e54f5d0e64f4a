"""`mainstay audit`: prove the chain."""

import json
import sys
from typing import Annotated

import typer

app = typer.Typer(help="The audit chain.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The audit chain: who did what to which record, and why."""


@app.command()
def verify(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:
    """Check the whole chain; exit 1 and name the first bad entry if it does not hold."""
    from mainstay.audit import queries

    verdict = queries.verify()
    if as_json:
        document = {
            "holds": verdict.holds,
            "entries": verdict.entries,
            "first_bad": verdict.first_bad,
            "why": verdict.why,
        }
        sys.stdout.write(json.dumps(document) + "\n")
    elif verdict.holds:
        sys.stdout.write(f"The chain holds: {verdict.entries} entries.\n")
    if not verdict.holds:
        sys.stderr.write(f"The chain does not hold: {verdict.why}.\n")
        raise typer.Exit(1)
