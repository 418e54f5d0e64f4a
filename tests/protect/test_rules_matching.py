"""Distance, opening hours, and which service fits a need best."""

# ruff: noqa: DTZ001  # the clock on a wall has no zone

from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.protect.rules.assistance import Met
from mainstay.protect.rules.matching import Offer, Reason, Wanted, rank
from mainstay.protect.rules.opening import Hours, is_open
from mainstay.protect.rules.places import Place, coarse, distance_km, kilometres

TUESDAY = datetime(2026, 11, 24, 10, 0)
OFFICE = Hours(frozenset({"MO", "TU"}), time(9), time(17))
NIGHT = Hours(frozenset({"MO"}), time(20), time(8))
ALWAYS = Hours(frozenset({"MO", "TU", "WE", "TH", "FR", "SA", "SU"}), time(0), time(0))
WANTED = Wanted(frozenset({"shelter"}), "18+", "female", frozenset({"sw"}), Place(0.0, 0.0), TUESDAY)
OFFER = Offer("a", "shelter", frozenset({"sw"}), (OFFICE,), (Place(0.0, 0.1),), 2)


def test_a_quarter_of_the_globe_is_a_quarter_of_its_girth() -> None:
    """A degree along the equator on a sphere of 6371.0088 km is 111.195 km."""
    assert kilometres(Place(0, 0), Place(0, 1)) == pytest.approx(111.195, abs=0.001)
    assert kilometres(Place(0, 0), Place(90, 0)) == pytest.approx(10007.557, abs=0.01)
    assert kilometres(Place(0, 179.5), Place(0, -179.5)) == pytest.approx(111.195, abs=0.001)


degrees = st.builds(Place, st.floats(-90, 90), st.floats(-180, 180))


@given(degrees, degrees)
def test_a_distance_is_the_same_both_ways_and_never_past_half_the_globe(one: Place, other: Place) -> None:
    assert kilometres(one, other) == pytest.approx(kilometres(other, one), abs=1e-6)
    assert 0 <= kilometres(one, other) <= 20015.2


@given(degrees, degrees)
def test_a_coarse_place_gives_only_tens_of_kilometres(one: Place, other: Place) -> None:
    km = distance_km(replace(one, coarse=True), other)
    assert km is not None
    assert km % 10 == 0
    assert km >= 10
    assert distance_km(one, None) is None


def test_no_house_can_be_told_from_coarse_degrees() -> None:
    assert coarse(Decimal("52.37403")) == coarse(Decimal("52.41")) == Decimal("52.4")


@pytest.mark.parametrize(
    ("hours", "at", "is_it"),
    [
        (OFFICE, datetime(2026, 11, 24, 9, 0), True),
        (OFFICE, datetime(2026, 11, 24, 17, 0), False),
        (OFFICE, datetime(2026, 11, 25, 10, 0), False),
        (NIGHT, datetime(2026, 11, 23, 23, 0), True),
        (NIGHT, datetime(2026, 11, 24, 7, 59), True),
        (NIGHT, datetime(2026, 11, 24, 8, 0), False),
        (NIGHT, datetime(2026, 11, 24, 21, 0), False),
        (ALWAYS, datetime(2026, 11, 24, 0, 0), True),
        (replace(OFFICE, valid_from=date(2026, 11, 25)), TUESDAY, False),
        (replace(OFFICE, valid_to=date(2026, 11, 24)), TUESDAY, True),
        (replace(OFFICE, valid_to=date(2026, 11, 23)), TUESDAY, False),
        (replace(NIGHT, valid_to=date(2026, 11, 23)), datetime(2026, 11, 24, 3, 0), True),
    ],
)
def test_a_service_is_open_within_its_hours_and_through_the_night(hours: Hours, at: datetime, is_it: bool) -> None:
    assert is_open([hours], at) is is_it


def test_hours_that_nobody_wrote_down_are_not_known() -> None:
    assert is_open([], TUESDAY) is None


def test_the_best_fit_comes_first_and_says_why() -> None:
    full = replace(OFFER, key="b", free_places=0)
    far = replace(OFFER, key="c", places=(Place(5.0, 5.0),))
    men = replace(OFFER, key="d", sexes=frozenset({"male"}))
    legal = replace(OFFER, key="e", kind="legal")
    ranked = rank(WANTED, [men, far, full, legal, OFFER])
    assert [row.key for row in ranked] == ["a", "c", "b", "d"]
    assert ranked[0].reasons == (
        Reason("who", Met.YES),
        Reason("places", Met.YES, 2),
        Reason("language", Met.YES),
        Reason("place", Met.YES, 11),
        Reason("open", Met.YES),
    )
    assert ranked[0].score == 1.0
    assert ranked[-1].reasons[0] == Reason("who", Met.NO)


def test_what_is_not_known_is_said_and_counts_between_yes_and_no() -> None:
    gaps = Offer("x", "shelter", frozenset(), (), (), None)
    assert {reason.met for reason in rank(WANTED, [gaps])[0].reasons[1:]} == {Met.UNKNOWN}
    order = [replace(OFFER, key="no", free_places=0), replace(OFFER, key="gap", free_places=None), OFFER]
    assert [row.key for row in rank(WANTED, order)] == ["a", "gap", "no"]


@pytest.mark.parametrize(
    ("group", "low", "high", "met"),
    [
        ("18+", None, None, Met.YES),
        ("18+", 18, None, Met.YES),
        ("18+", None, 17, Met.NO),
        ("18+", None, 25, Met.UNKNOWN),
        ("0-17", 12, None, Met.UNKNOWN),
        ("0-17", None, 17, Met.YES),
        ("0-17", 18, None, Met.NO),
        ("unknown", 18, None, Met.UNKNOWN),
    ],
)
def test_a_service_for_some_ages_is_not_known_to_take_the_whole_group(
    group: str, low: int | None, high: int | None, met: Met
) -> None:
    (row,) = rank(replace(WANTED, age_group=group), [replace(OFFER, minimum_age=low, maximum_age=high)])
    assert row.reasons[0].met is met


offers = st.builds(
    Offer,
    st.just("x"),
    st.just("shelter"),
    st.sets(st.sampled_from(["sw", "fr"])).map(frozenset),
    st.lists(st.sampled_from([OFFICE, NIGHT]), max_size=2).map(tuple),
    st.lists(degrees, max_size=2).map(tuple),
    st.none() | st.integers(0, 5),
    st.none() | st.integers(0, 20),
)


@given(offers)
def test_a_service_that_gets_better_never_ranks_lower(offer: Offer) -> None:
    score = rank(WANTED, [offer])[0].score
    better = [
        replace(offer, free_places=9),
        replace(offer, languages=offer.languages | {"sw"}),
        replace(offer, hours=(*offer.hours, ALWAYS)),
        replace(offer, places=(*offer.places, Place(0.0, 0.0))),
        replace(offer, minimum_age=None),
    ]
    for each in better:
        assert rank(WANTED, [each])[0].score >= score
    assert 0 <= score <= 1
