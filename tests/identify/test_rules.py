"""Worked cases, written from the sources: Palermo Protocol art. 3, CETS 197 art. 10(3), the Delphi survey of 2009."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mainstay.identify.rules import as_document, assess
from mainstay.identify.rules.findings import dimension_is_positive
from mainstay.identify.rules.indicators import INDICATORS
from mainstay.identify.types import (
    AgeStatus,
    Assessment,
    Classification,
    Element,
    Exploitation,
    Instrument,
    Judgement,
    Level,
    Question,
    Strength,
    Urgent,
)
from tests.identify.builders import an_instrument, asks, indicator_instrument, judgement, shared
from tests.identify.strategies import instruments, values

LIST = indicator_instrument()
PALERMO = an_instrument(
    asks("recruited", judgement("", "act")),
    asks("forced", judgement("", "means")),
    asks("sold_for_sex", Judgement(elements=(Element.PURPOSE,), forms=(Exploitation.SEXUAL_EXPLOITATION,))),
    asks("looks_young", judgement("", "child")),
    asks("agreed", judgement("", "consent")),
)
POSITIVE = {
    "deceptive": ("dr_job", "dr_wages"),
    "coercive": ("cr_violence", "cr_debt"),
    "vulnerability": ("vr_economic", "vr_family", "vr_past"),
    "exploitation": ("ex_hours", "ex_pay"),
    "coercion": ("cd_documents", "cd_debt"),
}


def shown(*keys: str, child: bool | None = False) -> Assessment:
    """Assess a person of whom these indicators were found, and no other."""
    return assess(LIST, {key: "yes" if key in keys else "no" for key in INDICATORS}, child)


def told(child: bool | None, **answers: str) -> Assessment:
    """Assess the answers to the Palermo questions; those not named were answered with no."""
    return assess(PALERMO, {q.name: answers.get(q.name, "no") for q in PALERMO.questions}, child)


def of(*groups: str) -> list[str]:
    """Return indicators that make these dimensions positive for an adult."""
    return [key for group in groups for key in POSITIVE[group]]


def test_the_indicators_are_those_of_the_facts() -> None:
    facts = json.loads(shared("facts", "identify.json").read_text(encoding="utf-8"))["delphi"]
    weights = {"S": Strength.STRONG, "M": Strength.MEDIUM, "W": Strength.WEAK, None: None}
    listed = {
        row["key"]: (row["name"], dimension["key"], weights[row["adult_labour"]], weights[row["child_labour"]])
        for dimension in facts["dimensions"]
        for row in dimension["indicators"]
    }
    assert {k: (i.name, i.dimension.value, i.adult, i.child) for k, i in INDICATORS.items()} == listed
    assert sum(i.adult is not None for i in INDICATORS.values()) == facts["counts"]["adult_labour"]
    assert sum(i.child is not None for i in INDICATORS.values()) == facts["counts"]["child_labour"]


def test_a_dimension_is_positive_exactly_as_the_facts_say() -> None:
    rule = json.loads(shared("facts", "identify.json").read_text(encoding="utf-8"))["delphi"]["dimension_rule_code"]
    for s, m, w in itertools.product(range(5), repeat=3):
        expected = eval(rule, {"s": s, "m": m, "w": w})  # noqa: S307 - the rule of our own facts file
        assert dimension_is_positive(s, m, w) == expected


@pytest.mark.parametrize(
    ("strong", "medium", "weak", "positive"),
    [
        (2, 0, 0, True),
        (1, 1, 0, True),
        (1, 0, 1, True),
        (0, 3, 0, True),
        (0, 2, 1, True),
        (1, 0, 0, False),
        (0, 2, 0, False),
        (0, 1, 9, False),
        (0, 0, 9, False),
    ],
)
def test_each_branch_of_the_decision_rule(strong: int, medium: int, weak: int, positive: bool) -> None:
    assert dimension_is_positive(strong, medium, weak) is positive


@pytest.mark.parametrize("key", sorted(INDICATORS))
def test_every_indicator_is_reported_with_the_weight_of_the_list_for_that_age(key: str) -> None:
    for child, weight in ((False, INDICATORS[key].adult), (True, INDICATORS[key].child)):
        found = shown(key, child=child).indicators
        if weight is None:
            assert found == ()
        else:
            assert [(i.name, i.strength, i.dimension, i.because) for i in found] == [
                (key, weight, INDICATORS[key].dimension, (key,))
            ]


@pytest.mark.parametrize(
    ("groups", "label", "level"),
    [
        ((), Classification.NOT_A_VICTIM, Level.NOT_INDICATED),
        (("exploitation",), Classification.LABOUR_RIGHTS, Level.POSSIBLE),
        (("deceptive", "exploitation"), Classification.DECEPTION_AND_EXPLOITATION, Level.LIKELY),
        (("coercive", "exploitation"), None, Level.LIKELY),
        (("deceptive", "exploitation", "coercion"), Classification.FORCED_LABOUR, Level.INDICATED),
        (("coercive", "exploitation", "coercion"), Classification.FORCED_LABOUR, Level.INDICATED),
        (("vulnerability", "exploitation", "coercion"), Classification.FORCED_LABOUR, Level.INDICATED),
        (("exploitation", "coercion"), None, Level.LIKELY),
    ],
)
def test_each_class_of_the_survey_for_adults(
    groups: tuple[str, ...], label: Classification | None, level: Level
) -> None:
    result = shown(*of(*groups))
    assert (result.classification, result.level) == (label, level)
    assert (Exploitation.FORCED_LABOUR in result.forms) == (label is Classification.FORCED_LABOUR)


def test_for_a_child_an_act_and_exploitation_are_enough() -> None:
    result = shown("dr_family", *of("exploitation"), child=True)
    assert (result.level, result.classification) == (Level.INDICATED, Classification.FORCED_LABOUR)
    assert shown("dr_family", *of("exploitation"), child=False).level is Level.LIKELY


def test_exploitation_of_a_child_without_an_act_is_likely_and_not_only_a_labour_matter() -> None:
    assert shown(*of("exploitation"), child=True).level is Level.LIKELY


@pytest.mark.parametrize(
    ("child", "act", "means", "purpose", "level"),
    [
        (False, "yes", "yes", "yes", Level.INDICATED),
        (False, "yes", "no", "yes", Level.LIKELY),
        (False, "no", "yes", "yes", Level.LIKELY),
        (False, "yes", "yes", "no", Level.LIKELY),
        (False, "no", "no", "yes", Level.POSSIBLE),
        (False, "no", "yes", "no", Level.POSSIBLE),
        (False, "yes", "no", "no", Level.NOT_INDICATED),
        (False, "no", "no", "no", Level.NOT_INDICATED),
        (True, "yes", "no", "yes", Level.INDICATED),
        (True, "yes", "yes", "yes", Level.INDICATED),
        (True, "no", "no", "yes", Level.LIKELY),
        (True, "yes", "no", "no", Level.NOT_INDICATED),
        (None, "yes", "no", "yes", Level.LIKELY),
        (None, "yes", "yes", "yes", Level.INDICATED),
    ],
)
def test_each_branch_of_article_3(child: bool | None, act: str, means: str, purpose: str, level: Level) -> None:
    result = told(child, recruited=act, forced=means, sold_for_sex=purpose)
    assert result.level is level
    assert (result.elements.act, result.elements.means, result.elements.purpose) == tuple(
        answer == "yes" for answer in (act, means, purpose)
    )


def test_a_person_of_uncertain_age_is_presumed_to_be_a_child_where_there_are_reasons() -> None:
    result = told(None, recruited="yes", sold_for_sex="yes", looks_young="yes")
    assert (result.age, result.level) == (AgeStatus.PRESUMED_CHILD, Level.INDICATED)
    reason = next(r for r in result.reasons if r.code == "presumed_child")
    assert (reason.source, reason.because) == ("CETS 197 art. 10(3)", ("looks_young",))


def test_without_reasons_to_believe_so_an_unknown_age_leaves_both_levels_open() -> None:
    result = told(None, recruited="yes", sold_for_sex="yes")
    assert (result.lowest, result.highest) == (Level.LIKELY, Level.INDICATED)


def test_the_persons_consent_never_changes_the_level() -> None:
    for child in (True, False, None):
        for answers in itertools.product(("yes", "no"), repeat=3):
            facts = dict(zip(("recruited", "forced", "sold_for_sex"), answers, strict=True))
            assert told(child, agreed="yes", **facts).level is told(child, agreed="no", **facts).level
    reasons = told(False, recruited="yes", forced="yes", sold_for_sex="yes", agreed="yes").reasons
    assert "consent_irrelevant" in [reason.code for reason in reasons]


def test_the_purpose_may_be_planned_and_not_achieved() -> None:
    result = told(False, recruited="yes", forced="yes", sold_for_sex="no")
    assert result.level is Level.LIKELY


def test_unanswered_is_not_no() -> None:
    empty = assess(PALERMO, {}, None)
    assert (empty.level, empty.lowest, empty.highest) == (Level.CANNOT_TELL, Level.NOT_INDICATED, Level.INDICATED)
    assert (empty.elements.act, empty.elements.means, empty.elements.purpose) == (None, None, None)
    for silent in ("declined", "not_asked"):
        answers = {q.name: silent for q in PALERMO.questions}
        assert assess(PALERMO, answers, None).level is Level.CANNOT_TELL


def test_one_missing_answer_that_cannot_make_it_likely_does_not_hide_a_no() -> None:
    answers = {q.name: "no" for q in PALERMO.questions if q.name != "forced"}
    result = assess(PALERMO, answers, False)
    assert (result.level, result.highest) == (Level.NOT_INDICATED, Level.POSSIBLE)


def test_a_form_without_judgement_says_that_it_cannot_be_assessed() -> None:
    form = an_instrument(asks("colour", None))
    result = assess(form, {"colour": "yes"}, None)
    assert result.level is Level.CANNOT_TELL
    assert [reason.code for reason in result.reasons] == ["no_judgement", "opens_assessment"]


def test_urgent_needs_name_the_answer_they_come_from() -> None:
    form = an_instrument(asks("afraid", Judgement(urgent=(Urgent.DANGER_NOW,))))
    result = assess(form, {"afraid": "yes"}, None)
    assert (result.urgent, result.urgent_because) == ((Urgent.DANGER_NOW,), {Urgent.DANGER_NOW: ("afraid",)})


def test_an_indicator_found_twice_counts_once() -> None:
    form = an_instrument(asks("a", judgement("cd_documents")), asks("b", judgement("cd_documents")))
    result = assess(form, {"a": "yes", "b": "yes"}, False)
    assert result.dimensions == ()
    assert result.indicators[0].because == ("a", "b")


def test_the_document_speaks_as_the_interface_says() -> None:
    document: dict[str, Any] = as_document(shown(*of("deceptive", "exploitation", "coercion")))
    assert json.loads(json.dumps(document)) == document
    assert set(document) >= {"level", "indicators", "elements", "forms", "urgent", "reasons"}
    assert document["elements"] == {"act": True, "means": True, "purpose": True}
    assert all(set(i) == {"name", "strength", "dimension", "because"} for i in document["indicators"])


@st.composite
def growing_answers(draw: st.DrawFn) -> tuple[Instrument, dict[str, str], dict[str, str], bool | None, bool | None]:
    """An instrument, some answers, the same with more of the missing ones given, and the age before and after."""
    instrument = draw(instruments())
    given_first = {q.name: draw(values(q)) for q in instrument.questions if draw(st.booleans())}
    later = dict(given_first)
    for question in instrument.questions:
        if later.get(question.name, "declined") in ("declined", "not_asked") and draw(st.booleans()):
            later[question.name] = draw(values(question))
    child = draw(st.sampled_from([None, True, False]))
    known_later = draw(st.sampled_from([None, True, False])) if child is None else child
    return instrument, given_first, later, child, known_later


@settings(max_examples=400)
@given(growing_answers())
def test_answering_more_never_leaves_the_announced_interval(
    case: tuple[Instrument, dict[str, str], dict[str, str], bool | None, bool | None],
) -> None:
    instrument, first, later, child, known_later = case
    before, after = assess(instrument, first, child), assess(instrument, later, known_later)
    assert before.lowest.rank <= after.lowest.rank <= after.level.rank
    assert after.level.rank <= after.highest.rank <= before.highest.rank
    if after.level is Level.CANNOT_TELL and after.age is before.age:
        assert before.level.rank == 0


@settings(max_examples=300)
@given(st.sets(st.sampled_from(sorted(INDICATORS)), max_size=12), st.sampled_from(sorted(INDICATORS)), st.booleans())
def test_a_further_strong_indicator_never_lowers_the_level(keys: set[str], more: str, child: bool) -> None:
    assert shown(*keys, child=child).level.rank <= shown(*keys, more, child=child).level.rank


@settings(max_examples=150)
@given(instruments(), st.data())
def test_the_interval_is_what_going_through_every_completion_finds(instrument: Instrument, data: st.DataObject) -> None:
    free = an_instrument(*(Question(**{**_fields(q), "depends_on": ()}) for q in instrument.questions))
    answers = {q.name: data.draw(values(q)) for q in free.questions if data.draw(st.booleans())}
    child = data.draw(st.sampled_from([None, True, False]))
    assume(any(question.bears_on_level for question in free.questions))
    limits = assess(free, answers, child)
    ages = [True, False] if child is None else [child]
    ranks = [assess(free, given_all, age).level.rank for given_all in _completions(free, answers) for age in ages]
    assert (limits.lowest.rank, limits.highest.rank) == (min(ranks), max(ranks))


def _fields(question: Question) -> dict[str, Any]:
    return {name: getattr(question, name) for name in question.__slots__}


def _completions(instrument: Instrument, answers: dict[str, str]) -> list[dict[str, str]]:
    options: list[list[str]] = []
    for question in instrument.questions:
        if answers.get(question.name, "declined") not in ("declined", "not_asked"):
            options.append([answers[question.name]])
        elif question.multiple:
            names = [c.name for c in question.choices if c.judgement]
            several = itertools.chain.from_iterable(itertools.combinations(names, n) for n in range(1, len(names) + 1))
            options.append(["no", *map(" ".join, several)])
        else:
            options.append([choice.name for choice in question.choices])
    names = [question.name for question in instrument.questions]
    return [dict(zip(names, values, strict=True)) for values in itertools.product(*options)]
