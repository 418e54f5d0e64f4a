"""Compiled loops made beforehand, on all cores: a first scan would wait for them, one after another.

Each pattern is looked for once in a small made-up ledger. Several programs do so, since a program compiles one loop at
a time; what they compile is kept beside this package, and later scans load it. `make setup` prepares everything,
`mainstay money scan` what it needs where nobody did.

    python -m mainstay.money.engine.preparing
"""

import hashlib
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from mainstay.money.engine.feature_table import write_features
from mainstay.money.engine.growing import laid_out
from mainstay.money.engine.ledger import open_ledger
from mainstay.money.engine.scale import write_ledger
from mainstay.money.engine.scan import scan
from mainstay.money.engine.stages import STAGES, Scene
from mainstay.money.types import FeatureSettings, RhythmSettings, ScanSettings

FEATURES = "features"
PATTERNS = tuple(stage.name for stage in STAGES)
EVERYTHING = (FEATURES, *PATTERNS)
_TRANSACTIONS = 2_000
Progress = Callable[[int, int], None]


def is_prepared(names: Sequence[str] = PATTERNS) -> bool:
    """Return whether all that these patterns need is compiled, for such a processor and these very modules."""
    digest = _digest()
    return all(mark.is_file() and mark.read_text() == digest for mark in _marks(names))


def prepare(names: Sequence[str] = PATTERNS, progress: Progress = lambda done, all_: None) -> bool:
    """Compile what some patterns (or `FEATURES`) need; return false where it did not end, and their first use will.

    Args:
        names: of `EVERYTHING`.
        progress: called with how many of them are done, of how many.
    """
    done = 0
    progress(done, len(names))
    with tempfile.TemporaryDirectory() as folder:
        write_ledger(Path(folder) / "ledger", _TRANSACTIONS)
        for _ in _done(folder, names):
            done += 1
            progress(done, len(names))
        if done < len(names):
            return False
        if set(PATTERNS) <= set(names):
            scan(open_ledger(Path(folder) / "ledger"), ScanSettings())  # whatever all of it together needs besides
    for mark in _marks(names):
        mark.write_text(_digest())
    return True


def _done(folder: str, names: Sequence[str]) -> Iterator[str]:
    """Start a program for each core, yield what they did as they did it, and stop them whatever happens."""
    words = [sys.executable, "-m", "mainstay.money.engine.preparing", folder, *names]
    read, write = os.pipe()
    count = min(os.cpu_count() or 1, len(names))
    # Apart from this program's terminal: who stops this one is not told so by each of them.
    nothing = subprocess.DEVNULL
    programs = [
        subprocess.Popen(words, stdin=nothing, stdout=write, stderr=nothing, start_new_session=True)
        for _ in range(count)
    ]
    os.close(write)
    try:
        with os.fdopen(read) as told:
            yield from told
    finally:
        for program in programs:
            program.kill()
            program.wait()


def _take_part(folder: Path, names: Sequence[str]) -> None:
    """Do what no other program has begun: who begins leaves a file of that name."""
    scene = Scene(open_ledger(folder / "ledger"), ScanSettings())
    for name in names:
        try:
            (folder / name).touch(exist_ok=False)
        except FileExistsError:
            continue
        if name == FEATURES:
            write_features(folder / "ledger", FeatureSettings(), folder / "features.parquet", rhythm=RhythmSettings())
        else:
            (stage,) = (stage for stage in STAGES if stage.name == name)
            stage.find(scene)
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()


def _marks(names: Sequence[str]) -> list[Path]:
    """Return the files that say for what each was prepared."""
    return [Path(str(laid_out.stats.cache_path)) / f"prepared-{name}" for name in names]


def _digest() -> str:
    """Return what tells the compiler, the processor and the modules from any others."""
    versions = [platform.python_version(), *(metadata.version(name) for name in ("numba", "llvmlite", "numpy"))]
    target: Any = laid_out.targetctx
    modules = sorted(Path(__file__).parent.glob("*.py"))
    stamps = [f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in modules]
    return hashlib.sha256("\n".join([*versions, *target.codegen().magic_tuple(), *stamps]).encode()).hexdigest()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def main(words: Sequence[str]) -> None:
    """Prepare everything and say how far it is; with words, take part in it."""
    match list(words):
        case []:
            if not is_prepared(EVERYTHING):
                prepare(EVERYTHING, lambda done, all_: _say(f"{done} of {all_} patterns compiled"))
        case [folder, *names]:
            _take_part(Path(folder), names)


if __name__ == "__main__":
    main(sys.argv[1:])
