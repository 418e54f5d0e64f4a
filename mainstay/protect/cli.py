"""`mainstay protect`: what would leave a case."""

import csv
import io
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mainstay.core.errors import BadInputError, Fault
from mainstay.core.whole_files import to_disk, whole_file

if TYPE_CHECKING:
    from mainstay.accounts.models import Agency
    from mainstay.protect.models import Case
    from mainstay.protect.services.imports import ImportPlan
    from mainstay.protect.types import SharePlan, SharePurpose

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
    sealed: Annotated[Path | None, typer.Option(help="Write what leaves to this file, sealed: NAME.age.")] = None,
    kind: Annotated[str, typer.Option(help="With --sealed: htcds_json, htcds_csv or xlsx.")] = "htcds_json",
    passphrase_file: Annotated[Path | None, typer.Option(help="The passphrase's file; else it is asked for.")] = None,
    person: Annotated[str, typer.Option("--as", help="With --sealed: the email of who exports.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="With --sealed: replace a file that is there.")] = False,
) -> None:
    """Print what leaves a case for a recipient and purpose, and every withheld field with its reason.

    With --sealed the values are in the file alone, and are a share from then on.
    """
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
    if sealed is not None:
        asked = _Sealing(sealed, kind, person, passphrase_file, replace)
        plan = _write_sealed(asked, row, recipient, SharePurpose(purpose))
        _say_sealed(asked, row.reference, recipient, purpose, plan, as_json=as_json)
        return
    if person or passphrase_file or replace:
        raise BadInputError("protect export", Fault("--sealed FILE with these", field="--as, --passphrase-file, …"))
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


@dataclass(frozen=True, slots=True)
class _Sealing:
    """What was asked of a sealed file."""

    file: Path
    kind: str
    person: str
    passphrase_file: Path | None
    replace: bool


def _write_sealed(asked: _Sealing, case: "Case", recipient: str, purpose: "SharePurpose") -> "SharePlan":
    """Write what leaves of a case: whole and noted, or neither. All that was asked is looked at before anything."""
    from django.db import transaction

    from mainstay.accounts import queries as accounts
    from mainstay.core import clock
    from mainstay.protect.models.many import EXPORT_KINDS
    from mainstay.protect.services import exports

    _require_target(asked)
    if asked.kind not in dict(EXPORT_KINDS):
        kinds = ", ".join(kind for kind, _words in EXPORT_KINDS)
        raise BadInputError("protect export", Fault(f"one of {kinds}", field="--kind", found=asked.kind))
    actor = accounts.person_by_email(asked.person) if asked.person else None
    if actor is None:
        raise BadInputError("protect export", Fault("the email of somebody who may sign in here", field="--as"))
    passphrase = _passphrase(asked.passphrase_file)
    try:
        # the file has its name after it was noted: a file that nobody noted is worse than a note without its file
        with whole_file(asked.file, 0o600) as aside, transaction.atomic():
            plan, content = exports.seal_one(
                case, asked.kind, recipient, purpose, passphrase, actor=actor, today=clock.today(), now=clock.now()
            )
            aside.write_bytes(content)
            to_disk(aside)  # where there is no room, nothing is noted either
    except OSError as error:
        raise BadInputError(asked.file, Fault("a place where a file can be written", found=error.strerror)) from None
    return plan


def _require_target(asked: _Sealing) -> None:
    if asked.file.suffix != ".age":
        raise BadInputError(asked.file, Fault("a name that ends in .age", field="--sealed"))
    if asked.file.is_dir() or not os.access(asked.file.parent, os.W_OK):
        raise BadInputError(asked.file, Fault("a folder that is there and can be written to", field="--sealed"))
    if asked.file.exists() and not asked.replace:
        raise BadInputError(asked.file, Fault("a file that is not there yet, or --replace", field="--sealed"))


def _passphrase(file: Path | None) -> str:
    """Read the passphrase from the first line of a file, or ask for it; it is never an argument, which others see."""
    from mainstay.protect.rules.exchange import is_weak_passphrase

    if file is not None:
        try:
            said = (file.read_text(encoding="utf-8").splitlines() or [""])[0]
        except (OSError, UnicodeDecodeError):
            raise BadInputError(file, Fault("a text file that can be read", field="--passphrase-file")) from None
    elif sys.stdin.isatty():
        said = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True)
    else:
        raise BadInputError("protect export", Fault("a file with the passphrase", field="--passphrase-file"))
    if is_weak_passphrase(said):
        expected = "at least 12 signs that are not easy to guess; four or five words that belong to no saying"
        raise BadInputError("protect export", Fault(expected, field="passphrase"))
    return str(said)


def _say_sealed(
    asked: _Sealing, reference: str, recipient: str, purpose: str, plan: "SharePlan", *, as_json: bool
) -> None:
    from mainstay.protect import queries

    withheld = {d.field.name: queries.explain(d) for d in plan.decisions if not d.shared}
    if as_json:
        document = {
            "case": reference, "recipient": recipient, "purpose": purpose, "file": str(asked.file),
            "shared": list(plan.shared), "withheld": withheld,
        }  # fmt: skip
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
        return
    sys.stdout.write("".join(f"{name}: shared, sealed\n" for name in plan.shared))
    sys.stdout.write("".join(f"{name}: withheld ({why})\n" for name, why in withheld.items()))


@app.command("import")
def import_cases(
    file: Annotated[Path, typer.Argument(help="HTCDS as CSV or JSON, or a Primero case export (CSV or JSON).")],
    agency: Annotated[str, typer.Option(help="The agency that protects these people, by its name.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; open no case.")] = False,
    keep_good: Annotated[bool, typer.Option("--keep-good", help="Take good rows, write the others apart.")] = False,
    dates: Annotated[str, typer.Option(help="How days like 03/04/2001 are meant: dmy or mdy.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Open a case for everybody in a file who is not here yet: all of them, or none and a list of every fault."""
    _import(file, agency, dry_run=dry_run, keep_good=keep_good, dates=dates, as_json=as_json)


def _import(file: Path, agency: str, *, dry_run: bool, keep_good: bool, dates: str, as_json: bool) -> None:
    """Take a file of cases in, or show what that would do."""
    from mainstay.accounts.models import Agency
    from mainstay.core import clock
    from mainstay.protect.services import imports

    content, suffix = _read(file), file.suffix.lower()
    if dates not in {"", "dmy", "mdy"}:
        raise BadInputError("protect import", Fault("dmy or mdy", field="--dates", found=dates))
    row = Agency.objects.filter(name=agency).first()
    if row is None:
        raise BadInputError("protect import", Fault("the name of an agency of this node", field="--agency"))
    if keep_good and not os.access(file.parent, os.W_OK):
        raise BadInputError(file.parent, Fault("a folder where the rows that are left out can be written"))
    today = clock.today()
    if dry_run:
        plan = imports.look(content, suffix, row, actor=None, today=today, dates=dates)
    else:
        plan = _take(file, content, suffix, row, keep_good=keep_good, dates=dates)
    rejected = "" if dry_run or not plan.faults else str(_write_rejected(file, plan))
    document = _document(plan, dry_run=dry_run, rejected=rejected)
    _say_faults(file, plan)
    if as_json:
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("".join(f"{name}: {value}\n" for name, value in document.items() if name != "faults"))
    if dry_run and plan.faults:
        raise SystemExit(BadInputError.exit_code)


def _take(file: Path, content: bytes, suffix: str, agency: "Agency", *, keep_good: bool, dates: str) -> "ImportPlan":
    from mainstay.core import clock
    from mainstay.protect.services import imports

    try:
        return imports.take_in(
            file.name, content, suffix, agency,
            dates=dates, keep_good=keep_good, actor=None, today=clock.today(), now=clock.now(),
        )  # fmt: skip
    except BadInputError as error:
        for fault in error.faults:
            sys.stderr.write(f"{file.name}: {fault}\n")
        raise


def _read(file: Path) -> bytes:
    if file.suffix.lower() not in {".csv", ".json"}:
        raise BadInputError(file, Fault("a name that ends in .csv or .json"))
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInputError(file, Fault("a file that can be read", found=error.strerror)) from None


def _document(plan: "ImportPlan", *, dry_run: bool, rejected: str) -> dict[str, Any]:
    return {
        "form": plan.form,
        "dry_run": dry_run,
        "new": len(plan.new),
        "already_here": plan.already,
        "empty_rows": plan.empty,
        "kept_as_said": plan.kept_as_said,
        "sound_alike": [{"row": each.row, "cases": list(each.references)} for each in plan.alike],
        "rejected": len(plan.faults),
        "rejected_file": rejected,
        "faults": [{"row": f.row, "field": f.field, "expected": f.expected, "found": f.found} for f in plan.faults],
    }


def _say_faults(file: Path, plan: "ImportPlan") -> None:
    for fault in plan.faults:
        sys.stderr.write(f"{file.name}: {fault}\n")


def _write_rejected(file: Path, plan: "ImportPlan") -> Path:
    """Write the rows that were not taken beside the file, with the reason; only their owner can read it."""
    from mainstay.protect.rules.exchange import harmless

    target = file.with_name(f"{file.stem}.rejected.csv")
    columns = list(dict.fromkeys(name for row in plan.rejected.values() for name in row))
    reasons = {fault.row: fault for fault in plan.faults}
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["row", "field", "expected", "found", *columns])
    for number, row in sorted(plan.rejected.items()):
        fault = reasons[number]
        cells = [harmless(_cell(row.get(name))) for name in columns]
        writer.writerow([number, fault.field or "", fault.expected, fault.found or "", *cells])
    try:
        target.unlink(missing_ok=True)
        target.touch(mode=0o600)
        target.write_text(text.getvalue(), encoding="utf-8", newline="")
    except OSError as error:
        raise BadInputError(target, Fault("a place where a file can be written", found=error.strerror)) from None
    return target


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


directory = typer.Typer(help="The directory of services (HSDS 3.0).", no_args_is_help=True)
app.add_typer(directory, name="directory")


@directory.callback()
def _directory() -> None:
    """The directory of services (HSDS 3.0)."""


@directory.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="HSDS 3.0: a JSON file of services, or a zip of CSV tables.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Take services in: the whole file, or nothing and a list of its faults."""
    from mainstay.core import clock
    from mainstay.protect.services import directory as service

    try:
        content = file.read_bytes()
    except OSError as error:
        raise BadInputError(file, Fault("a file that can be read", found=error.strerror)) from None
    try:
        taken = service.take_in(file.name, content, actor=None, now=clock.now())
    except BadInputError as error:
        for fault in error.faults:
            sys.stderr.write(f"{fault}\n")
        raise
    document = {"organizations": taken.organizations, "locations": taken.locations, "services": taken.services}
    if as_json:
        sys.stdout.write(json.dumps(document) + "\n")
        return
    sys.stdout.write("".join(f"{name}: {count}\n" for name, count in document.items()))


@directory.command("export")
def export_directory(
    file: Annotated[Path, typer.Argument(help="Where to write: a name that ends in .json, or in .zip for tables.")],
) -> None:
    """Write the directory to a file, without any protected place."""
    from mainstay.protect.services import directory as service

    if file.suffix not in {".json", ".zip"}:
        raise BadInputError(file, Fault("a name that ends in .json or .zip"))
    content = service.write_out(as_json=file.suffix == ".json", actor=None)
    try:
        with whole_file(file) as aside:
            aside.write_bytes(content)
    except OSError as error:
        raise BadInputError(file, Fault("a place where a file can be written", found=error.strerror)) from None


@app.command("check-backup")
def check_backup(
    file: Annotated[Path, typer.Argument(help="A copy of the node's SQLite database.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Try to open, in a copy of the database, what belongs to people who were erased; exit 1 where anything opens."""
    from mainstay.core.copies import check_copy

    report = check_copy(file)
    if as_json:
        sys.stdout.write(json.dumps(asdict(report)) + "\n")
    else:
        sys.stdout.write(
            f"{report.sealed} sealed values; {report.erased_values} of {report.erased_people} erased people; "
            f"{report.opened} of those could be opened\n"
        )
    if report.opened:
        raise typer.Exit(1)
