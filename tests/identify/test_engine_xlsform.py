import zipfile
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.core.errors import BadInputError, Fault
from mainstay.identify.engine.shipped import load_shipped, shipped_names
from mainstay.identify.engine.xlsform import read_instrument
from mainstay.identify.rules.indicators import INDICATORS
from mainstay.identify.types import Dimension, Element, Exploitation, Instrument, Strength, Urgent
from tests.identify.builders import Rows, shared, workbook

HEAD = ["type", "name", "label", "relevant", "constraint", "calculation"]
YES_NO: Rows = [["list_name", "name", "label"], ["yn", "yes", "Yes"], ["yn", "no", "No"]]


def read(survey: Rows | None, choices: Rows | None = None, settings: Rows | None = None) -> Instrument:
    return read_instrument("form.xlsx", workbook(survey, choices, settings))


def faults_of(survey: Rows | None, choices: Rows | None = None) -> list[Fault]:
    with pytest.raises(BadInputError) as caught:
        read(survey, choices)
    return caught.value.faults


def test_the_htcds_form_of_iom_is_taken_as_it_is() -> None:
    form = read_instrument(shared("data", "htcds", "htcds_xlsform.xlsx"))
    assert (form.name, form.version) == ("htcds_xlsform", "vSmt4GQA3C9uBMLPEVfgND")
    assert len(form.questions) == 31  # rows of its survey sheet without start, end and __version__
    citizenship = form.question("prs_Citizenship")
    assert citizenship is not None
    assert {"AF", "ZW"} <= {choice.name for choice in citizenship.choices}
    control = form.question("vic_Methods_of_Control")
    assert control is not None
    assert control.multiple
    assert "DebtBondage" in [choice.name for choice in control.choices]


def test_every_shipped_instrument_reads_and_names_its_file() -> None:
    assert "rapid_screen" in shipped_names()
    for name in shipped_names():
        form = load_shipped(name)
        assert form is not None
        assert form.name == name


def test_the_rapid_screen_speaks_six_languages_and_uses_the_list_of_indicators() -> None:
    form = load_shipped("rapid_screen")
    assert form is not None
    assert form.languages == ("en", "fr", "es", "ar", "ru", "zh")
    for question in form.questions:
        assert set(question.labels) == set(question.hints) == set(form.languages)
        assert {"declined", "not_asked"} <= {choice.name for choice in question.choices}
        assert all(set(choice.labels) == set(form.languages) for choice in question.choices)
    meanings = [m for q in form.questions for m in (q.judgement, *(c.judgement for c in q.choices)) if m]
    assert {m.indicator for m in meanings if m.indicator} <= set(INDICATORS)
    assert {need for m in meanings for need in m.urgent} == set(Urgent)
    assert {Element.ACT, Element.MEANS, Element.PURPOSE, Element.CHILD} <= {e for m in meanings for e in m.elements}


def test_our_columns_become_judgements_and_stay_out_of_the_form_that_travels() -> None:
    form = read(
        [
            [*HEAD, "indicator", "element", "urgent", "form", "strength", "dimension"],
            ["select_one yn", "papers", "Papers taken?", "", "", "", "cd_documents", "means", "", "", "", ""],
            ["select_one yn", "own", "Own sign?", "", "", "", "x_tattoo", "", "", "", "weak", "coercion_destination"],
            ["select_one why", "why", "Why here?", "", "", "", "", "", "", "", "", ""],
        ],
        [
            ["list_name", "name", "label", "element", "urgent", "form", "strength"],
            *[["yn", "yes", "Yes", "", "", "", ""], ["yn", "no", "No", "", "", "", ""]],
            ["why", "sold", "Sold", "act purpose", "danger_now medical", "forced_marriage", "strong"],
        ],
    )
    papers, own, why = form.questions
    assert papers.judgement is not None
    assert (papers.judgement.strength, papers.judgement.dimension) == (Strength.STRONG, Dimension.COERCION_DESTINATION)
    assert own.judgement is not None
    assert (own.judgement.strength, own.judgement.child_strength) == (Strength.WEAK, Strength.WEAK)
    sold = why.choices[0].judgement
    assert sold is not None
    assert (sold.elements, sold.urgent) == ((Element.ACT, Element.PURPOSE), (Urgent.DANGER_NOW, Urgent.MEDICAL))
    assert sold.forms == (Exploitation.FORCED_MARRIAGE,)
    assert "cd_documents" not in form.xform
    assert "danger_now" not in form.xform


def test_what_decides_a_question_is_followed_through_groups_and_calculations() -> None:
    form = read(
        [
            HEAD,
            ["integer", "age", "Age?", "", "", ""],
            ["calculate", "minor", "", "", "", "if(${age} < 18, 1, 0)"],
            ["begin_group", "young", "Young people", "${minor} = 1", "", ""],
            ["select_one yn", "school", "School?", "", "", ""],
            ["select_one yn", "alone", "Alone?", "${school} = 'no'", "", ""],
            ["end_group", "", "", "", "", ""],
        ],
        YES_NO,
    )
    depends = {question.name: question.depends_on for question in form.questions}
    assert {name: set(on) for name, on in depends.items()} == {
        "age": set(),
        "school": {"age"},
        "alone": {"age", "school"},
    }


@pytest.mark.parametrize(
    ("survey", "choices", "row", "field"),
    [
        (None, YES_NO, None, "survey"),
        ([["kind", "name"], ["text", "a"]], None, 1, "survey"),
        ([HEAD, ["telepathy", "a", "A?", "", "", ""]], None, 2, "survey.type"),
        ([HEAD, ["text", "a", "A?", "", "", ""], ["text", "a", "B?", "", "", ""]], None, 3, "survey.name"),
        ([HEAD, ["text", "", "A?", "", "", ""]], None, 2, "survey.name"),
        ([HEAD, ["text", "two words", "A?", "", "", ""]], None, 2, "survey.name"),
        ([HEAD, ["select_one nowhere", "a", "A?", "", "", ""]], YES_NO, 2, "survey.type"),
        ([HEAD, ["begin_repeat", "a", "A?", "", "", ""]], None, 2, "survey.type"),
        ([HEAD, ["begin_group", "a", "A?", "", "", ""], ["text", "b", "B?", "", "", ""]], None, 2, "survey.type"),
        ([HEAD, ["end_group", "", "", "", "", ""], ["text", "b", "B?", "", "", ""]], None, 2, "survey.type"),
        ([HEAD, ["text", "a", "A?", "${ghost} = 1", "", ""]], None, 2, "survey"),
        ([HEAD, ["text", "a", "A?", "(((", "", ""]], None, 2, "survey.relevant"),
        ([HEAD, ["text", "a", "A?", "", "divine(.)", ""]], None, 2, "survey.constraint"),
        ([HEAD], None, None, "survey"),
        ([["type", "name", "label", "indicator"], ["select_one yn", "a", "A?", "cd_x"]], YES_NO, 2, "survey.indicator"),
        ([["type", "name", "label", "element"], ["select_one yn", "a", "A?", "soul"]], YES_NO, 2, "survey.element"),
        ([["type", "name", "label", "element"], ["text", "a", "A?", "act"]], None, 2, "survey.type"),
        ([["type", "name", "label::English (en)", "label::Français (fr)"], ["text", "a", "A?", ""]], None, 2,
         "survey.label::Français (fr)"),
        ([HEAD, ["select_one yn", "a", "A?", "", "", ""]], [*YES_NO, ["yn", "yes", "Again"]], 4, "choices.name"),
    ],
)  # fmt: skip
def test_a_broken_form_names_sheet_and_row(survey: Rows | None, choices: Rows | None, row: int, field: str) -> None:
    assert (row, field) in [(fault.row, fault.field) for fault in faults_of(survey, choices)]


ASKS: Rows = [["select_one yn", "a", "A?"], ["select_multiple who", "w", "With?"], ["integer", "n", "How many?"],
              ["text", "t", "Where?"]]  # fmt: skip
LISTS: Rows = [*YES_NO, ["who", "aunt", "Aunt"], ["who", "boss", "Boss"], ["yn", "declined", "Rather not"]]


@pytest.mark.parametrize(
    "condition",
    [
        "${a} = 'maybe'",
        "'yess' = ${a}",
        "selected(${w}, 'uncle')",
        "${q} = 'x'",
        "${later} = 'yes'",
        "${a} = 'yes' and ${a} = 'no'",
        "${a} = 'yes' and not(${a} = 'yes')",
        "selected(${w}, 'aunt') and ${w} = ''",
        "${n} > 5 and ${n} < 3",
        "${n} = 5 and ${n} != 5",
        "${t} = 'x' and ${t} = 'y'",
        "false()",
        "not(${a})",
    ],
)
def test_a_question_that_nobody_would_be_asked_is_a_fault(condition: str) -> None:
    rows = [HEAD, *ASKS, ["text", "q", "Q?", condition], ["select_one yn", "later", "Later?"]]
    assert [(fault.row, fault.field) for fault in faults_of(rows, LISTS)] == [(6, "survey.relevant")]


@pytest.mark.parametrize(
    "condition",
    [
        "${a} = 'yes' or ${a} = 'declined'",
        "${a} != 'no'",
        "selected(${w}, 'aunt') and selected(${w}, 'boss')",
        "${w} = 'aunt boss'",
        "${n} > 3 and ${n} < 5",
        "${n} >= 18 and ${n} < 18.5",
        "${t} != '' and ${t} != 'x'",
        "count-selected(${w}) > 1",
        "${a} = ''",
    ],
)
def test_a_question_that_some_are_asked_is_none(condition: str) -> None:
    assert read([HEAD, *ASKS, ["text", "q", "Q?", condition]], LISTS).question("q") is not None


def test_conditions_that_exclude_each_other_over_several_questions_are_told_once_at_the_group() -> None:
    rows = [
        [HEAD[0], HEAD[1], HEAD[2], HEAD[3]],
        ["select_one yn", "a", "A?", ""],
        ["select_one yn", "b", "B?", "${a} = 'no'"],
        ["begin_group", "g", "G", "${a} = 'yes' and ${b} = 'yes'"],
        ["text", "c", "C?", ""],
        ["text", "d", "D?", ""],
        ["end_group", "", "", ""],
        ["text", "e", "E?", "${b} = 'yes'"],
    ]
    assert [(fault.row, fault.field) for fault in faults_of(rows, YES_NO)] == [(4, "survey.relevant")]


FR, EN = "Français (fr)", "English (en)"


def test_a_language_without_a_text_is_named_for_labels_hints_messages_and_choices() -> None:
    survey = [
        ["type", "name", f"label::{EN}", f"label::{FR}", f"hint::{EN}", "constraint",
         f"constraint_message::{EN}", f"constraint_message::{FR}"],
        ["select_one yn", "a", "A?", "A ?", "Say it.", "", "", ""],
        ["integer", "b", "B?", "", "", ". > 0", "More.", ""],
    ]  # fmt: skip
    choices = [["list_name", "name", f"label::{EN}"], ["yn", "yes", "Yes"]]
    assert {(fault.row, fault.field) for fault in faults_of(survey, choices)} == {
        (1, f"survey.hint::{FR}"),
        (1, f"choices.label::{FR}"),
        (3, f"survey.label::{FR}"),
        (3, f"survey.constraint_message::{FR}"),
    }


def test_what_a_sign_means_is_checked_word_by_word() -> None:
    survey = [
        ["type", "name", "label", "indicator", "strength", "dimension", "urgent", "form", "element"],
        ["select_one yn", "a", "A?", "cd_documents", "", "exploitation", "", "", ""],
        ["select_one yn", "b", "B?", "x_own", "weak", "exploitation", "", "", ""],
        ["select_one yn", "c", "C?", "x_own", "weak", "coercion_destination", "", "", ""],
        ["select_one yn", "d", "D?", "", "", "", "now", "slave", ""],
    ]
    choices = [["list_name", "name", "label", "element"], ["yn", "yes", "Yes", ""], ["yn", "declined", "No", "act"]]
    assert sorted((fault.row or 0, fault.field or "") for fault in faults_of(survey, choices)) == [
        (2, "survey.dimension"),
        (3, "choices.name"),
        (4, "survey.dimension"),
        (5, "survey.form"),
        (5, "survey.urgent"),
    ]


def test_settings_name_the_form_once() -> None:
    with pytest.raises(BadInputError) as caught:
        read([HEAD, ["text", "a", "A?"]], None, [["form_id", "id_string"], ["one", "two"], ["three", ""]])
    assert [(f.row, f.field) for f in caught.value.faults] == [(2, "settings.id_string"), (3, "settings")]


def test_a_column_is_there_once() -> None:
    assert [fault.field for fault in faults_of([["type", "name", "label", "label"], ["text", "a", "A?", "B?"]])] == [
        "survey.label"
    ]


def test_every_fault_is_told_at_once() -> None:
    survey = [HEAD, ["telepathy", "a", "A?"], ["text", "b", "B?"], ["text", "b", "B?"], ["select_one x", "c", "C?"]]
    assert [fault.row for fault in faults_of(survey, YES_NO)] == [2, 4, 5]


def test_an_external_entity_in_a_workbook_reads_no_file() -> None:
    content = workbook([HEAD, ["text", "a", "A?", "", "", ""]])
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as source, zipfile.ZipFile(buffer, "w") as target:
        for item in source.infolist():
            body = source.read(item)
            if item.filename == "xl/workbook.xml":
                bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
                body = bomb + body.split(b"?>", 1)[-1].replace(b'name="survey"', b'name="survey&e;"')
            target.writestr(item, body)
    with pytest.raises(BadInputError) as caught:
        read_instrument("form.xlsx", buffer.getvalue())
    assert "root:" not in str(caught.value)


@settings(max_examples=150)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_and_never_crash(content: bytes) -> None:
    with pytest.raises(BadInputError):
        read_instrument("form.xlsx", content)


WHOLE = workbook([HEAD, ["select_one yn", "a", "A?", "", "", ""]], YES_NO)


@settings(max_examples=100)
@given(st.data())
def test_a_damaged_workbook_is_refused_or_read_and_never_crashes(data: st.DataObject) -> None:
    whole = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    content = bytes(whole[: data.draw(st.integers(1, len(whole)))])
    try:
        form = read_instrument("form.xlsx", content)
    except BadInputError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either outcome is fine, a crash is not
    else:
        assert form.questions


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
CELLS = st.one_of(TEXTS, st.sampled_from(["text", "select_one yn", "${a}", "begin_group", "a"]))


@settings(max_examples=80)
@given(st.lists(st.lists(CELLS, min_size=6, max_size=6), max_size=5))
def test_any_cells_are_refused_or_read_and_never_crash(rows: Rows) -> None:
    try:
        form = read([HEAD, *rows], YES_NO)
    except BadInputError:
        return
    assert form.questions
