"""The shipped instruments: complete, askable by anybody, and mapped to what their sources list."""

from collections import Counter
from importlib.resources import files
from io import BytesIO

import pytest
from openpyxl import load_workbook

from mainstay.identify.engine.shipped import load_shipped, shipped_names
from mainstay.identify.rules.indicators import INDICATORS
from mainstay.identify.types import (
    MISSING_VALUES,
    Dimension,
    Element,
    Exploitation,
    Instrument,
    Judgement,
    Question,
    Strength,
    Urgent,
)

ALL = ("children", "conflict_transit_detention", "delphi_labour", "forced_labour", "organ_removal", "rapid_screen",
       "sexual_exploitation")  # fmt: skip
OURS = tuple(name for name in ALL if name != "rapid_screen")

ELEVEN = {
    "abuse of vulnerability": ("difficulty", "depends"),
    "deception": ("promised",),
    "restriction of movement": ("leave",),
    "isolation": ("contact",),
    "physical and sexual violence": ("violence", "sexual_violence"),
    "intimidation and threats": ("threats",),
    "retention of identity documents": ("papers",),
    "withholding of wages": ("wages", "deductions"),
    "debt bondage": ("debt_before", "debt"),
    "abusive working and living conditions": ("conditions", "housing"),
    "excessive overtime": ("hours",),
}
"""The ILO's eleven indicators (facts: ilo_forced_labour_11), and the questions that ask them."""
NUMBERS = {
    # facts: delphi, the ilo11 numbers of each indicator that a question of the eleven carries
    1: {"vr_economic", "vr_illegal_status", "vr_education", "vr_difficult_family", "vd_dependency", "vd_authorities"},
    2: {"dr_job", "dr_wages", "dr_conditions", "dr_housing", "dr_documents"},
    3: {"cd_isolation"},
    4: {"cd_isolation"},
    5: {"cd_violence"},
    6: {"cd_threat_violence", "cd_family_violence", "cd_denounce", "cd_inform", "cd_worse"},
    7: {"cd_documents"},
    8: {"cd_wages", "ex_pay", "ex_wage_manipulation"},
    9: {"cr_debt", "cd_debt"},
    10: {"ex_hazard", "ex_working", "ex_living"},
    11: {"ex_hours"},
}
FORMS = {
    "forced_labour": {Exploitation.FORCED_LABOUR},
    "delphi_labour": {Exploitation.FORCED_LABOUR, Exploitation.FORCED_CRIMINALITY},
    "sexual_exploitation": {Exploitation.SEXUAL_EXPLOITATION},
    "organ_removal": {Exploitation.ORGAN_REMOVAL},
    "conflict_transit_detention": set(Exploitation)
    - {Exploitation.CHILD_LABOUR, Exploitation.FORCED_ADOPTION, Exploitation.SURROGACY},
    "children": {
        Exploitation.CHILD_LABOUR, Exploitation.SEXUAL_EXPLOITATION, Exploitation.FORCED_BEGGING,
        Exploitation.FORCED_CRIMINALITY, Exploitation.FORCED_MARRIAGE, Exploitation.FORCED_MILITARY,
        Exploitation.FORCED_ADOPTION, Exploitation.SERVITUDE,
    },
}  # fmt: skip


def instrument(name: str) -> Instrument:
    found = load_shipped(name)
    assert found is not None
    return found


def meanings(question: Question) -> list[Judgement]:
    """Every judgement that an answer to a question carries."""
    return [m for m in (question.judgement, *(choice.judgement for choice in question.choices)) if m]


def indicators(name: str) -> list[str]:
    """The indicators of an instrument, each as often as a question can show it."""
    return [key for q in instrument(name).questions for key in {m.indicator for m in meanings(q) if m.indicator}]


def test_these_instruments_are_shipped() -> None:
    assert shipped_names() == ALL


@pytest.mark.parametrize("name", ALL)
def test_every_text_stands_in_each_language(name: str) -> None:
    form = instrument(name)
    assert {"en", "fr"} <= set(form.languages)
    assert len(form.languages) == (6 if name == "rapid_screen" else 2)
    for question in form.questions:
        assert set(question.labels) == set(form.languages)
        assert set(question.hints) in (set(), set(form.languages))
        assert all(set(choice.labels) == set(form.languages) for choice in question.choices)
        assert len(set(question.labels.values())) == len(form.languages)  # no language repeats another


@pytest.mark.parametrize("name", ALL)
def test_nobody_has_to_answer(name: str) -> None:
    for question in instrument(name).questions:
        silent = {"declined", "not_asked"} if name == "rapid_screen" else MISSING_VALUES
        assert silent <= {choice.name for choice in question.choices}
        assert not question.required
        assert not any(choice.judgement for choice in question.choices if choice.name in MISSING_VALUES)


@pytest.mark.parametrize("name", ALL)
def test_every_question_is_short_enough_to_be_read_aloud(name: str) -> None:
    form = instrument(name)
    assert form.title.isascii()
    assert form.version == "1"
    for question in form.questions:
        assert len(question.labels["en"].split()) <= 22
        assert question.labels["en"].endswith("?")
        assert question.labels["fr"].endswith("?")
    assert len({question.labels["en"] for question in form.questions}) >= len(form.questions) - 2


@pytest.mark.parametrize("name", ALL)
def test_the_three_elements_and_every_urgent_need_can_be_found(name: str) -> None:
    found = [m for q in instrument(name).questions for m in meanings(q)]
    assert {need for m in found for need in m.urgent} == set(Urgent)
    assert {Element.ACT, Element.CHILD} <= {element for m in found for element in m.elements}
    stated = {element for m in found for element in m.elements}
    assert Element.PURPOSE in stated
    assert Element.MEANS in stated or {m.dimension for m in found} >= set(Dimension)
    assert name == "rapid_screen" or Element.CONSENT in stated


@pytest.mark.parametrize("name", OURS)
def test_an_instrument_names_the_forms_of_exploitation_that_it_is_for(name: str) -> None:
    assert {form for q in instrument(name).questions for m in meanings(q) for form in m.forms} == FORMS[name]


def test_only_the_profile_whose_source_was_not_to_be_had_is_a_draft() -> None:
    drafts = {name: instrument(name).to_be_confirmed for name in ALL if instrument(name).to_be_confirmed}
    assert list(drafts) == ["sexual_exploitation"]
    assert "not to be had" in drafts["sexual_exploitation"]


def test_each_labour_indicator_of_the_survey_is_asked_once() -> None:
    assert Counter(indicators("delphi_labour")) == Counter(list(INDICATORS))
    for question in instrument("delphi_labour").questions:
        for meaning in meanings(question):
            listed = INDICATORS.get(meaning.indicator)
            if listed:  # by the weights of the list, for adults and for children; nothing stated beside it
                assert (meaning.strength, meaning.child_strength) == (listed.adult, listed.child)
                assert meaning.elements == ()


def test_each_of_the_eleven_indicators_of_forced_labour_is_asked() -> None:
    form = instrument("forced_labour")
    carried = {q.name: {m.indicator for m in meanings(q)} for q in form.questions}
    assert len(ELEVEN) == 11
    for number, (what, names) in enumerate(ELEVEN.items(), start=1):
        shown = {key for name in names for key in carried[name]}
        assert shown <= NUMBERS[number], what
        assert all(carried[name] for name in names), what


def test_the_draft_takes_over_what_was_seen_of_the_lists() -> None:  # delphi.adult_sexual, child_sexual
    found = [m for q in instrument("sexual_exploitation").questions for m in meanings(q)]
    tasks = [m for m in found if m.indicator == "cd_tasks"]
    assert tasks
    assert {(m.strength, m.child_strength) for m in tasks} == {(Strength.STRONG, Strength.STRONG)}
    form = instrument("sexual_exploitation")
    asked_of_adults = [q for q in form.questions if "= 'yes' or" not in q.relevant]
    exploitation = [m for q in asked_of_adults for m in meanings(q) if m.dimension is Dimension.EXPLOITATION]
    assert exploitation
    assert Strength.STRONG not in {m.strength for m in exploitation}
    hazard = form.question("hazard_child")
    assert hazard is not None
    assert hazard.judgement is not None
    assert (hazard.judgement.indicator, hazard.judgement.child_strength) == ("ex_hazard", Strength.STRONG)
    own = {m.indicator for m in found} - set(INDICATORS) - {""}
    assert all(key.startswith("x_") for key in own)


@pytest.mark.parametrize("name", OURS)
def test_the_spreadsheet_can_be_read_by_who_changes_it(name: str) -> None:
    path = files("mainstay.identify") / "instruments" / f"{name}.xlsx"
    book = load_workbook(BytesIO(path.read_bytes()))
    assert book.sheetnames == ["read_me", "survey", "choices", "settings"]
    about = {row[0] for row in book["read_me"].iter_rows(values_only=True)}
    assert {"For whom", "How to ask", "Source", "Wording", "Version", "To confirm"} <= about
    for sheet in book.worksheets:
        assert sheet.freeze_panes
        assert all(cell.font.bold for cell in sheet[1])
        assert all(cell.alignment.wrap_text for row in sheet.iter_rows() for cell in row if cell.value)


@pytest.mark.parametrize("name", ALL)
def test_names_that_travel_to_a_phone_say_nothing_of_what_an_answer_means(name: str) -> None:
    form = instrument(name)
    for word in ("indicator", "strength", "dimension", *INDICATORS):
        assert word not in form.xform
