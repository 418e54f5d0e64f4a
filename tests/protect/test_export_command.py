"""`mainstay protect export … --sealed`: one case in a sealed file, by consent; everybody here is made up."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pyrage
import pytest

from mainstay.audit.models import Entry
from mainstay.core.access import Role
from mainstay.core.errors import BadInputError, NotAllowedError
from mainstay.protect import cli
from mainstay.protect.errors import NothingToShareError
from mainstay.protect.models import Share
from mainstay.protect.types import Category
from tests.factories import a_person, an_agency
from tests.protect.conftest import SECRETS, Scene

pytestmark = pytest.mark.django_db
PASSPHRASE = "lantern quiet harbour seven"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    return path


def run(scene: Scene, file: Path, secret: Path | None, **changed: Any) -> None:
    asked: dict[str, Any] = {
        "to": scene.clinic, "purpose": "assistance", "as_json": True, "sealed": file, "kind": "htcds_json",
        "passphrase_file": secret, "person": scene.manager.email, "replace": False,
    }  # fmt: skip
    cli.export(scene.case.reference, **{**asked, **changed})


def left_over(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_file_holds_what_consent_lets_leave_and_the_chain_and_shares_say_so(
    scene: Scene, tmp_path: Path, secret: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.consent(Category.IDENTITY)
    file = tmp_path / "out.json.age"
    run(scene, file, secret)
    said = capsys.readouterr().out
    assert "name" in json.loads(said)["shared"]
    assert SECRETS["name"] not in said + file.read_bytes().decode("latin-1")
    plain = pyrage.passphrase.decrypt(file.read_bytes(), PASSPHRASE).decode()
    assert SECRETS["name"] in plain
    assert SECRETS["story"] not in plain
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert left_over(tmp_path) == {"out.json.age", "passphrase"}
    share = Share.objects.get()
    assert (share.recipient, share.shared_by) == (scene.clinic, scene.manager)
    entry = Entry.objects.get(action="protect.export_sealed")
    assert entry.actor_id == str(scene.manager.pk)
    with pytest.raises(BadInputError, match="--replace"):
        run(scene, file, secret)
    assert Share.objects.count() == 1
    run(scene, file, secret, replace=True, kind="xlsx")
    assert pyrage.passphrase.decrypt(file.read_bytes(), PASSPHRASE).startswith(b"PK")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"sealed": "out.zip"}, "ends in .age"),
        ({"sealed": "nowhere/out.age"}, "a folder that is there"),
        ({"kind": "pdf"}, "one of htcds_csv"),
        ({"person": "nobody@example.org"}, "may sign in here"),
        ({"person": ""}, "may sign in here"),
        ({"passphrase_file": "none"}, "a text file that can be read"),
        ({"passphrase_file": None}, "a file with the passphrase"),
        ({"passphrase_file": "weak"}, "at least 12 signs"),
        ({"purpose": "curiosity"}, "one of assistance"),
    ],
)
def test_whatever_else_is_asked_says_what_was_expected_and_shares_nothing(
    scene: Scene, tmp_path: Path, secret: Path, changed: dict[str, Any], expected: str
) -> None:
    scene.consent(Category.IDENTITY)
    (tmp_path / "weak").write_text("aaaaaaaaaaaaaaaa", encoding="utf-8")
    before = left_over(tmp_path)
    placed = {
        name: tmp_path / value if name in {"sealed", "passphrase_file"} and value else value
        for name, value in changed.items()
    }
    with pytest.raises(BadInputError, match=expected) as refused:
        run(scene, tmp_path / "out.age", secret, **placed)
    assert refused.value.exit_code == 2
    assert left_over(tmp_path) == before
    assert not Share.objects.exists()


def test_no_consent_no_right_or_a_full_disk_leaves_neither_a_file_nor_a_share(
    scene: Scene, tmp_path: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "out.age"
    with pytest.raises(NothingToShareError):
        run(scene, file, secret)
    scene.consent(Category.IDENTITY)
    stranger = a_person(Role.CASE_MANAGER, an_agency("Elsewhere"))
    with pytest.raises(NotAllowedError):
        run(scene, file, secret, person=stranger.email)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadInputError, match="No space left"):
        run(scene, file, secret)
    assert left_over(tmp_path) == {"passphrase"}
    assert not Share.objects.exists()
    assert not Entry.objects.filter(action="protect.export_sealed").exists()


def test_what_belongs_to_a_sealed_file_means_nothing_without_one(scene: Scene, secret: Path) -> None:
    with pytest.raises(BadInputError, match="--sealed FILE"):
        run(scene, Path(), secret, sealed=None)
