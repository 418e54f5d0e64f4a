"""Files and graphs for the tests of the money side."""

import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from mainstay.money.engine.adjacency import Graph, graph_of

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
HEADER = "transaction_id,booked_at,from_account,to_account,amount,currency,channel"
Edge = tuple[int, int, int, int, int]


@pytest.fixture
def shared() -> Path:
    """The folder of real data beside the project; without it the test is skipped."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared/data with real data is absent")
    return SHARED


@pytest.fixture
def amlsim(shared: Path, tmp_path: Path) -> Path:
    """The AMLSim sample's folder with transactions.csv and nodes.csv."""
    with tarfile.open(shared / "amlsim" / "20K_fanin200cycle200.tgz") as archive:
        archive.extractall(tmp_path / "amlsim", filter="data")
    return tmp_path / "amlsim" / "20K_fanin200cycle200"


@pytest.fixture
def csv_of(tmp_path: Path) -> Callable[..., Path]:
    """Write a CSV of transactions from its lines and return its path."""

    def write(*lines: str, name: str = "payments.csv", header: str = HEADER) -> Path:
        path = tmp_path / name
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return path

    return write


def payment(
    moments: SearchStrategy[int],
    sources: SearchStrategy[int],
    targets: SearchStrategy[int],
    amounts: SearchStrategy[int],
    currencies: SearchStrategy[int],
) -> SearchStrategy[Edge]:
    """Any payment out of these; -1 is cash, of which no payment has two ends."""
    edges = st.tuples(moments, sources, targets, amounts, currencies)
    return edges.filter(lambda edge: edge[1] >= 0 or edge[2] >= 0)


def graph(edges: Sequence[Edge], accounts: int, currencies: tuple[str, ...] = ("EUR", "USD")) -> Graph:
    """A graph of (time, source, target, amount, currency) in order of time."""
    columns = np.array(sorted(edges, key=lambda edge: edge[0]), np.int64).reshape(-1, 5).T.copy()
    return graph_of(columns[0], columns[1], columns[2], columns[3], columns[4], currencies, accounts)
