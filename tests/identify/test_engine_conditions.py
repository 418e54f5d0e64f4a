"""Plain conditions against XPath 1.0 as lxml evaluates it."""

from datetime import date
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mainstay.identify.engine.answering import asked
from mainstay.identify.engine.conditions import compile_condition
from mainstay.identify.engine.shipped import load_shipped, shipped_names
from mainstay.identify.engine.xform import Form, compile_form
from tests.identify.strategies import values

TODAY = date(2026, 3, 1)
PATHS = {"/data/a": "a", "/data/g/b": "b", "/data/c": "c"}

STRINGS = st.sampled_from(["'yes'", '"no"', "''", "'1'", "'a b'", "' yes '", "'01'"])
NUMBERS = st.sampled_from(["0", "1", "18", "1.5", "0.0"])
NODES = st.sampled_from(list(PATHS)).flatmap(lambda path: st.sampled_from([path, f" {path} "]))
CALLS = st.one_of(
    st.builds("selected({}, {})".format, NODES, STRINGS), st.sampled_from(["true()", "false()", "not( true() )"])
)


def _wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{} {} {}".format, inner, st.sampled_from(["and", "or"]), inner),
        st.builds("{}{}{}".format, inner, st.sampled_from(["=", "!=", " = "]), inner),
        st.builds("{} {} {}".format, inner, st.sampled_from(["<", "<=", ">", ">="]), inner),
        st.builds("not({})".format, inner),
        st.builds("({})".format, inner),
    )


EXPRESSIONS = st.recursive(st.one_of(STRINGS, NUMBERS, NODES, CALLS), _wider, max_leaves=6)
ANSWERS = st.dictionaries(
    st.sampled_from(["a", "b", "c"]),
    st.one_of(
        st.sampled_from(
            ["yes", "no", "yes no", "1", "01", "18", "-1", " 1 ", "1.5", "1e0", ".", "-", "+1", "1.", ".5", ""]
        ),
        st.text("yesno01 .-+eE\n", max_size=4),
    ),
)


def xform(condition: str) -> str:
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><model>'
        '<instance><data id="x"><a/><g><b/></g><c/><q/></data></instance>'
        '<bind nodeset="/data/a" type="string"/><bind nodeset="/data/g/b" type="int"/>'
        f'<bind nodeset="/data/c" type="decimal"/><bind nodeset="/data/q" relevant={quoteattr(condition)}/>'
        "</model></h:head></h:html>"
    )


@settings(max_examples=1500)
@given(EXPRESSIONS, ANSWERS)
@example("/data/a", {})
@example("not(/data/a != 1)", {"a": "x"})
@example("/data/a = 1 = 1", {"a": "1"})
@example("'1' > /data/c", {"c": "0E"})
def test_a_plain_condition_says_what_xpath_says(expression: str, answers: dict[str, str]) -> None:
    condition = compile_condition(expression, PATHS)
    if condition is not None:
        form = Form(xform(expression))
        assert condition(answers) == form.is_relevant(form.instance(answers, TODAY), "q")


@pytest.mark.parametrize(
    "expression",
    ["/data/a = 'yes' and not(/data/g/b < 18)", "selected(/data/a, 'x') or /data/c != ''", "(/data/a='yes')", "true()"],
)
def test_what_most_forms_ask_is_common(expression: str) -> None:
    assert compile_condition(expression, PATHS) is not None


@pytest.mark.parametrize(
    "expression",
    ["/data/ghost = 1", "count-selected(/data/a) > 1", "today() > 3", "/data/a + 1 = 2", "../a = 1", "/data/a = ",
     "'a' 'b'", "true() < 1", "selected(/data/a, /data/c)", "or", "", "(/data/a", "/data/a = 1 = 1", "-1 = 1"],
)  # fmt: skip
def test_everything_else_is_left_to_xpath(expression: str) -> None:
    assert compile_condition(expression, PATHS) is None


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_form_asks_with_plain_conditions_what_xpath_asks(name: str) -> None:
    instrument = load_shipped(name)
    assert instrument is not None
    form = compile_form(instrument.xform)
    assert form.plain_conditions([q.name for q in instrument.questions]) is not None

    @settings(max_examples=60)
    @given(st.fixed_dictionaries({}, optional={q.name: values(q) for q in instrument.questions if q.choices}))
    def the_same(answers: dict[str, str]) -> None:
        left_out = asked(instrument, answers, today=TODAY).left_out
        kept = {question: value for question, value in answers.items() if question not in left_out}
        tree = form.instance(kept, TODAY)
        assert left_out == {q.name for q in instrument.questions if not form.is_relevant(tree, q.name)}

    the_same()
