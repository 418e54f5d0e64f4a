"""The link chart: the same entities always give the same picture, and all of it is in sight."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.network.engine.layout import BOX_HEIGHT, BOX_WIDTH, arrange
from mainstay.network.types import Known, Tie


@settings(max_examples=30)
@given(st.integers(0, 25), st.data())
def test_every_entity_is_drawn_in_sight_and_the_picture_never_changes(count: int, data: st.DataObject) -> None:
    known = [Known(str(n), "Person", f"n{n}", "protect", "c") for n in range(count)]
    pairs = st.tuples(st.integers(0, max(count - 1, 0)), st.integers(0, max(count - 1, 0)))
    ties = [Tie(str(a), str(b), "knows") for a, b in data.draw(st.lists(pairs, max_size=30))] if count else []
    chart = arrange(known, ties)
    assert chart == arrange(known, ties)
    assert [dot.id for dot in chart.dots] == [entity.id for entity in known]
    assert all(0 <= dot.x <= chart.width and 0 <= dot.y <= chart.height for dot in chart.dots)
    assert len(chart.lines) == len(ties)


def test_a_tie_to_somebody_who_is_not_shown_is_left_out() -> None:
    assert arrange([Known("a", "Person", "A", "protect", "c")], [Tie("a", "gone", "knows")]).lines == ()


def test_no_label_covers_another_where_there_is_room() -> None:
    known = [Known(str(n), "Person", f"n{n}", "protect", "c") for n in range(24)]
    dots = arrange(known, [Tie(str(n), str(n + 1), "knows") for n in range(0, 24, 2)]).dots
    covered = [
        (a, b)
        for a in dots
        for b in dots
        if a.id < b.id and abs(a.x - b.x) < BOX_WIDTH - 8 and abs(a.y - b.y) < BOX_HEIGHT - 8
    ]
    assert covered == []
