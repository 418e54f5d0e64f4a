"""What `mainstay protect import` does: reads the file, says what would happen, takes it in, writes bad rows apart."""

import csv
import json
import os
import sys
from pathlib import Path
from typing import Any

from mainstay.accounts.models import Agency
from mainstay.core import clock
from mainstay.core.errors import BadInputError, Fault
from mainstay.protect.rules.exchange import harmless
from mainstay.protect.services import imports
from mainstay.protect.services.imports import ImportPlan


def run(file: Path, agency: str, *, dry_run: bool, keep_good: bool, dates: str, as_json: bool) -> None:
    """Take a file of cases in, or show what that would do."""
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


def _take(file: Path, content: bytes, suffix: str, agency: Agency, *, keep_good: bool, dates: str) -> ImportPlan:
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


def _document(plan: ImportPlan, *, dry_run: bool, rejected: str) -> dict[str, Any]:
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


def _say_faults(file: Path, plan: ImportPlan) -> None:
    for fault in plan.faults:
        sys.stderr.write(f"{file.name}: {fault}\n")


def _write_rejected(file: Path, plan: ImportPlan) -> Path:
    """Write the rows that were not taken beside the file, with the reason; only their owner can read it."""
    target = file.with_name(f"{file.stem}.rejected.csv")
    columns = list(dict.fromkeys(name for row in plan.rejected.values() for name in row))
    reasons = {fault.row: fault for fault in plan.faults}
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["row", "field", "expected", "found", *columns])
            for number, row in sorted(plan.rejected.items()):
                fault = reasons[number]
                cells = [harmless(_cell(row.get(name))) for name in columns]
                writer.writerow([number, fault.field or "", fault.expected, fault.found or "", *cells])
    except OSError as error:
        raise BadInputError(target, Fault("a place where a file can be written", found=error.strerror)) from None
    return target


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
