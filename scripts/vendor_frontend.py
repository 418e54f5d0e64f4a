"""Refresh the vendored front-end files from `mainstay/ui/vendor.toml`, or check them offline.

    python scripts/vendor_frontend.py            fetch every package with the npm client and copy its files anew
    python scripts/vendor_frontend.py --check    compare the files with the checksums of the manifest; no network

To take a new version: change `version` in the manifest, remove `integrity`, and run without `--check`.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UI = Path(__file__).resolve().parents[1] / "mainstay" / "ui"
MANIFEST = UI / "vendor.toml"
VENDOR = UI / "static" / "ui" / "vendor"
FONTS_CSS = "fonts.css"
ICONS_SVG = "icons.svg"
ARABIC_RANGE = "U+0600-06FF, U+0750-077F, U+08A0-08FF, U+FB50-FDFF, U+FE70-FEFC"
ARABIC_SIZE = "106%"  # Arabic letters are drawn smaller on the same body
BOLD = "600 700"
HEADER = """\
# Front-end files that come from elsewhere: name, version, licence, files and checksums.
# Written by scripts/vendor_frontend.py; edit versions, files (path, from) and icons, then run it.
"""
SOURCE_MAP = re.compile(rb"\n?/\*# sourceMappingURL=[^*]*\*/\s*$")


@dataclass
class Package:
    """One npm package: where its files come from, and what they must be."""

    name: str
    version: str
    licence: str
    integrity: str
    files: list[dict[str, str]]
    icons: list[str]


def read_manifest(path: Path = MANIFEST) -> tuple[list[Package], dict[str, str]]:
    """Return the packages and the checksums of the files made out of them."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    packages = [
        Package(
            name=entry["name"],
            version=entry["version"],
            licence=entry["licence"],
            integrity=entry.get("integrity", ""),
            files=entry["files"],
            icons=entry.get("icons", []),
        )
        for entry in table["package"]
    ]
    return packages, {entry["path"]: entry.get("sha256", "") for entry in table.get("made", [])}


def write_manifest(packages: list[Package], made: dict[str, str], path: Path = MANIFEST) -> None:
    """Write the manifest back, one line a file."""
    lines = [HEADER]
    for package in packages:
        lines.append("[[package]]")
        lines += [f"{key} = {json.dumps(getattr(package, key))}" for key in ("name", "version", "licence", "integrity")]
        lines.append("files = [")
        lines += [f"  {{ {_inline(entry)} }}," for entry in package.files]
        lines.append("]")
        if package.icons:
            lines += ["icons = [", *(f"  {json.dumps(name)}," for name in sorted(set(package.icons))), "]"]
        lines.append("")
    for name, digest in made.items():
        lines += ["[[made]]", f"path = {json.dumps(name)}", f"sha256 = {json.dumps(digest)}", ""]
    path.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def _inline(entry: dict[str, str]) -> str:
    return ", ".join(f"{key} = {json.dumps(entry[key])}" for key in ("path", "from", "sha256") if key in entry)


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of a file's content, in hex."""
    return hashlib.sha256(content).hexdigest()


def faults(packages: list[Package], made: dict[str, str], vendor: Path = VENDOR) -> list[str]:
    """Return one line for each vendored file that is missing, changed, or in no manifest."""
    expected = {entry["path"]: entry.get("sha256", "") for package in packages for entry in package.files} | made
    found = {str(path.relative_to(vendor).as_posix()) for path in vendor.rglob("*") if path.is_file()}
    lines = [f"{name}: not in the manifest" for name in sorted(found - set(expected))]
    for name, digest in sorted(expected.items()):
        if name not in found:
            lines.append(f"{name}: missing")
        elif digest_of((vendor / name).read_bytes()) != digest:
            lines.append(f"{name}: changed, its checksum is not the manifest's")
    return lines


def fetch(package: Package, folder: Path) -> dict[str, bytes]:
    """Return the files of an npm package, by their path inside it."""
    print(f"{package.name} {package.version}", file=sys.stderr)
    command = ["npm", "pack", f"{package.name}@{package.version}", "--json", "--ignore-scripts"]
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    packed: Any = json.loads(answer.stdout)
    entry = packed[0] if isinstance(packed, list) else next(iter(packed.values()))
    if package.integrity and package.integrity != entry["integrity"]:
        raise SystemExit(f"{package.name}: the package of this version is another one than before")
    package.integrity = entry["integrity"]
    with tarfile.open(folder / entry["filename"]) as archive:
        return {
            member.name.removeprefix("package/"): stream.read()
            for member in archive
            if member.isfile() and _is_wanted(package, member.name) and (stream := archive.extractfile(member))
        }


def _is_wanted(package: Package, member: str) -> bool:
    """Large packages hold thousands of files; read those named, the icons, and the sheets that name ranges."""
    name = member.removeprefix("package/")
    return name in {entry["from"] for entry in package.files} or name.endswith((".css", ".svg"))


def font_faces(package: Package, content: dict[str, bytes]) -> str:
    """Return the @font-face rules of a package's files, with the ranges its own style sheets give them."""
    sheets = "\n".join(text.decode() for name, text in content.items() if "/split/" in name and name.endswith(".css"))
    ranges = dict(re.findall(r"url\(\"?([\w-]+\.woff2)\"?\)[^}]*?unicode-range:\s*([^;}]+?)\s*[;}]", sheets))
    paths = [entry["path"] for entry in package.files if entry["path"].endswith(".woff2")]
    return "".join(_face(path, paths, ranges) for path in paths)


def _face(path: str, paths: list[str], ranges: dict[str, str]) -> str:
    name = Path(path).name
    family = "IBM Plex Mono" if "Mono" in name else "IBM Plex Sans"
    is_arabic = "Arabic" in name
    size = f"size-adjust:{ARABIC_SIZE};" if is_arabic else ""
    covered = ARABIC_RANGE if is_arabic else ranges[name]
    # Browsers pick one weight first and look for letters in its faces only: every range needs both weights.
    has_bold = path.replace("Regular", "SemiBold") in paths
    weights = [BOLD] if "SemiBold" in name else ["400"] if has_bold else ["400", BOLD]
    return "".join(
        f'@font-face{{font-family:"{family}";font-style:normal;font-weight:{weight};font-display:swap;{size}'
        f'src:url("{path}") format("woff2");unicode-range:{covered}}}\n'
        for weight in weights
    )


def sprite(names: list[str], content: dict[str, bytes]) -> str:
    """Return one SVG with a symbol for each icon."""
    symbols = []
    for name in sorted(set(names)):
        drawing = content[f"icons/{name}.svg"].decode()
        inner = re.sub(r"\s*\n\s*", "", drawing[drawing.index(">") + 1 : drawing.rindex("</svg>")])
        symbols.append(f'<symbol id="{name}" viewBox="0 0 16 16">{inner}</symbol>\n')
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{"".join(symbols)}</svg>\n'


def refresh() -> None:
    """Fetch every package, copy its files, make the font sheet and the icon sprite, write the checksums."""
    packages, made = read_manifest()
    faces, icons = "", ""
    with tempfile.TemporaryDirectory() as name:
        for package in packages:
            content = fetch(package, Path(name))
            _copy(package, content)
            faces += font_faces(package, content)
            icons += sprite(package.icons, content) if package.icons else ""
    for path, text in ((FONTS_CSS, faces), (ICONS_SVG, icons)):
        (VENDOR / path).write_text(text, encoding="utf-8")
        made[path] = digest_of(text.encode())
    write_manifest(packages, made)


def _copy(package: Package, content: dict[str, bytes]) -> None:
    for entry in package.files:
        taken = content[entry["from"]]
        if entry["path"].endswith(".css"):  # the map is not vendored, and static storage looks for what it names
            taken = SOURCE_MAP.sub(b"\n", taken)
        target = VENDOR / entry["path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(taken)
        entry["sha256"] = digest_of(taken)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="verify checksums offline; change nothing")
    if not parser.parse_args(arguments).check:
        refresh()
    lines = faults(*read_manifest())
    for line in lines:
        print(line, file=sys.stderr)
    return 1 if lines else 0


if __name__ == "__main__":
    raise SystemExit(main())
