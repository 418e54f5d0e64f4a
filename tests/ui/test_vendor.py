"""The vendored front end is what its manifest says."""

import importlib.util
import re
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def script() -> ModuleType:
    name = "vendor_frontend"
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_every_vendored_file_has_the_checksum_of_the_manifest(capsys: pytest.CaptureFixture[str]) -> None:
    assert script().main(["--check"]) == 0
    assert capsys.readouterr().err == ""


def test_a_changed_a_missing_and_a_strange_file_are_each_named(tmp_path: Path) -> None:
    vendor = script()
    copy = tmp_path / "vendor"
    shutil.copytree(vendor.VENDOR, copy)
    (copy / "htmx" / "htmx.min.js").write_bytes((copy / "htmx" / "htmx.min.js").read_bytes() + b" ")
    (copy / "fonts.css").unlink()
    (copy / "stray.js").write_text("1")
    lines = vendor.faults(*vendor.read_manifest(), copy)
    assert [line.split(":")[0] for line in lines] == ["stray.js", "fonts.css", "htmx/htmx.min.js"]


def test_every_package_names_its_licence_and_carries_its_text() -> None:
    packages, _made = script().read_manifest()
    for package in packages:
        assert package.licence in {"MIT", "0BSD", "OFL-1.1"}
        assert package.integrity.startswith("sha512-")
        assert any("LICENSE" in entry["path"] for entry in package.files), package.name


def test_the_manifest_is_written_back_as_it_was_read(tmp_path: Path) -> None:
    vendor = script()
    vendor.write_manifest(*vendor.read_manifest(), tmp_path / "vendor.toml")
    assert (tmp_path / "vendor.toml").read_bytes() == vendor.MANIFEST.read_bytes()


def covered() -> set[int]:
    """Return every letter that a vendored face claims."""
    css = (ROOT / "mainstay" / "ui" / "static" / "ui" / "vendor" / "fonts.css").read_text(encoding="utf-8")
    spans = re.findall(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", css)
    return {letter for low, high in spans for letter in range(int(low, 16), int(high or low, 16) + 1)}


def test_every_letter_of_our_own_translations_has_a_face() -> None:
    letters = covered()
    assert set("Überprüfung Ελλάδα Привет العربية 简体中文，。：；（）") - {chr(letter) for letter in letters} == set()
    for path in sorted((ROOT / "mainstay").rglob("*.po")):
        said = re.findall(r'^(?:msgstr(?:\[\d\])? )?"(.*)"$', path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        missing = {letter for text in said for letter in text if ord(letter) not in letters}
        assert not missing, f"{path.parent.parent.name}: no face for {sorted(missing)}"
