"""The demonstration says what it found, and what it keeps tells a thief nothing."""

import csv
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.conftest import Scenario

pytestmark = pytest.mark.journey


def test_the_summary_is_one_json_document_of_what_was_planted_and_found(scenario: Scenario) -> None:
    document = scenario.document
    assert {"planted", "found", "seconds", "nodes"} <= set(document)
    assert [node["name"] for node in document["nodes"]] == ["Selvania", "Orvanta"]
    assert all(Path(node["home"]).is_dir() for node in document["nodes"])


def test_the_path_finds_what_was_planted(scenario: Scenario) -> None:
    planted, found = scenario.document["planted"], scenario.document["found"]
    for what in ("presumed_victims", "wage_funnels", "collections", "accounts_known_abroad", "requests_answered"):
        assert planted[what] > 0
        assert found[what] == planted[what], what
    assert 0 < found["not_identified"] < found["decided"]
    assert found["people_in_released_figures"] == found["cases"] - found["not_identified"]


def test_no_controlled_worker_is_told_to_investigators(scenario: Scenario) -> None:
    assert scenario.document["planted"]["workers"] > 10
    assert scenario.document["found"]["workers_told_to_investigators"] == 0


def test_the_same_seed_makes_the_same_inputs(scenario: Scenario, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from mainstay.demo.scenario import write_inputs
    from mainstay.demo.types import SCALES

    today = datetime.now(UTC)
    first, second = (write_inputs(7, SCALES["small"], today, tmp_path / name) for name in "ab")
    assert first == second
    for name in ("orvanta/transactions.csv", "orvanta/accounts.csv", "selvania/interviews.jsonl"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert write_inputs(8, SCALES["small"], today, tmp_path / "c") != first


def planted_words(scenario: Scenario) -> set[str]:
    """Return every planted name, phone and account of a person: what a thief would look for."""
    words = set()
    for line in (scenario.inputs / "selvania" / "interviews.jsonl").read_text(encoding="utf-8").splitlines():
        sealed = json.loads(line)["sealed"]
        words |= {text for name, text in sealed.items() if name != "safe_contact"}
    with (scenario.inputs / "orvanta" / "accounts.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["holder_kind"] == "person":
                words |= {row["account_id"], row["holder_name"], row["phone"]}
    return words


@pytest.mark.parametrize("name", ["Selvania", "Orvanta"])
def test_a_stolen_database_file_holds_no_planted_name_phone_or_account(scenario: Scenario, name: str) -> None:
    home = scenario.node(name).home
    raw = b"".join(path.read_bytes() for path in home.glob("mainstay.sqlite3*"))
    assert len(raw) > 100_000
    words = planted_words(scenario)
    assert len(words) > 1_000
    assert not [word for word in words if word.encode() in raw or word.lower().encode() in raw]


@pytest.mark.parametrize("name", ["Selvania", "Orvanta"])
def test_nothing_of_a_person_is_in_the_log(scenario: Scenario, name: str) -> None:
    assert not [word for word in planted_words(scenario) if word in scenario.stderr]


@pytest.mark.parametrize("name", ["Selvania", "Orvanta"])
def test_the_audit_chain_of_each_node_holds(scenario: Scenario, name: str) -> None:
    done = scenario.run(name, "audit", "verify", "--json")
    assert done.returncode == 0, done.stderr
    verdict = json.loads(done.stdout)
    assert verdict["holds"]
    assert verdict["entries"] > 20


def test_without_its_keys_a_stolen_node_does_not_start(scenario: Scenario, tmp_path: Path) -> None:
    home = tmp_path / "stolen"
    shutil.copytree(scenario.node("Selvania").home, home)
    shutil.rmtree(home / "keys")
    stolen = type(scenario)({"nodes": [{"name": "Selvania", "url": "http://x:1", "home": str(home)}]}, tmp_path, "")
    done = stolen.run("Selvania", "audit", "verify")
    assert done.returncode == 1
    assert "node key" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_tampered_entry_is_named(scenario: Scenario, tmp_path: Path) -> None:
    home = tmp_path / "copy"
    shutil.copytree(scenario.node("Selvania").home, home)
    with sqlite3.connect(home / "mainstay.sqlite3") as database:
        database.execute("UPDATE audit_entry SET action = 'protect.case_read' WHERE seq = 12")
    copy = type(scenario)({"nodes": [{"name": "Selvania", "url": "http://x:1", "home": str(home)}]}, tmp_path, "")
    done = copy.run("Selvania", "audit", "verify", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["first_bad"] == 12


def test_a_case_is_exported_by_consent_from_the_command_line(scenario: Scenario) -> None:
    """Two people of the scenario let their exploiters' money be told to Orvanta, and nothing else of them."""
    with sqlite3.connect(scenario.node("Selvania").home / "mainstay.sqlite3") as database:
        rows = database.execute(
            "SELECT DISTINCT reference FROM protect_case JOIN protect_share ON case_id = protect_case.id"
            " WHERE recipient = 'peer:Orvanta'"
        ).fetchall()
    assert rows
    done = scenario.run(
        "Selvania", "protect", "export", rows[0][0], "--to", "Orvanta", "--purpose", "cooperation", "--json"
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert set(document["shared"]) == {"route", "exploiter_name", "exploiter_phone", "exploiter_account"}
    assert {"name", "birth_date", "phone", "whereabouts", "health"} <= set(document["withheld"])
    assert not set(document["shared"]) & set(document["withheld"])


def test_accounts_are_matched_by_files_between_two_nodes_without_a_line(scenario: Scenario, tmp_path: Path) -> None:
    values, ask, answer = tmp_path / "values.txt", tmp_path / "ask.jose", tmp_path / "answer.jose"
    done = scenario.run("Orvanta", "network", "export", "--format", "ftm", "--out", str(tmp_path / "known.ftm"))
    assert done.returncode == 0, done.stderr
    entities = [json.loads(line) for line in (tmp_path / "known.ftm").read_text(encoding="utf-8").splitlines()]
    known = next(e["properties"]["accountNumber"][0] for e in entities if e["schema"] == "BankAccount")
    values.write_text(f"{known}\nXZ00000000000000\n", encoding="utf-8")
    asked = scenario.run(
        "Selvania", "cooperate", "match", "request", "--peer", "Orvanta", "--values", str(values), "--out", str(ask)
    )
    assert asked.returncode == 0, asked.stderr
    assert known not in ask.read_text(encoding="ascii")
    answered = scenario.run("Orvanta", "cooperate", "match", "respond", str(ask), "--out", str(answer))
    assert answered.returncode == 0, answered.stderr
    revealed = scenario.run("Selvania", "cooperate", "match", "reveal", str(answer), "--json")
    assert json.loads(revealed.stdout) == {"asked": 2, "hits": [known]}


def test_the_safety_check_says_that_a_scenario_is_no_place_for_real_people(scenario: Scenario) -> None:
    done = scenario.run("Selvania", "check")
    assert done.returncode == 1
    assert "scenario is on" in done.stdout


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_both_nodes(scenario: Scenario, how: signal.Signals) -> None:
    """As a terminal does it: the signal goes to the whole group."""
    nodes = (scenario.node("Selvania"), scenario.node("Orvanta"))
    about = [(node.name, node.country, str(node.home), node.port) for node in nodes]
    program = (
        "import sys, time, signal; from pathlib import Path; from mainstay.demo.run import Node, serving;"
        "signal.signal(signal.SIGTERM, signal.default_int_handler);"
        f"nodes = tuple(Node(n, c, Path(h), p) for n, c, h, p in {about!r})\n"
        "with serving(nodes):\n    print('up', flush=True)\n    time.sleep(3_600)"
    )
    words = [sys.executable, "-c", program]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True) as demo:
        assert demo.stdout is not None
        assert demo.stdout.readline() == "up\n"
        os.killpg(demo.pid, how)
        demo.wait(timeout=600)
    for node in nodes:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", node.port)) != 0


def test_starting_again_goes_on_with_what_is_there(scenario: Scenario) -> None:
    done = scenario.run("Selvania", "demo", "--no-serve", "--json", "--folder", str(scenario.folder))
    assert done.returncode == 0, done.stderr
    again = json.loads(done.stdout)
    assert again["found"] == scenario.document["found"]
    assert again["seconds"] == scenario.document["seconds"]
