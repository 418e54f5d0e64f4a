"""The scenario, built once through the command, and its two nodes served."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mainstay.demo.run import Node, serving


@dataclass(frozen=True)
class Scenario:
    """What `mainstay demo --no-serve --json` printed, and where it built it."""

    document: dict[str, Any]
    folder: Path
    stderr: str

    @property
    def inputs(self) -> Path:
        """The folder of made-up inputs."""
        return self.folder / "inputs"

    def node(self, name: str) -> Node:
        """One node, at the address it was built with."""
        about = next(each for each in self.document["nodes"] if each["name"] == name)
        port = int(about["url"].rpartition(":")[2])
        return Node(name, {"Selvania": "XS", "Orvanta": "XO"}[name], Path(about["home"]), port)

    def run(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the `mainstay` command on one of the nodes."""
        program = [sys.executable, "-m", "mainstay", *words]
        return subprocess.run(
            program, env=self.node(name).environment(), capture_output=True, text=True, check=False, timeout=600
        )


@pytest.fixture(scope="session")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """The small scenario, built once for all journeys."""
    folder = tmp_path_factory.mktemp("scenario") / "demo"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAINSTAY_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-m", "mainstay", "demo", "--no-serve", "--json", "--folder", str(folder)],
        env=kept,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    return Scenario(json.loads(done.stdout), folder, done.stderr)


@pytest.fixture(scope="session")
def two_nodes(scenario: Scenario) -> Iterator[Scenario]:
    """Both nodes of the scenario, served on loopback until the tests end."""
    with serving((scenario.node("Selvania"), scenario.node("Orvanta"))):
        yield scenario
