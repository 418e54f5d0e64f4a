"""A node's life on the command line: set up, checked, started with the right key only, rotated."""

import base64
import json
from contextlib import closing
from sqlite3 import connect

import pytest

from tests.conftest import Command


def one_line(text: str) -> str:
    """Return what was said, and make sure that it is one line without a traceback."""
    assert "Traceback" not in text
    assert len(text.strip().splitlines()) == 1, text
    return text


def test_a_node_is_set_up_once(node_command: Command) -> None:
    home = node_command.home
    for secret in (home / "keys" / "node.key", home / "keys" / "keystore.sqlite3", home / "mainstay.sqlite3"):
        assert secret.stat().st_mode & 0o077 == 0, secret
    key = (home / "keys" / "node.key").read_text()
    again = node_command("init")
    assert again.returncode == 1
    assert "already" in one_line(again.stderr)
    assert (home / "keys" / "node.key").read_text() == key


def test_without_its_key_a_node_does_not_start(node_command: Command) -> None:
    key = node_command.home / "keys" / "node.key"
    mine = key.read_text()
    other = base64.b64encode(bytes(32)).decode()
    for text, said in ((other, "not the one"), ("half a key", "32 bytes"), (None, "no node key")):
        if text is None:
            key.unlink()
        else:
            key.write_text(text)
        stopped = node_command("audit", "verify", "--json")
        assert stopped.returncode == 1
        assert stopped.stdout == ""
        assert said in one_line(stopped.stderr)
    started = node_command("audit", "verify", "--json", MAINSTAY_NODE_KEY=mine)
    assert (started.returncode, json.loads(started.stdout)["holds"]) == (0, True)


def test_a_first_command_sets_a_node_up_and_says_so(mainstay: Command) -> None:
    answer = mainstay("audit", "verify", "--json")
    assert (answer.returncode, json.loads(answer.stdout)["holds"]) == (0, True)
    assert str(mainstay.home) in one_line(answer.stderr)
    assert (mainstay.home / "keys" / "node.key").stat().st_mode & 0o077 == 0


def test_a_rotated_key_opens_what_the_old_one_sealed(node_command: Command) -> None:
    person = ("add-person", "a@example.org", "Ada Nova", "administrator", "Harbour House")
    assert node_command(*person, MAINSTAY_PASSWORD="seven quiet boats at dawn").returncode == 0
    key = node_command.home / "keys" / "node.key"
    before = key.read_text()
    assert node_command("keys", "rotate").returncode == 0
    assert key.read_text() != before
    assert key.stat().st_mode & 0o077 == 0
    proved = json.loads(node_command("audit", "verify", "--json").stdout)
    assert proved["holds"] is True
    assert proved["entries"] >= 2
    assert node_command("audit", "verify", MAINSTAY_NODE_KEY=before.strip()).returncode == 1


def test_check_lists_what_is_not_safe(node_command: Command) -> None:
    assert node_command("check").returncode == 0
    (node_command.home / "keys" / "node.key").chmod(0o644)
    loose = node_command("check", MAINSTAY_DEBUG="true", MAINSTAY_HTTPS="false", MAINSTAY_REQUIRE_SECOND_FACTOR="false")
    assert loose.returncode == 1
    for word in ("debug", "https", "require_second_factor", "node.key"):
        assert word in loose.stdout


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("add-person", "no address", "Ada", "screener", "Harbour House"), "email"),
        (("add-person", "a@example.org", "Ada", "captain", "Harbour House"), "role"),
    ],
)
def test_bad_input_ends_with_two_and_names_the_field(node_command: Command, words: tuple[str, ...], field: str) -> None:
    answer = node_command(*words, MAINSTAY_PASSWORD="seven quiet boats at dawn")
    assert answer.returncode == 2
    assert f"'{field}'" in one_line(answer.stderr)
    with closing(connect(node_command.home / "mainstay.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM accounts_user").fetchone() == (0,)
        assert database.execute("SELECT count(*) FROM audit_entry").fetchone() == (0,)


def test_a_database_address_of_another_kind_is_refused(node_command: Command) -> None:
    answer = node_command("audit", "verify", MAINSTAY_DATABASE_URL="mysql://node@db/mainstay")
    assert answer.returncode == 1
    assert "postgresql" in one_line(answer.stderr)
