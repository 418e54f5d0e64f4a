"""A person is referred, and a whole case handed over, from one node to another: two nodes as processes on loopback."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from playwright.sync_api import Page, expect

from mainstay.demo import cast
from mainstay.demo.run import Node, serving
from tests.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.journey]
WHO = {
    "Selvania": {"email": "ines@selvania.example", "name": "Ines Ortal", "agency": "Harbour House", "country": "XS"},
    "Orvanta": {"email": "bram@orvanta.example", "name": "Bram Vell", "agency": "Orvanta refuge", "country": "XO"},
}
PERSON = {
    "name": "Nadi Lendaru",
    "phone": "+999 55 010 2030",
    "whereabouts": "House 3, Kestrel Pass",
    "health": "Needs insulin",
    "story": "The papers were taken on arrival",
}
HELP = ["identity", "health", "needs"]
EVERYTHING = [*HELP, "contact", "journey", "exploitation", "exploiters", "money", "family"]


@dataclass
class Pair:
    """Two nodes that know each other; each can be up or down."""

    nodes: dict[str, Node]

    def command(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the `mainstay` command on a node."""
        return self._run(name, ["mainstay", *words], "")

    def at(self, node: str, deed: str, /, **given: Any) -> dict[str, Any]:
        """Let the case manager of a node do something there."""
        done = self._run(node, ["tests.journeys.at_a_node", deed], json.dumps(given))
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def carry(self) -> None:
        """Carry what waits at both nodes, as their workers do."""
        for _ in range(2):
            for name in self.nodes:
                self.command(name, "cooperate", "deliver")

    def _run(self, name: str, words: list[str], given: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", *words],
            env=self.nodes[name].environment(),
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        return done


def ports(number: int) -> list[int]:
    """Return free ports."""
    probes = [socket.socket() for _ in range(number)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    found = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return found


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Two fresh nodes with one case manager each, whose keys are pinned at the other."""
    base = tmp_path_factory.mktemp("pair")
    first, second = ports(2)
    nodes = {
        "Selvania": Node("Selvania", "XS", base / "selvania", first),
        "Orvanta": Node("Orvanta", "XO", base / "orvanta", second),
    }
    made = Pair(nodes)
    with ThreadPoolExecutor(2) as pool:
        cards = dict(zip(nodes, pool.map(partial(_set_up, made, base), nodes), strict=True))
    made.command("Selvania", "cooperate", "pin", str(cards["Orvanta"]))
    made.command("Orvanta", "cooperate", "pin", str(cards["Selvania"]))
    return made


def _set_up(made: Pair, base: Path, name: str) -> Path:
    """Set one node up with its case manager; return the file of its card."""
    node = made.nodes[name]
    node.home.mkdir(mode=0o700)
    about = {
        "node_name": name, "country": node.country, "base_url": node.url, "https": False,
        "require_second_factor": False, "scenario": True,
    }  # fmt: skip
    (node.home / "mainstay.toml").touch(mode=0o600)
    (node.home / "mainstay.toml").write_text(tomli_w.dumps(about), encoding="utf-8")
    made.command(name, "init")
    made.at(name, "staff", **WHO[name], password=cast.PASSWORD)
    card = base / f"{name}.json"
    made.command(name, "cooperate", "card", "--out", str(card))
    return card


@pytest.fixture
def both(pair: Pair) -> Iterator[Pair]:
    """Both nodes, up."""
    with serving((pair.nodes["Selvania"], pair.nodes["Orvanta"])):
        yield pair


@pytest.fixture
def enter(visit: Visit, both: Pair) -> Callable[[str], Page]:
    """Sign the case manager of a node in."""

    def give(name: str) -> Page:
        page = visit()
        page.goto(f"{both.nodes[name].url}/sign-in/")
        page.get_by_label("Email").fill(WHO[name]["email"])
        page.get_by_label("Password").fill(cast.PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page).to_have_url(re.compile("/today/"))
        return page

    return give


def a_case(pair: Pair, categories: list[str], *, days_ago: int = 0) -> dict[str, Any]:
    return pair.at("Selvania", "open_case", sealed=PERSON, categories=categories, to="peer:Orvanta", days_ago=days_ago)


def test_sent_seen_accepted_and_done_as_colleagues_of_two_nodes_do_it(
    both: Pair, enter: Callable[[str], Page], barriers: Callable[[Page], list[str]]
) -> None:
    case = a_case(both, HELP)
    sender, receiver = enter("Selvania"), enter("Orvanta")
    sender.goto(f"{both.nodes['Selvania'].url}/people/{case['case']}/assistance/")
    sender.get_by_role("link", name="Refer to another node").click()
    assert not barriers(sender)
    sender.get_by_label("Which node").select_option(label="Orvanta")
    sender.get_by_label("What is needed").select_option("health")
    sender.get_by_label("What they have to know").fill("They will call you")
    sender.get_by_role("button", name="See what would leave").click()
    expect(sender.locator("tr", has_text="Where they are now")).to_contain_text("protected address, never leaves")
    assert not barriers(sender)
    sender.get_by_role("button", name="Send to this node").click()
    expect(sender.locator("main")).to_contain_text("Sent")
    assert not barriers(sender)
    reference = sender.get_by_role("heading", level=1).inner_text()

    expect(receiver.locator("main")).not_to_contain_text(PERSON["name"])
    receiver.reload()
    receiver.get_by_role("link", name=re.compile("Answer")).first.click()
    assert not barriers(receiver)
    receiver.get_by_role("row", name=re.compile(reference)).get_by_role("button").click()
    expect(receiver.locator("main")).to_contain_text(PERSON["name"])
    expect(receiver.locator("main")).to_contain_text("They will call you")
    for withheld in (PERSON["phone"], PERSON["whereabouts"], PERSON["story"]):
        expect(receiver.locator("body")).not_to_contain_text(withheld)
    assert not barriers(receiver)
    sender.reload()
    expect(sender.locator("main")).to_contain_text("Seen there")

    receiver.get_by_label("We take this on").check()
    receiver.get_by_role("button", name="Send the answer").click()
    expect(receiver.locator("main")).to_contain_text("It is in the file of P-1000")
    assert not barriers(receiver)
    sender.reload()
    expect(sender.locator("main")).to_contain_text("Accepted")
    receiver.get_by_label("What came of it").fill("A doctor saw her.")
    receiver.get_by_role("button", name="It is done").click()
    sender.reload()
    sender.get_by_role("button", name="Show the words").click()
    expect(sender.locator("main")).to_contain_text("A doctor saw her.")
    for page, address in ((sender, "/to-other-nodes/"), (receiver, "/from-other-nodes/")):
        page.goto(both.nodes["Selvania" if page is sender else "Orvanta"].url + address)
        expect(page.locator("main")).to_contain_text(reference)
        assert not barriers(page)
    for name in both.nodes:
        both.command(name, "audit", "verify")


def test_a_consent_taken_back_is_told_there_and_the_answer_stands_beside_what_left(
    both: Pair, enter: Callable[[str], Page], barriers: Callable[[Page], list[str]]
) -> None:
    case = a_case(both, HELP)
    sent = both.at("Selvania", "refer", case=case["case"], peer="Orvanta", whole=False)
    assert sent["went"]
    assert both.at("Orvanta", "answer", reference=sent["reference"])["went"] == [True, True]
    both.at("Selvania", "withdraw", case=case["case"])
    both.carry()
    receiver = enter("Orvanta")
    receiver.get_by_role("row", name=re.compile("Recalls")).get_by_role("link", name=re.compile("Answer")).click()
    assert not barriers(receiver)
    receiver.get_by_role("button", name="The law binds us to keep it").click()
    sender = enter("Selvania")
    sender.goto(f"{both.nodes['Selvania'].url}/people/{case['case']}/sharing/")
    expect(sender.locator("main")).to_contain_text("The law binds us to keep it")
    stands = both.at("Selvania", "stands", reference=sent["reference"])
    assert (stands["step"], stands["recall_answer"]) == ("withdrawn", "kept")


def test_a_referral_waits_while_the_other_node_is_down_and_goes_when_it_is_up(pair: Pair) -> None:
    case = a_case(pair, HELP)
    sent = pair.at("Selvania", "refer", case=case["case"], peer="Orvanta", whole=False)
    assert not sent["went"]
    assert pair.at("Orvanta", "stands", reference=sent["reference"])["step"] is None
    with serving((pair.nodes["Selvania"], pair.nodes["Orvanta"])):
        pair.command("Selvania", "worker", "--once")
        pair.command("Selvania", "cooperate", "deliver")
        assert pair.at("Orvanta", "stands", reference=sent["reference"])["step"] == "sent"
    assert pair.at("Orvanta", "answer", reference=sent["reference"])["went"] == [False, False]
    with serving((pair.nodes["Selvania"], pair.nodes["Orvanta"])):
        pair.carry()
    assert pair.at("Selvania", "stands", reference=sent["reference"])["step"] == "accepted"


def test_a_whole_case_is_theirs_once_they_have_the_file_and_not_before(both: Pair) -> None:
    case = a_case(both, EVERYTHING, days_ago=120)
    sent = both.at("Selvania", "refer", case=case["case"], peer="Orvanta", whole=True)
    reference = sent["reference"]
    assert sent["went"]
    both.at("Orvanta", "answer", reference=reference)
    here, there = (both.at(name, "stands", reference=reference) for name in ("Selvania", "Orvanta"))
    assert (here["step"], here["mine"], here["handed"], there["case"]) == ("accepted", True, False, None)
    both.carry()
    here, there = (both.at(name, "stands", reference=reference) for name in ("Selvania", "Orvanta"))
    assert (here["case"], here["mine"], here["handed"]) == ("closed", False, True)
    assert (there["case"], there["mine"], there["name"]) == ("presumed", True, PERSON["name"])
