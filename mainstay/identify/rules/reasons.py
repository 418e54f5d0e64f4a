"""The argument behind a level, step by step, each with its source. Pages translate the templates."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from mainstay.identify.rules.findings import ESTABLISHED, NONE, PALERMO_ELEMENTS, SUSPECTED, Findings
from mainstay.identify.rules.tables import ELEMENT_BIT, Answer, Verdict
from mainstay.identify.types import AgeStatus, Classification, Dimension, Element, IndicatorFound, Level, Reason

PALERMO = "Palermo Protocol art. 3"
DELPHI = "ILO and European Commission, operational indicators, 2009"


def gettext_noop(text: str) -> str:
    """Mark a text for translation; it is translated where it is shown."""
    return text


ESTABLISHED_TEXTS = {
    Element.ACT: gettext_noop("There was an act: the person was recruited, moved, handed over, held or received."),
    Element.MEANS: gettext_noop("A means was used: force, threat, coercion, deception or abuse of vulnerability."),
    Element.PURPOSE: gettext_noop("The purpose was exploitation."),
}
SUSPECTED_TEXTS = {
    Element.MEANS: gettext_noop("There are signs of a means, not enough to establish it."),
    Element.PURPOSE: gettext_noop("There are signs of exploitation, not enough to establish it as the purpose."),
}
DIMENSION_TEXTS = {
    Dimension.DECEPTIVE_RECRUITMENT: gettext_noop("Deceptive recruitment: the indicators add up."),
    Dimension.COERCIVE_RECRUITMENT: gettext_noop("Coercive recruitment: the indicators add up."),
    Dimension.VULNERABILITY_RECRUITMENT: gettext_noop("Recruitment by abuse of vulnerability: the indicators add up."),
    Dimension.EXPLOITATION: gettext_noop("Exploitation at work: the indicators add up."),
    Dimension.COERCION_DESTINATION: gettext_noop("Coercion at destination: the indicators add up."),
    Dimension.VULNERABILITY_DESTINATION: gettext_noop("Abuse of vulnerability at destination: the indicators add up."),
}
CLASS_TEXTS = {
    Classification.LABOUR_RIGHTS: gettext_noop("On the labour indicators: exploited, a labour-rights case."),
    Classification.DECEPTION_AND_EXPLOITATION: gettext_noop("On the labour indicators: deception plus exploitation."),
    Classification.FORCED_LABOUR: gettext_noop("On the labour indicators: trafficking for forced labour."),
}
LEVEL_NAMES = {
    Level.INDICATED: gettext_noop("trafficking indicated"),
    Level.LIKELY: gettext_noop("likely"),
    Level.POSSIBLE: gettext_noop("possible"),
    Level.NOT_INDICATED: gettext_noop("not indicated"),
    Level.CANNOT_TELL: gettext_noop("cannot tell"),
}
CHILD_TEXT = gettext_noop("The person is under 18: no means is needed, and consent never matters.")
PRESUMED_TEXT = gettext_noop("The age is uncertain and there are reasons to believe the person is under 18: "
                             "presumed to be a child until the age is established.")  # fmt: skip
CONSENT_TEXT = gettext_noop("The person's consent does not matter, because a means was used.")
NO_JUDGEMENT_TEXT = gettext_noop("This form records facts and carries no indicators: it cannot be assessed.")
MISSING_TEXT = gettext_noop(
    "Questions without an answer: %(count)s. Unanswered is not no: "
    "the level lies between “%(lowest)s” and “%(highest)s”."
)
SETTLED_TEXT = gettext_noop("Questions without an answer: %(count)s. No answer to them would change the level.")
NO_SIGN_TEXT = gettext_noop("No answer shows a means or exploitation.")
OPENING_TEXT = gettext_noop("A screening opens an assessment by a person; it never decides.")

NO_VALUES: Mapping[str, str | int] = MappingProxyType({})
OPENING = Reason("opens_assessment", OPENING_TEXT)
NO_JUDGEMENT = Reason("no_judgement", NO_JUDGEMENT_TEXT)
NO_SIGN = Reason("no_sign", NO_SIGN_TEXT, source=f"{PALERMO}(a)")
ARTICLE_3_A = f"{PALERMO}(a)"
PALERMO_BITS = [(element, ELEMENT_BIT[element]) for element in PALERMO_ELEMENTS]
ELEMENT_STEPS: Mapping[int, Mapping[Element, tuple[str, str]]] = {
    NONE: {},
    SUSPECTED: {element: (f"{element.value}_suspected", text) for element, text in SUSPECTED_TEXTS.items()},
    ESTABLISHED: {element: (f"{element.value}_established", text) for element, text in ESTABLISHED_TEXTS.items()},
}
DIMENSION_STEPS = {of: (f"{of.value}_positive", text) for of, text in DIMENSION_TEXTS.items()}
AGE_STEPS = {
    AgeStatus.CHILD: ("child", CHILD_TEXT, f"{PALERMO}(c), (d)"),
    AgeStatus.PRESUMED_CHILD: ("presumed_child", PRESUMED_TEXT, "CETS 197 art. 10(3)"),
}
CLASS_REASONS: Mapping[Classification | None, Reason] = {
    label: Reason("classification", text, source=DELPHI) for label, text in CLASS_TEXTS.items()
}


class Limits(NamedTuple):
    """The lowest and the highest level over all completions of the missing answers, and which those are."""

    lowest: Level
    highest: Level
    unanswered: tuple[str, ...]


class Because(NamedTuple):
    """The questions to name as grounds: for each of the three elements, and the answers and indicators behind them."""

    age: AgeStatus
    elements: Mapping[Element, tuple[str, ...]]
    shown: Sequence[Answer]
    indicators: Sequence[IndicatorFound]

    def of(self, element: Element) -> tuple[str, ...]:
        """Return the questions whose answers bear on an element, on childhood or on consent."""
        bit = ELEMENT_BIT[element]
        return tuple([answer.question for answer in self.shown if answer.bears & bit])

    def of_dimension(self, dimension: Dimension) -> tuple[str, ...]:
        """Return the questions that the indicators of a dimension came from, each once."""
        found = [question for i in self.indicators if i.dimension is dimension for question in i.because]
        return tuple(dict.fromkeys(found))


def because_of(age: AgeStatus, shown: Sequence[Answer], indicators: Sequence[IndicatorFound]) -> Because:
    """Return the grounds of an assessment."""
    named = {
        element: tuple([answer.question for answer in shown if answer.bears & bit]) for element, bit in PALERMO_BITS
    }
    return Because(age, named, shown, indicators)


def explain(verdict: Verdict, because: Because, limits: Limits, *, judged: bool) -> tuple[Reason, ...]:
    """Return the steps that lead to the level, in the order in which a reader follows them."""
    if not judged:
        return (NO_JUDGEMENT, OPENING)
    return (
        *_age(because),
        *_elements(verdict.found, because),
        *_consent(verdict.found, because),
        *_dimensions(verdict, because),
        *_missing(limits),
        OPENING,
    )


def _age(because: Because) -> list[Reason]:
    step = AGE_STEPS.get(because.age)
    return [Reason(step[0], step[1], NO_VALUES, step[2], because.of(Element.CHILD))] if step else []


def _elements(found: Findings, because: Because) -> list[Reason]:
    grades = zip(because.elements.items(), (found.act, found.means, found.purpose), strict=True)
    steps = [(ELEMENT_STEPS[grade].get(element), questions) for (element, questions), grade in grades]
    reasons = [Reason(step[0], step[1], NO_VALUES, ARTICLE_3_A, questions) for step, questions in steps if step]
    return reasons if found.means or found.purpose else [*reasons, NO_SIGN]


def _consent(found: Findings, because: Because) -> list[Reason]:
    questions = because.of(Element.CONSENT) if found.means == ESTABLISHED else ()
    return [Reason("consent_irrelevant", CONSENT_TEXT, NO_VALUES, f"{PALERMO}(b)", questions)] if questions else []


def _dimensions(verdict: Verdict, because: Because) -> list[Reason]:
    steps = [(*DIMENSION_STEPS[dimension], because.of_dimension(dimension)) for dimension in verdict.dimensions]
    reasons = [Reason(code, text, NO_VALUES, DELPHI, questions) for code, text, questions in steps]
    label = CLASS_REASONS.get(verdict.classification)
    return [*reasons, label] if label else reasons


def _missing(limits: Limits) -> list[Reason]:
    if not limits.unanswered:
        return []
    values: dict[str, str | int] = {
        "count": len(limits.unanswered),
        "lowest": LEVEL_NAMES[limits.lowest],
        "highest": LEVEL_NAMES[limits.highest],
    }
    template = MISSING_TEXT if limits.lowest is not limits.highest else SETTLED_TEXT
    return [Reason("unanswered", template, values, because=limits.unanswered)]
