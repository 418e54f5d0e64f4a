"""The `mainstay money` commands that write a ledger, or tell what was written: import, correct, remove, history."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from mainstay.core import clock

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
Mapping = Annotated[str, typer.Option(help="interface, amlsim, berka, or a TOML file.")]
Reason = Annotated[str, typer.Option(help="Why, for whoever reads the history; no names.")]
_LedgerThere = Annotated[Path, typer.Option("--ledger", help="Folder of the ledger.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to others."""
    app.command("import")(import_)
    for command in (correct, remove, history):
        app.command()(command)


def say(text: str) -> None:
    """Tell a person something beside what the command prints."""
    sys.stderr.write(f"{text}\n")


def print_json(document: Any) -> None:
    """Print one JSON document."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=1))


def import_(
    files: Annotated[list[Path], typer.Argument(help="CSV or Parquet files of transactions.")],
    ledger: Annotated[Path, typer.Option(help="Folder of the ledger; made if it is not there.")],
    accounts: Annotated[Path | None, typer.Option(help="File of accounts: who holds them.")] = None,
    mapping: Mapping = "interface",
    keep_good: Annotated[bool, typer.Option("--keep-good", help="Take good rows, write the others apart.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take transactions into a ledger: all of them, or none."""
    from mainstay.money.engine.importing import import_transactions
    from mainstay.money.engine.mapping import load_mapping

    def progress(rows: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{rows:,} transactions")

    result = import_transactions(
        files,
        ledger,
        accounts=accounts,
        mapping=load_mapping(mapping),
        keep_good=keep_good,
        progress=progress,
    )
    for name in result.rejected_files:
        say(f"{result.rejected} rows were not taken; they are in {name} with the reason of each.")
    if as_json:
        print_json(result.as_json())
    else:
        typer.echo(f"{result.transactions:,} transactions on {result.days:,} days are in the ledger.")


def correct(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet file of transactions as they should stand.")],
    ledger: _LedgerThere,
    reason: Reason,
    mapping: Mapping = "interface",
    as_json: AsJson = False,
) -> None:
    """Put transactions in the place of those of the same ids, all or none; the history keeps what stood there."""
    from mainstay.money.engine.changing import correct_transactions
    from mainstay.money.engine.mapping import load_mapping

    done = correct_transactions(file, ledger, reason=reason, at=clock.now(), mapping=load_mapping(mapping))
    if as_json:
        print_json(done.as_json())
    else:
        typer.echo(f"Transactions corrected: {done.transactions:,} (change {done.number}).")


def remove(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet file with a column transaction_id.")],
    ledger: _LedgerThere,
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Take transactions out of a ledger, all or none; the history keeps them."""
    from mainstay.money.engine.changing import remove_transactions

    done = remove_transactions(file, ledger, reason=reason, at=clock.now())
    if as_json:
        print_json(done.as_json())
    else:
        typer.echo(f"Transactions removed: {done.transactions:,} (change {done.number}).")


def history(
    ledger: Annotated[Path, typer.Argument(help="Folder of the ledger.")],
    transaction: Annotated[str | None, typer.Option(help="Only changes of this transaction, and what it was.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what was corrected and removed in a ledger, when and why."""
    from mainstay.money.engine.changing import history as changes_of

    changes = changes_of(ledger, transaction)
    if as_json:
        print_json({"changes": changes})
        return
    if not changes:
        typer.echo("Nothing was corrected or removed.")
    for one in changes:
        typer.echo(f"{one['number']}. {_DONE[one['kind']]} {one['transactions']:,} on {one['at']}: {one['reason']}")
        if before := one.get("before"):
            payer, payee = before["from_account"] or "cash", before["to_account"] or "cash"
            typer.echo(
                f"   before: {payer} paid {payee} {before['amount']} {before['currency']}, {before['booked_at']}"
            )


_DONE = {"correct": "corrected", "remove": "removed"}
