"""The assessment written plainly, to hold the fast one against: every sign a sign, every completion gone through."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from mainstay.identify.types import (
    MISSING_VALUES,
    AgeStatus,
    Answers,
    Classification,
    Dimension,
    Element,
    Elements,
    Exploitation,
    IndicatorFound,
    Instrument,
    Judgement,
    Level,
    Question,
    Strength,
    Urgent,
)


@dataclass(frozen=True)
class Sign:
    """A judgement and the answer it came from."""

    question: str
    value: str
    judgement: Judgement


NONE, SUSPECTED, ESTABLISHED = 0, 1, 2

RECRUITMENT = frozenset(
    {Dimension.DECEPTIVE_RECRUITMENT, Dimension.COERCIVE_RECRUITMENT, Dimension.VULNERABILITY_RECRUITMENT}
)
MEANS = RECRUITMENT | {Dimension.COERCION_DESTINATION, Dimension.VULNERABILITY_DESTINATION}


@dataclass(frozen=True, slots=True)
class Findings:
    """Grades (0 none, 1 suspected, 2 established) of the three elements, and what they rest on."""

    age: AgeStatus
    indicators: tuple[IndicatorFound, ...]
    dimensions: frozenset[Dimension]
    act: int
    means: int
    purpose: int


def dimension_is_positive(strong: int, medium: int, weak: int) -> bool:
    """Return whether a dimension counts as positive (Delphi survey 2009, decision rule).

    Two strong; one strong and one other; three medium; or two medium and one weak.
    """
    return strong >= 2 or (strong >= 1 and medium + weak >= 1) or medium >= 3 or (medium >= 2 and weak >= 1)


def age_status(child: bool | None, signs: Iterable[Sign]) -> AgeStatus:
    """Return by which rule a person is assessed.

    A person whose age is uncertain is presumed to be a child where there are reasons to believe so (CETS 197
    art. 10(3)); an answer that says so against a statement of adulthood leaves the age uncertain.
    """
    if child:
        return AgeStatus.CHILD
    if any(Element.CHILD in sign.judgement.elements for sign in signs):
        return AgeStatus.PRESUMED_CHILD
    return AgeStatus.UNKNOWN if child is None else AgeStatus.ADULT


def find(signs: Sequence[Sign], age: AgeStatus) -> Findings:
    """Return what the signs add up to for a person assessed by the rule of that age."""
    indicators = indicators_of(signs, age)
    dimensions = positive_dimensions(indicators)
    touched = {i.dimension for i in indicators if i.dimension is not None}
    return Findings(
        age=age,
        indicators=indicators,
        dimensions=dimensions,
        act=max(_stated(signs, Element.ACT), ESTABLISHED if touched & RECRUITMENT else NONE),
        means=max(_stated(signs, Element.MEANS), _from_dimensions(touched, dimensions, MEANS)),
        purpose=max(_stated(signs, Element.PURPOSE), _purpose(touched, dimensions, age)),
    )


def indicators_of(signs: Iterable[Sign], age: AgeStatus) -> tuple[IndicatorFound, ...]:
    """Each indicator once in a dimension, with the weight of the list for that age; not in the list: left out."""
    found: dict[tuple[str, Dimension | None], IndicatorFound] = {}
    for sign in signs:
        judgement = sign.judgement
        if not judgement.indicator:
            continue
        weight = judgement.child_strength if age.protected_as_child else judgement.strength
        if weight is None and judgement.dimension is not None:
            continue
        key = (judgement.indicator, judgement.dimension)
        seen = found.get(key)
        because = tuple(dict.fromkeys((*(seen.because if seen else ()), sign.question)))
        weight = _heavier(weight, seen.strength) if seen else weight
        found[key] = IndicatorFound(judgement.indicator, weight, judgement.dimension, because)
    return tuple(found.values())


def positive_dimensions(indicators: Iterable[IndicatorFound]) -> frozenset[Dimension]:
    """Return the dimensions that the decision rule counts as positive."""
    counts: dict[Dimension, Counter[Strength]] = {}
    for indicator in indicators:
        if indicator.dimension is not None and indicator.strength is not None:
            counts.setdefault(indicator.dimension, Counter())[indicator.strength] += 1
    return frozenset(
        dimension
        for dimension, count in counts.items()
        if dimension_is_positive(count[Strength.STRONG], count[Strength.MEDIUM], count[Strength.WEAK])
    )


def level_of(found: Findings) -> Level:
    """Return the level of the findings (Palermo Protocol art. 3).

    Adult: act, means and purpose, all established, indicate trafficking; for a child the means does not matter
    (art. 3(c)). An act alone says nothing: people are recruited and travel without being trafficked.
    """
    if is_indicated(found):
        return Level.INDICATED
    if _is_likely(found):
        return Level.LIKELY
    return Level.POSSIBLE if found.means or found.purpose else Level.NOT_INDICATED


def is_indicated(found: Findings) -> bool:
    """Return whether every element that the person's age asks for is established."""
    means = found.age.protected_as_child or found.means == ESTABLISHED
    return found.act == ESTABLISHED and found.purpose == ESTABLISHED and means


def _is_likely(found: Findings) -> bool:
    grades = (found.act, found.means, found.purpose)
    if grades.count(ESTABLISHED) >= 2 or (ESTABLISHED in grades and NONE not in grades):
        return True
    if not found.age.protected_as_child:
        return False
    return found.purpose == ESTABLISHED or (found.act == ESTABLISHED and found.purpose == SUSPECTED)


def classify(found: Findings) -> Classification | None:
    """Return what the Delphi survey calls these dimensions; None where its table has no such row.

    For a child an act and a positive exploitation dimension are enough. Abuse of vulnerability at recruitment may
    stand in for the means.
    """
    positive = found.dimensions
    means = positive & RECRUITMENT
    exploited = Dimension.EXPLOITATION in positive
    if found.age.protected_as_child and exploited and found.act == ESTABLISHED:
        return Classification.FORCED_LABOUR
    if Dimension.COERCION_DESTINATION in positive:
        return Classification.FORCED_LABOUR if means and exploited else None
    if exploited and means == {Dimension.DECEPTIVE_RECRUITMENT}:
        return Classification.DECEPTION_AND_EXPLOITATION
    if means:
        return None
    return Classification.LABOUR_RIGHTS if exploited else Classification.NOT_A_VICTIM


def elements_of(found: Findings, open_elements: frozenset[Element]) -> Elements:
    """Return each element as there, not there, or not known.

    It is not known while it is only suspected, or while it is open: an answer that could show it is missing, or no
    question asks about it.
    """

    def state(grade: int, element: Element) -> bool | None:
        if grade == ESTABLISHED:
            return True
        return None if grade == SUSPECTED or element in open_elements else False

    return Elements(
        act=state(found.act, Element.ACT),
        means=state(found.means, Element.MEANS),
        purpose=state(found.purpose, Element.PURPOSE),
    )


def bears_on(sign: Sign, element: Element) -> bool:
    """Return whether a sign bears on an element, by its own word or by its dimension."""
    dimension = sign.judgement.dimension
    implied = {
        Element.ACT: dimension in RECRUITMENT,
        Element.MEANS: dimension in MEANS,
        Element.PURPOSE: dimension is Dimension.EXPLOITATION,
    }
    return element in sign.judgement.elements or implied.get(element, False)


def _stated(signs: Iterable[Sign], element: Element) -> int:
    """An answer that states an element establishes it, unless its own weight is weak."""
    stated = [s.judgement for s in signs if element in s.judgement.elements]
    if any(judgement.strength is not Strength.WEAK for judgement in stated):
        return ESTABLISHED
    return SUSPECTED if stated else NONE


def _from_dimensions(touched: set[Dimension], positive: frozenset[Dimension], of: frozenset[Dimension]) -> int:
    if positive & of:
        return ESTABLISHED
    return SUSPECTED if touched & of else NONE


def _purpose(touched: set[Dimension], positive: frozenset[Dimension], age: AgeStatus) -> int:
    """Bad work alone is a matter of labour rights; kept up by coercion it is forced labour (Delphi classes).

    For a child the exploitation is enough.
    """
    kept_up = age.protected_as_child or Dimension.COERCION_DESTINATION in positive
    if Dimension.EXPLOITATION in positive and kept_up:
        return ESTABLISHED
    return SUSPECTED if Dimension.EXPLOITATION in touched else NONE


def _heavier(one: Strength | None, other: Strength | None) -> Strength | None:
    order = [Strength.STRONG, Strength.MEDIUM, Strength.WEAK, None]
    return min(one, other, key=order.index)


@dataclass(frozen=True)
class Bounds:
    """The lowest and the highest level over all completions of the missing answers, and which those are."""

    lowest: Level
    highest: Level
    unanswered: tuple[str, ...]


@dataclass(frozen=True)
class Plain:
    """What the fast assessment is held against, field by field."""

    level: Level
    lowest: Level
    highest: Level
    age: AgeStatus
    indicators: tuple[IndicatorFound, ...]
    elements: Elements
    element_because: dict[Element, tuple[str, ...]]
    dimensions: tuple[Dimension, ...]
    classification: Classification | None
    forms: tuple[Exploitation, ...]
    urgent: tuple[Urgent, ...]
    urgent_because: dict[Urgent, tuple[str, ...]]
    unanswered: tuple[str, ...]
    settle: tuple[str, ...]


def assess_plainly(
    instrument: Instrument, answers: Answers, child: bool | None, not_asked: Collection[str] = ()
) -> Plain:
    """Assess as `rules.assess` does, without its reasons."""
    signs = signs_of(instrument.questions, answers)
    found = find(signs, age_status(child, signs))
    judged = any(question.bears_on_level for question in instrument.questions)
    limits = bounds(instrument, answers, child, not_asked)
    if not judged:
        limits = Bounds(Level.NOT_INDICATED, Level.INDICATED, ())
    level = level_of(found)
    if level is Level.NOT_INDICATED and limits.highest.rank >= Level.LIKELY.rank:
        level = Level.CANNOT_TELL
    label = classify(found) if judged else None
    forms = {form for sign in signs for form in sign.judgement.forms}
    forms |= {Exploitation.FORCED_LABOUR} if label is Classification.FORCED_LABOUR else set()
    return Plain(
        level=level,
        lowest=limits.lowest,
        highest=limits.highest,
        age=found.age,
        indicators=found.indicators,
        elements=elements_of(found, _open_elements(instrument, limits.unanswered)),
        element_because={e: _questions(signs, lambda s, e=e: bears_on(s, e)) for e in ELEMENTS},  # type: ignore[misc]
        dimensions=tuple(dimension for dimension in Dimension if dimension in found.dimensions),
        classification=label,
        forms=tuple(form for form in Exploitation if form in forms),
        urgent=tuple(n for n in Urgent if any(n in sign.judgement.urgent for sign in signs)),
        urgent_because={
            n: _questions(signs, lambda s, n=n: n in s.judgement.urgent)  # type: ignore[misc]
            for n in Urgent
            if any(n in sign.judgement.urgent for sign in signs)
        },
        unanswered=limits.unanswered,
        settle=settle(instrument, answers, child, not_asked) if judged else (),
    )


ELEMENTS = (Element.ACT, Element.MEANS, Element.PURPOSE)
Signs = tuple[Sign, ...]


def settle(
    instrument: Instrument, answers: Answers, child: bool | None, not_asked: Collection[str] = ()
) -> tuple[str, ...]:
    """The three open questions whose answers narrow the interval most, by trying every choice of every one."""
    gains = narrowings(instrument, answers, child, not_asked)
    best = sorted((name for name, gain in gains.items() if gain), key=lambda name: -gains[name])  # stable: form order
    return tuple(best[:3])


def narrowings(
    instrument: Instrument, answers: Answers, child: bool | None, not_asked: Collection[str] = ()
) -> dict[str, Fraction]:
    """The mean narrowing of the interval over the choices of each open question that is asked."""
    now = bounds(instrument, answers, child, not_asked)
    gains: dict[str, Fraction] = {}
    for name in now.unanswered:
        question = instrument.question(name)
        assert question is not None
        choices = [choice.name for choice in question.choices if choice.name not in MISSING_VALUES]
        if name in not_asked or not choices:
            continue
        then = [bounds(instrument, {**answers, name: c}, child, not_asked, supposed=name) for c in choices]
        widths = [limits.highest.rank - limits.lowest.rank for limits in then]
        width = now.highest.rank - now.lowest.rank
        gains[name] = Fraction(sum(width - other for other in widths), len(choices))
    return gains


def signs_of(questions: Iterable[Question], answers: Answers) -> Signs:
    """Every judgement that the answers carry, in the order of the questions."""
    return tuple(
        Sign(question.name, value, judgement)
        for question in questions
        if (answer := answers.get(question.name))
        for value, judgement in question.judgements(answer)
    )


def bounds(
    instrument: Instrument,
    answers: Answers,
    child: bool | None,
    not_asked: Collection[str] = (),
    *,
    supposed: str = "",
) -> Bounds:
    """The levels over every completion; a `supposed` answer decides nothing about what else is asked."""
    answered = {q.name for q in instrument.questions if answers.get(q.name, "") not in ("", *MISSING_VALUES)}
    deciding = answered - {supposed}
    open_questions = [
        q
        for q in instrument.questions
        if q.bears_on_level
        and q.name not in answered
        and not (q.name in not_asked and deciding.issuperset(q.depends_on))
    ]
    lasting_names = {q.name for q in instrument.questions if deciding.issuperset(q.depends_on)}
    present = signs_of(instrument.questions, answers)
    certain = tuple(sign for sign in present if sign.question in lasting_names)
    unsure = {s.question for s in present if s not in certain and _is_child(s)}
    lasting = tuple(sign for sign in present if sign.question not in unsure)
    least = [certain, *((*certain, *way) for way in _ways_to_a_child(certain, present, open_questions))]
    most = [(*base, *more) for base in (present, lasting) for more in _completions(open_questions)]
    if not certain or not any(map(_is_child, certain)):
        most += [(*lasting, *more) for more in _completions(open_questions, grown_up=True)]
    return Bounds(
        lowest=min(_levels(least, child), key=lambda level: level.rank),
        highest=max(_levels(most, child), key=lambda level: level.rank),
        unanswered=tuple(question.name for question in open_questions),
    )


def _levels(completions: Iterable[Signs], child: bool | None) -> Iterator[Level]:
    """The level of each completion, at every age that it leaves open."""
    for signs in completions:
        status = age_status(child, signs)
        ages = (AgeStatus.ADULT, AgeStatus.CHILD) if status is AgeStatus.UNKNOWN else (status,)
        yield from (level_of(find(signs, age)) for age in ages)


def _ways_to_a_child(certain: Signs, present: Signs, open_questions: list[Question]) -> Iterator[Signs]:
    """Each single answer that would make the person a presumed child: some indicators are not in that list."""
    yield from ((sign,) for sign in present if sign not in certain and _is_child(sign))
    for question in open_questions:
        for choice in question.choices:
            signs = signs_of([question], {question.name: choice.name})
            if any(map(_is_child, signs)):
                yield signs


def _completions(open_questions: list[Question], *, grown_up: bool = False) -> Iterator[Signs]:
    for combination in product(*(_options(question, grown_up=grown_up) for question in open_questions)):
        yield tuple(sign for signs in combination for sign in signs)


def _options(question: Question, *, grown_up: bool) -> list[Signs]:
    """What the choices of a question show, each once; of several that may be taken together, those that show most."""
    options = [signs_of([question], {question.name: choice.name}) for choice in question.choices]
    if grown_up:
        options = [option for option in options if not any(map(_is_child, option))]
    if question.multiple:
        options = [tuple(sign for option in options for sign in option)]
    return list(dict.fromkeys(options)) or [()]


def _is_child(sign: Sign) -> bool:
    return Element.CHILD in sign.judgement.elements


def _open_elements(instrument: Instrument, unanswered: Collection[str]) -> frozenset[Element]:
    """The elements that a missing answer could show, or that no question asks about."""
    return frozenset(
        element
        for element in ELEMENTS
        if not any(_can_show(q, element) for q in instrument.questions)
        or any(_can_show(q, element) for q in instrument.questions if q.name in unanswered)
    )


def _can_show(question: Question, element: Element) -> bool:
    judgements = [question.judgement, *(choice.judgement for choice in question.choices)]
    return any(bears_on(Sign(question.name, "", judgement), element) for judgement in judgements if judgement)


def _questions(signs: Signs, holds: Callable[[Sign], bool]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sign.question for sign in signs if holds(sign)))
