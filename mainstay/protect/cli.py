"""`mainstay protect`: what would leave a case."""

import json
import sys
from typing import Annotated

import typer

from mainstay.core.errors import BadInputError, Fault

app = typer.Typer(help="Cases and what may leave them.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Cases and what may leave them."""


@app.command()
def export(
    case: Annotated[str, typer.Argument(help="The case's reference, for example P-1000.")],
    to: Annotated[str, typer.Option(help="The recipient: a node's name, or agency:ID.")],
    purpose: Annotated[str, typer.Option(help="assistance, investigation, cooperation or statistics.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Print what leaves a case for a recipient and purpose, and every withheld field with its reason."""
    from mainstay.core import clock
    from mainstay.protect import queries
    from mainstay.protect.services import sharing
    from mainstay.protect.types import SharePurpose

    row = queries.case_named(case)
    if row is None:
        raise BadInputError("protect export", Fault("the reference of a case", field="CASE"))
    if purpose not in set(SharePurpose):
        raise BadInputError(
            "protect export", Fault(f"one of {', '.join(SharePurpose)}", field="--purpose", found=purpose)
        )
    recipient = to if ":" in to or to == sharing.NETWORK else f"peer:{to}"
    plan, values = sharing.export(row, recipient, SharePurpose(purpose), today=clock.today(), now=clock.now())
    document = {
        "case": row.reference,
        "recipient": recipient,
        "purpose": purpose,
        "shared": values,
        "withheld": {d.field.name: queries.explain(d) for d in plan.decisions if not d.shared},
        "because": {d.field.name: queries.explain(d) for d in plan.decisions if d.shared},
    }
    if as_json:
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
        return
    for decision in plan.decisions:
        word = "shared" if decision.shared else "withheld"
        sys.stdout.write(f"{decision.field.name}: {word} ({queries.explain(decision)})\n")
