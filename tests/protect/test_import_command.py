"""`mainstay protect import`: what it prints and writes; everybody here is made up."""

import json
from pathlib import Path

import pytest

from mainstay.core.errors import BadInputError
from mainstay.protect.cli import import_cases
from mainstay.protect.models import Case
from tests.protect.conftest import Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(
        "First Name,Second Name,Birthdate,Gender,Citizenship,Type of Exploitation,Vulnerabilities\n"
        "Oda,Merren,2001-02-03,Feminine,KEN,ForcedLabour;Servitude,Addiction\n"
        "Ilo,,1990-02-31,Masculine,,,\n",
        encoding="utf-8",
    )
    return path


def run(file: Path, agency: str, *, dry_run: bool = False, keep_good: bool = False) -> None:
    import_cases(file, agency=agency, dry_run=dry_run, keep_good=keep_good, dates="", as_json=True)


def test_a_dry_run_says_what_would_happen_and_opens_no_case(
    scene: Scene, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(file, scene.manager.agency.name, dry_run=True)
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert ended.value.code == 2
    assert (document["new"], document["rejected"], document["kept_as_said"]) == (1, 1, 1)
    assert "row 3" in said.err
    assert "Ilo" not in said.err + said.out
    assert Case.objects.count() == 1


def test_bad_rows_are_written_beside_with_the_reason_and_for_their_owner_alone(scene: Scene, file: Path) -> None:
    with pytest.raises(BadInputError):
        run(file, scene.manager.agency.name)
    assert Case.objects.count() == 1
    run(file, scene.manager.agency.name, keep_good=True)
    assert Case.objects.count() == 2
    rejected = file.with_name("people.rejected.csv")
    assert "a day that there is" in rejected.read_text(encoding="utf-8")
    assert rejected.stat().st_mode & 0o077 == 0


def test_an_unknown_agency_or_another_ending_is_bad_input(scene: Scene, file: Path, tmp_path: Path) -> None:
    for path, agency in ((file, "Nowhere"), (tmp_path / "people.xlsx", scene.manager.agency.name)):
        with pytest.raises(BadInputError):
            run(path, agency)
