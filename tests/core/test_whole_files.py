"""Files that are there whole or not at all."""

from pathlib import Path

import pytest

from mainstay.core.whole_files import whole_file


def test_a_file_takes_the_name_once_all_is_written_and_its_owner_alone_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "told.txt"
    path.write_text("before")
    with whole_file(path, 0o600) as aside:
        aside.write_text("after")
        assert path.read_text() == "before"
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("after", 0o600)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("stopped", [OSError, KeyboardInterrupt])
def test_what_goes_wrong_leaves_the_file_as_it_was_and_nothing_beside_it(
    tmp_path: Path, stopped: type[BaseException]
) -> None:
    path = tmp_path / "told.txt"
    path.write_text("before")

    def write() -> None:
        with whole_file(path) as aside:
            aside.write_text("half")
            raise stopped

    with pytest.raises(stopped):
        write()
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
