"""Accuracy from its sources: Wilson 1927, Cohen 1960, Bayes, and the published figures of the facts file."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.identify.rules.accuracy import (
    PUBLISHED,
    RAFT,
    Accuracy,
    Rate,
    accuracy_of,
    agreement,
    positive_value,
    shown,
    shown_groups,
    worth_of,
)
from mainstay.identify.types import Level


def test_four_items_at_a_prevalence_of_one_in_seventy_leave_few_victims_among_positives() -> None:
    assert round(positive_value(1.0, 0.61, 0.014), 3) == 0.035
    worth = worth_of("rapid_screen", Accuracy(), None)
    assert (worth.basis, worth.tool, round(worth.value, 3)) == ("example", RAFT, 0.035)


def test_the_published_figures_are_those_of_the_facts(shared: Path) -> None:
    tools = {t["key"]: t for t in json.loads((shared / "facts/identify.json").read_text())["screening_tools"]}
    assert PUBLISHED["raft"].sensitivity == tools["raft"]["validation"]["sensitivity"]
    assert PUBLISHED["raft"].specificity == tools["raft"]["validation"]["specificity"]
    assert PUBLISHED["qyit"].sensitivity == tools["qyit"]["sensitivity"]
    assert PUBLISHED["qyit"].specificity == tools["qyit"]["specificity"]


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)
def test_the_interval_is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    """The last row is Newcombe's (1998) worked example: 81 of 263, 0.2553 to 0.3662."""
    interval = Rate(hits, of).interval
    assert interval is not None
    assert interval == pytest.approx((low, high), abs=1e-4)


def test_kappa_is_cohens() -> None:
    """The worked example of two readers of 50 grant proposals: 20 and 15 agreed, 5 and 10 not; kappa 0.4."""
    found = agreement({("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15})
    assert found.pairs == 50
    assert found.kappa == pytest.approx(0.4)
    assert found.interval is not None
    assert found.interval == pytest.approx((0.4 - 1.96 * math.sqrt(0.7 * 0.3 / (50 * 0.25)), 0.654), abs=1e-3)
    assert agreement({}).kappa is None
    assert agreement({("likely", "likely"): 9}).kappa is None


def test_the_nodes_own_figures_count_from_fifty_decisions_on() -> None:
    almost = Accuracy(20, 5, 4, 20)
    assert worth_of("raft", almost, None).basis == "published"
    worth = worth_of("raft", Accuracy(20, 5, 5, 20), 0.02)
    assert (worth.basis, worth.sensitivity, worth.specificity, worth.decisions) == ("own", 0.8, 0.8, 50)
    assert worth.value == pytest.approx(0.8 * 0.02 / (0.8 * 0.02 + 0.2 * 0.98))
    assert worth.interval is not None
    assert worth.interval[0] < worth.value < worth.interval[1]


def test_a_published_tool_is_worth_less_where_victims_are_rarer() -> None:
    assert worth_of("raft", Accuracy(), 0.005).value < worth_of("raft", Accuracy(), None).value


def test_likely_and_indicated_presume_a_victim_and_cannot_tell_counts_as_missed() -> None:
    counts = {(level.value, victim): 1 for level in Level for victim in (True, False)}
    assert accuracy_of(counts) == Accuracy(2, 2, 3, 3)


counts = st.integers(0, 30)
groups = st.dictionaries(st.text(min_size=1, max_size=3), st.builds(Accuracy, counts, counts, counts, counts))


@given(groups)
def test_no_small_group_is_shown_and_none_can_be_had_by_subtracting(found: dict[str, Accuracy]) -> None:
    result = shown_groups(found)
    assert all(group is None or group.decisions >= 10 for group in result.values())
    hidden = [name for name, group in result.items() if group is None]
    assert len(hidden) != 1 or len(result) == 1
    together = sum(found[name].decisions for name in hidden)
    assert not hidden or together >= 10 or len(hidden) == len(result)
    assert shown(Rate(1, 4)) is None


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_the_worth_of_a_positive_grows_with_prevalence(sens: float, spec: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert positive_value(sens, spec, low) <= positive_value(sens, spec, high) + 1e-12
