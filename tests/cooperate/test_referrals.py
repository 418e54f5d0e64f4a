"""Referrals between nodes, with the other node played by the test: as who sends, and as who receives."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from mainstay.accounts.models import User
from mainstay.audit.models import Entry
from mainstay.cooperate import queries
from mainstay.cooperate.engine import envelope
from mainstay.cooperate.errors import (
    AskedAlreadyError,
    BadLetterError,
    ReferralStepError,
    ReplayError,
    UnknownPeerError,
)
from mainstay.cooperate.models import LetterState, NodeReferral, Peer, StoredLetter
from mainstay.cooperate.rules.shared_fields import CODE_FIELDS, CONTACT_CHANNELS, ROW_FIELDS, TEXT_FIELDS
from mainstay.cooperate.services import exchange, letters, peers, referrals_in, referrals_out
from mainstay.cooperate.services.referrals_out import Ask
from mainstay.cooperate.types import Kind, Letter, News, Step
from mainstay.core import clock, keystore
from mainstay.core.access import Role
from mainstay.core.errors import NotAllowedError, RefusalError
from mainstay.protect import queries as protect
from mainstay.protect.errors import (
    ContactNotAllowedError,
    NothingToShareError,
    QuotedError,
    ReflectionPeriodRunningError,
)
from mainstay.protect.models import (
    CODED_FIELDS,
    PART_FIELDS,
    PARTS,
    SEALED_FIELDS,
    Case,
    Consent,
    RecallNotice,
    Share,
    Status,
)
from mainstay.protect.queries.contact import rules_of
from mainstay.protect.queries.transfers import plan_of_move_to_node
from mainstay.protect.rules.contact import Channel, ContactRules, from_told
from mainstay.protect.services import cases, consents, documents, erasure, parts
from mainstay.protect.services.contact import ContactDraft, agree_contact, require_contact
from mainstay.protect.types import Category, Given, SharePurpose
from mainstay.site import work
from tests.cooperate.conftest import NOW, TODAY, OtherNode
from tests.factories import a_person, an_agency
from tests.protect.conftest import SECRETS, Scene, open_case, scene

__all__ = ["open_case", "scene"]
ANSWER_BY = TODAY + timedelta(days=7)
ASK = Ask("health", ANSWER_BY, "health", "Please call before noon")
TO = "peer:Orvanta"
HELP = (Category.IDENTITY, Category.HEALTH, Category.NEEDS)
EVERYTHING = tuple(category for category in Category if category is not Category.WHEREABOUTS)
REFERRAL: dict[str, Any] = {
    "reference": "N-2026-0001",
    "need": "health",
    "service": "",
    "answer_by": ANSWER_BY.isoformat(),
    "message": "She needs a doctor",
    "whole": False,
    "terms": {"purpose": "assistance", "until": "2027-01-31"},
    "shared": {"name": "Amara Deng", "health": "Needs insulin", "needs": ["health", "shelter"]},
}

CONTACT: dict[str, Any] = {
    "channels": ["call", "text"], "from_hour": 9, "to_hour": 17, "voicemail": False, "no_contact": False,
    "no_contact_until": "", "ask_again_on": "", "language": "ti",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen_at(NOW):
        yield


def receive(text: str) -> str:
    return letters.receive(text, take=exchange.take, now=NOW)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch, orvanta: OtherNode) -> list[Letter]:
    """A line on which Orvanta acknowledges everything; what came there is in the list."""
    came: list[Letter] = []

    def answer(request: httpx.Request) -> httpx.Response:
        text = request.content.decode()
        came.append(orvanta.open(text))
        body = {"received": letters.digest_of(text), "reply": None}
        receipt = Letter("r1", orvanta.keys.fingerprint, came[-1].sender, 0, Kind.RECEIPT, NOW, body)
        return httpx.Response(200, text=envelope.seal_letter(receipt, orvanta.keys, peers.own_card().seal_key))

    real = httpx.Client
    transport = httpx.MockTransport(answer)
    monkeypatch.setattr(letters.httpx, "Client", lambda **options: real(transport=transport))  # type: ignore[attr-defined]  # the module's own import
    return came


@pytest.fixture
def need(scene: Scene) -> Case:
    """The scene's case, with a need recorded."""
    cases.add_need(scene.case, "health", "", actor=scene.manager, now=NOW)
    return scene.case


def refer(scene: Scene, orvanta: OtherNode, ask: Ask = ASK) -> tuple[NodeReferral, StoredLetter]:
    return referrals_out.refer(scene.case, orvanta.peer, ask, actor=scene.manager, today=TODAY, now=NOW)


def news(orvanta: OtherNode, row: NodeReferral, said: News, text: str = "", on: Any = TODAY) -> None:
    body = {"reference": row.reference, "news": said.value, "on": on.isoformat(), "text": text}
    receive(orvanta.letter(Kind.REFERRAL_NEWS, body))
    row.refresh_from_db()


# as who sends


@pytest.mark.django_db(transaction=True)
def test_a_need_that_another_node_was_asked_for_is_no_work_of_today_until_it_says_no(
    scene: Scene, orvanta: OtherNode, need: Case, line: list[Letter]
) -> None:
    def waits() -> bool:
        return any(task.what == "Health care" for task in work.work_of(scene.manager, TODAY).tasks)

    assert waits()
    scene.consent(*HELP, to=TO)
    row, _stored = refer(scene, orvanta)
    assert not waits()
    news(orvanta, row, News.SEEN)
    assert not waits()
    news(orvanta, row, News.DECLINED, "No place")
    assert waits()


@pytest.mark.django_db(transaction=True)
def test_sent_seen_accepted_and_done_with_what_came_of_it(
    scene: Scene, orvanta: OtherNode, need: Case, line: list[Letter]
) -> None:
    scene.consent(*HELP, to=TO, until=TODAY + timedelta(days=60))
    row, stored = refer(scene, orvanta)
    assert exchange.carry(stored)
    (letter,) = line
    assert letter.kind is Kind.REFERRAL
    assert set(letter.body["shared"]) == {"name", "birth_date", "health", "needs"}
    assert letter.body["terms"] == {"purpose": "assistance", "until": (TODAY + timedelta(days=60)).isoformat()}
    share = Share.objects.get()
    assert (share.recipient, share.received_at) == (TO, NOW)
    for said, step in ((News.SEEN, "seen"), (News.ACCEPTED, "accepted"), (News.DONE, "done")):
        news(orvanta, row, said, "She is well" if said is News.DONE else "")
        assert row.step == step
    assert referrals_out.open_sent(row, actor=scene.manager)["outcome"] == "She is well"
    assert Entry.objects.filter(action="cooperate.referral_read", actor_id=str(scene.manager.pk)).exists()


def test_what_may_not_leave_is_named_field_by_field_and_nothing_goes(
    scene: Scene, orvanta: OtherNode, need: Case
) -> None:
    scene.consent(Category.IDENTITY, to=TO)
    with pytest.raises(NothingToShareError) as refused:
        refer(scene, orvanta)
    assert "Needs: no consent for this to this recipient" in str(refused.value)
    assert "Health: no consent" in str(refused.value)
    assert not StoredLetter.objects.exists()
    assert not NodeReferral.objects.exists()
    assert not Share.objects.exists()


@pytest.mark.parametrize("field", ["phone", "whereabouts", "exploiter_name", "story"])
def test_a_message_that_quotes_what_stays_is_refused(scene: Scene, orvanta: OtherNode, need: Case, field: str) -> None:
    scene.consent(*HELP, to=TO)
    words = f"Please note: {SECRETS[field].upper()}!"
    with pytest.raises(QuotedError):
        refer(scene, orvanta, replace(ASK, message=words))
    assert not StoredLetter.objects.exists()


def test_the_same_is_not_asked_of_a_node_twice_and_only_the_agencys_case_manager_asks(
    scene: Scene, orvanta: OtherNode, need: Case
) -> None:
    scene.consent(*HELP, to=TO)
    refer(scene, orvanta)
    with pytest.raises(AskedAlreadyError):
        refer(scene, orvanta)
    for role in Role:
        with pytest.raises(NotAllowedError):
            referrals_out.refer(need, orvanta.peer, ASK, actor=a_person(role), today=TODAY, now=NOW)


def test_news_that_come_twice_late_or_against_each_other_change_nothing(
    scene: Scene, orvanta: OtherNode, need: Case
) -> None:
    scene.consent(*HELP, to=TO)
    row, _stored = refer(scene, orvanta)
    news(orvanta, row, News.DECLINED, "No bed")
    news(orvanta, row, News.ACCEPTED)
    news(orvanta, row, News.DECLINED, "Another reason")
    assert (row.step, row.reason.open()) == ("declined", "No bed")


def test_an_answer_after_its_day_changes_nothing_and_one_that_was_given_in_time_still_counts(
    scene: Scene, orvanta: OtherNode, need: Case
) -> None:
    scene.consent(*HELP, to=TO)
    row, _stored = refer(scene, orvanta)
    late = ANSWER_BY + timedelta(days=1)
    assert referrals_out.expire(today=ANSWER_BY) == 0
    assert referrals_out.expire(today=late) == 1
    news(orvanta, row, News.ACCEPTED, on=late)
    assert row.step == "expired"
    news(orvanta, row, News.ACCEPTED, on=ANSWER_BY)
    assert row.step == "accepted"


def test_news_of_somebody_elses_referral_or_of_none_are_refused(scene: Scene, orvanta: OtherNode, need: Case) -> None:
    scene.consent(*HELP, to=TO)
    row, _stored = refer(scene, orvanta)
    keys = envelope.NodeKeys.from_seeds(b"\x31" * 32, b"\x32" * 32)
    other = OtherNode(keys, peers.pin(keys.card("Otherland", "XA", ""), actor=None, now=NOW))
    stranger = replace(orvanta, keys=envelope.NodeKeys.from_seeds(b"\x01" * 32, b"\x02" * 32))
    for node, refusal in ((other, BadLetterError), (stranger, UnknownPeerError)):
        with pytest.raises(refusal):
            news(node, row, News.ACCEPTED)
    with pytest.raises(BadLetterError):
        receive(
            orvanta.letter(Kind.REFERRAL_NEWS, {"reference": "N-1", "news": "seen", "on": "2026-01-01", "text": ""})
        )
    row.refresh_from_db()
    assert row.step == "sent"


@pytest.mark.django_db(transaction=True)
def test_a_consent_taken_back_recalls_what_went_and_the_answer_stands_beside_the_share(
    scene: Scene, orvanta: OtherNode, need: Case, line: list[Letter]
) -> None:
    consent = scene.consent(*HELP, to=TO)
    row, stored = refer(scene, orvanta)
    exchange.carry(stored)
    news(orvanta, row, News.ACCEPTED)
    consents.withdraw_consent(consent, actor=scene.manager, today=TODAY, now=NOW)
    assert exchange.carry_waiting() == (1, 0)
    assert exchange.carry_waiting() == (0, 0)
    assert (line[-1].kind, line[-1].body["why"]) == (Kind.REFERRAL_RECALL, "withdrawn")
    notice = RecallNotice.objects.get()
    assert (notice.at_node, notice.seen_at, notice.answer) == ("Orvanta", NOW, "")
    news(orvanta, row, News.KEPT)
    news(orvanta, row, News.DELETED)
    notice.refresh_from_db()
    assert (row.step, row.recall_answer, notice.answer) == ("withdrawn", "kept", "kept")


@pytest.mark.django_db(transaction=True)
def test_a_letter_that_waits_is_kept_back_when_consent_goes_and_recalls_nothing(
    scene: Scene, orvanta: OtherNode, need: Case, line: list[Letter]
) -> None:
    consent = scene.consent(*HELP, to=TO)
    row, stored = refer(scene, orvanta)
    consents.withdraw_consent(consent, actor=scene.manager, today=TODAY, now=NOW)
    assert exchange.carry_waiting() == (0, 0)
    stored.refresh_from_db()
    row.refresh_from_db()
    assert (stored.state, stored.sealed_text, row.step, line) == (LetterState.CANCELLED, "", "cancelled", [])


@pytest.mark.django_db(transaction=True)
def test_a_consent_that_ends_by_itself_recalls_what_is_open(
    scene: Scene, orvanta: OtherNode, need: Case, line: list[Letter]
) -> None:
    scene.consent(*HELP, to=TO, until=TODAY)
    row, stored = refer(scene, orvanta)
    exchange.carry(stored)
    assert referrals_out.recall_uncovered(orvanta.peer, today=TODAY, now=NOW) == []
    assert len(referrals_out.recall_uncovered(orvanta.peer, today=TODAY + timedelta(days=1), now=NOW)) == 1
    row.refresh_from_db()
    assert row.step == "withdrawn"


@pytest.mark.django_db(transaction=True)
def test_who_sent_takes_it_back_until_it_is_answered(
    scene: Scene, orvanta: OtherNode, need: Case, line: list[Letter]
) -> None:
    scene.consent(*HELP, to=TO)
    row, stored = refer(scene, orvanta)
    exchange.carry(stored)
    exchange.carry(referrals_out.take_back(row, actor=scene.manager, now=NOW))
    assert line[-1].body == {"reference": row.reference, "why": "taken_back"}
    news(orvanta, row, News.ACCEPTED)
    assert row.step == "taken_back"
    with pytest.raises(ReferralStepError):
        referrals_out.take_back(row, actor=scene.manager, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_erasing_a_person_takes_what_was_written_and_recalls_what_went(
    scene: Scene, orvanta: OtherNode, need: Case, line: list[Letter]
) -> None:
    scene.consent(*HELP, to=TO)
    row, stored = refer(scene, orvanta)
    exchange.carry(stored)
    erasure.erase(scene.case, actor=scene.manager, now=NOW)
    exchange.carry_waiting()
    assert line[-1].kind is Kind.REFERRAL_RECALL
    news(orvanta, row, News.DONE, "Words about a person who is erased")
    with pytest.raises(keystore.KeyDestroyedError):
        referrals_out.open_sent(NodeReferral.objects.get(), actor=scene.manager)


# a whole case, as who sends


WHOLE = replace(ASK, is_whole=True)


@pytest.fixture
def old_case(scene: Scene, need: Case) -> Case:
    """The scene's case, of a person whose days of reflection are over."""
    Case.objects.filter(pk=need.pk).update(identified_date=TODAY - timedelta(days=90))
    need.deadlines.all().delete()
    need.refresh_from_db()
    scene.case = need
    return need


def test_a_whole_case_goes_to_another_country_only_after_the_days_of_reflection(
    scene: Scene, orvanta: OtherNode, need: Case
) -> None:
    scene.consent(*EVERYTHING, to=TO)
    with pytest.raises(ReflectionPeriodRunningError):
        refer(scene, orvanta, WHOLE)
    Peer.objects.update(country=scene.case.agency.country)
    orvanta.peer.refresh_from_db()
    row, _stored = refer(scene, orvanta, WHOLE)
    assert row.is_whole


def test_a_whole_case_goes_whole_or_not_at_all(scene: Scene, orvanta: OtherNode, old_case: Case) -> None:
    scene.consent(*HELP, Category.CONTACT, to=TO)
    with pytest.raises(NothingToShareError, match="Route"):
        refer(scene, orvanta, WHOLE)


@pytest.mark.django_db(transaction=True)
def test_a_whole_case_tells_no_more_than_a_referral_until_the_yes_and_is_theirs_once_they_have_the_file(
    scene: Scene, orvanta: OtherNode, old_case: Case, line: list[Letter]
) -> None:
    content = b"A letter of the doctor\n"
    draft = documents.DocumentDraft("Letter", Category.HEALTH, content)
    documents.add_document(old_case, draft, scanner="", actor=scene.manager, now=NOW)
    scene.consent(*EVERYTHING, to=TO)
    row, stored = refer(scene, orvanta, WHOLE)
    exchange.carry(stored)
    assert "route" not in line[0].body["shared"]
    news(orvanta, row, News.ACCEPTED)
    old_case.refresh_from_db()
    assert old_case.agency == scene.manager.agency  # theirs only with the receipt
    assert exchange.carry_waiting() == (1, 0)
    file = line[-1]
    assert file.kind is Kind.REFERRAL_FILE
    assert {n: v for n, v in file.body["shared"].items() if n in SECRETS} == {
        n: v for n, v in SECRETS.items() if n != "whereabouts"
    }
    assert SECRETS["whereabouts"] not in json.dumps(file.body)
    (document,) = [value for name, value in file.body["shared"].items() if name.startswith("document:")]
    assert base64.b64decode(document["content"]) == content
    assert file.body["coded"]["sex"] == "female"
    old_case.refresh_from_db()
    row.refresh_from_db()
    assert (row.handed_at, old_case.status, old_case.whereabouts.open()) == (NOW, Status.CLOSED, "")
    assert old_case.keep_until is not None
    assert not protect.cases_visible_to(scene.manager).filter(pk=old_case.pk).exists()
    with pytest.raises(NotAllowedError):
        cases.read_identity(old_case, actor=scene.manager)
    assert not [t for t in work.work_of(scene.manager, TODAY).tasks if t.who == old_case.reference]
    names = dict(protect.recipients_for(scene.manager)).values()
    assert "Orvanta" not in names
    news(orvanta, row, News.ACCEPTED)
    exchange.carry_waiting()
    assert [letter.kind for letter in line].count(Kind.REFERRAL_FILE) == 1


@pytest.mark.django_db(transaction=True)
def test_a_consent_taken_back_before_the_yes_keeps_the_file_here(
    scene: Scene, orvanta: OtherNode, old_case: Case, line: list[Letter]
) -> None:
    route = scene.consent(Category.JOURNEY, to=TO)
    scene.consent(*(c for c in EVERYTHING if c is not Category.JOURNEY), to=TO)
    row, stored = refer(scene, orvanta, WHOLE)
    exchange.carry(stored)
    consents.withdraw_consent(route, actor=scene.manager, today=TODAY, now=NOW)
    news(orvanta, row, News.ACCEPTED)
    exchange.carry_waiting()
    assert [letter.kind for letter in line] == [Kind.REFERRAL, Kind.REFERRAL_RECALL]
    old_case.refresh_from_db()
    assert (row.step, old_case.agency, old_case.status) == ("withdrawn", scene.manager.agency, Status.PRESUMED)


@pytest.mark.django_db(transaction=True)
def test_a_handed_over_file_that_was_kept_long_enough_is_not_recalled_there(
    scene: Scene, orvanta: OtherNode, old_case: Case, line: list[Letter]
) -> None:
    scene.consent(*EVERYTHING, to=TO)
    row, stored = refer(scene, orvanta, WHOLE)
    exchange.carry(stored)
    news(orvanta, row, News.ACCEPTED)
    exchange.carry_waiting()
    Case.objects.update(keep_until=TODAY - timedelta(days=1))
    old_case.refresh_from_db()
    erasure.erase_kept_long_enough(old_case, now=NOW)
    exchange.carry_waiting()
    assert [letter.kind for letter in line] == [Kind.REFERRAL, Kind.REFERRAL_FILE]


# as who receives


@pytest.fixture
def taker(orvanta: OtherNode) -> User:
    """A case manager of the node that receives."""
    return a_person(Role.CASE_MANAGER, an_agency("Harbour House"))


def come(orvanta: OtherNode, **changes: Any) -> NodeReferral:
    receive(orvanta.letter(Kind.REFERRAL, {**REFERRAL, **changes}))
    return NodeReferral.objects.get(direction="in", reference=changes.get("reference", REFERRAL["reference"]))


def taken(orvanta: OtherNode, taker: User, **changes: Any) -> NodeReferral:
    row = come(orvanta, **changes)
    referrals_in.take_for_agency(row, actor=taker, today=TODAY, now=NOW)
    row.refresh_from_db()
    return row


def told(orvanta: OtherNode) -> list[tuple[str, str]]:
    rows = StoredLetter.objects.filter(direction="out", kind=Kind.REFERRAL_NEWS).order_by("seq")
    bodies = [orvanta.open(row.sealed_text).body for row in rows]
    return [(body["news"], body["text"]) for body in bodies]


def test_what_came_is_sealed_and_only_the_agency_that_opens_it_reads_it(orvanta: OtherNode, taker: User) -> None:
    row = come(orvanta)
    assert b"Amara" not in bytes(row.__dict__["body"])
    other = a_person(Role.CASE_MANAGER)
    assert list(queries.referrals_received(other)) == [row]
    assert "Amara" not in str(client_of(other).get(reverse("cooperate:received_list")).content)
    referrals_in.take_for_agency(row, actor=taker, today=TODAY, now=NOW)
    row.refresh_from_db()
    assert told(orvanta) == [("seen", "")]
    assert not queries.referrals_received(other).exists()
    with pytest.raises(ReferralStepError):
        referrals_in.take_for_agency(row, actor=other, today=TODAY, now=NOW)
    for role in Role:
        with pytest.raises(NotAllowedError):
            referrals_in.read_referral(row, actor=a_person(role), now=NOW)
    assert referrals_in.read_referral(row, actor=taker, now=NOW)["shared"]["name"] == "Amara Deng"


@pytest.mark.django_db(transaction=True)
def test_a_yes_opens_a_case_with_what_came_and_its_terms_and_nothing_may_leave_it(
    orvanta: OtherNode, taker: User
) -> None:
    row = taken(orvanta, taker)
    before = NodeReferral.objects.get(pk=row.pk)
    referrals_in.accept(row, actor=taker, today=TODAY, now=NOW)
    row.refresh_from_db()
    case = Case.objects.get(pk=str(row.case_id))
    assert (case.name.open(), case.health.open()) == ("Amara Deng", "Needs insulin")
    assert (case.owner, case.agency) == (taker, taker.agency)
    assert {need.kind for need in case.needs.all()} == {"health", "shelter"}
    kept = case.origin.kept.open()
    assert (kept["node"], kept["until"], kept["onward"]) == ("Orvanta", "2027-01-31", "only with a new consent")
    assert not case.consents.exists()
    for recipient in ("network", TO, "agency:x"):
        for purpose in SharePurpose:
            assert not protect.plan_for(case, recipient, purpose, today=TODAY).shared
    with pytest.raises(keystore.KeyDestroyedError):  # what came is under the case's key now
        before.body.open()
    referrals_in.finish(row, "A doctor saw her", actor=taker, today=TODAY, now=NOW)
    assert told(orvanta) == [("seen", ""), ("accepted", ""), ("done", "A doctor saw her")]
    erasure.erase(case, actor=taker, now=NOW)
    row.refresh_from_db()
    with pytest.raises(keystore.KeyDestroyedError):
        referrals_in.read_referral(row, actor=taker, now=NOW)


def test_how_a_person_may_be_reached_goes_with_their_number_and_never_without_it(
    scene: Scene, orvanta: OtherNode, need: Case
) -> None:
    until = TODAY + timedelta(days=9)
    agreed = ContactRules(frozenset({Channel.CALL, Channel.THROUGH}), 9, 17, no_contact=True, no_contact_until=until)
    agree_contact(need, ContactDraft(agreed, through="Aunt Selam"), actor=scene.manager, now=NOW)
    scene.consent(*HELP, to=TO)
    _row, stored = refer(scene, orvanta)
    assert orvanta.open(stored.sealed_text).body["contact"] is None
    scene.consent(*HELP, Category.CONTACT, to=TO)
    _row, stored = refer(scene, orvanta, replace(ASK, need="shelter"))
    letter = orvanta.open(stored.sealed_text)
    assert letter.body["shared"]["phone"]
    assert from_told(letter.body["contact"]) == replace(agreed, channels=frozenset({Channel.CALL}))
    assert "Selam" not in json.dumps(letter.body)


@pytest.mark.django_db(transaction=True)
def test_whom_another_node_says_not_to_call_is_called_by_nobody_here(orvanta: OtherNode, taker: User) -> None:
    shared = {**REFERRAL["shared"], "phone": "+999 555 0199"}
    asked = taken(orvanta, taker, shared=shared, contact=CONTACT)
    silent = taken(orvanta, taker, shared=shared, contact={**CONTACT, "no_contact": True}, reference="N-2026-0002")
    unasked = taken(orvanta, taker, shared=shared, reference="N-2026-0003")
    for row, words in (
        (asked, "call from 9:00 to 17:00 only"),
        (silent, "do not call: they are not to be contacted"),
        (unasked, "do not call: nobody has asked them yet"),
    ):
        assert words in client_of(taker).get(reverse("cooperate:received", args=[row.pk])).content.decode()
    referrals_in.accept(silent, actor=taker, today=TODAY, now=NOW)
    silent.refresh_from_db()
    case = Case.objects.get(pk=str(silent.case_id))
    assert rules_of(case, TODAY) == from_told({**CONTACT, "no_contact": True})
    with pytest.raises(ContactNotAllowedError):
        require_contact(case, Channel.CALL, NOW)
    page = client_of(taker).post(reverse("protect:case", args=[case.pk])).content.decode()
    assert "+999 555 0199" in page
    assert "tel:" not in page


def test_a_letter_names_the_ways_to_reach_a_person_that_there_are() -> None:
    assert {*CONTACT_CHANNELS, Channel.THROUGH} == set(Channel)


def test_what_is_said_back_quotes_nothing_of_the_file_here(orvanta: OtherNode, taker: User) -> None:
    row = taken(orvanta, taker)
    referrals_in.accept(row, actor=taker, today=TODAY, now=NOW)
    row.refresh_from_db()
    case = Case.objects.get(pk=str(row.case_id))
    cases.change_case(case, {"whereabouts": "House 9, Salt Market"}, version=case.version, actor=taker)
    with pytest.raises(QuotedError):
        referrals_in.finish(row, "She lives in house 9, Salt Market now", actor=taker, today=TODAY, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_a_no_with_its_reason_goes_back_and_what_came_is_gone(orvanta: OtherNode, taker: User) -> None:
    row = taken(orvanta, taker)
    backup = NodeReferral.objects.get(pk=row.pk)
    with pytest.raises(RefusalError):
        referrals_in.decline(row, " ", actor=taker, today=TODAY, now=NOW)
    referrals_in.decline(row, "No bed is free", actor=taker, today=TODAY, now=NOW)
    assert told(orvanta)[-1] == ("declined", "No bed is free")
    with pytest.raises(keystore.KeyDestroyedError):
        backup.body.open()
    row.refresh_from_db()
    opened = referrals_in.read_referral(row, actor=taker, now=NOW)
    assert (opened["shared"], opened["reason"]) == ({}, "No bed is free")
    with pytest.raises(ReferralStepError):
        referrals_in.accept(row, actor=taker, today=TODAY, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_what_nobody_answers_by_its_day_goes_and_both_nodes_know(orvanta: OtherNode, taker: User) -> None:
    row = taken(orvanta, taker)
    backup = NodeReferral.objects.get(pk=row.pk)
    late = ANSWER_BY + timedelta(days=1)
    with pytest.raises(ReferralStepError):
        referrals_in.accept(row, actor=taker, today=late, now=NOW)
    assert exchange.expire_referrals(today=ANSWER_BY, now=NOW) == 0
    assert exchange.expire_referrals(today=late, now=NOW) == 1
    assert told(orvanta)[-1] == ("expired", "")
    with pytest.raises(keystore.KeyDestroyedError):
        backup.body.open()


def test_a_referral_that_comes_after_its_day_is_not_kept(orvanta: OtherNode) -> None:
    row = come(orvanta, answer_by=(TODAY - timedelta(days=1)).isoformat())
    assert (row.step, row.body.open()) == ("expired", None)
    assert told(orvanta) == [("expired", "")]


def test_a_recall_that_overtakes_its_referral_keeps_it_out(orvanta: OtherNode) -> None:
    receive(orvanta.letter(Kind.REFERRAL_RECALL, {"reference": "N-2026-0001", "why": "withdrawn"}))
    row = come(orvanta)
    assert (row.step, row.body.open()) == ("withdrawn", None)
    receive(orvanta.letter(Kind.REFERRAL_RECALL, {"reference": "N-2026-0001", "why": "taken_back"}))
    assert NodeReferral.objects.get().step == "withdrawn"


def test_the_same_reference_twice_is_a_replay(orvanta: OtherNode) -> None:
    come(orvanta)
    with pytest.raises(ReplayError):
        receive(orvanta.letter(Kind.REFERRAL, {**REFERRAL, "message": "Another"}))
    assert NodeReferral.objects.get().body.open()["message"] == "She needs a doctor"


@pytest.mark.django_db(transaction=True)
def test_a_recall_before_the_answer_empties_what_came_by_itself(orvanta: OtherNode, taker: User) -> None:
    row = taken(orvanta, taker)
    backup = NodeReferral.objects.get(pk=row.pk)
    receive(orvanta.letter(Kind.REFERRAL_RECALL, {"reference": row.reference, "why": "withdrawn"}))
    assert told(orvanta) == [("seen", ""), ("deleted", "")]
    with pytest.raises(keystore.KeyDestroyedError):
        backup.body.open()
    row.refresh_from_db()
    with pytest.raises(ReferralStepError):
        referrals_in.accept(row, actor=taker, today=TODAY, now=NOW)
    assert not queries.referrals_waiting(taker).exists()


def test_after_a_recall_the_agency_that_opened_a_case_says_what_it_did(orvanta: OtherNode, taker: User) -> None:
    row = taken(orvanta, taker)
    referrals_in.accept(row, actor=taker, today=TODAY, now=NOW)
    receive(orvanta.letter(Kind.REFERRAL_RECALL, {"reference": row.reference, "why": "withdrawn"}))
    assert [task.what for task in work.work_of(taker, TODAY).tasks if task.who == "Orvanta"] == [
        "Recalls what it sent: delete it, and say so"
    ]
    client = client_of(taker)
    page = client.get(reverse("cooperate:received", args=[row.pk]))
    assert "has no ground any more" in page.content.decode()
    client.post(reverse("cooperate:answer_recall", args=[row.pk]), {"answer": "kept"})
    assert told(orvanta)[-1] == ("kept", "")
    row.refresh_from_db()
    with pytest.raises(ReferralStepError):
        referrals_in.answer_recall(row, News.DELETED, actor=taker, today=TODAY, now=NOW)


def test_a_referral_is_given_to_another_agency_here_until_it_is_answered(orvanta: OtherNode, taker: User) -> None:
    row = taken(orvanta, taker)
    other = a_person(Role.CASE_MANAGER)
    client_of(taker).post(reverse("cooperate:pass_on", args=[row.pk]), {"agency": other.agency_id})
    row.refresh_from_db()
    assert queries.referrals_taken(other).exists()
    with pytest.raises(NotAllowedError):
        referrals_in.read_referral(row, actor=taker, now=NOW)
    referrals_in.accept(row, actor=other, today=TODAY, now=NOW)
    row.refresh_from_db()
    with pytest.raises(ReferralStepError):
        referrals_in.pass_to(row, taker.agency, actor=other)


FILE: dict[str, Any] = {
    "reference": "N-2026-0001",
    "shared": {
        **{name: value for name, value in SECRETS.items() if name in TEXT_FIELDS},
        "forms": ["ForcedLabour"],
        "needs": ["health"],
        "facts": {"vic_MethodsOfControl": ["no such code"]},
        "names": [{"kind": "alias", "script": "Latn", "language": "", "name": "Mara"}],
        "relatives": [{"relation": "child", "is_child": True, "name": "Little One", "note": ""}],
        "papers": [{"kind": "passport", "country": "", "holder": "unheard of", "valid_until": "", "number": "X1"}],
        "involved": [{"id": "1", "kind": "company", "role": "employer", "name": "Kalbero Ltd", "phone": ""}],
        "accounts": [{"id": "1", "role": "employer", "account": "XO99"}],
        "document:00000000-0000-0000-0000-000000000001": {
            "title": "Letter", "media": "txt", "category": "health", "size": 9,
            "content": base64.b64encode(b"A letter\n").decode(),
        },
    },
    "coded": {"sex": "female", "age_group": "18+", "citizenship": "XO", "presumed_since": "2026-06-01"},
}  # fmt: skip


def test_a_whole_case_opens_from_the_file_once_somebody_here_said_yes(orvanta: OtherNode, taker: User) -> None:
    row = taken(orvanta, taker, whole=True)
    receive(orvanta.letter(Kind.REFERRAL_FILE, FILE))  # before the yes: not kept
    assert not Case.objects.exists()
    referrals_in.accept(row, actor=taker, today=TODAY, now=NOW)
    assert not Case.objects.exists()
    receive(orvanta.letter(Kind.REFERRAL_FILE, FILE))
    case = Case.objects.get()
    assert (case.owner, case.sex, str(case.identified_date), case.citizenship) == (taker, "female", "2026-06-01", "XO")
    assert case.exploiter_name.open() == SECRETS["exploiter_name"]
    assert case.facts == {}
    involved = case.involved_parts.get()
    assert (involved.name.open(), involved.account.open()) == ("Kalbero Ltd", "XO99")
    assert (case.identitypaper_parts.get().holder, case.relative_parts.get().is_child) == ("unknown", True)
    assert base64.b64decode(case.documents.get().content.open()) == b"A letter\n"
    assert protect.cases_named("Mara", taker).exists()
    receive(orvanta.letter(Kind.REFERRAL_FILE, {**FILE, "shared": {"name": "Somebody else"}}))
    assert Case.objects.count() == 1
    assert Case.objects.get().name.open() == SECRETS["name"]


def test_a_file_whose_taker_is_gone_waits_for_a_colleague(orvanta: OtherNode, taker: User) -> None:
    row = taken(orvanta, taker, whole=True)
    referrals_in.accept(row, actor=taker, today=TODAY, now=NOW)
    User.objects.filter(pk=taker.pk).update(is_active=False)
    receive(orvanta.letter(Kind.REFERRAL_FILE, FILE))
    assert not Case.objects.exists()
    colleague = a_person(Role.CASE_MANAGER, taker.agency)
    assert queries.referrals_waiting(colleague).exists()
    client_of(colleague).post(reverse("cooperate:open_file", args=[row.pk]))
    assert Case.objects.get().owner == colleague


BROKEN: list[dict[str, Any]] = [
    {"reference": ""},
    {"answer_by": "soon"},
    {"answer_by": "9999-12-31"},
    {"whole": "yes"},
    {"terms": None},
    {"message": "a\x00b"},
    {"shared": {"whereabouts": "House 7"}},
    {"shared": {"name": 5}},
    {"shared": {"needs": "health"}},
    {"shared": {"names": [{"kind": "alias", "unheard": "of"}]}},
    {"shared": {"stations": [{"order": 10**30}]}},
    {"shared": {"facts": {"x": [1]}}},
    {"shared": {"document:1": {}}},
    {"contact": "by phone"},
    {"contact": {**CONTACT, "channels": ["signal"]}},
    {"contact": {**CONTACT, "from_hour": 25}},
    {"contact": {**CONTACT, "from_hour": True}},
    {"contact": {**CONTACT, "no_contact": "yes"}},
    {"contact": {**CONTACT, "no_contact_until": "soon"}},
    {"shared": {"document:00000000-0000-0000-0000-000000000001": {"title": "x", "content": "no base64!"}}},
]


@pytest.mark.parametrize("broken", BROKEN)
def test_what_a_pinned_node_sends_is_read_or_refused_whole(orvanta: OtherNode, broken: dict[str, Any]) -> None:
    with pytest.raises(BadLetterError):
        receive(orvanta.letter(Kind.REFERRAL, {**REFERRAL, **broken}))
    assert not NodeReferral.objects.exists()


def test_the_shapes_of_a_letter_are_those_of_a_file() -> None:
    """A field that is added to the file and not to the letter is found here."""
    assert {name for name, _label, _category in SEALED_FIELDS} - {"whereabouts"} == TEXT_FIELDS
    assert {name for name, _label, _category in CODED_FIELDS} == CODE_FIELDS
    assert {name for name, _label, _category in PART_FIELDS} - {"facts"} == set(ROW_FIELDS)
    for name, model in PARTS.items():
        assert {*model.CODED, *model.SEALED} - {"account"} == ROW_FIELDS[name] - {"id"}


# no byte of what stays


class RollBackError(Exception):
    """Leaves nothing of one example behind."""


@contextmanager
def one_example() -> Iterator[None]:
    with suppress(RollBackError), transaction.atomic():
        yield
        raise RollBackError


some_categories = st.frozensets(st.sampled_from(Category), min_size=1, max_size=8)


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(st.lists(st.tuples(some_categories, st.sampled_from([TO, "peer:Otherland", "network"]))), st.booleans())
@example([(frozenset({Category.NEEDS}), TO), (frozenset(Category), "peer:Otherland")], False)
@example([(frozenset(HELP), TO)], False)
@example([(frozenset(Category), TO)], True)
def test_no_byte_of_a_withheld_field_is_in_a_letter(
    orvanta: OtherNode, scene: Scene, agreed: list[Any], is_whole: bool
) -> None:
    with one_example():
        words = {name: f"zq{number}x{name.replace('_', '')}" for number, name in enumerate(SECRETS)}
        draft = cases.CaseDraft(identified_date=TODAY - timedelta(days=90), forms=("ForcedLabour",), sealed=words)
        case = cases.open_case(draft, actor=scene.manager, now=NOW)
        cases.add_need(case, "health", "zqneednote", actor=scene.manager, now=NOW)
        relative = {"relation": "child", "is_child": True, "is_with_them": True, "is_at_risk": False, "note": ""}
        parts.write_part(case, "relatives", {**relative, "name": "zqrelatives"}, actor=scene.manager, now=NOW)
        paper = documents.DocumentDraft("zqtitle", Category.HEALTH, b"zqcontent\n")
        document = documents.add_document(case, paper, scanner="", actor=scene.manager, now=NOW)
        words |= {"relatives": "zqrelatives", document.field: "zqtitle"}
        for what, to in agreed:
            consents.give_consent(
                case,
                consents.ConsentDraft(
                    what, frozenset({to}), frozenset({SharePurpose.ASSISTANCE}), TODAY, how=Given.SPOKEN
                ),
                actor=scene.manager,
                now=NOW,
            )
        scene.case = case
        may = set(protect.plan_for(case, TO, SharePurpose.ASSISTANCE, today=TODAY).shared)
        try:
            row, stored = refer(scene, orvanta, WHOLE if is_whole else ASK)
        except NothingToShareError:
            assert is_whole or "needs" not in may
            assert not StoredLetter.objects.exists()
            return
        letter = json.dumps(orvanta.open(stored.sealed_text).body)
        assert {name for name, word in words.items() if word in letter} == may & set(words)
        assert "zqneednote" not in letter
        assert (base64.b64encode(b"zqcontent\n").decode() in letter) is (document.field in may)
        if is_whole:
            news(orvanta, row, News.ACCEPTED)
            moves = set(plan_of_move_to_node(case, TO, today=TODAY).shared)
            posted = StoredLetter.objects.get(kind=Kind.REFERRAL_FILE)
            file = json.dumps(orvanta.open(posted.sealed_text).body)
            assert {name for name, word in words.items() if word in file} == moves & set(words)
            assert words["whereabouts"] not in file


# pages


def client_of(viewer: User) -> Client:
    client = Client()
    client.force_login(viewer)
    return client


def test_the_page_of_assistance_leads_to_other_nodes_and_shows_what_would_leave_before_it_goes(
    scene: Scene, orvanta: OtherNode, need: Case
) -> None:
    scene.consent(*HELP, to=TO)
    client, address = client_of(scene.manager), reverse("cooperate:refer", args=[need.pk])
    assert address in client.get(reverse("protect:assistance", args=[need.pk])).content.decode()
    form = {
        "peer": orvanta.peer.pk, "what": "need", "need": "health", "answer_by": ANSWER_BY.isoformat(), "message": "",
    }  # fmt: skip
    looked = client.post(address, {**form, "go": "look"}).content.decode()
    assert "protected address, never leaves" in looked
    assert not NodeReferral.objects.exists()
    sent = client.post(address, {**form, "go": "send"})
    row = NodeReferral.objects.get()
    assert sent.headers["Location"] == reverse("cooperate:sent", args=[row.pk])
    assert client.post(address, {**form, "go": "send"}).status_code == AskedAlreadyError.status
    assert "answer_by" in client.post(address, {**form, "answer_by": "2020-01-01"}).context["form"].errors
    for query in ("", "?step=sent&node=Orvanta", "?step=nonsense&page=9"):
        assert row.reference in client.get(reverse("cooperate:sent_list") + query).content.decode()
    assert row.reference not in client.get(reverse("cooperate:sent_list") + "?step=done").content.decode()


def test_pages_of_what_came_take_answers_and_say_what_is_missing(orvanta: OtherNode, taker: User) -> None:
    row, client = come(orvanta), client_of(taker)
    assert client.get(reverse("cooperate:received", args=[row.pk])).status_code == 404  # not opened yet
    client.post(reverse("cooperate:take", args=[row.pk]))
    page = reverse("cooperate:received", args=[row.pk])
    shown = client.get(page).content.decode()
    assert "Amara Deng" in shown
    assert "31 January 2027" in shown
    assert client.post(page, {"accepted": "no", "reason": ""}).status_code == 422
    assert client.post(page, {"accepted": "yes"}).status_code == 302
    case = Case.objects.get()
    assert "Amara" not in client.get(page).content.decode()
    assert case.reference in client.get(page).content.decode()
    assert client.post(page, {"outcome": "All is well"}).status_code == 302
    row.refresh_from_db()
    assert (row.step, Consent.objects.count()) == (Step.DONE, 0)


def test_who_is_tied_to_a_person_sees_nothing_of_what_was_sent_of_them(
    scene: Scene, orvanta: OtherNode, need: Case
) -> None:
    from mainstay.protect.services import ties

    scene.consent(*HELP, to=TO)
    row, _stored = refer(scene, orvanta)
    colleague = a_person(Role.CASE_MANAGER, scene.manager.agency)
    assert queries.referrals_sent(colleague).exists()
    ties.shut_out(scene.case, colleague, "Cousin", actor=scene.manager, now=NOW)
    assert not queries.referrals_sent(colleague).exists()
    with pytest.raises(NotAllowedError):
        referrals_out.open_sent(row, actor=colleague)
    with pytest.raises(NotAllowedError):
        refer(replace(scene, manager=colleague), orvanta, replace(ASK, need="shelter"))
