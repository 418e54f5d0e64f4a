"""The `mainstay identify` commands."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from mainstay.core import clock
from mainstay.core.errors import BadInputError, Fault
from mainstay.identify.engine.documents import FindInstrument, assess_document, read_document, read_file, with_draft
from mainstay.identify.engine.shipped import load_shipped
from mainstay.identify.engine.xlsform import read_instrument
from mainstay.identify.rules import as_document

app = typer.Typer(help="Screening instruments and their assessment.", no_args_is_help=True)


@app.command()
def assess(
    answers: Annotated[Path, typer.Argument(help="The answers, as one JSON document.")],
    form: Annotated[Path | None, typer.Option(help="The XLSForm they answer, if it is not a shipped one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Assess a set of answers: indicators, elements, level and reasons."""
    today = clock.today()
    document = read_document(answers.name, read_file(answers), _finder(form), today=today)
    result = with_draft(as_document(assess_document(document, today=today)), document.instrument)
    sys.stdout.write(_json(result) if as_json else _as_text(result))


@app.command("import")
def import_form(
    form: Annotated[Path, typer.Argument(help="An XLSForm (.xlsx).")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check a screening instrument and install it on this node."""
    from mainstay.identify.services import instruments as instrument_services  # needs the node; `assess` does not

    installed = instrument_services.install_from_file(form, now=clock.now())
    result = {
        "instrument": installed.name,
        "version": installed.version,
        "title": installed.title,
        "questions": len(installed.definition["questions"]),
        "languages": installed.definition["languages"],
    }
    line = f"{installed.name} version {installed.version}: {result['questions']} questions installed\n"
    sys.stdout.write(_json(result) if as_json else line)


@app.command("register-device")
def register_device(
    screener: Annotated[str, typer.Argument(help="The email address of whoever screens with it.")],
    names: Annotated[list[str], typer.Argument(help="A name for each phone.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Register phones for ODK Collect; what their codes hold is printed once and not kept."""
    from django.conf import settings
    from django.urls import reverse

    from mainstay.accounts import queries as accounts
    from mainstay.identify.engine.collect import settings_text
    from mainstay.identify.services import devices as device_services

    person = accounts.person_by_email(screener)
    if person is None:
        raise BadInputError("SCREENER", Fault("the address of somebody who may sign in", found=screener[:80]))
    made = []
    for name in names:
        token = device_services.register_device(name, owner=person, actor=person, now=clock.now()).token
        path = reverse("identify:openrosa_form_list", args=[token]).removesuffix("/formList")
        address = f"{settings.CONFIG.base_url}{path}"
        made.append({"name": name, "server_url": address, "settings": settings_text(address, name)})
    lines = "".join(f"{phone['name']}\t{phone['settings']}\n" for phone in made)
    sys.stdout.write(_json({"devices": made}) if as_json else lines)


def _finder(form: Path | None) -> FindInstrument:
    """Find the shipped and the node's installed instruments, or the one of the form file only."""
    if form is None:
        from django.apps import apps

        if not apps.ready:
            return load_shipped
        from mainstay.identify.queries import (
            instruments as instrument_queries,  # installed instruments stand in the node's database
        )

        return instrument_queries.find_instrument
    instrument = read_instrument(form)
    return lambda name: instrument if name == instrument.name else None


def _json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, default=str) + "\n"


def _as_text(result: dict[str, Any]) -> str:
    interval = result["interval"]
    draft = [f"Draft: {result['to_be_confirmed']}"] if "to_be_confirmed" in result else []
    lines = [*draft, f"Level: {result['level']} (between {interval['lowest']} and {interval['highest']})"]
    lines += [f"Urgent: {need}" for need in result["urgent"]]
    lines += [f"Form: {form}" for form in result["forms"]]
    for reason in result["reasons"]:
        because = f" ({', '.join(reason['because'])})" if reason["because"] else ""
        lines.append(f"- {reason['text']}{because}")
    return "\n".join(lines) + "\n"
