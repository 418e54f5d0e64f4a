"""The node's settings: whatever is wrong with them is said by name before anything starts."""

from pathlib import Path

import pytest

from mainstay.core.errors import ConfigurationError
from mainstay.site import config


def load(tmp_path: Path, toml: str = "", **environment: str) -> config.Config:
    (tmp_path / "mainstay.toml").write_text(toml, encoding="utf-8")
    return config.load({"MAINSTAY_HOME": str(tmp_path), **environment})


def test_a_node_is_safe_unless_told_otherwise(tmp_path: Path) -> None:
    bare = config.load({"MAINSTAY_HOME": str(tmp_path)})
    assert (bare.debug, bare.https, bare.require_second_factor, bare.scenario) == (False, True, True, False)
    assert bare.home == tmp_path
    assert bare.keystore_path.parent != bare.database_path.parent


def test_the_environment_goes_before_the_file_and_the_file_before_the_default(tmp_path: Path) -> None:
    toml = 'node_name = "Selvania"\nsmallest_count = 7\nhosts = ["node.example.org"]\nhttps = false\n'
    assert load(tmp_path, toml).node_name == "Selvania"
    both = load(tmp_path, toml, MAINSTAY_NODE_NAME="Orvanta", MAINSTAY_HTTPS="yes", MAINSTAY_HOSTS="a.org,b.org")
    assert (both.node_name, both.smallest_count, both.https, both.hosts) == ("Orvanta", 7, True, ["a.org", "b.org"])


def test_a_secret_can_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql://node@db/mainstay\n", encoding="utf-8")
    assert load(tmp_path, MAINSTAY_DATABASE_URL_FILE=str(secret)).database_url == "postgresql://node@db/mainstay"


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("node_name = ", "not TOML"),
        ("nodename = 'x'", "unknown setting 'nodename'"),
        ("https = 'no'", "https is 'no'; expected bool"),
        ("smallest_count = true", "smallest_count is True; expected int"),
        ("smallest_count = '5'", "smallest_count is '5'; expected int"),
        ("hosts = 'localhost'", "hosts is 'localhost'; expected list"),
        ("node_name = 7", "node_name is 7; expected str"),
    ],
)
def test_a_wrong_file_is_refused_by_the_name_of_the_setting(tmp_path: Path, toml: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path, toml)
    assert said in str(refused.value)
    assert "mainstay.toml" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("MAINSTAY_HTTPS", "maybe", "true or false"),
        ("MAINSTAY_DEBUG", "", "true or false"),
        ("MAINSTAY_SMALLEST_COUNT", "five", "a whole number"),
        ("MAINSTAY_SMALLEST_COUNT", "-1", "a whole number"),
    ],
)
def test_a_wrong_word_in_the_environment_is_refused_by_its_name(
    tmp_path: Path, name: str, value: str, expected: str
) -> None:
    with pytest.raises(ConfigurationError, match=name) as refused:
        load(tmp_path, **{name: value})
    assert expected in str(refused.value)
