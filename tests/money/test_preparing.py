"""What is compiled beforehand is not compiled again; where that fails, nothing says it was done."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mainstay.money.engine import preparing

PATTERN = "dormancy_burst"
PREPARE = f"""
from mainstay.money.engine.preparing import is_prepared, prepare
names, steps = ["{PATTERN}"], []
before = is_prepared(names)
done = prepare(names, lambda done, count: steps.append((done, count)))
print(before, done, is_prepared(names), is_prepared(), steps)
"""
USE = """
import sys
from pathlib import Path
from mainstay.money.engine import dormancy
from mainstay.money.engine.adjacency import graph_of_ledger
from mainstay.money.engine.ledger import open_ledger
from mainstay.money.engine.scale import write_ledger
from mainstay.money.types import DormancySettings
write_ledger(Path(sys.argv[1]), 2_000)
dormancy.find_wakings(graph_of_ledger(open_ledger(Path(sys.argv[1]))), DormancySettings())
print(sum(dormancy._wakings.stats.cache_hits.values()), sum(dormancy._wakings.stats.cache_misses.values()))
"""


def run(code: str, cache: Path, *words: str) -> str:
    given = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
    return subprocess.run(
        [sys.executable, "-c", code, *words], env=given, check=True, capture_output=True, text=True
    ).stdout


def test_what_was_prepared_is_loaded(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert run(PREPARE, cache).strip() == "False True True False [(0, 1), (1, 1)]"
    assert run(USE, cache, str(tmp_path / "ledger")).split() == ["1", "0"]


def test_a_program_that_fails_leaves_no_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setattr(preparing, "_marks", lambda names: [tmp_path / name for name in names])
    assert not preparing.prepare([PATTERN])
    assert not preparing.is_prepared([PATTERN])
    assert not list(tmp_path.iterdir())
