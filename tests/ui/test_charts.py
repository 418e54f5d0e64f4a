"""Charts say what the figures say: nothing overlaps, nothing is lost, zero is zero."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.ui import charts
from mainstay.ui.types import Bar, BarChart, FlowChart, FlowLink, FlowNode


@st.composite
def flows(draw: st.DrawFn) -> FlowChart:
    counts = [draw(st.integers(1, 5)), draw(st.integers(0, 20)), draw(st.integers(1, 5))]
    columns = [[FlowNode(f"{kind}{i}", f"{kind} {i}") for i in range(n)] for kind, n in zip("abc", counts, strict=True)]
    sources, middles, sinks = columns
    pairs = [(s, m) for s in sources for m in middles] + [(m, t) for m in middles for t in sinks]
    pairs = pairs or [(s, t) for s in sources for t in sinks]
    kept = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=30, unique=True))
    sizes = draw(st.lists(st.floats(0.01, 1e6), min_size=len(kept), max_size=len(kept)))
    links = [FlowLink(a.key, b.key, size, f"{size:g}") for (a, b), size in zip(kept, sizes, strict=True)]
    return FlowChart("title", "summary", sources, middles, sinks, links)


@given(flows())
def test_ribbons_meet_a_bar_side_by_side_and_within_it(chart: FlowChart) -> None:
    picture = charts.draw_flow(chart)
    for bar in (shape for shape in picture.shapes if not shape.is_round):
        for side in (bar.x, bar.x + bar.width):
            spans = sorted(
                (y - ribbon.width / 2, y + ribbon.width / 2)
                for ribbon in picture.ribbons
                for x, y in (ribbon.start, ribbon.end)
                if x == side and bar.y - 1 <= y <= bar.y + bar.height + 1
            )
            for (_, end), (start, _) in pairwise(spans):
                assert start >= end - 0.25
            assert all(bar.y - 0.25 <= low and high <= bar.y + bar.height + 0.25 for low, high in spans)


@given(flows())
def test_the_table_has_every_payment_and_the_picture_stays_in_its_frame(chart: FlowChart) -> None:
    picture = charts.draw_flow(chart)
    assert [row.cells[2] for row in picture.rows] == [link.text for link in chart.links]
    for shape in picture.shapes:
        assert 0 <= shape.x <= shape.x + shape.width <= picture.width
        assert 0 <= shape.y <= shape.y + shape.height <= picture.height


@given(flows())
def test_nodes_of_a_column_do_not_overlap(chart: FlowChart) -> None:
    shapes = sorted(charts.draw_flow(chart).shapes, key=lambda shape: (shape.x, shape.y))
    for above, below in pairwise(shapes):
        assert above.x != below.x or above.y + above.height <= below.y


@given(flows())
def test_twice_the_money_is_twice_as_thick(chart: FlowChart) -> None:
    doubled = replace(chart, links=[replace(link, size=link.size * 2) for link in chart.links])
    assert [r.width for r in charts.draw_flow(doubled).ribbons] == [r.width for r in charts.draw_flow(chart).ribbons]
    picture = charts.draw_flow(chart)
    thick = {ribbon.title: ribbon.width for ribbon in picture.ribbons}
    drawn = sorted((link for link in chart.links if link.text in thick), key=lambda link: link.size)
    widths = [thick[link.text] for link in drawn]
    assert widths == sorted(widths)


@given(flows())
def test_a_mirrored_picture_mirrored_again_is_the_picture(chart: FlowChart) -> None:
    plain, turned = charts.draw_flow(chart), charts.draw_flow(chart, mirrored=True)
    assert [s.y for s in plain.shapes] == [s.y for s in turned.shapes]
    for before, after in zip(plain.shapes, turned.shapes, strict=True):
        assert before.x == pytest.approx(plain.width - after.x - after.width)


@given(flows())
def test_a_circle_is_as_wide_as_what_passes_it(chart: FlowChart) -> None:
    picture = charts.draw_flow(chart)
    for circle in (shape for shape in picture.shapes if shape.is_round):
        centre = circle.middle_x, circle.middle_y
        coming = sum(
            r.width for r in picture.ribbons if r.end[0] == centre[0] and abs(r.end[1] - centre[1]) < circle.radius
        )
        assert circle.width >= coming - 0.25


def test_what_a_node_is_stands_beside_it() -> None:
    a, b, c = (FlowNode(key, key, f"role of {key}") for key in "abc")
    links = [FlowLink("a", "b", 1, "1"), FlowLink("b", "c", 1, "1")]
    picture = charts.draw_flow(FlowChart("t", "s", [a], [b], [c], links))
    words = " ".join(str(text.text) for text in picture.texts)
    assert all(f"role of {key}" in words for key in "abc")


def test_what_the_picture_cannot_hold_is_counted() -> None:
    middles = [FlowNode(f"m{i}", f"worker {i}") for i in range(30)]
    links = [FlowLink("e", node.key, 100 + i, str(i)) for i, node in enumerate(middles)]
    picture = charts.draw_flow(FlowChart("t", "s", [FlowNode("e", "Employer")], middles, [], links))
    assert sum(shape.is_round for shape in picture.shapes) == charts.MOST_SHOWN
    assert f"+ {30 - charts.MOST_SHOWN}" in [text.text for text in picture.texts]
    assert {shape.title for shape in picture.shapes if shape.is_round} == {f"worker {i}" for i in range(18, 30)}
    assert len(picture.rows) == 30


def test_a_link_to_a_node_that_is_not_there_is_our_own_bug() -> None:
    with pytest.raises(ValueError, match="names no node"):
        charts.draw_flow(FlowChart("t", "s", [FlowNode("a", "A")], [], [], [FlowLink("a", "gone", 1, "1")]))


@given(st.lists(st.one_of(st.none(), st.floats(0, 1e9)), min_size=1, max_size=12))
def test_bars_start_at_zero_and_are_as_long_as_their_figures(values: list[float | None]) -> None:
    chart = BarChart("t", "s", [Bar(f"bar {i}", value, "figure") for i, value in enumerate(values)])
    picture = charts.draw_bars(chart)
    most = max((value or 0.0 for value in values), default=0.0)
    zero = picture.lines[0].x1
    assert {shape.x for shape in picture.shapes} == {zero}
    longest = picture.width - zero - charts.FIGURE_ROOM
    for value, shape in zip(values, picture.shapes, strict=True):
        expected = charts.WITHHELD_WIDTH if value is None else longest * value / most if most else 0.0
        assert shape.width == pytest.approx(expected, abs=0.06)


def test_long_labels_get_room_and_bars_stay_in_the_picture() -> None:
    label = "Female, 18 and over, Forced military (by non-state actors)"
    picture = charts.draw_bars(BarChart("t", "s", [Bar(label, 4, "4")]))
    assert len(str(picture.texts[0].text)) == charts.LONGEST_LABEL
    assert picture.shapes[0].x + picture.shapes[0].width <= picture.width


def test_a_withheld_figure_has_one_length_whatever_is_behind_it() -> None:
    for others in (3.0, 3000.0):
        shapes = charts.draw_bars(BarChart("t", "s", [Bar("a", others, "x"), Bar("b", None, "withheld")])).shapes
        assert (shapes[1].width, shapes[1].kind) == (charts.WITHHELD_WIDTH, "bar-withheld")


def test_an_estimate_shows_its_interval_around_its_bar() -> None:
    picture = charts.draw_bars(BarChart("t", "s", [Bar("hidden", 390, "390", low=310, high=520)]))
    low, high = (line.x1 for line in picture.lines[2:])
    end = picture.shapes[0].x + picture.shapes[0].width
    assert low < end < high
    assert next(text for text in picture.texts if text.text == "390").x > high


def test_people_below_zero_are_our_own_bug() -> None:
    with pytest.raises(ValueError, match="below zero"):
        charts.draw_bars(BarChart("t", "s", [Bar("a", -1, "-1")]))
