"""Files that are there whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path, mode: int = 0o666) -> Iterator[Path]:
    """Give an empty file beside another to write to: it takes that name once all is written, and goes otherwise.

    Whoever reads `path` sees the file before or the new one, never a part. It is on the disk before it has the name.
    `mode` says who may read it, less the process's mask. `OSError` where it cannot be written.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.unlink(missing_ok=True)
    try:
        os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
        yield aside
        to_disk(aside)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def to_disk(path: Path) -> None:
    """Have what was written to a file on the disk; `OSError` where there is no room for it."""
    with path.open("rb") as written:
        os.fsync(written.fileno())
