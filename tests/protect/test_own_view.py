"""The person's own view: what it shows, to whom, and what does not open it; everybody here is made up."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mainstay.accounts.models import User
from mainstay.audit import queries as audit
from mainstay.audit.models import Entry
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.core.errors import NotAllowedError
from mainstay.network.models import Entity
from mainstay.protect import queries
from mainstay.protect.errors import OwnViewClosedError, ReasonsMissingError, WeakPinError
from mainstay.protect.models import Case, Consent, OwnCode, OwnRequest, OwnVisit
from mainstay.protect.queries import own_view as reading
from mainstay.protect.rules.own_view import CODE_DIGITS, GUESSES_AN_HOUR, Holder
from mainstay.protect.services import cases, erasure, own_codes, own_requests, referrals
from mainstay.protect.types import Category, Given, SharePurpose
from mainstay.protect.views.own_view import GUESSES
from tests.factories import a_person
from tests.protect.conftest import NOW, SECRETS, TODAY, Scene

PIN = "739164"
PAGE = "/mine/en/"


@pytest.fixture(autouse=True)
def at_now(db: None) -> Any:
    """Hold the clock, and begin with no tries counted."""
    cache.clear()
    with clock.frozen_at(NOW):
        yield


def give(scene: Scene, holder: Holder = Holder.PERSON, case: Case | None = None) -> str:
    """A code for a case of the scene's manager."""
    return own_codes.give_code(
        case or scene.case, holder, PIN, language="en", days=90, actor=scene.manager, today=TODAY, now=NOW
    )


class Phone:
    """Somebody's phone on the plain page: what it posts, and the token of the visit."""

    def __init__(self, code: str = "", pin: str = PIN) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.token = ""
        self.last: Any = None
        if code:
            self.enter(code, pin)

    def enter(self, code: str, pin: str = PIN) -> Any:
        """Type a number and a PIN."""
        self.last = answer = self.client.post(PAGE, {"code": code, "pin": pin})
        self.token = (answer.context or {}).get("token", "")
        return answer

    def press(self, go: str, **more: str) -> str:
        """Press a button and return the page."""
        self.last = self.client.post(PAGE, {"token": self.token, "go": go, **more})
        return str(self.last.content.decode())


def test_the_database_holds_neither_number_nor_pin(scene: Scene) -> None:
    code = give(scene)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM protect_owncode")
        held = "|".join(str(value) for value in cursor.fetchone())
    assert code not in held
    assert PIN not in held
    assert len(code) == CODE_DIGITS


def test_a_person_opens_their_page_with_number_and_pin_and_no_cookie(scene: Scene) -> None:
    phone = Phone(give(scene))
    page = phone.press("held")
    assert phone.last.status_code == 200
    for secret in SECRETS.values():
        assert secret not in page
    assert SECRETS["story"] in phone.press("value:story")
    assert not phone.client.cookies
    for name, value in (("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer"), ("Content-Language", "en")):
        assert phone.last.headers[name] == value
    entry = Entry.objects.filter(action="protect.own_value_read").latest("seq")
    assert (entry.actor_id, entry.object_id) == ("person", str(scene.case.pk))
    assert audit.verify().holds


def test_where_a_person_is_never_shows_on_a_screen(scene: Scene) -> None:
    phone = Phone(give(scene))
    assert "not shown on this page" in phone.press("held")
    page = phone.press("value:whereabouts")
    assert phone.last.status_code == 404
    assert SECRETS["whereabouts"] not in page


def test_every_wrong_way_in_gets_the_same_answer(scene: Scene, open_case: Callable[..., Case]) -> None:
    """A wrong number, wrong PIN, revoked, expired, locked and erased: nothing tells them apart."""
    good = give(scene)
    revoked = give(scene, case=open_case())
    row = OwnCode.objects.get(code_digest=own_codes.digest_of(revoked))
    own_codes.end_code(row, actor=scene.manager, now=NOW)
    expired = give(scene, case=open_case())
    OwnCode.objects.filter(code_digest=own_codes.digest_of(expired)).update(expires_date=TODAY - timedelta(days=1))
    locked = give(scene, case=open_case())
    OwnCode.objects.filter(code_digest=own_codes.digest_of(locked)).update(locked_until=NOW + timedelta(minutes=5))
    ways = [("000000000000", PIN), (good, "918273"), (revoked, PIN), (expired, PIN), (locked, PIN), ("12", "1")]
    answers = [Phone().enter(code, pin) for code, pin in ways]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1


def test_five_wrong_pins_lock_a_number_and_the_right_one_does_not_open_it_then(scene: Scene) -> None:
    code = give(scene)
    for _ in range(5):
        assert Phone().enter(code, "918273").status_code == 403
    assert Phone().enter(code).status_code == 403
    with clock.frozen_at(NOW + timedelta(minutes=61)):
        assert Phone().enter(code).status_code == 200
    assert OwnCode.objects.get().wrong_tries == 0


def test_twenty_wrong_pins_end_a_number_and_the_case_manager_is_told(scene: Scene) -> None:
    code = give(scene)
    for hour in range(4):
        with clock.frozen_at(NOW + timedelta(hours=2 * hour)):
            for _ in range(5):
                Phone().enter(code, "918273")
    with clock.frozen_at(NOW + timedelta(hours=12)):
        assert Phone().enter(code).status_code == 403
    page = Client()
    page.force_login(scene.manager)
    assert "20 wrong PINs" in page.get(reverse("protect:own_view", args=[scene.case.pk])).content.decode()


def test_a_flood_of_guesses_is_stopped_before_any_number_is_looked_up(scene: Scene) -> None:
    code = give(scene)
    cache.set(GUESSES, GUESSES_AN_HOUR, timeout=3600)
    assert Phone().enter(code).status_code == 429
    assert not OwnVisit.objects.exists()


@pytest.mark.parametrize("pin", ["123456", "000000", "050499", "19990405", "112222", "12345", "abcdef"])
def test_a_pin_that_others_try_first_is_refused_also_one_out_of_the_file(scene: Scene, pin: str) -> None:
    with pytest.raises(WeakPinError):
        own_codes.give_code(
            scene.case, Holder.PERSON, pin, language="en", days=90, actor=scene.manager, today=TODAY, now=NOW
        )
    assert not OwnCode.objects.exists()


def test_a_visit_ends_by_itself_and_by_leaving_and_is_not_replayed(scene: Scene) -> None:
    code = give(scene)
    phone = Phone(code)
    with clock.frozen_at(NOW + timedelta(minutes=11)):
        assert SECRETS["name"] not in phone.press("value:name")
    assert phone.last.status_code == 403
    phone = Phone(code)
    left = phone.client.post(f"{PAGE}leave/", {"token": phone.token})
    assert left.headers["Location"] == reverse("away")
    assert SECRETS["name"] not in phone.press("value:name")
    first = Phone(code)
    second = Phone(code)
    first.press("home")
    assert first.last.status_code == 403  # a new visit ends the one before
    assert SECRETS["name"] in second.press("value:name")


def test_a_number_that_is_ended_or_replaced_closes_the_page_that_is_open(scene: Scene) -> None:
    phone = Phone(give(scene))
    give(scene)
    phone.press("held")
    assert phone.last.status_code == 403


def test_the_token_of_one_person_opens_nothing_of_another(scene: Scene, open_case: Callable[..., Case]) -> None:
    other = open_case(name="Somebody Else")
    given = _consent_of(other, scene)
    phone = Phone(give(scene))
    for go in (f"consent:{given.pk}", f"take_back:{given.pk}", f"consent:{uuid4()}", "consent:x", "value:key_id"):
        phone.press(go)
        assert phone.last.status_code == 404, go
    for go in ("value:pk", "correct:sex", "value:why_closed", "value:__class__"):
        phone.press(go, text="x")
        assert phone.last.status_code == 404, go
    assert Consent.objects.get(pk=given.pk).withdrawn_on is None
    assert "Somebody Else" not in phone.press("value:name")


def _consent_of(case: Case, scene: Scene) -> Consent:
    from mainstay.protect.services import consents

    draft = consents.ConsentDraft(
        frozenset({Category.NEEDS}),
        frozenset({scene.clinic}),
        frozenset({SharePurpose.ASSISTANCE}),
        given_on=TODAY,
        how=Given.GUARDIAN,
    )
    given = consents.give_consent(case, draft, actor=scene.manager, now=NOW)
    Consent.objects.filter(pk=given.pk).update(how="spoken")  # given before a guardian had to
    return given


def test_a_consent_taken_back_on_the_page_recalls_as_the_case_manager_would(scene: Scene) -> None:
    given = scene.consent(Category.IDENTITY, Category.NEEDS)
    scene.consent(Category.EXPLOITERS, to="network", for_=SharePurpose.INVESTIGATION)
    need = cases.add_need(scene.case, "legal", "", actor=scene.manager, now=NOW)
    referral = referrals.refer(need, scene.provider.agency, actor=scene.manager, today=TODAY, now=NOW)
    phone = Phone(give(scene))
    assert "Lantern clinic" in phone.press("consents")
    before = phone.press(f"consent:{given.pk}")
    assert before.index("nothing more is told") < before.index(f"take_back:{given.pk}")
    assert Consent.objects.get(pk=given.pk).withdrawn_on is None
    phone.press(f"take_back:{given.pk}")
    assert referrals.read_referral(referral, actor=scene.provider, today=TODAY, now=NOW) == {}
    referral.refresh_from_db()
    assert referral.state == "withdrawn"
    assert scene.case.shares.get(recipient=scene.clinic).recalled_at is not None
    entry = Entry.objects.get(action="protect.consent_withdrawn")
    assert entry.actor_id == "person"
    assert Entity.objects.exists()  # the other consent stands
    assert "taken back" in phone.press("left")
    phone.press(f"take_back:{given.pk}")
    assert phone.last.status_code == 404


def test_who_read_the_file_shows_as_role_and_agency_and_as_name_only_where_the_agency_lets_it(scene: Scene) -> None:
    cases.read_identity(scene.case, actor=scene.manager)
    phone = Phone(give(scene))
    page = phone.press("readers")
    assert "Opened name and details" in page
    assert scene.manager.agency.name in page
    assert scene.manager.name not in page
    supervisor = a_person(Role.SUPERVISOR, scene.manager.agency)
    client = Client()
    client.force_login(supervisor)
    assert client.post(reverse("protect:own_view_choice"), {"shows_names": "on"}).status_code == 302
    assert scene.manager.name in phone.press("readers")
    assert client.post(reverse("protect:own_view_choice"), {}).status_code == 302
    assert scene.manager.name not in phone.press("readers")


def test_a_question_goes_there_and_back_sealed_and_stands_on_today(scene: Scene) -> None:
    phone = Phone(give(scene))
    phone.press("talk:send", text="When may I see my sister?")
    desk = Client()
    desk.force_login(scene.manager)
    assert "A question waits for an answer" in desk.get(reverse("today")).content.decode()
    page = reverse("protect:own_view", args=[scene.case.pk])
    assert "my sister" not in desk.get(page).content.decode()
    assert "When may I see my sister?" in desk.post(page).content.decode()
    answer = {"holder": "person", "text": "On Friday."}
    assert desk.post(reverse("protect:answer_person", args=[scene.case.pk]), answer).status_code == 302
    assert "On Friday." in phone.press("talk")
    assert scene.manager.name not in phone.press("talk")
    assert "A question waits" not in desk.get(reverse("today")).content.decode()
    empty = phone.press("talk:send", text="  ")
    assert "This field is required" in empty


def test_a_correction_is_written_into_the_file_or_declined_with_a_reason_that_they_read(scene: Scene) -> None:
    phone = Phone(give(scene))
    phone.press("correct:health", text="Needs nothing any more")
    phone.press("correct:name", text="Yara Tervanu")
    desk = Client()
    desk.force_login(scene.manager)
    health, name = OwnRequest.objects.get(field="health"), OwnRequest.objects.get(field="name")
    assert health.due_date == TODAY.replace(month=12)
    assert "Asks: A correction" in desk.get(reverse("today")).content.decode()
    assert desk.post(reverse("protect:own_request", args=[name.pk]), {"accepted": "yes"}).status_code == 302
    assert Case.objects.get(pk=scene.case.pk).name.open() == "Yara Tervanu"
    assert queries.cases_named("Yara Tervanu", scene.manager).exists()
    silent = desk.post(reverse("protect:own_request", args=[health.pk]), {"accepted": "no"})
    assert "reason" in silent.context["form"].errors
    with pytest.raises(ReasonsMissingError):
        own_requests.decide_request(health, accepted=False, reason="", actor=scene.manager, now=NOW)
    told = {"accepted": "no", "reason": "The doctor says otherwise"}
    desk.post(reverse("protect:own_request", args=[health.pk]), told)
    assert Case.objects.get(pk=scene.case.pk).health.open() == SECRETS["health"]
    assert "The doctor says otherwise" in phone.press("asked")
    assert desk.post(reverse("protect:own_request", args=[name.pk]), {"accepted": "yes"}).status_code == 409


@pytest.mark.django_db(transaction=True)
def test_an_erasure_that_is_granted_closes_the_page_for_good(scene: Scene) -> None:
    code = give(scene)
    phone = Phone(code)
    phone.press("erasure:send", text="Please")
    request = OwnRequest.objects.get()
    supervisor = a_person(Role.SUPERVISOR, scene.manager.agency)
    with pytest.raises(NotAllowedError):  # a supervisor may decline; erasing is the case manager's
        own_requests.decide_request(request, accepted=True, reason="", actor=supervisor, now=NOW)
    assert OwnRequest.objects.get().state == "open"
    own_requests.decide_request(request, accepted=True, reason="", actor=scene.manager, now=NOW)
    phone.press("held")
    assert phone.last.status_code == 403
    assert Phone().enter(code).status_code == 403
    kept = OwnRequest.objects.get()
    assert (kept.state, bytes(kept.__dict__["text"])) == ("done", b"")


@pytest.mark.django_db(transaction=True)
def test_nothing_of_an_erased_case_opens(scene: Scene) -> None:
    code = give(scene)
    phone = Phone(code)
    erasure.erase(scene.case, actor=scene.manager, now=NOW)
    for go in ("held", "value:name", "readers"):
        assert SECRETS["name"] not in phone.press(go)
        assert phone.last.status_code == 403
    assert not OwnCode.objects.exists()


@pytest.fixture
def child(open_case: Callable[..., Case]) -> Case:
    """A child's case."""
    case = open_case()
    Case.objects.filter(pk=case.pk).update(age_group="0-17")
    case.refresh_from_db()
    return case


def test_a_guardian_sees_neither_where_the_child_is_nor_what_the_child_asked(scene: Scene, child: Case) -> None:
    own = Phone(give(scene, case=child))
    own.press("talk:send", text="I am afraid of my uncle")
    own.press("correct:name", text="Another")
    limit = frozenset({"health", "readers", "pk"})
    own_codes.limit_guardian(child, limit, in_conflict=False, actor=scene.manager, now=NOW)
    guardian = Phone(give(scene, Holder.GUARDIAN, child))
    shown = guardian.press("held")
    assert "value:name" in shown
    for name in ("whereabouts", "safe_contact", "story", "health"):
        assert f"value:{name}" not in shown
        page = guardian.press(f"value:{name}")
        assert SECRETS[name] not in page
    assert SECRETS["name"] in guardian.press("value:name")
    for go in ("talk", "asked", "readers"):
        page = guardian.press(go)
        assert "uncle" not in page
        assert "A correction" not in page
    assert Entry.objects.filter(action="protect.own_value_read").latest("seq").actor_id == "guardian"
    assert SECRETS["health"] in own.press("value:health")


def test_a_guardian_takes_back_only_what_a_guardian_gave(scene: Scene, child: Case) -> None:
    given = _consent_of(child, scene)
    guardian = Phone(give(scene, Holder.GUARDIAN, child))
    guardian.press(f"take_back:{given.pk}")
    assert Consent.objects.get(pk=given.pk).withdrawn_on is None
    Consent.objects.filter(pk=given.pk).update(how="guardian")
    guardian.press(f"take_back:{given.pk}")
    assert Consent.objects.get(pk=given.pk).withdrawn_on is not None


def test_a_guardian_in_conflict_is_out_at_once_and_so_is_one_of_somebody_of_age(scene: Scene, child: Case) -> None:
    with pytest.raises(OwnViewClosedError):
        give(scene, Holder.GUARDIAN)  # 18 and over
    code = give(scene, Holder.GUARDIAN, child)
    guardian = Phone(code)
    Case.objects.filter(pk=child.pk).update(age_group="18+")
    guardian.press("home")
    assert guardian.last.status_code == 403
    Case.objects.filter(pk=child.pk).update(age_group="0-17")
    guardian = Phone(code)
    own_codes.limit_guardian(child, frozenset(), in_conflict=True, actor=scene.manager, now=NOW)
    guardian.press("home")
    assert guardian.last.status_code == 403
    with pytest.raises(OwnViewClosedError):
        give(scene, Holder.GUARDIAN, child)


def test_a_number_is_given_on_a_page_once_as_a_card_and_in_words(scene: Scene) -> None:
    desk = Client()
    desk.force_login(scene.manager)
    page = reverse("protect:give_own_code", args=[scene.case.pk])
    data = {"holder": "person", "language": "en", "days": "90", "pin": PIN, "again": PIN}
    assert "again" in desk.post(page, {**data, "again": "739165"}).context["form"].errors
    assert desk.post(page, {**data, "pin": "123456", "again": "123456"}).status_code == 422
    card = desk.post(page, data)
    groups = card.context["card"]["groups"]
    assert [len(group) for group in groups] == [3, 3, 3, 3]
    assert card.context["spoken"][0].count(" ") == 2
    start = card.content.decode().index("card-to-print")
    printed = card.content.decode()[start : card.content.decode().index("</section>", start)]
    for telling in (scene.case.reference, SECRETS["name"], scene.manager.agency.name, "Mainstay", "traffick", PIN):
        assert telling not in printed
    assert PAGE in printed
    assert Phone().enter("".join(groups)).status_code == 200
    assert "".join(groups) not in desk.get(reverse("protect:own_view", args=[scene.case.pk])).content.decode()


def test_nobody_but_the_agencys_case_managers_gives_a_number(scene: Scene, person_of: Callable[[Role], User]) -> None:
    strangers = [a_person(Role.CASE_MANAGER)] + [person_of(r) for r in Role if r is not Role.CASE_MANAGER]
    for stranger in strangers:
        with pytest.raises(NotAllowedError):
            own_codes.give_code(
                scene.case, Holder.PERSON, PIN, language="en", days=90, actor=stranger, today=TODAY, now=NOW
            )


def test_an_address_without_a_language_leads_on_and_a_bare_visit_shows_nothing(scene: Scene) -> None:
    give(scene)
    client = Client()
    assert client.get("/mine/").status_code == 302
    assert client.get("/mine/xx/").headers["Location"] == "/mine/"
    for data in ({"token": "x"}, {"token": "x", "go": "value:name"}, {"go": "held"}):
        page = client.post(PAGE, data)
        assert SECRETS["name"] not in page.content.decode()
    arabic = client.get("/mine/ar/").content.decode()
    assert 'dir="rtl"' in arabic
    assert "Set-Cookie" not in client.get(PAGE).headers


def test_the_lists_of_requests_cost_the_same_with_three_rows_and_thirty(
    scene: Scene, open_case: Callable[..., Case]
) -> None:
    supervisor = a_person(Role.SUPERVISOR, scene.manager.agency)
    desk, chief = Client(), Client()
    desk.force_login(scene.manager)
    chief.force_login(supervisor)
    phone_case = open_case()

    def more(count: int) -> None:
        for _ in range(count):
            case = open_case()
            OwnRequest.objects.create(
                case=case, key_id=case.key_id, holder="person", kind="correction", field="name", asked_at=NOW,
                due_date=TODAY,
            )  # fmt: skip
            cases.read_identity(phone_case, actor=a_person(Role.CASE_MANAGER, scene.manager.agency))
            from mainstay.protect.services import ties

            ties.shut_out(case, a_person(Role.SCREENER), "x", actor=scene.manager, now=NOW)

    def cost() -> list[int]:
        found = []
        for client, address in ((desk, "protect:own_requests"), (chief, "protect:tie_list"), (desk, "today")):
            client.get(reverse(address))
            with CaptureQueriesContext(connection) as asked:
                assert client.get(reverse(address)).status_code == 200
            found.append(len(asked))
        with CaptureQueriesContext(connection) as asked:
            reading.who_read(phone_case)
        return [*found, len(asked)]

    more(3)
    few = cost()
    more(17)
    assert cost() == few
