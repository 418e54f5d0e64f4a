"""`mainstay network`: entities out, as files."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mainstay.core.errors import BadInputError, Fault

app = typer.Typer(help="Entities and links.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Entities and links: what may be known, pushed into the network by consent."""


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="The file to write, one entity a line.")],
    form: Annotated[str, typer.Option("--format", help="ftm: FollowTheMoney JSON lines.")] = "ftm",
) -> None:
    """Write all entities as FollowTheMoney JSON lines."""
    if form != "ftm":
        raise BadInputError("--format", Fault("ftm", found=form))
    from mainstay.network import services

    count = services.export_ftm(out, actor=None)
    sys.stderr.write(f"{count} entities written to {out}\n")
