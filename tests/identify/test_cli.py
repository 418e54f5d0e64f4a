"""The commands as a script runs them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mainstay.site.cli import main
from tests.conftest import Command
from tests.identify.builders import shared, workbook
from tests.identify.phones import read_qr_text

pytestmark = pytest.mark.django_db  # instruments that the node installed are asked for too
ANSWERS = {"brought_here": "yes", "threats": "yes", "made_to": ["work", "sex"], "detained": "yes"}
DOCUMENT: dict[str, Any] = {"instrument": "rapid_screen", "version": 1, "child": None, "answers": ANSWERS}


def written(folder: Path, document: Any) -> Path:
    path = folder / "answers.json"
    path.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
    return path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def test_assess_prints_one_json_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "identify", "assess", str(written(tmp_path, DOCUMENT)), "--json")
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert document["level"] == "trafficking indicated"
    assert document["elements"] == {"act": True, "means": True, "purpose": True}
    assert document["forms"] == ["forced_labour", "sexual_exploitation"]
    assert document["urgent"] == ["detained"]
    assert {"name", "strength", "dimension", "because"} == set(document["indicators"][0])


def test_assess_needs_no_node(tmp_path: Path) -> None:
    path = written(tmp_path, DOCUMENT)
    environment = {**os.environ, "MAINSTAY_HOME": str(tmp_path / "nowhere")}
    command = [
        sys.executable,
        "-c",
        "from mainstay.site.cli import main; main()",
        "identify",
        "assess",
        str(path),
        "--json",
    ]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["level"] == "trafficking indicated"
    assert not (tmp_path / "nowhere").exists()


def test_answers_to_a_form_of_ones_own_are_assessed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = {"instrument": "htcds_xlsform", "answers": {"con_Consent": True, "prs_Birthdate": "2001-02-03"}}
    form = str(shared("data", "htcds", "htcds_xlsform.xlsx"))
    code, out, _ = run(capsys, "identify", "assess", str(written(tmp_path, document)), "--form", form, "--json")
    assert (code, json.loads(out)["level"]) == (0, "cannot tell")


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (DOCUMENT | {"instrument": "ghost"}, "ghost"),
        (DOCUMENT | {"version": 2}, "version"),
        (DOCUMENT | {"child": "perhaps"}, "child"),
        (DOCUMENT | {"answers": {"ghost": "yes"}}, "answers.ghost"),
        (DOCUMENT | {"answers": {"threats": "maybe"}}, "answers.threats"),
        (DOCUMENT | {"answers": []}, "answers"),
        (DOCUMENT | {"extra": 1}, "extra"),
        ([], "JSON object"),
        (b"", "empty file"),
        (b'{"instrument": ', "row 1"),
        (b"\xff\xfe{}", "JSON"),
    ],
)
def test_bad_answers_exit_2_with_one_line_that_names_the_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], document: Any, named: str
) -> None:
    code, out, err = run(capsys, "identify", "assess", str(written(tmp_path, document)), "--json")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "answers.json" in err
    assert named in err


def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "identify", "assess", str(tmp_path / "ghost.json"))
    assert (code, out) == (2, "")
    assert "ghost.json" in err


@pytest.mark.django_db
def test_import_installs_the_htcds_form(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "identify", "import", str(shared("data", "htcds", "htcds_xlsform.xlsx")), "--json")
    assert code == 0
    assert json.loads(out) == {
        "instrument": "htcds_xlsform",
        "version": "vSmt4GQA3C9uBMLPEVfgND",
        "title": "htcds_xlsform",
        "questions": 31,
        "languages": ["default"],
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "empty file"),
        (b"not a workbook", "another kind of file"),
        (workbook(None), "survey"),
        (workbook([["type", "name", "label"], ["telepathy", "a", "A?"]]), "row 2, field 'survey.type'"),
    ],
)
def test_a_broken_form_exits_2_and_installs_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, named: str
) -> None:
    from mainstay.identify.models import InstalledInstrument

    path = tmp_path / "form.xlsx"
    path.write_bytes(content)
    code, out, err = run(capsys, "identify", "import", str(path))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert named in err
    assert not InstalledInstrument.objects.exists()


def test_phones_are_registered_at_the_command_line_and_their_codes_printed_once(node_command: Command) -> None:
    words = ("add-person", "s@example.org", "S", "screener", "Shelter")
    assert node_command(*words, MAINSTAY_PASSWORD="correct horse battery staple").returncode == 0
    done = node_command("identify", "register-device", "s@example.org", "Blue", "Green", "--json")
    devices = json.loads(done.stdout)["devices"]
    assert [device["name"] for device in devices] == ["Blue", "Green"]
    for device in devices:
        assert read_qr_text(device["settings"])["general"]["server_url"] == device["server_url"]
    refused = node_command("identify", "register-device", "nobody@example.org", "Blue")
    assert (refused.returncode, refused.stdout) == (2, "")
