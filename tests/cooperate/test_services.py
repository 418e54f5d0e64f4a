"""Letters, private questions and requests at one node, with the other one played by the test."""

import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import transaction
from django.test import Client
from django_tasks_db.models import DBTaskResult

from mainstay.accounts.models import User
from mainstay.audit.models import Entry
from mainstay.cooperate import queries
from mainstay.cooperate.engine import envelope, matching
from mainstay.cooperate.errors import (
    AnsweredError,
    BadLetterError,
    LetterTooLargeError,
    MatchingNotAgreedError,
    RecalledError,
    ReplayError,
    RequestNotCompleteError,
    TooManyAskedError,
    UnknownPeerError,
)
from mainstay.cooperate.models import AssistanceRequest, LetterState, Match, Peer, StoredLetter
from mainstay.cooperate.services import exchange, letters, matches, peers, requests
from mainstay.cooperate.types import LETTER_BYTES, Kind, Letter
from mainstay.core import keystore
from mainstay.core.access import Role
from mainstay.core.errors import BadInputError, NotAllowedError
from mainstay.network import services as network
from mainstay.network.types import EntityDraft, Push
from mainstay.protect.errors import NothingToShareError
from mainstay.protect.models import Consent
from mainstay.protect.services import consents, erasure
from mainstay.protect.types import Category, SharePurpose
from tests.cooperate.conftest import NOW, TODAY, OtherNode
from tests.cooperate.test_rules import WHOLE
from tests.protect.conftest import SECRETS, Scene, open_case, scene

__all__ = ["open_case", "scene"]
REQUEST = {"reference": "R-2026-0001", "body": WHOLE, "attached": {}}


def receive(text: str) -> str:
    return letters.receive(text, take=exchange.take, now=NOW)


def question_about(*accounts: str) -> tuple[bytes, list[str], dict[str, Any]]:
    """Return a private question as the other node makes it."""
    secret, values = matching.new_secret(), matching.prepare("account", accounts)
    return secret, values, {"match": "theirs", "kind": "account", "question": matching.ask(secret, values)}


def know_account(account: str) -> None:
    draft = EntityDraft("a", "BankAccount", {"accountNumber": [account]}, (("account", account),))
    network.push(Push("money", account, (draft,)), actor=None, now=NOW)


def test_a_request_is_taken_once_and_the_same_letter_gets_the_same_receipt(orvanta: OtherNode) -> None:
    text = orvanta.letter(Kind.REQUEST, REQUEST)
    first, second = receive(text), receive(text)
    assert first == second
    assert AssistanceRequest.objects.count() == 1
    assert orvanta.open(first).body["received"] == letters.digest_of(text)


def test_another_letter_under_a_used_number_is_a_replay(orvanta: OtherNode) -> None:
    receive(orvanta.letter(Kind.REQUEST, REQUEST))
    with pytest.raises(ReplayError):
        receive(orvanta.letter(Kind.REQUEST, {**REQUEST, "reference": "R-2026-0002"}, seq=1, id_="other"))
    assert AssistanceRequest.objects.count() == 1


def test_who_is_not_pinned_is_refused_and_leaves_nothing_behind(orvanta: OtherNode) -> None:
    stranger = replace(orvanta, keys=envelope.NodeKeys.from_seeds(b"\x01" * 32, b"\x02" * 32))
    with pytest.raises(UnknownPeerError):
        receive(stranger.letter(Kind.REQUEST, REQUEST))
    assert not StoredLetter.objects.exists()


@pytest.mark.parametrize("text", ["", "x", "a.b.c.d.e", "{}"])
def test_what_is_no_letter_is_refused_over_http_with_a_problem_document(orvanta: OtherNode, text: str) -> None:
    answer = Client().post("/cooperate/wire/inbox", text, content_type="application/jose")
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:mainstay:error:bad_letter"


def test_a_letter_over_http_is_answered_with_a_sealed_receipt(orvanta: OtherNode) -> None:
    text = orvanta.letter(Kind.REQUEST, REQUEST)
    answer = Client().post("/cooperate/wire/inbox", text, content_type="application/jose")
    assert answer.status_code == 200
    assert orvanta.open(answer.content.decode()).kind is Kind.RECEIPT


def test_the_other_node_learns_hits_and_we_learn_a_number(orvanta: OtherNode) -> None:
    know_account("XO 1111")
    secret, values, body = question_about("xo1111", "xo2222")
    reply = orvanta.open(receive(orvanta.letter(Kind.MATCH_ASK, body))).body["reply"]
    assert matching.read(secret, values, reply["body"]) == ["xo1111"]
    kept = Match.objects.get()
    assert (kept.asked, kept.hits_count, kept.values.open()) == (2, None, None)


def test_a_node_that_did_not_agree_is_told_nothing(orvanta: OtherNode) -> None:
    Peer.objects.update(matching_agreed=False)
    with pytest.raises(MatchingNotAgreedError):
        receive(orvanta.letter(Kind.MATCH_ASK, question_about("xo1")[2]))


def test_more_than_the_agreed_number_a_day_is_refused(orvanta: OtherNode) -> None:
    """Account numbers can be guessed: who asks enough of them has the list (openmined-psi's own caution)."""
    Peer.objects.update(daily_cap=3)
    receive(orvanta.letter(Kind.MATCH_ASK, question_about("xo1", "xo2")[2]))
    with pytest.raises(TooManyAskedError):
        receive(orvanta.letter(Kind.MATCH_ASK, question_about("xo3", "xo4")[2]))


@pytest.mark.parametrize(
    "body",
    [{}, {"question": "?"}, {"question": 5}, {"kind": "phone", "question": question_about("x1")[2]["question"]}],
)
def test_a_broken_question_is_refused(orvanta: OtherNode, body: dict[str, Any]) -> None:
    with pytest.raises(BadLetterError):
        receive(orvanta.letter(Kind.MATCH_ASK, body))


def answering_as(orvanta: OtherNode, known: list[str]) -> httpx.MockTransport:
    """Carry letters to Orvanta, which answers questions out of what it knows and receipts the rest."""

    def answer(request: httpx.Request) -> httpx.Response:
        text = request.content.decode()
        letter = orvanta.open(text)
        reply = None
        if letter.kind is Kind.MATCH_ASK:
            made = matching.answer(letter.body["question"], matching.prepare("account", known))
            reply = {"kind": "match_answer", "body": {"match": letter.body["match"], **made}}
        body = {"received": letters.digest_of(text), "reply": reply}
        receipt = Letter("r1", orvanta.keys.fingerprint, letter.sender, 0, Kind.RECEIPT, NOW, body)
        return httpx.Response(200, text=envelope.seal_letter(receipt, orvanta.keys, peers.own_card().seal_key))

    return httpx.MockTransport(answer)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Callable[[httpx.MockTransport], None]:
    """Put a line between the nodes."""

    def lay(transport: httpx.MockTransport) -> None:
        monkeypatch.setattr(letters.httpx, "Client", lambda **options: real(transport=transport))  # type: ignore[attr-defined]  # the module's own import

    real = httpx.Client
    return lay


def test_a_private_question_needs_the_persons_consent_for_that_node(
    orvanta: OtherNode, scene: Scene, person_of: Callable[[Role], User]
) -> None:
    official = person_of(Role.CENTRAL_AUTHORITY)
    with pytest.raises(NothingToShareError):
        exchange.ask_about_case(orvanta.peer, scene.case.pk, actor=official, now=NOW)
    assert not StoredLetter.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_asked_hit_requested_and_answered(
    orvanta: OtherNode, scene: Scene, person_of: Callable[[Role], User], line: Callable[[httpx.MockTransport], None]
) -> None:
    official = person_of(Role.CENTRAL_AUTHORITY)
    scene.consent(Category.MONEY, Category.JOURNEY, to="peer:Orvanta", for_=SharePurpose.COOPERATION)
    line(answering_as(orvanta, [SECRETS["exploiter_account"]]))
    match = exchange.ask_about_case(orvanta.peer, scene.case.pk, actor=official, now=NOW)
    assert (match.hits_count, match.hits.open()) == (1, [SECRETS["exploiter_account"]])
    sent, stored = requests.send_request(orvanta.peer, WHOLE, match=match, actor=official, today=TODAY, now=NOW)
    letter = orvanta.open(stored.sealed_text)
    shared = letter.body["attached"]["shared"]
    assert shared == {"route": SECRETS["route"], "exploiter_account": SECRETS["exploiter_account"]}
    assert exchange.carry(stored)
    assert StoredLetter.objects.get(pk=stored.pk).state == LetterState.DELIVERED
    answer = {"reference": sent.reference, "text": "The holder is known.", "refusal_ground": ""}
    receive(orvanta.letter(Kind.REQUEST_ANSWER, answer))
    sent.refresh_from_db()
    assert (sent.state, sent.answer.open()["text"]) == ("answered", "The holder is known.")


@pytest.mark.django_db(transaction=True)
def test_a_letter_waits_while_the_line_is_down_and_goes_later(
    orvanta: OtherNode, person_of: Callable[[Role], User], line: Callable[[httpx.MockTransport], None]
) -> None:
    def down(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no line")

    line(httpx.MockTransport(down))
    official = person_of(Role.CENTRAL_AUTHORITY)
    _sent, stored = requests.send_request(orvanta.peer, WHOLE, match=None, actor=official, today=TODAY, now=NOW)
    assert not exchange.carry(stored)
    assert exchange.carry_waiting() == (0, 1)
    line(answering_as(orvanta, []))
    assert exchange.carry_waiting() == (1, 0)
    assert exchange.carry_waiting() == (0, 0)


def receipt_from(keys: envelope.NodeKeys, received: str, reply: dict[str, Any] | None = None) -> str:
    """Return a receipt signed by a node."""
    body = {"received": received, "reply": reply}
    receipt = Letter("r1", keys.fingerprint, peers.own_keys().fingerprint, 0, Kind.RECEIPT, NOW, body)
    return envelope.seal_letter(receipt, keys, peers.own_card().seal_key)


OTHERLAND = envelope.NodeKeys.from_seeds(b"\x21" * 32, b"\x22" * 32)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lie", ["wrong digest", "another node", "unasked reply", "captive portal", "too large"])
def test_what_is_no_receipt_of_its_node_settles_nothing_and_keeps_no_other_waiting(
    orvanta: OtherNode, person_of: Callable[[Role], User], line: Callable[[httpx.MockTransport], None], lie: str
) -> None:
    peers.pin(OTHERLAND.card("Otherland", "XA", "http://127.0.0.1:11"), matching_agreed=True, actor=None, now=NOW)
    asked = {"match": str(uuid.uuid4()), "setup": "", "response": ""}

    def answer(request: httpx.Request) -> httpx.Response:
        digest = letters.digest_of(request.content.decode())
        if request.url.port == 11:  # Otherland behaves
            return httpx.Response(200, text=receipt_from(OTHERLAND, digest))
        said = {
            "wrong digest": receipt_from(orvanta.keys, "0" * 64),
            "another node": receipt_from(OTHERLAND, digest),
            "unasked reply": receipt_from(orvanta.keys, digest, {"kind": "match_answer", "body": asked}),
            "captive portal": "<html>Please sign in</html>",
            "too large": "x" * (LETTER_BYTES + 1),
        }[lie]
        return httpx.Response(200, text=said)

    line(httpx.MockTransport(answer))
    official = person_of(Role.CENTRAL_AUTHORITY)
    for peer in (orvanta.peer, Peer.objects.get(name="Otherland")):
        requests.send_request(peer, WHOLE, match=None, actor=official, today=TODAY, now=NOW)
    assert exchange.carry_waiting() == (1, 1)
    states = dict(StoredLetter.objects.values_list("peer__name", "state"))
    assert states == {"Orvanta": LetterState.QUEUED, "Otherland": LetterState.DELIVERED}


@pytest.mark.django_db(transaction=True)
def test_a_letter_that_is_refused_again_and_again_is_given_up_and_shown(
    orvanta: OtherNode, person_of: Callable[[Role], User], line: Callable[[httpx.MockTransport], None]
) -> None:
    line(httpx.MockTransport(lambda request: httpx.Response(403, text="no")))
    official = person_of(Role.CENTRAL_AUTHORITY)
    requests.send_request(orvanta.peer, WHOLE, match=None, actor=official, today=TODAY, now=NOW)
    for _ in range(letters.MOST_REFUSALS):
        exchange.carry_waiting()
    stored = StoredLetter.objects.get()
    assert (stored.state, stored.last_error) == (LetterState.GIVEN_UP, "HTTP 403")
    assert exchange.carry_waiting() == (0, 0)
    assert [letter.pk for letter in queries.letters_refused(official)] == [stored.pk]


@pytest.mark.django_db(transaction=True)
def test_tries_do_not_multiply(
    orvanta: OtherNode, person_of: Callable[[Role], User], line: Callable[[httpx.MockTransport], None]
) -> None:
    line(httpx.MockTransport(lambda request: httpx.Response(503)))
    official = person_of(Role.CENTRAL_AUTHORITY)
    for _ in range(4):
        _sent, stored = requests.send_request(orvanta.peer, WHOLE, match=None, actor=official, today=TODAY, now=NOW)
        exchange.carry(stored)
    assert DBTaskResult.objects.count() == 1


def test_a_case_whose_person_did_not_name_that_node_is_no_hit(orvanta: OtherNode, scene: Scene) -> None:
    """The network's investigators may know the account; a foreign node may not learn that it is known."""
    scene.consent(Category.MONEY, to="network", for_=SharePurpose.INVESTIGATION)
    secret, values, body = question_about(SECRETS["exploiter_account"])
    reply = orvanta.open(receive(orvanta.letter(Kind.MATCH_ASK, body))).body["reply"]["body"]
    assert matching.read(secret, values, reply) == []
    scene.consent(Category.MONEY, to="peer:Orvanta", for_=SharePurpose.COOPERATION)
    reply = orvanta.open(receive(orvanta.letter(Kind.MATCH_ASK, body))).body["reply"]["body"]
    assert matching.read(secret, values, reply) == values


@pytest.fixture
def hit(
    orvanta: OtherNode, scene: Scene, person_of: Callable[[Role], User], line: Callable[[httpx.MockTransport], None]
) -> tuple[Match, Consent]:
    """A private question about the scene's case that hit, and the consent that it rests on."""
    given = scene.consent(Category.MONEY, to="peer:Orvanta", for_=SharePurpose.COOPERATION)
    scene.consent(Category.JOURNEY, to="peer:Orvanta", for_=SharePurpose.COOPERATION)
    line(answering_as(orvanta, [SECRETS["exploiter_account"]]))
    official = person_of(Role.CENTRAL_AUTHORITY)
    return exchange.ask_about_case(orvanta.peer, scene.case.pk, actor=official, now=NOW), given


@pytest.mark.django_db(transaction=True)
def test_the_account_does_not_go_with_a_request_once_its_consent_is_taken_back(
    orvanta: OtherNode, scene: Scene, hit: tuple[Match, Consent], person_of: Callable[[Role], User]
) -> None:
    match, given = hit
    official = person_of(Role.CENTRAL_AUTHORITY)
    consents.withdraw_consent(given, actor=scene.manager, today=TODAY, now=NOW)
    assert SECRETS["exploiter_account"] not in json.dumps(requests.draft_request(match, actor=official))
    _sent, stored = requests.send_request(orvanta.peer, WHOLE, match=match, actor=official, today=TODAY, now=NOW)
    text = json.dumps(orvanta.open(stored.sealed_text).body)
    assert SECRETS["exploiter_account"] not in text
    assert SECRETS["route"] in text


@pytest.mark.django_db(transaction=True)
def test_a_letter_that_waits_is_kept_back_when_consent_goes(
    orvanta: OtherNode, scene: Scene, hit: tuple[Match, Consent], person_of: Callable[[Role], User]
) -> None:
    match, given = hit
    official = person_of(Role.CENTRAL_AUTHORITY)
    sent, stored = requests.send_request(orvanta.peer, WHOLE, match=match, actor=official, today=TODAY, now=NOW)
    consents.withdraw_consent(given, actor=scene.manager, today=TODAY, now=NOW)
    exchange.carry(stored)
    stored.refresh_from_db()
    sent.refresh_from_db()
    assert (stored.state, stored.sealed_text) == (LetterState.CANCELLED, "")
    assert sent.state == "cancelled"


@pytest.mark.django_db(transaction=True)
def test_what_never_left_is_not_recalled_and_what_may_have_come_is(
    orvanta: OtherNode,
    scene: Scene,
    hit: tuple[Match, Consent],
    person_of: Callable[[Role], User],
    line: Callable[[httpx.MockTransport], None],
) -> None:
    """A receipt that was lost leaves us not knowing whether the letter came: it is recalled."""
    match, given = hit
    official = person_of(Role.CENTRAL_AUTHORITY)
    _never, _letter = requests.send_request(orvanta.peer, WHOLE, match=match, actor=official, today=TODAY, now=NOW)
    later = NOW + timedelta(minutes=1)
    perhaps, tried = requests.send_request(orvanta.peer, WHOLE, match=match, actor=official, today=TODAY, now=later)
    StoredLetter.objects.filter(pk=tried.pk).update(attempts=1)
    consents.withdraw_consent(given, actor=scene.manager, today=TODAY, now=NOW)
    assert exchange.carry_waiting() == (1, 0)
    (recall,) = StoredLetter.objects.filter(kind=Kind.RECALL)
    assert orvanta.open(recall.sealed_text).body == {"reference": perhaps.reference}


@pytest.mark.django_db(transaction=True)
def test_words_do_not_carry_an_account_that_may_not_leave_any_more(
    orvanta: OtherNode, scene: Scene, hit: tuple[Match, Consent], person_of: Callable[[Role], User]
) -> None:
    match, given = hit
    official = person_of(Role.CENTRAL_AUTHORITY)
    body = {**WHOLE, **requests.draft_request(match, actor=official)}
    assert SECRETS["exploiter_account"] in body["assistance_sought"]
    consents.withdraw_consent(given, actor=scene.manager, today=TODAY, now=NOW)
    with pytest.raises(RequestNotCompleteError):
        requests.send_request(orvanta.peer, body, match=match, actor=official, today=TODAY, now=NOW)
    assert not AssistanceRequest.objects.exists()
    assert matches.open_hits(match, actor=official) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("status", [302, 429, 503])
def test_not_now_is_no_refusal(
    orvanta: OtherNode,
    person_of: Callable[[Role], User],
    line: Callable[[httpx.MockTransport], None],
    status: int,
) -> None:
    line(httpx.MockTransport(lambda request: httpx.Response(status, headers={"location": "http://portal/"})))
    official = person_of(Role.CENTRAL_AUTHORITY)
    _sent, stored = requests.send_request(orvanta.peer, WHOLE, match=None, actor=official, today=TODAY, now=NOW)
    assert not exchange.carry(stored)
    stored.refresh_from_db()
    assert (stored.refusals, stored.state) == (0, LetterState.QUEUED)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", ["http://[bad", "http://x:99999", "http://a\u2028b"])
def test_a_bad_address_stops_nobody_elses_post(
    orvanta: OtherNode, person_of: Callable[[Role], User], address: str
) -> None:
    Peer.objects.update(url=address)
    official = person_of(Role.CENTRAL_AUTHORITY)
    requests.send_request(orvanta.peer, WHOLE, match=None, actor=official, today=TODAY, now=NOW)
    assert exchange.carry_waiting() == (0, 1)
    with pytest.raises(BadInputError, match="url"):
        peers.pin(orvanta.keys.card("Orvanta", "XO", address), actor=None, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_a_recall_that_overtakes_its_request_holds_and_no_backup_opens_what_came(orvanta: OtherNode) -> None:
    receive(orvanta.letter(Kind.RECALL, {"reference": "R-2026-0001"}))
    with pytest.raises(ReplayError):
        receive(orvanta.letter(Kind.REQUEST, REQUEST))
    receive(orvanta.letter(Kind.REQUEST, {**REQUEST, "reference": "R-2", "attached": {"matched": ["XO1"]}}))
    backup = AssistanceRequest.objects.get(reference="R-2")
    receive(orvanta.letter(Kind.RECALL, {"reference": "R-2"}))
    with pytest.raises(keystore.KeyDestroyedError):
        backup.attached.open()


def test_an_answer_is_no_letter_of_its_own_and_an_empty_question_none(orvanta: OtherNode) -> None:
    with pytest.raises(BadLetterError):
        receive(orvanta.letter(Kind.MATCH_ANSWER, {"match": str(uuid.uuid4()), "setup": "", "response": ""}))
    with pytest.raises(BadLetterError):
        receive(orvanta.letter(Kind.MATCH_ASK, question_about()[2]))


@pytest.mark.django_db(transaction=True)
def test_what_was_delivered_is_recalled_when_consent_goes(
    orvanta: OtherNode, scene: Scene, hit: tuple[Match, Consent], person_of: Callable[[Role], User]
) -> None:
    match, given = hit
    official = person_of(Role.CENTRAL_AUTHORITY)
    sent, stored = requests.send_request(orvanta.peer, WHOLE, match=match, actor=official, today=TODAY, now=NOW)
    assert exchange.carry(stored)
    consents.withdraw_consent(given, actor=scene.manager, today=TODAY, now=NOW)
    assert exchange.carry_waiting() == (1, 0)
    assert exchange.carry_waiting() == (0, 0)
    recall = orvanta.open(StoredLetter.objects.get(kind=Kind.RECALL).sealed_text)
    assert recall.body == {"reference": sent.reference}
    sent.refresh_from_db()
    assert sent.state == "recalled"


def test_a_recall_clears_what_came_and_what_its_words_quote(
    orvanta: OtherNode, person_of: Callable[[Role], User]
) -> None:
    account = "XS998877"
    body = {**WHOLE, "assistance_sought": f"Records of the account {account}"}
    attached = {"matched": [account], "shared": {"exploiter_account": account}}
    receive(orvanta.letter(Kind.REQUEST, {"reference": "R-1", "body": body, "attached": attached}))
    receive(orvanta.letter(Kind.RECALL, {"reference": "R-1"}))
    row = AssistanceRequest.objects.get()
    official = person_of(Role.CENTRAL_AUTHORITY)
    opened = requests.open_request(row, actor=official)
    assert account not in json.dumps([opened.body, opened.matched, opened.shared])
    with pytest.raises(RecalledError):
        requests.answer_request(row, requests.Answer("Too late."), actor=official, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_erasing_a_person_erases_what_was_kept_of_questions_and_requests(
    orvanta: OtherNode, scene: Scene, hit: tuple[Match, Consent], person_of: Callable[[Role], User]
) -> None:
    match, _given = hit
    official = person_of(Role.CENTRAL_AUTHORITY)
    sent, _stored = requests.send_request(orvanta.peer, WHOLE, match=match, actor=official, today=TODAY, now=NOW)
    erasure.erase(scene.case, actor=scene.manager, now=NOW)
    with pytest.raises(keystore.KeyDestroyedError):
        requests.open_request(AssistanceRequest.objects.get(pk=sent.pk), actor=official)
    client = Client()
    client.force_login(official)
    for address in (f"/requests/{sent.pk}/", f"/requests/matches/{match.pk}/"):
        assert client.get(address).status_code == 410


@pytest.mark.parametrize(
    "broken",
    [
        {"body": {"stage": ["a"]}},
        {"body": {**WHOLE, "unheard": "x"}},
        {"attached": [1]},
        {"attached": {"matched": [1]}},
        {"attached": {"matched": ["x"] * 101}},
        {"attached": {"shared": [1]}},
        {"attached": {"shared": {"whereabouts": "never"}}},
        {"reference": ""},
        {"reference": "x" * 41},
        {"body": {**WHOLE, "purpose": "x" * 20_001}},
        {"body": {**WHOLE, "purpose": "a\x00b"}},
    ],
)
def test_what_a_pinned_node_sends_is_read_or_refused_whole(orvanta: OtherNode, broken: dict[str, Any]) -> None:
    with pytest.raises(BadLetterError):
        receive(orvanta.letter(Kind.REQUEST, {**REQUEST, **broken}))
    assert not AssistanceRequest.objects.exists()
    assert not StoredLetter.objects.exists()


def test_the_same_reference_twice_is_a_replay(orvanta: OtherNode) -> None:
    receive(orvanta.letter(Kind.REQUEST, REQUEST))
    with pytest.raises(ReplayError):
        receive(orvanta.letter(Kind.REQUEST, REQUEST))


def test_a_second_answer_changes_nothing(orvanta: OtherNode, person_of: Callable[[Role], User]) -> None:
    official = person_of(Role.CENTRAL_AUTHORITY)
    sent, _stored = requests.send_request(orvanta.peer, WHOLE, match=None, actor=official, today=TODAY, now=NOW)
    answer = {"reference": sent.reference, "text": "First.", "refusal_ground": ""}
    receive(orvanta.letter(Kind.REQUEST_ANSWER, answer))
    with pytest.raises(AnsweredError):
        receive(orvanta.letter(Kind.REQUEST_ANSWER, {**answer, "text": "Second."}))
    sent.refresh_from_db()
    assert sent.answer.open()["text"] == "First."


def test_a_large_letter_is_opened_and_one_too_large_is_refused_before_it_is_posted(orvanta: OtherNode) -> None:
    with transaction.atomic():
        stored = letters.post(orvanta.peer, Kind.REQUEST, {"text": "я" * 1_000_000}, actor=None, now=NOW)
        assert len(orvanta.open(stored.sealed_text).body["text"]) == 1_000_000
        with pytest.raises(LetterTooLargeError):
            letters.post(orvanta.peer, Kind.REQUEST, {"text": "x" * LETTER_BYTES}, actor=None, now=NOW)


def test_pages_about_questions_note_who_read_them(
    orvanta: OtherNode, scene: Scene, person_of: Callable[[Role], User]
) -> None:
    scene.consent(Category.MONEY, to="network", for_=SharePurpose.INVESTIGATION)
    official, client = person_of(Role.CENTRAL_AUTHORITY), Client()
    client.force_login(official)
    before = Entry.objects.filter(actor_id=str(official.pk)).count()
    assert SECRETS["exploiter_account"] in client.get("/requests/ask/").content.decode()
    assert Entry.objects.filter(actor_id=str(official.pk)).count() == before + 1


def test_a_request_that_lacks_its_purpose_is_not_sent(orvanta: OtherNode, person_of: Callable[[Role], User]) -> None:
    official = person_of(Role.CENTRAL_AUTHORITY)
    with pytest.raises(RequestNotCompleteError, match="purpose"):
        requests.send_request(orvanta.peer, {**WHOLE, "purpose": ""}, match=None, actor=official, today=TODAY, now=NOW)
    assert not AssistanceRequest.objects.exists()
    assert not StoredLetter.objects.exists()


def test_a_request_is_answered_once_and_a_refusal_names_its_ground(
    orvanta: OtherNode, person_of: Callable[[Role], User]
) -> None:
    receive(orvanta.letter(Kind.REQUEST, REQUEST))
    official, row = person_of(Role.CENTRAL_AUTHORITY), AssistanceRequest.objects.get()
    with pytest.raises(RequestNotCompleteError):
        requests.answer_request(row, requests.Answer("No.", "bank_secrecy"), actor=official, now=NOW)
    stored = requests.answer_request(row, requests.Answer("No.", "domestic_law"), actor=official, now=NOW)
    assert orvanta.open(stored.sealed_text).body["refusal_ground"] == "domestic_law"
    with pytest.raises(AnsweredError):
        requests.answer_request(row, requests.Answer("Yes."), actor=official, now=NOW)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CENTRAL_AUTHORITY])
def test_only_a_central_authority_asks_and_answers(
    orvanta: OtherNode, person_of: Callable[[Role], User], role: Role
) -> None:
    somebody = person_of(role)
    with pytest.raises(NotAllowedError):
        requests.send_request(orvanta.peer, WHOLE, match=None, actor=somebody, today=TODAY, now=NOW)
    with pytest.raises(NotAllowedError):
        matches.open_match(orvanta.peer, "account", ["xo1"], actor=somebody, now=NOW)


def test_pinned_keys_never_change_by_themselves(orvanta: OtherNode) -> None:
    card = replace(orvanta.keys.card("Orvanta", "XO", "http://127.0.0.1:10"), seal_key={"kty": "OKP"})
    peer = peers.pin(card, matching_agreed=True, actor=None, now=NOW)
    assert peer.url == "http://127.0.0.1:10"
    assert peer.seal_key == orvanta.peer.seal_key


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": 1}', "\xff"])
def test_a_broken_card_is_refused_with_what_was_expected(tmp_path: Path, text: str) -> None:
    path = tmp_path / "card.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BadInputError, match=r"card\.json: .*expected"):
        peers.read_card(path)


def test_a_card_is_read_as_it_was_written(orvanta: OtherNode, tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    path.write_text(json.dumps(peers.card_document()), encoding="utf-8")
    assert peers.read_card(path) == peers.own_card()
