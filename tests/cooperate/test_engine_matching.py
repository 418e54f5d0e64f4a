"""Private matching against plain intersection."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.cooperate.engine import matching

VALUES = st.lists(st.text("ABCDEF0123456789 -", min_size=1, max_size=6), max_size=12)


@settings(max_examples=40)
@given(VALUES, VALUES)
def test_the_asker_learns_exactly_what_both_know(asked: list[str], known: list[str]) -> None:
    mine, theirs = matching.prepare("account", asked), matching.prepare("account", known)
    secret = matching.new_secret()
    question = matching.ask(secret, mine)
    assert matching.asked_count(question) == len(mine)
    assert matching.read(secret, mine, matching.answer(question, theirs)) == sorted(set(mine) & set(theirs))


def test_spacing_and_case_do_not_hide_an_account() -> None:
    assert matching.prepare("account", ["xo 12-34", "XO1234"]) == ["xo1234"]


def test_neither_side_sends_a_value_in_the_clear() -> None:
    secret = matching.new_secret()
    question = matching.ask(secret, ["xo1234567890"])
    reply = matching.answer(question, ["xo1234567890", "xo0987654321"])
    for text in (question, *reply.values()):
        assert "xo1234567890" not in text


def test_two_answers_to_the_same_question_do_not_look_alike() -> None:
    """A fresh key each time: who collects answers cannot tell that the list stayed the same."""
    question = matching.ask(matching.new_secret(), ["xo1"])
    first, second = (matching.answer(question, ["xo1", "xo2"]) for _ in range(2))
    assert first["setup"] != second["setup"]


@given(st.text(max_size=40))
def test_any_other_text_is_no_question(text: str) -> None:
    try:
        count = matching.asked_count(text)
    except matching.BadMatchError:
        return
    assert count == 0


def test_a_broken_answer_is_refused() -> None:
    with pytest.raises(matching.BadMatchError):
        matching.read(matching.new_secret(), ["xo1"], {"setup": "?", "response": "?"})
