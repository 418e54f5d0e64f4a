"""Measures against a person: recorded, told, answered by the guard, followed, counted; and who may not see them."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mainstay.accounts.models import Agency, OutgoingMail, User
from mainstay.accounts.services import send_waiting
from mainstay.core.access import Role
from mainstay.core.errors import NotAllowedError
from mainstay.monitor import services as monitor
from mainstay.protect.errors import (
    ConsentGoneError,
    ContactMissingError,
    DaysDisagreeError,
    DayToComeError,
    MeasureStateError,
    NotConfirmedError,
    NothingToShareError,
    ReasonsMissingError,
)
from mainstay.protect.models import SEALED_FIELDS, Measure, MeasureNotice, Share
from mainstay.protect.queries import measures as queries
from mainstay.protect.rules.consent import NEEDED_FOR
from mainstay.protect.rules.grounds import Fact, MeasureKind, Offence
from mainstay.protect.rules.guard import Answer
from mainstay.protect.rules.measures import MeasureState, may_follow
from mainstay.protect.services import consents, contacts, erasure, measures, submissions
from mainstay.protect.types import Category, SharePurpose
from tests.factories import a_person, an_agency
from tests.protect.conftest import NOW, SECRETS, TODAY, Scene

HELD = "Held at Gate Nine with a borrowed passport"
COURT = "District court of Low Mill"
LETS_KNOW = (Category.IDENTITY, Category.EXPLOITATION)


@pytest.fixture
def counsel(db: None) -> User:
    """Somebody at a legal aid agency of this node."""
    return a_person(Role.SERVICE_PROVIDER, an_agency("Harbour legal aid", kind="legal_aid"))


def recorded(scene: Scene, **changes: Any) -> Measure:
    """Record a charge against the person, who was made to carry false documents."""
    fields: dict[str, Any] = {
        "kind": MeasureKind.CHARGE,
        "taken_on": TODAY - timedelta(days=1),
        "country": "XS",
        "offences": frozenset({Offence.DOCUMENTS}),
        "authority": COURT,
        "words": HELD,
        "facts": {Fact.DIRECT_CONSEQUENCE: True},
    }
    draft = measures.MeasureDraft(**{**fields, **changes})
    return measures.record_measure(scene.case, draft, actor=scene.manager, today=TODAY, now=NOW)


def named(scene: Scene, **draft: Any) -> Any:
    """Add a contact of the case."""
    wanted = contacts.ContactDraft(**{"role": "counsel", **draft})
    return contacts.add_contact(scene.case, wanted, actor=scene.manager, today=TODAY, now=NOW)


def lets_know(scene: Scene, agency: Agency) -> Any:
    """Record that the person lets an agency know who they are and what happened, for their defence."""
    return scene.consent(*LETS_KNOW, to=f"agency:{agency.pk}", for_=SharePurpose.DEFENCE)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_measure_is_told_to_counsel_and_shows_on_today_and_on_the_case(scene: Scene, counsel: User) -> None:
    named(scene, agency=counsel.agency)
    measure = recorded(scene)
    assert "Measure against the person" in signed_in(scene.manager).get(reverse("today")).content.decode()
    page = signed_in(scene.manager).get(reverse("protect:case", args=[scene.case.pk])).content.decode()
    assert reverse("protect:measure", args=[measure.pk]) in page
    theirs = signed_in(counsel).get(reverse("today")).content.decode()
    assert "A measure against somebody by whom you stand" in theirs
    assert scene.case.reference not in theirs


def test_without_consent_counsel_learns_that_there_is_something_and_no_word_more(scene: Scene, counsel: User) -> None:
    named(scene, agency=counsel.agency)
    measure = recorded(scene)
    page = signed_in(counsel).get(reverse("protect:notice", args=[measure.notices.get().pk])).content.decode()
    for word in (*SECRETS.values(), HELD, COURT, "Charge", "False or missing", scene.case.reference, "OHCHR"):
        assert word not in page


def test_with_consent_for_the_defence_counsel_sees_the_measure_and_the_least_they_need(
    scene: Scene, counsel: User
) -> None:
    lets_know(scene, counsel.agency)
    named(scene, agency=counsel.agency)
    measure = recorded(scene)
    client, address = signed_in(counsel), reverse("protect:notice", args=[measure.notices.get().pk])
    page = client.get(address).content.decode()
    for word in (SECRETS["name"], SECRETS["story"], HELD, COURT, "principle 7"):
        assert word in page
    for name in ("phone", "safe_contact", "whereabouts", "health", "exploiter_name", "exploiter_account", "route"):
        assert SECRETS[name] not in page
    assert Share.objects.filter(purpose="defence", recipient=f"agency:{counsel.agency_id}").count() == 1
    consents.withdraw_consent(scene.case.consents.get(), actor=scene.manager, today=TODAY, now=NOW)
    after = client.get(address).content.decode()
    for word in (*SECRETS.values(), HELD, COURT, "principle 7"):
        assert word not in after


def test_a_consent_to_help_the_person_lets_nobody_see_a_measure(scene: Scene, counsel: User) -> None:
    scene.consent(*LETS_KNOW, to=f"agency:{counsel.agency_id}", for_=SharePurpose.ASSISTANCE)
    named(scene, agency=counsel.agency)
    measure = recorded(scene)
    opened = measures.open_notice(measure.notices.get(), actor=counsel, today=TODAY, now=NOW)
    assert not opened.may_know
    assert not opened.values


def test_nobody_else_finds_the_notice_and_an_ended_contact_finds_it_no_more(scene: Scene, counsel: User) -> None:
    contact = named(scene, agency=counsel.agency)
    notice = recorded(scene).notices.get()
    address = reverse("protect:notice", args=[notice.pk])
    stranger = a_person(Role.SERVICE_PROVIDER, an_agency("Elsewhere"))
    assert signed_in(stranger).get(address).status_code == 404
    contacts.end_contact(contact, actor=scene.manager, now=NOW)
    assert signed_in(counsel).get(address).status_code == 404


def test_another_agency_neither_reads_nor_changes_a_measure(scene: Scene) -> None:
    measure = recorded(scene)
    stranger = a_person(Role.CASE_MANAGER, an_agency("Elsewhere"))
    assert not queries.measures_visible_to(stranger).exists()
    with pytest.raises(NotAllowedError):
        measures.open_measure(measure, actor=stranger)
    for name in ("measure", "measure_facts", "measure_step", "draft_submission"):
        assert signed_in(stranger).get(reverse(f"protect:{name}", args=[measure.pk])).status_code == 404


def test_a_supervisor_follows_how_far_it_got_and_reads_no_sealed_word(
    scene: Scene, person_of: Callable[..., User]
) -> None:
    measure = recorded(scene)
    page = signed_in(person_of(Role.SUPERVISOR)).get(reverse("protect:measure", args=[measure.pk])).content.decode()
    assert "Charge" in page
    assert HELD not in page
    assert COURT not in page


def test_no_page_calls_a_victim_a_suspect(scene: Scene) -> None:
    measure = recorded(scene)
    client = signed_in(scene.manager)
    pages = [client.get(reverse("protect:measure", args=[measure.pk])), client.get(reverse("protect:measures"))]
    pages += [client.get(reverse("protect:measures_of", args=[scene.case.pk]))]
    for page in pages:
        said = page.content.decode().lower()
        assert not any(word in said for word in ("suspect", "offender", "perpetrator", "culprit"))


def test_the_database_holds_no_word_of_what_is_held_against_them(scene: Scene) -> None:
    named(scene, name="Ilen Marsh", phone="+999 77 1", mail="ilen@example.org")
    recorded(scene)
    with connection.cursor() as cursor:
        for table in ("protect_measure", "protect_casecontact", "accounts_outgoingmail", "protect_measurestep"):
            cursor.execute(f"SELECT * FROM {table}")
            rows = b"|".join(
                bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for row in cursor for v in row
            )
            for word in (HELD, COURT, "Ilen Marsh", "ilen@example.org", scene.case.reference, SECRETS["name"]):
                assert word.encode() not in rows


def test_the_mail_to_counsel_outside_names_nobody(scene: Scene, mailoutbox: list[Any]) -> None:
    named(scene, name="Ilen Marsh", mail="ilen@example.org")
    recorded(scene)
    assert send_waiting(now=NOW) == 1
    (mail,) = mailoutbox
    assert mail.to == ["ilen@example.org"]
    said = f"{mail.subject} {mail.body}"
    for word in (*SECRETS.values(), scene.case.reference, scene.case.agency.name, "Ilen", "charge", "trafficking"):
        assert word.lower() not in said.lower()
    assert not bytes(OutgoingMail.objects.get().__dict__["address"])  # the address is gone once it went


def test_a_mail_server_that_is_down_loses_nothing_and_blocks_nobody(
    scene: Scene, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    named(scene, name="Ilen Marsh", mail="ilen@example.org")
    measure = recorded(scene)
    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.EmailMessage.send", _refuse)
        assert send_waiting(now=NOW) == 0
        assert send_waiting(now=NOW) == 0  # not before its time
    page = signed_in(scene.manager).get(reverse("protect:measure", args=[measure.pk])).content.decode()
    assert "the mail waits to be sent" in page
    assert send_waiting(now=NOW + timedelta(minutes=16)) == 1
    assert len(mailoutbox) == 1


def _refuse(*args: object, **options: object) -> int:
    raise ConnectionRefusedError("no mail server")


def test_nothing_is_mailed_to_the_contact_of_an_erased_person(scene: Scene, mailoutbox: list[Any]) -> None:
    named(scene, name="Ilen Marsh", mail="ilen@example.org")
    measure = recorded(scene)
    erasure.erase(scene.case, actor=scene.manager, now=NOW)
    from mainstay.core import erasure as keys

    keys.finish()
    assert send_waiting(now=NOW) == 0
    assert not mailoutbox
    measure.refresh_from_db()
    assert not measure.words
    assert measure.kind == "charge"  # coded facts stay, for figures
    assert not scene.case.contacts.exists()


def test_a_contact_named_later_is_told_of_what_is_open(scene: Scene, counsel: User) -> None:
    measure = recorded(scene)
    assert not measure.notices.exists()
    named(scene, agency=counsel.agency)
    assert measure.notices.get().recipient_agency == counsel.agency
    named(scene, role="interpreter", agency=counsel.agency)
    assert MeasureNotice.objects.count() == 1  # an interpreter is not told


def test_counsel_outside_the_node_is_named_in_a_consent_of_their_own(scene: Scene) -> None:
    contact = named(scene, name="Ilen Marsh", phone="+999 77 1")
    measure = recorded(scene)
    recipient = queries.recipient_of_contact(contact)
    page = signed_in(scene.manager).get(reverse("protect:consent", args=[scene.case.pk])).content.decode()
    assert recipient in page
    scene.consent(Category.EXPLOITATION, to=recipient, for_=SharePurpose.DEFENCE)
    row = submissions.draft_submission(measure, contact, "", actor=scene.manager, today=TODAY, now=NOW)
    document = submissions.open_submission(row, actor=scene.manager, today=TODAY)
    assert set(document["values"]) == {"story", "forms"}
    consents.withdraw_consent(scene.case.consents.get(), actor=scene.manager, today=TODAY, now=NOW)
    assert submissions.is_stale(row, TODAY)


@given(
    given_for=st.sampled_from(list(SharePurpose)), categories=st.frozensets(st.sampled_from(list(Category)), min_size=1)
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_no_consent_lets_more_into_a_submission_or_a_notice_than_it_names(
    scene: Scene, counsel: User, given_for: SharePurpose, categories: frozenset[Category]
) -> None:
    with transaction.atomic():
        contact = named(scene, agency=counsel.agency)
        scene.consent(*categories, to=f"agency:{counsel.agency_id}", for_=given_for)
        measure = recorded(scene)
        opened = measures.open_notice(measure.notices.get(), actor=counsel, today=TODAY, now=NOW)
        allowed = categories if given_for is SharePurpose.DEFENCE else frozenset()
        may = {
            name for name, _label, category in SEALED_FIELDS if category in allowed & NEEDED_FOR[SharePurpose.DEFENCE]
        }
        assert {name for name in opened.values if name != "forms"} == may
        assert opened.may_know is (Category.EXPLOITATION in allowed)
        if opened.may_know:
            row = submissions.draft_submission(measure, contact, "", actor=scene.manager, today=TODAY, now=NOW)
            said = json.dumps(row.document.open(), ensure_ascii=False)
            assert not [word for name, word in SECRETS.items() if name not in may and word in said]
        else:
            with pytest.raises(NothingToShareError):
                submissions.draft_submission(measure, contact, "", actor=scene.manager, today=TODAY, now=NOW)
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"taken_on": TODAY + timedelta(days=1)}, DayToComeError),
        ({"act_on": TODAY}, DaysDisagreeError),
        ({"exploited_from": TODAY, "exploited_until": TODAY - timedelta(days=9)}, DaysDisagreeError),
    ],
)
def test_days_that_do_not_fit_are_refused_and_nothing_is_written(
    scene: Scene, changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        recorded(scene, **changes)
    assert not Measure.objects.exists()


def test_a_contact_whom_nobody_can_reach_is_refused(scene: Scene) -> None:
    with pytest.raises(ContactMissingError):
        named(scene, name="Ilen Marsh")


def test_a_measure_is_looked_at_again_until_it_is_dropped(scene: Scene) -> None:
    measure = recorded(scene, kind=MeasureKind.DETENTION)
    day = scene.case.deadlines.get(kind="measure_recheck", done_at=None)
    assert day.due_date == TODAY + timedelta(days=1)
    upheld = measures.StepDraft(MeasureState.UPHELD, TODAY, "The judge kept it up")
    measures.take_step(measure, upheld, actor=scene.manager, today=TODAY, now=NOW + timedelta(hours=1))
    assert scene.case.deadlines.filter(kind="measure_recheck", done_at=None).count() == 1
    with pytest.raises(MeasureStateError):
        measures.take_step(
            measure, measures.StepDraft(MeasureState.ANSWERED, TODAY), actor=scene.manager, today=TODAY, now=NOW
        )
    dropped = measures.StepDraft(MeasureState.DROPPED, TODAY)
    measures.take_step(measure, dropped, actor=scene.manager, today=TODAY, now=NOW + timedelta(hours=2))
    assert not scene.case.deadlines.filter(kind="measure_recheck", done_at=None).exists()
    assert [step.state for step in measure.steps.all()] == ["recorded", "upheld", "dropped"]


def test_what_is_learned_changes_what_the_guard_says(scene: Scene) -> None:
    measure = recorded(scene, facts={})
    before = {one.ground.id: one.answer for one in queries.findings_of(measure, TODAY)}
    assert before["NP-OHCHR-P7"] is Answer.MAY_APPLY
    changed = measures.change_facts(
        measure, {Fact.DIRECT_CONSEQUENCE: True}, part="", act_on=None, actor=scene.manager, now=NOW
    )
    after = {one.ground.id: one.answer for one in queries.findings_of(changed, TODAY)}
    assert after["NP-OHCHR-P7"] is Answer.APPLIES


def test_a_submission_states_limits_and_unknowns_and_stays_a_draft_until_confirmed(scene: Scene, counsel: User) -> None:
    contact = named(scene, agency=counsel.agency)
    measure = recorded(scene)
    with pytest.raises(NothingToShareError):
        submissions.draft_submission(measure, contact, "", actor=scene.manager, today=TODAY, now=NOW)
    given = lets_know(scene, counsel.agency)
    row = submissions.draft_submission(measure, contact, "Drop it.", actor=scene.manager, today=TODAY, now=NOW)
    client = signed_in(scene.manager)
    page = client.get(reverse("protect:submission", args=[measure.pk, 1])).content.decode()
    text = client.get(reverse("protect:submission_text", args=[measure.pk, 1]))
    said = text.content.decode()
    assert "Draft: not confirmed by a lawyer" in page
    assert "DRAFT" in said
    assert text.headers["Content-Disposition"] == 'attachment; filename="submission-1.txt"'
    for words in (page, said):
        for word in ("names countries of transit and destination", SECRETS["story"], HELD, "to be confirmed"):
            assert word in words
        assert "Is the country bound by this" in words
        for name in ("phone", "whereabouts", "health", "exploiter_name"):
            assert SECRETS[name] not in words
    with pytest.raises(NotConfirmedError):
        submissions.send_submission(row, actor=scene.manager, day=TODAY, today=TODAY, now=NOW)
    submissions.confirm_submission(row, "Advocate Ilen Marsh", actor=scene.manager, day=TODAY, today=TODAY)
    submissions.send_submission(row, actor=scene.manager, day=TODAY, today=TODAY, now=NOW)
    measure.refresh_from_db()
    assert measure.state == MeasureState.SUBMITTED
    consents.withdraw_consent(given, actor=scene.manager, today=TODAY, now=NOW)
    with pytest.raises(ConsentGoneError):
        submissions.open_submission(row, actor=scene.manager, today=TODAY)
    for name in ("submission", "submission_text"):
        refused = client.get(reverse(f"protect:{name}", args=[measure.pk, 1]))
        assert refused.status_code == 409
        assert SECRETS["name"] not in refused.content.decode()


def test_a_case_manager_goes_the_whole_way_through_the_pages(scene: Scene, counsel: User) -> None:
    client, pk = signed_in(scene.manager), scene.case.pk
    lets_know(scene, counsel.agency)
    added = client.post(
        reverse("protect:add_contact", args=[pk]), {"role": "counsel", "agency": counsel.agency_id, "name": ""}
    )
    assert added.status_code == 302
    form = {"kind": "arrest", "taken_on": TODAY, "country": "XS", "offences": ["documents", "work"], "words": HELD}
    wrong = client.post(reverse("protect:new_measure", args=[pk]), {**form, "taken_on": TODAY + timedelta(days=3)})
    assert wrong.status_code == 422
    known = dict.fromkeys(("compelled", "direct_consequence", "child_at_act", "reasonable_grounds"), "unknown")
    made = client.post(reverse("protect:new_measure", args=[pk]), {**form, **known})
    measure = Measure.objects.get()
    assert made.headers["Location"] == reverse("protect:measure", args=[measure.pk])
    facts = reverse("protect:measure_facts", args=[measure.pk])
    asked = [name for name in client.get(facts).context["form"].fields if name != "act_on"]
    answers = {**dict.fromkeys(asked, "unknown"), "compelled": "yes", "direct_consequence": "yes"}
    assert client.post(facts, answers).status_code == 302
    page = client.get(reverse("protect:measure", args=[measure.pk])).content.decode()
    assert "They were made to do it." in page
    drafted = client.post(
        reverse("protect:draft_submission", args=[measure.pk]), {"contact": measure.notices.get().contact_id}
    )
    assert drafted.headers["Location"] == reverse("protect:submission", args=[measure.pk, 1])
    confirm = reverse("protect:confirm_submission", args=[measure.pk, 1])
    assert client.post(confirm, {"by": "", "day": TODAY}).status_code == 422
    assert client.get(confirm).status_code == 200


def add_measures(scene: Scene, number: int) -> None:
    for _ in range(number):
        recorded(scene)


@pytest.mark.parametrize("address", ["protect:measures", "protect:notices", "today"])
def test_lists_of_measures_ask_the_database_no_more_with_thirty_rows_than_with_three(
    scene: Scene, counsel: User, address: str
) -> None:
    named(scene, agency=counsel.agency)
    client = signed_in(counsel if address == "protect:notices" else scene.manager)
    asked = []
    for more in (3, 15):
        add_measures(scene, more)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(reverse(address)).status_code == 200
        asked.append(len(captured))
    assert asked[0] == asked[1]


def test_the_list_filters_by_state_and_measure(scene: Scene) -> None:
    recorded(scene)
    recorded(scene, kind=MeasureKind.REMOVAL)
    client = signed_in(scene.manager)
    assert len(client.get(reverse("protect:measures"), {"kind": "removal"}).context["page"].object_list) == 1
    assert len(client.get(reverse("protect:measures"), {"state": "dropped"}).context["page"].object_list) == 0
    assert len(client.get(reverse("protect:measures"), {"state": "x"}).context["page"].object_list) == 2


def test_the_rapporteurs_table_counts_each_person_once_and_withholds_small_counts(
    open_case: Callable[..., Any], person_of: Callable[..., User]
) -> None:
    manager, provider = person_of(Role.CASE_MANAGER), a_person(Role.SERVICE_PROVIDER, an_agency("Clinic"))
    for number in range(7):
        scene = Scene(manager, provider, open_case(name=f"Person {number}"))
        recorded(scene, kind=MeasureKind.CHARGE if number < 6 else MeasureKind.REMOVAL)
        recorded(scene, kind=MeasureKind.FINE)
    table = monitor.release_measures(k=3, actor=person_of(Role.RAPPORTEUR), now=NOW)
    cells = {tuple(values): count for values, count in table.cells}
    assert sum(queries.measures_by_kind().values()) == 7
    assert cells["removal", "documents", "recorded"] is None
    with pytest.raises(NotAllowedError):
        monitor.release_measures(k=3, actor=manager, now=NOW)
    page = signed_in(person_of(Role.RAPPORTEUR)).get(reverse("monitor:figure", args=[table.pk])).content.decode()
    assert "Removal order" in page


def test_the_rapporteur_chooses_the_table_on_the_page(scene: Scene, person_of: Callable[..., User]) -> None:
    recorded(scene)
    client = signed_in(person_of(Role.RAPPORTEUR))
    assert client.post(reverse("monitor:release"), {"k": 5, "table": "measures"}).status_code == 302
    assert client.post(reverse("monitor:release"), {"k": 5, "table": "names"}).status_code == 200


def test_the_reading_of_a_measure_is_on_the_chain(scene: Scene) -> None:
    from mainstay.audit.models import Entry

    measure = recorded(scene)
    measures.open_measure(measure, actor=scene.manager)
    assert Entry.objects.filter(action="protect.measure_read", object_id=str(measure.pk)).count() == 1


def test_what_the_country_is_bound_by_counts_from_the_day_it_is(scene: Scene, person_of: Callable[..., User]) -> None:
    from mainstay.protect.rules.grounds import Treaty
    from mainstay.protect.services import days

    measure = recorded(scene, facts={Fact.COMPELLED: True}, kind=MeasureKind.CONVICTION)
    bound = days.TreatyDraft("XS", Treaty.PALERMO, True, "Depositary's list", since=date(2030, 1, 1))
    days.set_treaty(bound, actor=person_of(Role.ADMINISTRATOR), now=NOW)
    said = {one.ground.id: one for one in queries.findings_of(measure, TODAY)}
    assert said["NP-WG-2009"].answer is Answer.DOES_NOT
    with pytest.raises(NotAllowedError):
        days.set_treaty(bound, actor=scene.manager, now=NOW)


@pytest.mark.parametrize("state", [MeasureState.WITHDRAWN, MeasureState.MISTAKE])
def test_a_measure_taken_back_needs_a_reason_falls_silent_and_stays_in_the_history(
    scene: Scene, counsel: User, state: MeasureState
) -> None:
    named(scene, agency=counsel.agency)
    measure = recorded(scene)
    client, address = signed_in(scene.manager), reverse("protect:measure_step", args=[measure.pk])
    post = {"state": state.value, "day": TODAY.isoformat(), "note": "", "look_again_on": "2027-01-05"}
    refused = client.post(address, post)
    assert refused.status_code == 422
    assert "Say why it was taken back" in refused.content.decode()
    with pytest.raises(ReasonsMissingError):
        measures.take_step(measure, measures.StepDraft(state, TODAY), actor=scene.manager, today=TODAY, now=NOW)
    assert client.post(address, {**post, "note": "It was about somebody else"}).status_code == 302
    measure.refresh_from_db()
    assert not scene.case.deadlines.filter(about=measure.pk, done_at=None).exists()  # not even the day that was sent
    assert not queries.open_measures_of(scene.case).exists()
    assert "A measure against somebody" not in signed_in(counsel).get(reverse("today")).content.decode()
    page = client.get(reverse("protect:measure", args=[measure.pk])).content.decode()
    assert "It was about somebody else" in page
    assert "Draft a submission" not in page
    contact = scene.case.contacts.get()
    with pytest.raises(MeasureStateError):
        submissions.draft_submission(measure, contact, "", actor=scene.manager, today=TODAY, now=NOW)
    assert [outcome for _kind, _act, outcome in queries.measures_by_kind()] == [state.value]
    recorded(scene)
    assert [outcome for _kind, _act, outcome in queries.measures_by_kind()] == ["recorded"]  # each person in one cell


@pytest.mark.parametrize("state", [one for one in MeasureState if one is not MeasureState.MISTAKE])
def test_whatever_stands_of_a_measure_a_mistake_can_be_put_right_and_taken_up_again(state: MeasureState) -> None:
    assert MeasureState.MISTAKE in may_follow(state)
    assert may_follow(MeasureState.MISTAKE) == (MeasureState.RECORDED,)
