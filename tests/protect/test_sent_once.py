"""A form that is pressed twice, on a slow line or an old phone, is done once."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from mainstay.core import clock, once
from mainstay.core.access import Role
from mainstay.core.models import SentForm
from mainstay.protect.models import Case, Document, Note, OwnMessage, Referral
from mainstay.protect.rules.own_view import Holder
from mainstay.protect.services import cases, flags, own_codes
from mainstay.protect.types import Category
from mainstay.protect.urls import urlpatterns
from tests.factories import a_person, a_screening
from tests.protect.conftest import NOW, TODAY, Scene

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'name="once" value="([\w-]+)"')


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def token_on(answer: Any) -> str:
    """Return the token of the form on a page; there has to be one."""
    found = TOKEN.search(answer.content.decode())
    assert found, "the form carries no token"
    return found[1]


def test_a_note_pressed_twice_is_one_note_and_both_presses_lead_to_the_same_page(scene: Scene) -> None:
    client, page = signed_in(scene.manager), reverse("protect:write_note", args=[scene.case.pk])
    sent = {"text": "Sleeps better.", "once": token_on(client.get(page))}
    first, second = client.post(page, sent), client.post(page, sent)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first.headers["Location"] == second.headers["Location"]
    assert Note.objects.count() == 1
    assert "had been sent already" in client.get(second.headers["Location"]).content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_posts_at_the_same_moment_do_it_once(scene: Scene) -> None:
    page = reverse("protect:write_note", args=[scene.case.pk])
    clients = [signed_in(scene.manager) for _ in range(2)]
    for round_ in range(1, 6):
        sent = {"text": "Sleeps better.", "once": token_on(clients[0].get(page))}
        start = Barrier(2)

        def press(client: Client, sent: dict[str, str] = sent, start: Barrier = start) -> tuple[int, str]:
            try:
                start.wait()
                answer = client.post(page, sent)
                return answer.status_code, answer.headers.get("Location", "")
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            came = list(pool.map(press, clients))
        assert came == [(302, reverse("protect:notes", args=[scene.case.pk]))] * 2
        assert Note.objects.count() == round_


def test_a_form_with_a_mistake_in_it_may_be_sent_again(scene: Scene) -> None:
    client, page = signed_in(scene.manager), reverse("protect:write_note", args=[scene.case.pk])
    token = token_on(client.get(page))
    refused = client.post(page, {"text": "", "once": token})
    assert refused.status_code == 200
    assert not SentForm.objects.exists()
    assert client.post(page, {"text": "Sleeps better.", "once": token}).status_code == 302
    assert Note.objects.count() == 1


def test_what_a_service_refuses_may_be_sent_again(scene: Scene) -> None:
    client, page = signed_in(scene.manager), reverse("protect:flag", args=[scene.case.pk])
    standing = flags.set_flag(scene.case, "urgent", actor=scene.manager, today=clock.today(), now=NOW)
    sent = {"kind": "urgent", "note": "", "until": "", "once": token_on(client.get(page))}
    assert client.post(page, sent).status_code == 409
    assert not SentForm.objects.exists()
    flags.end_flag(standing, actor=scene.manager, now=NOW)
    assert client.post(page, sent).status_code == 302
    assert scene.case.flags.filter(ended_at=None).count() == 1


def test_another_persons_token_is_another_one(scene: Scene) -> None:
    colleague = a_person(Role.CASE_MANAGER, scene.manager.agency)
    page = reverse("protect:write_note", args=[scene.case.pk])
    token = token_on(signed_in(scene.manager).get(page))
    for person in (scene.manager, colleague):
        assert signed_in(person).post(page, {"text": "Sleeps better.", "once": token}).status_code == 302
    assert set(Note.objects.values_list("author", flat=True)) == {scene.manager.pk, colleague.pk}


def test_a_token_is_kept_for_a_day_and_its_row_tells_nothing_of_anybody(scene: Scene) -> None:
    client, page = signed_in(scene.manager), reverse("protect:write_note", args=[scene.case.pk])
    token = token_on(client.get(page))
    client.post(page, {"text": "Sleeps better.", "once": token})
    row = SentForm.objects.get()
    assert token not in row.key
    assert {field.name for field in SentForm._meta.get_fields()} == {"key", "led_to", "sent_at"}
    assert once.forget_old(now=row.sent_at + once.KEPT - timedelta(seconds=1)) == 0
    assert once.forget_old(now=row.sent_at + once.KEPT + timedelta(seconds=1)) == 1
    assert client.post(page, {"text": "Sleeps well.", "once": token}).status_code == 302, "a form is never lost"


def test_a_referral_pressed_twice_leaves_once(scene: Scene) -> None:
    scene.consent(Category.IDENTITY, Category.HEALTH, Category.NEEDS)
    need = cases.add_need(scene.case, "health", "", actor=scene.manager, now=NOW)
    client, page = signed_in(scene.manager), reverse("protect:refer", args=[scene.case.pk, need.pk])
    sent = {"agency": scene.provider.agency_id, "answer_by": TODAY + timedelta(days=3)}
    with clock.frozen_at(NOW):
        looked = client.post(page, {**sent, "once": token_on(client.get(page))})
        sent |= {"go": "send", "once": token_on(looked)}
        assert [client.post(page, sent).status_code for _ in range(2)] == [302, 302]
    assert Referral.objects.count() == 1
    assert scene.case.shares.count() == 1


def test_a_case_opened_twice_by_a_screener_is_one_and_the_second_press_is_no_error(scene: Scene) -> None:
    screener = a_person(Role.SCREENER, scene.manager.agency)
    screening = a_screening(screener)
    client = signed_in(screener)
    page = reverse("protect:from_screening", args=[screening.pk])
    before = Case.objects.count()
    token = token_on(client.get(reverse("identify:result", args=[screening.pk])))
    sent = {"agency": scene.manager.agency_id, "once": token}
    assert [client.post(page, sent).status_code for _ in range(2)] == [200, 302]
    assert Case.objects.count() == before + 1


def test_a_document_pressed_twice_is_kept_once(scene: Scene) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from tests.protect.files import a_picture

    client, page = signed_in(scene.manager), reverse("protect:add_photo", args=[scene.case.pk])
    token = token_on(client.get(page))
    for _ in range(2):
        file = SimpleUploadedFile("x.png", a_picture())
        assert client.post(page, {"file": file, "once": token}).status_code == 302
    assert Document.objects.count() == 1


def test_a_question_of_the_person_pressed_twice_is_asked_once(scene: Scene) -> None:
    with clock.frozen_at(NOW):
        code = own_codes.give_code(
            scene.case, Holder.PERSON, "704829", language="en", days=30, actor=scene.manager, today=TODAY, now=NOW
        )
        client, page = Client(), reverse("protect:own", args=["en"])
        entered = client.post(page, {"code": code, "pin": "704829"}).content.decode()
        visit = re.findall(r'name="token" value="([^"]+)"', entered)[0]
        form = token_on(client.post(page, {"token": visit, "go": "talk"}))
        for _ in range(2):
            answer = client.post(page, {"token": visit, "go": "talk:send", "text": "When?", "once": form})
            assert answer.status_code == 200
    assert OwnMessage.objects.count() == 1


#: Addresses of protect that may be pressed twice as they are, and why.
TWICE_IS_THE_SAME: dict[str, str] = {
    "only read": """
        list outside_read my_work team team_people flags import exports export print_file origin case who happened photo
        documents download notes history timeline referral_document procedure_document sharing grounds taken_back
        certificates certificate procedures referrals referrals_sent assistance eligible wage find_place transfers
        conferences conference services directory_export service law measures_of measures measure submission
        submission_text notices notice days calendar national safety print_plan open_address tie_list own_requests
        own_front own_leave own_view""",
    "sets what it says; saying it again changes nothing": """
        end_outside forget_filter end_flag export_cancel identity birth facts take_part_away take_document_away left_out
        pin_note figures end_ground meet_need lift_hold periods receives situation move finish_task transfer_take_back
        directory_import change_service age verify_age finish_day end_contact measure_facts
        confirm_submission reminders end_calendar set_national_days set_treaty reach write_address let_in end_own_code
        guardian own_view_choice""",
    "shows a secret once, so the last press has to be the one that holds": "outside give_own_code make_calendar",
    "claims its token where it is kept": "add_document add_photo own",
}


def test_every_form_of_protect_is_done_once_or_says_why_it_may_be_done_twice() -> None:
    named = {name for names in TWICE_IS_THE_SAME.values() for name in names.split()}
    guarded = {one.name for one in urlpatterns if getattr(one.callback, "is_sent_once", False)}
    assert not named & guarded
    assert named | guarded == {one.name for one in urlpatterns}


FORMS = [
    "new", "consent", "need", "write_note", "task", "goal", "conference_new", "hand_over", "ask_ground",
    "new_measure", "add_contact", "add_day", "permit", "flag", "assess_risk", "safety_plan", "transfer_ask",
    "ask_to_decide", "wages", "keeping", "assess", "agree", "export_new", "save_filter", "erase", "declare_tie",
    "add_document",
]  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_each_form_carries_a_token_of_its_own(name: str, scene: Scene) -> None:
    client = signed_in(scene.manager)
    of_case = [] if name in {"new", "export_new", "save_filter", "declare_tie"} else [scene.case.pk]
    page = reverse(f"protect:{name}", args=of_case)
    assert token_on(client.get(page)) != token_on(client.get(page))


def test_open_forms_are_swept_by_the_upkeep(scene: Scene, monkeypatch: Any) -> None:
    from mainstay.site import upkeep

    SentForm.objects.create(key="x", sent_at=clock.now() - 2 * once.KEPT)
    monkeypatch.setattr("mainstay.cooperate.services.exchange.carry_waiting", lambda: None)
    upkeep.do_upkeep()
    assert not SentForm.objects.exists()
