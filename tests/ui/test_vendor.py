"""The vendored front end is what its manifest says."""

import importlib.util
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
