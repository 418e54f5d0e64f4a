"""A form in the browser against the same form on the node: asked, refused, missed and urgent alike."""

import random
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from mainstay.accounts.models import User
from mainstay.core.access import Role
from mainstay.identify.engine.answering import answer_fault, asked, constraint_fault, missing_required
from mainstay.identify.engine.phone import for_phone
from mainstay.identify.engine.shipped import load_shipped, shipped_names
from mainstay.identify.engine.xform import FUNCTIONS
from mainstay.identify.engine.xlsform import read_instrument
from mainstay.identify.types import Instrument
from tests.factories import a_person
from tests.identify.builders import Rows, shared, workbook


@pytest.fixture
def screener(db: None) -> User:
    """Who is signed in."""
    return a_person(Role.SCREENER)


HEAD = ["type", "name", "label", "relevant", "constraint", "constraint_message", "required", "calculation"]
CONDITIONS = [
    ["integer", "age", "Age?", "", ". >= 0 and . <= 120", "A human age."],
    ["calculate", "minor", "", "", "", "", "", "if(${age} < 18, 'yes', 'no')"],
    ["begin_group", "young", "Young", "${minor} = 'yes'"],
    ["select_one yn", "school", "School?", "", "", "", "${age} > 6"],
    ["text", "which", "Which?", "${school} = 'yes'", "string-length(.) <= 3 and not(contains(., 'x'))"],
    ["end_group", ""],
    ["select_multiple who", "came_with", "With?"],
    ["text", "aunt", "Aunt?", "selected(${came_with}, 'aunt')", "regex(., '[A-Z]{2}[0-9]+')", "", "yes"],
    ["text", "many", "Many?", "count-selected(${came_with}) >= 2 and selected-at(${came_with}, 1) != 'boss'"],
    ["date", "left", "Left?", "", ". <= today() and . > date('2000-01-31')"],
    ["text", "since", "Since?", "(today() - ${left}) div 365.25 >= 1 or format-date(${left}, '%Y') = '2026'"],
    ["decimal", "pay", "Pay?", "", "int(.) != 2 and pow(., 2) < 100 and min(., 5) >= max(0, 1)"],
    ["text", "named", "Named?", "jr:choice-name(${school}, '${school}') = 'yes' or coalesce(${pay}, '7') = '7'"],
    ["calculate", "kept", "", "", "", "", "", "once(${age})"],
    ["text", "fresh", "Fresh?", "decimal-date-time(${left}) > now() - 500 and ${kept} != '7'"],
    ["text", "rest", "Rest?", "not(${age} != '') or number(${pay}) * 2 mod 3 = 1 or ${age} + ${pay} - 1 > 20"],
]
CHOICES: Rows = [["list_name", "name", "label"], *[["yn", one, one] for one in ("yes", "no")],
                 *[["who", one, one] for one in ("aunt", "boss", "friend")]]  # fmt: skip
WORDS = {
    "integer": ["", "0", "5", "7", "17", "18", "40", "-3", "121", "x", "1.5"],
    "decimal": ["", "0.5", "1", "2.9", "3", "9.99", "10", "-1", "one"],
    "date": ["", "1999-12-31", "2000-02-01", "2025-11-23", "2026-01-01", "2026-02-30", "2031-01-01", "soon"],
    "text": ["", "a", "abc", "abcd", "ax", "AB12", "ab12", "é", "Αβ", "a b"],
}


def test_the_form_of_conditions_uses_every_function_that_the_node_evaluates() -> None:
    written = " ".join(cell for row in CONDITIONS for cell in row)
    assert {name for _space, name in FUNCTIONS if f"{name}(" not in written} == set()


def condition_form() -> Instrument:
    rows = [row + [""] * (len(HEAD) - len(row)) for row in CONDITIONS]
    return read_instrument("conditions.xlsx", workbook([HEAD, *rows], CHOICES))


def instrument_named(which: str) -> Instrument:
    if which == "conditions":
        return condition_form()
    if which == "htcds":
        return read_instrument(shared("data", "htcds", "htcds_xlsform.xlsx"))
    found = load_shipped(which)
    assert found is not None
    return found


def some_answers(instrument: Instrument, dice: random.Random) -> dict[str, str]:
    """Answers at hand and by chance, some of them such as no form takes."""
    given = {}
    for question in instrument.questions:
        names = [choice.name for choice in question.choices]
        if question.multiple:
            value = " ".join(sorted(dice.sample(names, dice.randint(0, len(names))), key=lambda _: dice.random()))
        else:
            value = dice.choice([*names, "", "ghost"] if names else WORDS.get(question.type, WORDS["text"]))
        if value:
            given[question.name] = value
    return given


def as_the_node_reads(instrument: Instrument, answers: dict[str, str], day: date) -> dict[str, Any]:
    faults = [q.name for q in instrument.questions if answers.get(q.name) and (
        answer_fault(q, answers[q.name]) or constraint_fault(instrument, q, answers, today=day))]  # fmt: skip
    path = asked(instrument, answers, today=day).questions
    return {
        "asked": [question.name for question in path],
        "faults": faults,
        "missing": [question.name for question in missing_required(instrument, answers, today=day)],
        "urgent": sorted({
            need for question in path for _name, judgement in question.judgements(answers.get(question.name, ""))
            for need in judgement.urgent
        }),
    }  # fmt: skip


AS_THE_PHONE_READS = """async ({ definition, sets, day }) => {
  const { Form } = await import("/static/identify/offline/form.js");
  const form = new Form(definition, day);
  return sets.map((answers) => ({
    asked: form.asked(answers).map(({ name }) => name),
    faults: form.questions.filter((question) => form.fault(question, answers)).map(({ name }) => name),
    missing: form.missing(answers).map(({ name }) => name),
    urgent: form.urgent(answers).sort(),
  }));
}"""


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("which", [*shipped_names(), "conditions", "htcds"])
def test_the_phone_asks_refuses_and_warns_as_the_node_does(
    which: str, signed_in_page: Callable[..., Page], live: str, screener: User
) -> None:
    instrument = instrument_named(which)
    page = signed_in_page(screener)
    page.goto(f"{live}/identify/offline/")
    dice, day = random.Random(7), date(2026, 3, 1)
    sets = [some_answers(instrument, dice) for _ in range(400)]
    given = {"definition": for_phone(instrument), "sets": sets, "day": (day - date(1970, 1, 1)).days}
    read = page.evaluate(AS_THE_PHONE_READS, given)
    expected = [as_the_node_reads(instrument, answers, day) for answers in sets]
    for answers, phone, node in zip(sets, read, expected, strict=True):
        assert phone == node, answers
    has_conditions = any(question.relevant for question in instrument.questions)
    assert (len({tuple(node["asked"]) for node in expected}) > 1) == has_conditions
    assert any(node["faults"] for node in expected)


def test_what_answers_indicate_never_travels_to_the_phone(screener: User) -> None:
    client = Client()
    client.force_login(screener)
    sent = client.get(reverse("identify:offline_forms")).content.decode()
    for name in shipped_names():
        assert (name in sent) is (name != "sexual_exploitation")  # a draft is off
        sent = sent.replace(name, "")  # the name of a form says nothing of an answer
    for word in ("indicator", "strength", "dimension", "strong", 'medium"', "element", "cd_", "forced_labour"):
        assert word not in sent
