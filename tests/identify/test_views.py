"""The interview as a browser without JavaScript walks it."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mainstay.accounts.models import User
from mainstay.audit.models import Entry
from mainstay.core.access import Role
from mainstay.identify.engine.shipped import load_shipped
from mainstay.identify.models import InstalledInstrument, Screening
from mainstay.identify.rules import assess
from tests.factories import a_person, an_agency
from tests.identify.builders import shared, workbook
from tests.identify.test_services import a_screening

pytestmark = pytest.mark.django_db
BEGIN = {"instrument": "rapid_screen", "language": "en", "age_group": "unknown", "sex": "female"}


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def begin(client: Client, **changes: str) -> str:
    """Begin an interview and return the address of its first question."""
    response = client.post(reverse("identify:choose"), {**BEGIN, **changes})
    assert response.status_code == 302
    return str(response.headers["Location"])


def text(response: Any) -> str:
    return str(response.content.decode())


def test_questions_that_are_not_in_the_persons_language_are_refused_with_those_there_are() -> None:
    client = signed_in(a_person(Role.SCREENER))
    refused = client.post(reverse("identify:choose"), {**BEGIN, "instrument": "children", "language": "ar"})
    assert refused.status_code == 200
    assert "They are in: English, français." in text(refused)
    assert begin(client, instrument="children", language="fr")
    assert begin(client, language="ar")


def test_the_rapid_screen_is_answered_from_first_to_last_page() -> None:
    client = signed_in(a_person(Role.SCREENER))
    address = begin(client)
    given = {"brought_here": "yes", "threats": "yes", "made_to": ["work", "none"], "danger_now": "yes"}
    pages = 0
    while "finish" not in address:
        page = client.get(address)
        assert page.status_code == 200
        number = re.search(r"/(\d+)/$", address)
        assert number is not None
        form = page.context["form"]
        answer = given.get(form.question.name, "no" if "no" in dict(form.fields["answer"].choices) else "")
        address = client.post(address, {"answer": answer, "go": "next"}).headers["Location"]
        pages += 1
    assert pages == 13  # fourteen without the one that only a child is asked
    end = client.post(address, {"note": "Wants to call her sister."})
    result = client.get(end.headers["Location"])
    assert "Trafficking indicated" in text(result)
    assert "In danger now" in text(result)
    assert "Wants to call her sister." in text(result)
    assert Screening.objects.get().sex == "female"


def test_the_result_names_the_questions_that_would_settle_it() -> None:
    client = signed_in(a_person(Role.SCREENER))
    address = begin(client)
    given = {"brought_here": "yes", "threats": "yes"}
    while "finish" not in address:
        name = client.get(address).context["form"].question.name
        address = client.post(address, {"answer": given.get(name, "declined"), "go": "next"}).headers["Location"]
    result = client.get(client.post(address, {"note": ""}).headers["Location"])
    screen = load_shipped("rapid_screen")
    assert screen is not None
    named = assess(screen, given | dict.fromkeys(["made_to"], "declined"), None).settle
    assert named[0] == "made_to"  # act and means are established: only the purpose is open
    assert "would settle it best" in text(result)
    for name in named:
        question = screen.question(name)
        assert question is not None
        assert question.labels["en"] in text(result)


def test_back_keeps_the_answer_and_shows_it_again() -> None:
    client = signed_in(a_person(Role.SCREENER))
    first = begin(client)
    second = client.post(first, {"answer": "yes", "go": "next"}).headers["Location"]
    assert client.post(second, {"answer": "no", "go": "back"}).headers["Location"] == first
    assert 'value="yes" checked' in re.sub(r'\s+(id|class)="[^"]*"', "", text(client.get(first)))
    assert 'value="no" checked' in re.sub(r'\s+(id|class)="[^"]*"', "", text(client.get(second)))


def test_nothing_of_an_interview_is_in_the_address_the_title_or_the_cookie() -> None:
    client = signed_in(a_person(Role.SCREENER))
    first = begin(client)
    second = client.post(first, {"answer": "declined", "go": "next"}).headers["Location"]
    assert re.fullmatch(r"/identify/[0-9a-f-]{36}/2/", second)
    title = re.search(r"<title>(.*?)</title>", text(client.get(second)), re.S)
    assert title is not None
    assert title.group(1).strip() == "Questions"
    assert "declined" not in str(dict(client.session))


def test_an_interview_in_arabic_runs_right_to_left() -> None:
    client = signed_in(a_person(Role.SCREENER))
    page = client.get(begin(client, language="ar"))
    assert 'lang="ar" dir="rtl"' in text(page)
    assert "هل الشخص في خطر الآن؟" in text(page)
    assert page.headers["Content-Language"] == "ar"
    for said in ("التالي", "خروج سريع", "1 من 14"):
        assert said in text(page)


NEXT = {"en": "Next", "fr": "Suivant", "es": "Siguiente", "ar": "التالي", "ru": "Далее", "zh": "下一题"}


@pytest.mark.parametrize("language", NEXT)
def test_every_language_asks_the_first_question_and_names_the_buttons(language: str) -> None:
    client = signed_in(a_person(Role.SCREENER))
    page = client.get(begin(client, language=language))
    question = page.context["form"].question
    assert question.labels[language] in text(page)
    assert NEXT[language] in text(page)


def test_the_htcds_form_is_answered_in_the_browser() -> None:
    admin = signed_in(a_person(Role.ADMINISTRATOR))
    content = shared("data", "htcds", "htcds_xlsform.xlsx").read_bytes()
    upload = SimpleUploadedFile("htcds_xlsform.xlsx", content)
    assert admin.post(reverse("identify:install"), {"file": upload}).status_code == 302
    client = signed_in(a_person(Role.SCREENER))
    address = begin(client, instrument="htcds_xlsform")
    while "finish" not in address:
        form = client.get(address).context["form"]
        field = form.fields["answer"]
        choices = [name for name, _ in getattr(field, "choices", []) if name]
        value = choices[0] if choices else {"date": "2001-02-03"}.get(form.question.type, "made up")
        address = client.post(address, {"answer": value, "go": "next"}).headers["Location"]
    result = client.get(client.post(address, {"note": ""}).headers["Location"])
    assert "Cannot tell" in text(result)
    assert "carries no indicators" in text(result)


def test_a_wrong_answer_says_what_was_expected_and_stays() -> None:
    rows = [["type", "name", "label", "constraint", "constraint_message"],
            ["integer", "age", "Age?", ". < 120", "A human age, please."]]  # fmt: skip
    admin = signed_in(a_person(Role.ADMINISTRATOR))
    admin.post(reverse("identify:install"), {"file": SimpleUploadedFile("ages.xlsx", workbook(rows))})
    client = signed_in(a_person(Role.SCREENER))
    address = begin(client, instrument="ages")
    assert "a whole number" in text(client.post(address, {"answer": "old", "go": "next"}))
    assert "A human age, please." in text(client.post(address, {"answer": "400", "go": "next"}))
    assert client.post(address, {"answer": "40", "go": "next"}).status_code == 302


def test_every_fault_of_an_uploaded_form_is_shown_and_nothing_is_installed() -> None:
    rows = [["type", "name", "label"], ["telepathy", "a", "A?"], ["text", "b", "B?"], ["text", "b", "B?"]]
    admin = signed_in(a_person(Role.ADMINISTRATOR))
    page = admin.post(reverse("identify:install"), {"file": SimpleUploadedFile("x.xlsx", workbook(rows))})
    assert page.status_code == 422
    assert "row 2" in text(page)
    assert "row 4" in text(page)
    assert not InstalledInstrument.objects.exists()


def test_a_stranger_finds_nothing_and_a_colleague_who_looks_is_on_the_chain() -> None:
    agency = an_agency()
    screener = a_person(Role.SCREENER, agency)
    address = begin(signed_in(screener))
    assert signed_in(a_person(Role.SCREENER)).get(address).status_code == 404
    assert signed_in(a_person(Role.INVESTIGATOR, agency)).get(address).status_code == 403
    assert signed_in(a_person(Role.CASE_MANAGER, agency)).get(address).status_code == 200
    assert Entry.objects.filter(action="identify.draft_read").count() == 1


def test_throwing_away_leaves_nothing() -> None:
    client = signed_in(a_person(Role.SCREENER))
    begin(client)
    address = reverse("identify:discard", args=[Screening.objects.get().pk])
    assert "cannot be undone" in text(client.get(address))
    client.post(address)
    assert not Screening.objects.exists()


def test_the_list_filters_and_its_queries_do_not_grow() -> None:
    agency = an_agency()
    client = signed_in(a_person(Role.CASE_MANAGER, agency))
    assert "No screening here" in text(client.get(reverse("identify:list")))
    counts = []
    for _ in range(2):
        a_screening(agency)
        a_screening(agency)
        with CaptureQueriesContext(connection) as captured:
            page = client.get(reverse("identify:list"), {"urgent": "1", "level": "trafficking indicated"})
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert len(page.context["page"].object_list) == 4
    assert not client.get(reverse("identify:list"), {"level": "possible"}).context["page"].object_list


def test_pages_carry_no_script_or_style_of_their_own() -> None:
    client = signed_in(a_person(Role.SCREENER))
    pages = [client.get(begin(client)), client.get(reverse("identify:choose")), client.get(reverse("identify:list"))]
    for page in pages:
        assert " style=" not in text(page)
        assert " onclick=" not in text(page)
        assert not re.search(r"<script(?![^>]*\bsrc=)", text(page))
