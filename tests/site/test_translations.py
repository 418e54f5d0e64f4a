"""Every text of the interface is there in every language, fits its English, and is what a page shows."""

import html
import importlib.util
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Message
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format

from mainstay.accounts.models import User
from mainstay.core import clock, errors, labels
from mainstay.core.access import Purpose, Role
from mainstay.core.errors import MainstayError
from mainstay.core.vocabularies import htcds
from mainstay.money.models import PATTERNS
from mainstay.money.rules import (
    BookingFacts,
    ChainFacts,
    CollectionFacts,
    CycleFacts,
    DebtFacts,
    DormancyFacts,
    FunnelAccountFacts,
    FunnelFacts,
    GatherFacts,
    ScatterFacts,
    StackFacts,
    StructuringFacts,
    WalkFacts,
    booking_alert,
    chain_alert,
    collection_alert,
    cycle_alert,
    debt_alert,
    dormancy_alert,
    funnel_account_alert,
    funnel_alert,
    gather_alert,
    scatter_alert,
    stack_alert,
    structuring_alert,
    walk_alert,
)
from mainstay.money.types import (
    Alert,
    BookingSettings,
    ChainSettings,
    CycleSettings,
    DebtSettings,
    DormancySettings,
    FanInSettings,
    FunnelAccountSettings,
    GatherSettings,
    Reason,
    ScatterSettings,
    StackSettings,
    StructuringSettings,
    WageSettings,
    WalkSettings,
)
from mainstay.money.views import REASON_WORDS, flow_of, reason_in_words, title_of
from mainstay.ui.charts import draw_flow
from tests.factories import NOW, a_case, a_screening, alerts

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "translations.py"
LANGUAGES = ("ar", "es", "fr", "ru", "zh-hans")
PAGES: list[tuple[str, Role | None]] = [
    ("account_login", None),
    ("today", Role.CASE_MANAGER),
    ("protect:list", Role.CASE_MANAGER),
    ("money:list", Role.ANALYST),
]


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """Leave the language of the tests that follow as it was: a request sets it for the whole thread."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="module")
def translations() -> ModuleType:
    """The script that keeps the catalogues."""
    spec = importlib.util.spec_from_file_location("translations", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_catalogues_say_every_text_of_the_code_and_are_compiled(translations: ModuleType) -> None:
    assert translations.faults() == []


@pytest.mark.parametrize(
    ("text", "string", "fault"),
    [
        ("%(n)s of %(total)s", "%(n)s von %(total)s", None),
        ("%(n)s of %(total)s", "%(total)s: %(n)s", None),
        ("%(n)s of %(total)s", "%(n)s", "other placeholders"),
        ("50 %% of %s", "50 %s", "other placeholders"),
        ("<b>Now</b>", "<i>Maintenant</i>", "other placeholders"),
        ("Now", "", "not translated"),
        (("One day", "%(n)s days"), ("Un jour", "%(n)s jours"), None),
        (("One day", "%(n)s days"), ("Un jour", "%(m)s jours"), "other placeholders"),
        (("One day", "%(n)s days"), ("Un jour", "%(n)s jours", "%(n)s jours"), "3 plural forms"),
        (("One day", "%(n)s days"), ("Un jour", ""), "not translated"),
    ],
)
def test_a_translation_that_does_not_fit_is_found(
    translations: ModuleType, text: str | tuple[str, str], string: str | tuple[str, ...], fault: str | None
) -> None:
    found = list(translations.message_faults(Message(text, string), 2))
    assert len(found) == bool(fault)
    assert fault is None or fault in found[0]


def test_a_fuzzy_translation_is_found(translations: ModuleType) -> None:
    assert list(translations.message_faults(Message("Now", "Maintenant", flags=("fuzzy",)), 2)) == ["fuzzy"]


def translated_texts(translations: ModuleType, language: str) -> Iterator[str]:
    """Yield the English texts that a language says in other words."""
    for home in translations.HOMES:
        catalogue = translations.read(home.catalogue(language), language)
        for (_context, text), message in translations.messages(catalogue).items():
            if text not in translations.forms(message):
                yield text


def visible_texts(page: str) -> set[str]:
    """Return the texts between a page's tags, and what its labels for screen readers say."""
    page = re.sub(r"<(script|style|option)\b.*?</\1>", "", page, flags=re.DOTALL)
    texts = re.findall(r">([^<>]+)<", page) + re.findall(r'(?:aria-label|placeholder)="([^"]+)"', page)
    return {html.unescape(text).strip() for text in texts} - {""}


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "role"), PAGES)
def test_a_page_leaves_no_english_of_the_catalogue(
    client_of: Callable[[Role], Client],
    person_of: Callable[[Role], User],
    translations: ModuleType,
    name: str,
    role: Role | None,
    language: str,
) -> None:
    client = client_of(role) if role else Client()
    a_case(person_of(Role.CASE_MANAGER))
    a_screening(person_of(Role.SCREENER))
    alerts(person_of(Role.ANALYST), 3)
    client.cookies["django_language"] = language
    english = set(translated_texts(translations, {"zh-hans": "zh_Hans"}.get(language, language)))
    english -= {"English"}  # to choose a language, each is called what its speakers call it
    assert visible_texts(client.get(reverse(name)).content.decode()) & english == set()


@pytest.mark.django_db
def test_arabic_is_read_from_the_right_and_the_others_from_the_left(client: Client) -> None:
    for language in (*LANGUAGES, "en"):
        client.cookies["django_language"] = language
        page = client.get(reverse("account_login")).content.decode()
        assert re.search(rf'<html[^>]* lang="{language}"', page)
        assert ('dir="rtl"' in page.split(">", 2)[1]) is (language == "ar")


@pytest.mark.django_db
def test_days_are_written_as_the_reader_writes_them(client_of: Callable[[Role], Client]) -> None:
    client = client_of(Role.CASE_MANAGER)
    said = set()
    for language in LANGUAGES:
        client.cookies["django_language"] = language
        page = client.get(reverse("today")).content.decode()
        with translation.override(language):
            day = date_format(clock.today(), translation.gettext("l j F"))
        assert day in html.unescape(page)
        said.add(day)
    assert len(said) == len(LANGUAGES)


def all_alerts() -> list[Alert]:
    """Return an alert of every pattern, with every reason that a scan can give."""
    until = NOW + timedelta(days=1)
    collection = CollectionFacts("C", ["P", "Q"], [("R", 0.97)], ["T"], NOW, until, {}, 2, 0.4, 0.5, 0.97, abroad=0.25)
    funnel = FunnelFacts("E", "C", ["V", "W"], ["T"], NOW, until, {}, 4, 0.9, 1.5, sharing=1.0)
    chain = ChainFacts("A", ["B", "C"], "D", ["T", "U", "V", "W"], NOW, until, {}, kept=0.01, left=0.97, hours=3.5)
    cycle = CycleFacts("A", ["B", "C"], ["T", "U", "V"], NOW, until, {}, rounds=1, left=0.97, days=2.5)
    debt = DebtFacts("C", ["P", "Q"], ["T"], NOW, until, {}, 30, 2.5, 6, 0.75, 0.9, abroad=0.5)
    cash = [StructuringFacts("A", into, ["T"] * 4, NOW, until, {}, 10_000, 3.8, 0.95, 0.8) for into in (True, False)]
    places = FunnelAccountFacts("A", ["T"] * 4, NOW, until, {}, 7, 4, 0.5, 0.9, 22.5)
    scatter = ScatterFacts("A", ["B", "C", "D"], "E", ["T"] * 6, NOW, until, {}, 0.96, 0.05, 7.5)
    gather = GatherFacts("A", ["B", "C"], ["D", "E", "F"], ["T"] * 5, NOW, until, {}, 0.96, 7.5)
    woke = DormancyFacts("A", ["B", "C"], [("D", 0.9)], ["T"] * 9, NOW, until, {}, 400, 0.96)
    booked = BookingFacts("A", ["B", "C"], ["D"], ["E"], ["T"] * 9, NOW, until, {}, 3, 2, 1, peak=5, usual=0.5)
    layers = (["A", "B"], ["C", "D", "E"], ["F", "G"])
    stacked = StackFacts(*layers, ["T"] * 12, NOW, until, {}, sums=9, left=0.97, kept=0.05, hours=7.5)
    steps = ["T"] * 10
    walk = WalkFacts("A", ["B", "C", "D"], "E", steps, NOW, until, {}, back=2, kept=0.01, left=0.97, hours=3.5)
    return [
        walk_alert(walk, WalkSettings(), max_listed=19),
        stack_alert(stacked, StackSettings(), max_listed=9),
        booking_alert(booked, BookingSettings(), max_listed=9),
        dormancy_alert(woke, DormancySettings(), max_listed=9),
        gather_alert(gather, GatherSettings(), max_listed=9),
        scatter_alert(scatter, ScatterSettings(), max_listed=9),
        funnel_account_alert(places, FunnelAccountSettings(), max_listed=9),
        *(structuring_alert(one, StructuringSettings(), max_listed=9) for one in cash),
        debt_alert(debt, DebtSettings(), max_listed=9),
        cycle_alert(cycle, CycleSettings(), max_listed=9),
        chain_alert(chain, ChainSettings(), max_listed=9),
        collection_alert(collection, FanInSettings(), max_listed=9),
        funnel_alert(funnel, WageSettings(), max_listed=9),
    ]


def all_reasons() -> list[Reason]:
    """Return every reason that a scan can give for an alert."""
    return [reason for alert in all_alerts() for reason in alert.reasons]


def test_every_pattern_has_a_name_a_title_and_a_picture() -> None:
    assert {alert.pattern for alert in all_alerts()} == dict(PATTERNS).keys()
    titles = {title_of(alert) for alert in all_alerts()}
    assert len(titles) >= len(PATTERNS)
    for alert in all_alerts():
        drawn = draw_flow(flow_of(alert))
        assert drawn.ribbons
        assert drawn.rows


def test_the_controller_of_a_collection_is_drawn_after_its_collector() -> None:
    (collection,) = (alert for alert in all_alerts() if alert.pattern == "fan_in_collection")
    flow = flow_of(collection)
    assert [node.label for node in flow.middles] == ["C"]
    assert [(node.label, node.detail) for node in flow.sinks] == [("R", "Controller")]


def test_each_reason_of_an_alert_is_a_sentence_of_the_catalogue() -> None:
    assert {reason.code for reason in all_reasons()} == REASON_WORDS.keys()
    for reason in all_reasons():
        assert reason_in_words(reason) == reason.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reason_keeps_its_figures_in_every_language(language: str) -> None:
    with translation.override(language):
        for reason in all_reasons():
            words = reason_in_words(reason)
            assert words != reason.text
            assert sorted(re.findall(r"\d+", words)) == sorted(re.findall(r"\d+", reason.text))


def test_a_reason_of_another_version_stays_as_the_scan_wrote_it() -> None:
    with translation.override("fr"):
        assert reason_in_words(Reason("new", "7 of 9 at night", 7, "", 0.1)) == "7 of 9 at night"
        assert reason_in_words(Reason("months", "in some months", 7, "", 0.1)) == "in some months"


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_page_speaks_the_readers_language(client: Client, language: str) -> None:
    client.cookies["django_language"] = language
    page = client.get("/nowhere/").content.decode()
    assert "Nothing here" not in page
    with translation.override(language):
        assert translation.gettext("Nothing here") in html.unescape(page)


def test_every_title_of_an_error_and_every_purpose_is_in_the_catalogue() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    titles = {kind.title for kind in kinds if issubclass(kind, MainstayError)}
    with translation.override("en"):
        assert titles == {str(title) for title in labels.ERROR_TITLES}
        assert {str(purpose) for purpose in Purpose} == {str(purpose) for purpose in labels.PURPOSES}
        assert {code.label for code in htcds("vic_TypeOfExploitation")} == {str(label) for label in labels.EXPLOITATION}
