"""Who may have which service, from the duties in `../shared/facts/obligations.json`; needs, plans, moves."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.protect.forms import words
from mainstay.protect.models import NEED_KINDS, SERVICE_KINDS
from mainstay.protect.rules.assistance import (
    BY_CODE,
    CONFIRM,
    QUESTIONS,
    TYPES,
    Facts,
    Met,
    days_of,
    eligibility,
    may_have,
    types_for,
)
from mainstay.protect.rules.needs import DOMAINS, NEED_OF_DOMAIN, Direction, compare, needs_of
from mainstay.protect.rules.plans import Progress, answer_by, progress
from mainstay.protect.rules.transfer import hinders, plan_move
from mainstay.protect.types import CaseField, Category, ConsentFact, SharePurpose

WOMAN = Facts("18+", "presumed", True, date(2026, 11, 2), {})
TREATIES = {"CETS 197": "CoE Convention (CETS 197)", "Palermo": "Palermo Protocol"}


def finding(code: str, condition: str, facts: Facts) -> Met | None:
    found = {f.code: f.met for f in eligibility(BY_CODE[code], facts)}
    return found.get(condition)


def test_every_legal_source_is_a_duty_whose_text_was_read(shared: Path) -> None:
    duties = json.loads((shared / "facts" / "obligations.json").read_text(encoding="utf-8"))["obligations"]
    read = {(d["instrument"], d["para"].split("(a)-")[0]) for d in duties if d["basis"] == "text read"}
    sources = {source for one in TYPES for source in one.sources}
    sources |= {c.source for one in TYPES for c in one.conditions} | {s for one in TYPES for _code, s in one.days}
    named = {part.strip() for source in sources - {CONFIRM} for part in _articles(source)}
    for each in named:
        treaty, _sep, article = each.partition(" art. ")
        assert any(i == TREATIES[treaty] and p == f"art. {article}" for i, p in read), each


def _articles(source: str) -> list[str]:
    """`CETS 197 art. 10(2), 12(1)` names two."""
    treaty, _sep, articles = source.partition(" art. ")
    return [f"{treaty} art. {article.strip()}" for article in articles.split(",")]


def test_every_kind_of_need_and_every_code_has_its_words() -> None:
    assert [one.code for one in TYPES] == [kind for kind, _label in SERVICE_KINDS]
    served = {need for one in TYPES for need in one.needs}
    assert served == {kind for kind, _label in NEED_KINDS}
    assert set(NEED_OF_DOMAIN.values()) <= served
    assert set(words.PURPOSE_OF_TYPE) == set(BY_CODE)
    assert set(words.DOMAIN_WORDS) == set(DOMAINS)
    assert set(words.QUESTION_WORDS) == set(QUESTIONS)
    assert {c.code for one in TYPES for c in one.conditions} == set(words.CONDITION_WORDS)
    assert {d for one in TYPES for d in one.documents} == set(words.DOCUMENT_WORDS)
    assert {code for one in TYPES for code, _source in one.days} == set(words.DAY_OF_TYPE_WORDS)


def test_a_presumed_victim_has_health_care_without_testifying() -> None:
    """CETS 197 art. 10(2) and 12(6): from reasonable grounds on, and not for being a witness."""
    assert may_have(eligibility(BY_CODE["health"], WOMAN)) is Met.YES
    assert all("proceedings" not in c.code and "witness" not in c.code for c in BY_CODE["health"].conditions)


def test_help_does_not_end_by_itself_when_an_authority_says_no() -> None:
    facts = replace(WOMAN, status="not_identified")
    assert finding("shelter", "presumed", facts) is Met.UNKNOWN


def test_nobody_goes_home_without_wanting_it_nor_into_danger() -> None:
    """CETS 197 art. 16(2), Palermo art. 8(2): due regard for safety, preferably voluntary."""
    home = BY_CODE["return"]
    assert may_have(eligibility(home, WOMAN)) is Met.UNKNOWN
    willing = replace(WOMAN, answers={"wants_return": "yes", "return_safe": "no"})
    assert may_have(eligibility(home, willing)) is Met.NO
    safe = replace(WOMAN, answers={"wants_return": "yes", "return_safe": "yes"})
    assert may_have(eligibility(home, safe)) is Met.YES


def test_a_child_goes_home_only_after_its_best_interest_was_assessed() -> None:
    """CETS 197 art. 16(7)."""
    answers = {"wants_return": "yes", "return_safe": "yes"}
    child = replace(WOMAN, age_group="0-17", answers=answers)
    assert finding("return", "best_interest_assessed", child) is Met.UNKNOWN
    assert finding("return", "best_interest_assessed", WOMAN) is None
    unsure = replace(child, age_group="unknown")
    assert finding("return", "best_interest_assessed", unsure) is Met.UNKNOWN


def test_an_unaccompanied_child_has_a_guardian_and_no_adult_has() -> None:
    """CETS 197 art. 10(4)(a)."""
    child = replace(WOMAN, age_group="0-17", answers={"unaccompanied": "yes"})
    assert may_have(eligibility(BY_CODE["guardian"], child)) is Met.YES
    assert may_have(eligibility(BY_CODE["guardian"], WOMAN)) is Met.NO


def test_school_asks_no_child_for_a_permit_and_work_asks_an_adult() -> None:
    """CETS 197 art. 12(1)(f) for children; art. 12(4) for those lawfully resident."""
    child = replace(WOMAN, age_group="0-17")
    assert may_have(eligibility(BY_CODE["education"], child)) is Met.YES
    assert finding("work", "lawfully_resident", replace(WOMAN, answers={"lawfully_resident": "no"})) is Met.NO


def test_without_a_recorded_consent_nothing_is_refused_but_it_is_asked() -> None:
    """CETS 197 art. 12(7)."""
    assert finding("legal", "consents", replace(WOMAN, consents=False)) is Met.UNKNOWN


def test_a_permit_is_asked_for_before_the_reflection_period_ends() -> None:
    days = {day.code: day for day in days_of(BY_CODE["regular_migration"], WOMAN)}
    assert days["reflection_ends"].on == date(2026, 12, 2)
    assert (days["permit_renewal"].on, days["permit_renewal"].source) == (None, CONFIRM)
    assert {one.code for one in types_for("papers")} == {"papers", "regular_migration"}


@given(
    st.sampled_from(TYPES),
    st.sampled_from(["0-17", "18+", "unknown"]),
    st.dictionaries(st.sampled_from(QUESTIONS), st.sampled_from(["yes", "no"])),
)
def test_an_unknown_age_never_shuts_anybody_out_who_may_have_it_at_some_age(
    one: object, age: str, answers: dict[str, str]
) -> None:
    kind = BY_CODE[one.code]  # type: ignore[attr-defined]  # a ServiceType
    by_age = {
        group: may_have(eligibility(kind, replace(WOMAN, age_group=group, answers=answers)))
        for group in ("0-17", "18+")
    }
    unsure = may_have(eligibility(kind, replace(WOMAN, age_group="unknown", answers=answers)))
    if Met.YES in by_age.values() or Met.UNKNOWN in by_age.values():
        assert unsure is not Met.NO
    assert age in {"0-17", "18+", "unknown"}


def test_an_assessment_is_read_beside_the_one_before() -> None:
    before, now = {"safety": 3, "housing": 1, "health": 2}, {"safety": 1, "housing": 2, "health": 2, "papers": 0}
    said = {change.domain: change.direction for change in compare(before, now)}
    assert said == {
        "safety": Direction.BETTER,
        "housing": Direction.WORSE,
        "health": Direction.SAME,
        "papers": Direction.NEW,
    }
    assert needs_of(now) == {"safety": 1, "shelter": 2, "health": 2, "papers": 0}


def test_dropped_steps_count_neither_way() -> None:
    assert progress(["done", "dropped", "todo", "doing", "done"]) == Progress(2, 4)
    assert progress([]) == Progress(0, 0)


def test_a_shelter_answers_by_tomorrow() -> None:
    assert answer_by("shelter", date(2026, 12, 31)) == date(2027, 1, 1)
    assert answer_by("education", date(2026, 11, 24)) == date(2026, 12, 1)


CATEGORIES = st.sets(st.sampled_from(list(Category)))


@given(CATEGORIES, CATEGORIES)
def test_a_case_moves_whole_or_not_at_all_and_a_protected_address_never_does(
    held: set[Category], agreed: set[Category]
) -> None:
    fields = [CaseField(category.value, category.value, category, category in held) for category in Category]
    purposes = frozenset({SharePurpose.ASSISTANCE})
    consent = ConsentFact("1", frozenset(agreed), frozenset({"agency:x"}), purposes, date(2026, 1, 1))
    plan = plan_move(fields, [consent], "agency:x", today=date(2026, 1, 2))
    assert set(plan.shared) == {c.value for c in held & agreed - {Category.WHEREABOUTS}}
    assert set(hinders(plan)) == {c.value for c in held - agreed - {Category.WHEREABOUTS}}
    other = plan_move(fields, [consent], "agency:y", today=date(2026, 1, 2))
    assert other.shared == ()
    limited = plan_move(fields, [consent], "agency:x", today=date(2026, 1, 2), may_receive=frozenset())
    assert limited.shared == ()


@pytest.mark.parametrize("code", list(BY_CODE))
def test_each_kind_of_service_says_what_it_rests_on(code: str) -> None:
    assert BY_CODE[code].sources
