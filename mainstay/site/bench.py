"""`mainstay bench NAME`: each package's benchmark, ours and its peers side by side in one run."""

import os
import platform
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from mainstay.core.errors import BadInputError, Fault

BENCHES = {"money": "mainstay.money.engine.benchmark"}


def run(name: str, *, quick: bool) -> dict[str, Any]:
    """Run a benchmark and return its document; `holds` is computed from this run."""
    if name not in BENCHES:
        raise BadInputError("bench", Fault(f"one of {', '.join(BENCHES)}", field="NAME", found=name))
    document: dict[str, Any] = import_module(BENCHES[name]).run(quick)
    return document


def machine() -> str:
    """Return what this runs on, in a line."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"


def versions(*packages: str) -> dict[str, str]:
    """Return the installed versions of packages; those that are absent are left out."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def as_table(document: dict[str, Any]) -> str:
    """Return a benchmark's document as lines to read."""
    lines = [f"{document['bench']} on {document['machine']}"]
    for row in document["results"]:
        ratio = "–" if row["ratio"] is None else f"{row['ratio']:.2f}"
        holds = {True: "holds", False: "does not hold", None: "no peer"}[row["holds"]]
        peer = "–" if row["peer_value"] is None else f"{row['peer_value']:,.0f}"
        lines.append(
            f"  {row['what']}: {row['ours']:,.0f} {row['unit']}; {row['peer']} {peer}; "
            f"ratio {ratio}, goal {row['goal']}: {holds}"
        )
    return "\n".join(lines) + "\n"
