"""Figures from live cases leave through the gate, and never carry a person."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mainstay.accounts.models import User
from mainstay.core.access import Role
from mainstay.core.errors import BadInputError, NotAllowedError
from mainstay.monitor import cli, services
from mainstay.monitor.errors import NothingToReleaseError
from mainstay.monitor.models import ReleasedTable
from mainstay.protect.services import cases
from tests.protect.conftest import NOW, TODAY

AT = datetime(2026, 11, 24, tzinfo=UTC)


def open_cases(manager: User, *kinds: tuple[str, str, tuple[str, ...], int]) -> None:
    for sex, age_group, forms, count in kinds:
        for _ in range(count):
            draft = cases.CaseDraft(TODAY, sex, age_group, forms, sealed={"name": "Made Up"})
            cases.open_case(draft, actor=manager, now=NOW)


def test_victims_are_counted_once_each_and_small_counts_stay(person_of: Callable[[Role], User]) -> None:
    open_cases(
        person_of(Role.CASE_MANAGER),
        ("female", "18+", ("SexualExploitation",), 4),
        ("female", "18+", ("ForcedLabour", "Servitude"), 3),
        ("male", "18+", ("ForcedLabour",), 2),
        ("male", "0-17", ("ForcedBegging",), 2),
    )
    table = services.release_victims(k=3, actor=person_of(Role.RAPPORTEUR), now=AT)
    cells = {tuple(values): count for values, count in table.cells}
    assert table.total == 11
    assert cells["female", "18+", "SexualExploitation"] == 4
    assert cells["female", "18+", "Multiple"] is None  # two cells under 3 that sum to 4 are both 2: one more goes along
    assert cells["male", "18+", "ForcedLabour"] is None
    assert cells["male", "0-17", "ForcedBegging"] is None


def test_nothing_is_released_of_nobody(person_of: Callable[[Role], User]) -> None:
    with pytest.raises(NothingToReleaseError):
        services.release_victims(k=3, actor=person_of(Role.RAPPORTEUR), now=AT)
    assert not ReleasedTable.objects.exists()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.RAPPORTEUR])
def test_only_the_rapporteur_releases(person_of: Callable[[Role], User], role: Role) -> None:
    with pytest.raises(NotAllowedError):
        services.release_victims(k=3, actor=person_of(role), now=AT)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "row 1"),
        (b"sex,form\n", "row 2"),
        (b"sex,form\nf\n", "row 2: expected 2 values"),
        (b"sex,sex\nf,g\n", "each column name once"),
        (b"sex\n\xff\xfe\n", "UTF-8"),
        (b'sex\n"f\n', "CSV"),
    ],
)
def test_broken_records_are_refused_and_nothing_is_written(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "records.csv"
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=says):
        cli.release(path, tmp_path / "out", k=5, columns="", as_json=False)
    assert not (tmp_path / "out").exists()


def test_records_are_released_from_a_file(shared: Path, tmp_path: Path) -> None:
    """The synthetic victim–perpetrator records (CTDC, IOM) by gender and age of the victim."""
    path = shared / "data" / "ctdc" / "victim_perpetrator_synthetic.csv"
    with path.open(newline="", encoding="utf-8-sig") as file:
        header = next(csv.reader(file))
    columns = ",".join(header[:2])
    cli.release(path, tmp_path / "out", k=10, columns=columns, as_json=False)
    table = json.loads((tmp_path / "out" / "table.json").read_text(encoding="utf-8"))
    assert table["total"] == 21_195
    assert all(cell["count"] is None or cell["count"] >= 10 for cell in table["cells"])
