"""The argument behind a level, step by step, each with its source. Pages translate the templates."""

from collections.abc import Iterator, Mapping, Sequence

from mainstay.identify.rules.bounds import Bounds
from mainstay.identify.rules.findings import ESTABLISHED, NONE, Findings, bears_on, classify
from mainstay.identify.types import AgeStatus, Classification, Dimension, Element, Level, Reason, Sign

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


def explain(found: Findings, signs: Sequence[Sign], limits: Bounds, *, judged: bool) -> tuple[Reason, ...]:
    """Return the steps that lead to the level, in the order in which a reader follows them."""
    if not judged:
        return (Reason("no_judgement", NO_JUDGEMENT_TEXT), Reason("opens_assessment", OPENING_TEXT))
    return (
        *_age(found, signs),
        *_elements(found, signs),
        *_consent(found, signs),
        *_dimensions(found),
        *_missing(limits),
        Reason("opens_assessment", OPENING_TEXT),
    )


def questions_for(signs: Sequence[Sign], element: Element) -> tuple[str, ...]:
    """Return the questions whose answers bear on an element, each once."""
    return tuple(dict.fromkeys(sign.question for sign in signs if bears_on(sign, element)))


def _age(found: Findings, signs: Sequence[Sign]) -> Iterator[Reason]:
    because = questions_for(signs, Element.CHILD)
    if found.age is AgeStatus.CHILD:
        yield Reason("child", CHILD_TEXT, source=f"{PALERMO}(c), (d)", because=because)
    if found.age is AgeStatus.PRESUMED_CHILD:
        yield Reason("presumed_child", PRESUMED_TEXT, source="CETS 197 art. 10(3)", because=because)


def _elements(found: Findings, signs: Sequence[Sign]) -> Iterator[Reason]:
    grades: Mapping[Element, int] = {
        Element.ACT: found.act,
        Element.MEANS: found.means,
        Element.PURPOSE: found.purpose,
    }
    for element, grade in grades.items():
        texts = ESTABLISHED_TEXTS if grade == ESTABLISHED else SUSPECTED_TEXTS
        if grade != NONE and element in texts:
            code = f"{element}_{'established' if grade == ESTABLISHED else 'suspected'}"
            yield Reason(code, texts[element], source=f"{PALERMO}(a)", because=questions_for(signs, element))
    if found.means == found.purpose == NONE:
        yield Reason("no_sign", NO_SIGN_TEXT, source=f"{PALERMO}(a)")


def _consent(found: Findings, signs: Sequence[Sign]) -> Iterator[Reason]:
    because = questions_for(signs, Element.CONSENT)
    if because and found.means == ESTABLISHED:
        yield Reason("consent_irrelevant", CONSENT_TEXT, source=f"{PALERMO}(b)", because=because)


def _dimensions(found: Findings) -> Iterator[Reason]:
    for dimension in Dimension:
        if dimension in found.dimensions:
            because = dict.fromkeys(q for i in found.indicators if i.dimension is dimension for q in i.because)
            yield Reason(f"{dimension}_positive", DIMENSION_TEXTS[dimension], source=DELPHI, because=tuple(because))
    label = classify(found)
    if label in CLASS_TEXTS:
        yield Reason("classification", CLASS_TEXTS[label], source=DELPHI)


def _missing(limits: Bounds) -> Iterator[Reason]:
    if limits.unanswered:
        values: dict[str, str | int] = {
            "count": len(limits.unanswered),
            "lowest": LEVEL_NAMES[limits.lowest],
            "highest": LEVEL_NAMES[limits.highest],
        }
        template = MISSING_TEXT if limits.lowest is not limits.highest else SETTLED_TEXT
        yield Reason("unanswered", template, values, because=limits.unanswered)
