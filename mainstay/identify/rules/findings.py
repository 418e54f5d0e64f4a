"""What weighed indicators and stated elements add up to: dimensions, elements, level, class.

All of it only grows as answers are added.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mainstay.identify.types import (
    AgeStatus,
    Classification,
    Dimension,
    Element,
    Elements,
    Judgement,
    Level,
    Strength,
)

NONE, SUSPECTED, ESTABLISHED = 0, 1, 2

PALERMO_ELEMENTS = (Element.ACT, Element.MEANS, Element.PURPOSE)
RECRUITMENT = frozenset(
    {Dimension.DECEPTIVE_RECRUITMENT, Dimension.COERCIVE_RECRUITMENT, Dimension.VULNERABILITY_RECRUITMENT}
)
MEANS = RECRUITMENT | {Dimension.COERCION_DESTINATION, Dimension.VULNERABILITY_DESTINATION}
BEARING = {Element.ACT: RECRUITMENT, Element.MEANS: MEANS, Element.PURPOSE: frozenset({Dimension.EXPLOITATION})}
"""The dimensions whose indicators bear on each element."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Grades (0 none, 1 suspected, 2 established) of the three elements, and the positive dimensions."""

    age: AgeStatus
    dimensions: frozenset[Dimension]
    act: int
    means: int
    purpose: int

    def grade(self, element: Element) -> int:
        """Return the grade of one of the three elements."""
        return {Element.ACT: self.act, Element.MEANS: self.means, Element.PURPOSE: self.purpose}[element]


def dimension_is_positive(strong: int, medium: int, weak: int) -> bool:
    """Return whether a dimension counts as positive (Delphi survey 2009, decision rule).

    Two strong; one strong and one other; three medium; or two medium and one weak.
    """
    return strong >= 2 or (strong >= 1 and medium + weak >= 1) or medium >= 3 or (medium >= 2 and weak >= 1)


def age_status(child: bool | None, *, looks_young: bool) -> AgeStatus:
    """Return by which rule a person is assessed.

    A person whose age is uncertain is presumed to be a child where there are reasons to believe so (CETS 197
    art. 10(3)); an answer that says so against a statement of adulthood leaves the age uncertain.
    """
    if child:
        return AgeStatus.CHILD
    if looks_young:
        return AgeStatus.PRESUMED_CHILD
    return AgeStatus.UNKNOWN if child is None else AgeStatus.ADULT


def grade_elements(
    stated: Mapping[Element, int], touched: Collection[Dimension], positive: frozenset[Dimension], age: AgeStatus
) -> Findings:
    """Return how far each element is shown, for a person assessed by the rule of that age.

    `stated` is what answers say outright; `touched` are the dimensions with an indicator, `positive` those that the
    decision rule counts. Any indicator of recruitment shows that somebody recruited (Palermo Protocol art. 3(a)).
    """
    recruited = ESTABLISHED if RECRUITMENT.intersection(touched) else NONE
    return Findings(
        age=age,
        dimensions=positive,
        act=max(stated[Element.ACT], recruited),
        means=max(stated[Element.MEANS], _means(touched, positive)),
        purpose=max(stated[Element.PURPOSE], _purpose(touched, positive, age)),
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


def elements_of(found: Findings, open_elements: Collection[Element]) -> Elements:
    """Return each element as there, not there, or not known.

    It is not known while it is only suspected, or while it is open: an answer that could show it is missing, or no
    question asks about it.
    """

    def state(element: Element) -> bool | None:
        grade = found.grade(element)
        if grade == ESTABLISHED:
            return True
        return None if grade == SUSPECTED or element in open_elements else False

    return Elements(act=state(Element.ACT), means=state(Element.MEANS), purpose=state(Element.PURPOSE))


def bears_on(judgement: Judgement, element: Element) -> bool:
    """Return whether a judgement bears on an element, by its own word or by its dimension."""
    return element in judgement.elements or judgement.dimension in BEARING.get(element, ())


def stated_grade(judgement: Judgement) -> int:
    """Return how far an answer with this judgement shows the elements that it states.

    It establishes them, unless its own weight is weak.
    """
    return SUSPECTED if judgement.strength is Strength.WEAK else ESTABLISHED


def heavier(one: Strength | None, other: Strength | None) -> Strength | None:
    """Return the heavier of two weights; no weight is the lightest."""
    order = (Strength.STRONG, Strength.MEDIUM, Strength.WEAK, None)
    return min(one, other, key=order.index)


def _means(touched: Collection[Dimension], positive: frozenset[Dimension]) -> int:
    if positive & MEANS:
        return ESTABLISHED
    return SUSPECTED if MEANS.intersection(touched) else NONE


def _purpose(touched: Collection[Dimension], positive: frozenset[Dimension], age: AgeStatus) -> int:
    """Bad work alone is a matter of labour rights; kept up by coercion it is forced labour (Delphi classes).

    For a child the exploitation is enough.
    """
    kept_up = age.protected_as_child or Dimension.COERCION_DESTINATION in positive
    if Dimension.EXPLOITATION in positive and kept_up:
        return ESTABLISHED
    return SUSPECTED if Dimension.EXPLOITATION in touched else NONE
