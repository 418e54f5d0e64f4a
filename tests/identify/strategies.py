"""Instruments and answers for property tests."""

from hypothesis import strategies as st

from mainstay.identify.rules.indicators import INDICATORS
from mainstay.identify.types import (
    Choice,
    Dimension,
    Element,
    Exploitation,
    Instrument,
    Judgement,
    Question,
    Strength,
    Urgent,
)
from tests.identify.builders import YES_NO, an_instrument, asks, judgement

FEW = ("dr_job", "dr_wages", "dr_education", "cr_debt", "vr_false_law", "ex_hours", "ex_pay", "ex_social", "cd_debt",
       "cd_wages", "cd_inform", "vd_past")  # fmt: skip
"""Indicators drawn more often, so that dimensions add up and questions share them; some are in one list only."""
WEIGHTS = st.sampled_from([None, *Strength])

LISTED = st.builds(
    lambda key, elements, weight: judgement(key, *elements, strength=weight if not key else None),
    st.one_of(st.sampled_from(["", *FEW]), st.sampled_from(list(INDICATORS))),
    st.sets(st.sampled_from(list(Element)), max_size=2),
    WEIGHTS,
)
OWN = st.builds(
    Judgement,
    indicator=st.sampled_from(["x_a", "x_b", "x_c", "ex_pay"]),
    strength=WEIGHTS,
    child_strength=WEIGHTS,
    dimension=st.sampled_from([None, *Dimension]),
    elements=st.lists(st.sampled_from(list(Element)), max_size=2, unique=True).map(tuple),
    urgent=st.lists(st.sampled_from(list(Urgent)), max_size=2, unique=True).map(tuple),
    forms=st.lists(st.sampled_from(list(Exploitation)), max_size=2, unique=True).map(tuple),
)
JUDGEMENTS = st.one_of(LISTED, LISTED, OWN)


@st.composite
def instruments(draw: st.DrawFn) -> Instrument:
    """Instruments of up to six questions, some asked only after others, some with choices of their own."""
    questions: list[Question] = []
    for number in range(draw(st.integers(1, 6))):
        earlier = tuple(q.name for q in questions)
        depends_on = tuple(draw(st.lists(st.sampled_from(earlier), max_size=2, unique=True))) if earlier else ()
        if draw(st.booleans()):
            questions.append(asks(f"q{number}", draw(JUDGEMENTS), depends_on))
        else:
            meanings = draw(st.lists(st.one_of(st.none(), JUDGEMENTS), min_size=1, max_size=3))
            choices = tuple(Choice(f"c{n}", {"en": "x"}, meaning) for n, meaning in enumerate(meanings))
            kind = draw(st.sampled_from(["select_one", "select_multiple"]))
            choices = (*choices, *YES_NO[1:])
            questions.append(Question(f"q{number}", kind, {"en": "x"}, choices=choices, depends_on=depends_on))
    return an_instrument(*questions)


def values(question: Question) -> st.SearchStrategy[str]:
    names = [choice.name for choice in question.choices]
    if question.multiple:
        plain = [name for name in names if name not in ("declined", "not_asked")]
        several = st.lists(st.sampled_from(plain), min_size=1, unique=True).map(" ".join)
        return st.one_of(several, st.sampled_from(["declined", "not_asked"]))
    return st.sampled_from(names)


@st.composite
def answer_sets(draw: st.DrawFn, instrument: Instrument) -> tuple[dict[str, str], set[str]]:
    """Answers to some of the questions, and some of the others as left out by the form."""
    answers = {q.name: draw(values(q)) for q in instrument.questions if draw(st.booleans())}
    hanging = [q.name for q in instrument.questions if q.depends_on and q.name not in answers]
    return answers, {name for name in hanging if draw(st.booleans())}
