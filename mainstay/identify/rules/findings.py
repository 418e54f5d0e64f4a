"""What a set of signs adds up to: dimensions, elements, level. All of it only grows as signs are added."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mainstay.identify.types import (
    AgeStatus,
    Classification,
    Dimension,
    Element,
    Elements,
    IndicatorFound,
    Level,
    Sign,
    Strength,
)

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
    """Return each indicator once, with the weight of the list for that age; those not in the list are left out."""
    found: dict[str, IndicatorFound] = {}
    for sign in signs:
        judgement = sign.judgement
        if not judgement.indicator:
            continue
        weight = judgement.child_strength if age.protected_as_child else judgement.strength
        if weight is None and judgement.dimension is not None:
            continue
        seen = found.get(judgement.indicator)
        because = (*(seen.because if seen else ()), sign.question)
        weight = _heavier(weight, seen.strength) if seen else weight
        found[judgement.indicator] = IndicatorFound(judgement.indicator, weight, judgement.dimension, because)
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
