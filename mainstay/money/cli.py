"""The `mainstay money` commands. Heavy libraries load inside the commands, so that help is quick."""

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mainstay.core.errors import BadInputError, Fault
from mainstay.money import cli_ledger
from mainstay.money.cli_ledger import AsJson, print_json, say
from mainstay.money.types import FeatureSettings, RhythmSettings, ScanResult, ScanSettings

if TYPE_CHECKING:
    from mainstay.money.engine.checkpoints import Kept
    from mainstay.money.engine.explaining import Explanation, Standing
    from mainstay.money.engine.scan import Step

    Searched = tuple[Kept[Any], Callable[..., ScanResult]]

app = typer.Typer(help="Transactions, patterns, alerts, watch lists.", no_args_is_help=True)
cli_ledger.add_to(app)
Engine = Literal["local", "spark"]
_MASTER = re.compile(r"local|local\[.+\]|local-cluster\[.+\]|yarn|(spark|k8s)://\S+")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/[^*?\[\]{}]*")  # not what Spark would take for several files
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class _Clock:
    """Says how far a work is, and how long the rest takes at the rate so far."""

    def __init__(self) -> None:
        self._begin, self._first = time.monotonic(), -1

    def say(self, done: int, total: int) -> None:
        if self._first < 0:
            self._begin, self._first = time.monotonic(), done
        elif done < total:
            left = (time.monotonic() - self._begin) / (done - self._first) * (total - done)
            say(f"{done:,} of {total:,} transactions, about {_span(left)} left")
        else:
            say(f"{done:,} of {total:,} transactions")


def _span(seconds: float) -> str:
    """Return a time left in words, no finer than it can be known."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"


def window_of(text: str) -> timedelta:
    """Return a window from text like `24h`, `90m`, `7d`: between an hour and 90 days."""
    found = re.fullmatch(r"(\d{1,6})([mhd])", text.strip())
    span = int(found[1]) * _UNITS[found[2]] if found else timedelta(0)
    if not timedelta(hours=1) <= span <= timedelta(days=90):
        raise BadInputError("--window", Fault("a time like 24h, 90m or 7d, from 1h to 90d", found=text[:20]))
    return span


@app.command()
def scan(
    ledger: Annotated[
        str, typer.Argument(help="Folder of the ledger; with --engine spark also an address like hdfs://host/folder.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for alerts.jsonl and alerts.parquet.")],
    window: Annotated[str, typer.Option(help="Window of the fan-in collection: 24h, 7d …")] = "24h",
    engine: Annotated[
        Engine, typer.Option(help="Where the work is done: on this machine, or on Apache Spark.")
    ] = "local",
    master: Annotated[str, typer.Option(help="Address of the Spark cluster, like spark://host:7077.")] = "local[*]",
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew, also where a scan was stopped.")] = False,
    progress: Annotated[bool | None, typer.Option(help="Tell how far it is; as usual at a terminal only.")] = None,
    as_json: AsJson = False,
) -> None:
    """Look for patterns and red flags; write alerts. A scan that was stopped goes on where it was."""
    settings = ScanSettings()
    settings = replace(settings, fan_in=replace(settings.fan_in, window=window_of(window)))
    if out.exists() and not out.is_dir():
        raise BadInputError(out, Fault("a folder for the alerts, or a place to make one", field="--out"))
    if _ADDRESS.match(str(out)):
        raise BadInputError("--out", Fault("a folder of this machine for the alerts", found="an address"))
    if not _MASTER.fullmatch(master):
        raise BadInputError(
            "--master", Fault("a Spark address like spark://host:7077, yarn or local[*]", found=master[:40])
        )
    if _is_in_store(ledger) and engine != "spark":
        raise BadInputError(ledger, Fault("a folder of this machine, or --engine spark for what is in a store"))
    from mainstay.money.engine.scan import write_alerts

    shown = sys.stderr.isatty() if progress is None else progress
    tell = _Told() if shown else lambda step: None
    checkpoint = None
    try:
        if shown:
            say("reading the ledger")
        on_spark = engine == "spark"
        asked = _on_spark(ledger, settings, out, master) if on_spark else _here(ledger, settings, out, shown=shown)
        with asked as (checkpoint, search):
            _take_up(checkpoint, fresh=fresh)
            result = search(progress=tell, checkpoint=checkpoint)
        write_alerts(result, settings, out)
        checkpoint.drop()
    except KeyboardInterrupt:
        kept = len(checkpoint.found) if checkpoint is not None else 0
        what = checkpoint.what if checkpoint is not None else ""
        say(f"\nstopped; the same command goes on from here ({kept} {what} are kept)" if kept else "\nstopped")
        raise
    _print_scan(result, out, as_json=as_json)


def _prepare(*, shown: bool) -> None:
    """Compile what a scan needs where this was not done: on all cores, before they scan."""
    from mainstay.money.engine.preparing import is_prepared, prepare

    def tell(done: int, count: int) -> None:
        say(f"compiling for this machine, once: {done} of {count} patterns")

    if not is_prepared():
        with suppress(OSError):  # no room for it: patterns are then compiled as they are looked for
            prepare(progress=tell if shown else lambda done, count: None)


def _is_in_store(ledger: str) -> bool:
    """Return whether a ledger is told by an address that Spark reads, and not by a folder of this machine."""
    if "://" not in ledger:
        return False
    if not _ADDRESS.fullmatch(ledger):
        raise BadInputError(ledger, Fault("a folder, or the address of one like hdfs://host/folder, without *?[]{}"))
    return True


@contextmanager
def _here(ledger: str, settings: ScanSettings, out: Path, *, shown: bool) -> "Iterator[Searched]":
    """Give what an earlier scan on this machine kept, and what does the work."""
    from mainstay.money.engine.checkpoints import Checkpoint
    from mainstay.money.engine.ledger import open_ledger
    from mainstay.money.engine.scan import scan as scan_ledger

    opened = open_ledger(Path(ledger))
    _prepare(shown=shown)
    yield Checkpoint(out, opened.digest, settings), partial(scan_ledger, opened, settings)


@contextmanager
def _on_spark(ledger: str, settings: ScanSettings, out: Path, master: str) -> "Iterator[Searched]":
    """Give what an earlier scan on Spark kept, and what does the work."""
    from mainstay.money.engine.checkpoints import StepsCheckpoint
    from mainstay.money.engine.ledger import open_ledger
    from mainstay.money.engine.scan_in_parts import scan_in_parts
    from mainstay.money.engine.spark import ROWS, spark_on

    opened = ledger if _is_in_store(ledger) else open_ledger(Path(ledger))
    with spark_on(master) as spark:
        cluster = spark.looking_at(opened)
        yield StepsCheckpoint(out, cluster.ledger.digest, settings), partial(scan_in_parts, cluster, settings, ROWS)


def _take_up(checkpoint: "Kept[Any]", *, fresh: bool) -> None:
    """Say what is taken up of a scan that was stopped, and what is not."""
    if fresh:
        checkpoint.forget()
    for name, why in checkpoint.ignored.items():
        say(f"what was kept of {_words(name)} is not used: {why}")
    if checkpoint.found:
        say(f"going on with a scan that was stopped; found before: {', '.join(map(_words, checkpoint.found))}")


def _print_scan(result: ScanResult, out: Path, *, as_json: bool) -> None:
    if as_json:
        print_json({**result.summary(), "out": str(out)})
        return
    typer.echo(f"{result.transactions:,} transactions, {len(result.alerts):,} alerts in {out}")
    for reason, count in result.cut.items():
        typer.echo(f"  left out: {_words(reason)}: {count:,}")


class _Told:
    """Tells on standard error how far a scan is: one line that changes at a terminal, a line a pattern elsewhere."""

    def __init__(self) -> None:
        self._ended = -1

    def __call__(self, step: "Step") -> None:
        text = f"{step.ended} of {step.patterns} patterns, {step.part:.0%} done"
        if step.seconds_left is not None:
            text += f", about {_span(step.seconds_left)} left"
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{text:<60}" + ("\n" if step.part == 1 else ""))
            sys.stderr.flush()
        elif step.ended != self._ended or step.part == 1:
            say(text)
        self._ended = step.ended


def _words(name: str) -> str:
    return name.replace("_", " ")


@app.command()
def features(
    ledger: Annotated[Path, typer.Argument(help="Folder of the ledger.")],
    out: Annotated[Path, typer.Option(help="Parquet file to write.")],
    window: Annotated[str, typer.Option(help="How far back each transaction looks: 24h, 7d …")] = "24h",
    rhythms: Annotated[
        bool, typer.Option("--rhythms/--no-rhythms", help="Rhythms of its accounts in 28 days too: more memory.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Count for each transaction what a model can use: fans, scatter-gather, cycles around it, rhythms."""
    settings = FeatureSettings(window=window_of(window))
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise BadInputError(out, Fault("a file to write, in a folder that is there", field="--out"))
    from mainstay.money.engine.feature_table import write_features

    say("reading the ledger")
    try:
        written = write_features(ledger, settings, out, _Clock().say, rhythm=RhythmSettings() if rhythms else None)
    except KeyboardInterrupt:
        say("stopped; nothing was written")
        raise
    if as_json:
        print_json({"transactions": written.transactions, "truncated": written.truncated, "out": str(out)})
        return
    typer.echo(f"{written.transactions:,} transactions with their features are in {out}")
    for family, cut in written.truncated.items():
        if cut:
            typer.echo(f"  too much work, figures may be too low: {family.replace('_', ' ')}: {cut:,}")


@app.command()
def explain(
    transaction: Annotated[str, typer.Argument(help="The transaction's id.")],
    ledger: Annotated[Path, typer.Option(help="Folder of the ledger.")],
    alerts: Annotated[Path | None, typer.Option(help="Folder that a scan wrote, to name its alerts too.")] = None,
    window: Annotated[str, typer.Option(help="How far back the features look: 24h, 7d …")] = "24h",
    standings: Annotated[
        bool, typer.Option("--patterns/--no-patterns", help="Tell which patterns it meets or nearly meets: slower.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Tell of one transaction: its facts, its features, its alerts, and how it stands to each pattern."""
    by = FeatureSettings(window=window_of(window))
    from mainstay.money.engine.explaining import explain as explain_one
    from mainstay.money.engine.ledger import open_ledger

    settings = ScanSettings() if standings else None
    opened = open_ledger(ledger, verify=False)
    found = explain_one(
        opened, transaction, alerts=alerts, features_by=by, scan_by=settings, rhythms_by=RhythmSettings()
    )
    if found is None:
        raise BadInputError(ledger, Fault("a transaction of this id", field="transaction_id", found="none"))
    if as_json:
        print_json(found.as_json())
        return
    for line in _explained(found):
        typer.echo(line)


def _explained(found: "Explanation") -> list[str]:
    facts = found.facts
    payer, payee = facts["from_account"] or "cash", facts["to_account"] or "cash"
    lines = [f"{facts['transaction_id']}, {facts['booked_at']}, {facts['channel']}"]
    lines += [f"  {payer} pays {payee} {facts['amount']} {facts['currency']}"]
    lines += [f"  {_words(name)}: {facts[name]}" for name in found.more]
    # No hours of dwelling is a figure too: what came in went out at once.
    counted = {k: v for k, v in found.features.items() if v or (v == 0 and k.endswith("dwell"))}
    lines += ["", "Features:", *(f"  {_words(k)}: {_figure(v)}" for k, v in counted.items())]
    lines += ["", f"Alerts: {len(found.alerts) or 'none'}"]
    for alert in found.as_json()["alerts"]:
        lines.append(f"  {_words(alert['pattern'])}, score {alert['score']}, {alert['alert_id']}")
        lines += [f"    {account}: {_words(role)}" for account, role in alert["roles"].items()]
        lines += [f"    {reason['text']} ({reason['source']})" for reason in alert["reasons"]]
    if found.standings is not None:
        lines += ["", "Patterns:", *(f"  {_words(one.pattern)}: {_stands(one)}" for one in found.standings)]
    return lines


def _figure(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value


def _stands(one: "Standing") -> str:
    if one.stands != "nearly":
        return one.stands
    each = [f"{t.parameter} {t.value:g} were {t.loosened:g}" for t in one.lacking]
    return f"nearly: if {' or '.join(each)}" if each else "nearly: if several thresholds were looser at once"


@app.command()
def patterns(as_json: AsJson = False) -> None:
    """List the patterns with their definitions and parameters."""
    from mainstay.money.engine.patterns import patterns as all_patterns

    if as_json:
        print_json(all_patterns())
        return
    for pattern in all_patterns():
        typer.echo(f"{pattern['name']}: {pattern['title']}\n\n{pattern['definition']}\n")
        for name, value in pattern["parameters"].items():
            typer.echo(f"  {name} = {value}")
        typer.echo("")


@app.command()
def screen(
    subjects: Annotated[Path, typer.Argument(help="CSV of subjects: subject_id, name, …")],
    lists: Annotated[list[Path], typer.Option("--list", help="A watch list: UN consolidated list as XML.")],
    as_json: AsJson = False,
) -> None:
    """Look subjects up on sanctions and watch lists."""
    from mainstay.money.engine.lists import load_lists
    from mainstay.money.engine.screening import read_subjects, screen_subjects

    found = screen_subjects(read_subjects(subjects), load_lists(lists))
    if as_json:
        print_json(
            {"subjects": [{"subject_id": s, "candidates": [c.as_json() for c in them]} for s, them in found.items()]}
        )
        return
    for subject, candidates in found.items():
        for candidate in candidates:
            typer.echo(f"{subject}\t{candidate.list_id}\t{candidate.score:.2f}\t{candidate.name}")


@app.command()
def load(
    out: Annotated[Path, typer.Argument(help="Folder that a scan wrote.")],
    analyst: Annotated[str, typer.Option("--as", help="Email of the analyst who takes the alerts in.")],
    ledger: Annotated[Path | None, typer.Option(help="The ledger, for the names of account holders.")] = None,
    as_json: AsJson = False,
) -> None:
    """Take the alerts of a scan into the node, each once, for an analyst and their agency."""
    from mainstay.accounts import queries as accounts
    from mainstay.core import clock
    from mainstay.money import services

    actor = accounts.person_by_email(analyst)
    if actor is None:
        raise BadInputError("money load", Fault("the email of somebody who may sign in here", field="--as"))
    if not (out / "alerts.jsonl").is_file():
        raise BadInputError(out.name, Fault("a folder with alerts.jsonl, as 'mainstay money scan' writes it"))
    stored = services.load_scan(out, ledger, actor=actor, now=clock.now())
    if as_json:
        print_json({"new": len(stored)})
    else:
        typer.echo(f"{len(stored)} new alerts are in.")
