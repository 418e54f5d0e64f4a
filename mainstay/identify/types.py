"""What an instrument, a set of answers and an assessment are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

Answers = Mapping[str, str]
"""Question name to value; a `select_multiple` holds choice names parted by spaces. What is not in it is unanswered."""

MISSING_VALUES = frozenset({"not_asked", "declined", "unknown"})
"""Choice names that say nothing either way: not asked, does not want to answer, does not know."""

YES = "yes"


def in_language(texts: Mapping[str, str], language: str) -> str:
    """Return a text in a language, or in the form's first one where it has none."""
    return texts.get(language) or next(iter(texts.values()), "")


class Level(StrEnum):
    """How far the answers point to trafficking in persons."""

    INDICATED = "trafficking indicated"
    LIKELY = "likely"
    POSSIBLE = "possible"
    NOT_INDICATED = "not indicated"
    CANNOT_TELL = "cannot tell"

    @property
    def rank(self) -> int:
        """0 (not indicated, cannot tell) to 3 (trafficking indicated)."""
        return _RANKS[self]


_RANKS = {Level.CANNOT_TELL: 0, Level.NOT_INDICATED: 0, Level.POSSIBLE: 1, Level.LIKELY: 2, Level.INDICATED: 3}


class Strength(StrEnum):
    """Weight of an indicator in the Delphi survey."""

    STRONG = "strong"
    MEDIUM = "medium"
    WEAK = "weak"


class Dimension(StrEnum):
    """The six dimensions of the Delphi survey (ILO and European Commission, 2009)."""

    DECEPTIVE_RECRUITMENT = "deceptive_recruitment"
    COERCIVE_RECRUITMENT = "coercive_recruitment"
    VULNERABILITY_RECRUITMENT = "vulnerability_recruitment"
    EXPLOITATION = "exploitation"
    COERCION_DESTINATION = "coercion_destination"
    VULNERABILITY_DESTINATION = "vulnerability_destination"


class Element(StrEnum):
    """What an answer bears on: the elements of Palermo Protocol art. 3, a reason to believe in a child, or consent."""

    ACT = "act"
    MEANS = "means"
    PURPOSE = "purpose"
    CHILD = "child"
    CONSENT = "consent"


class Urgent(StrEnum):
    """A need that does not wait for the assessment."""

    DANGER_NOW = "danger_now"
    MEDICAL = "medical"
    CHILD_ALONE = "child_alone"
    DETAINED = "detained"


class Exploitation(StrEnum):
    """Forms of exploitation (Palermo Protocol art. 3(a), which is an open list; finer forms as in HTCDS 2.0)."""

    FORCED_LABOUR = "forced_labour"
    SEXUAL_EXPLOITATION = "sexual_exploitation"
    CHILD_LABOUR = "child_labour"
    FORCED_MARRIAGE = "forced_marriage"
    SERVITUDE = "servitude"
    SLAVERY = "slavery"
    FORCED_MILITARY = "forced_military"
    ORGAN_REMOVAL = "organ_removal"
    FORCED_BEGGING = "forced_begging"
    FORCED_CRIMINALITY = "forced_criminality"
    FORCED_ADOPTION = "forced_adoption"
    SURROGACY = "surrogacy"
    OTHER = "other"


class AgeStatus(StrEnum):
    """By which rule the person is assessed."""

    CHILD = "child"
    PRESUMED_CHILD = "presumed child"
    ADULT = "adult"
    UNKNOWN = "unknown"

    @property
    def protected_as_child(self) -> bool:
        """Whether the rule for children applies."""
        return self in (AgeStatus.CHILD, AgeStatus.PRESUMED_CHILD)


class Classification(StrEnum):
    """What the Delphi survey calls a combination of positive dimensions."""

    NOT_A_VICTIM = "not a victim on these indicators"
    LABOUR_RIGHTS = "exploited: labour-rights case"
    DECEPTION_AND_EXPLOITATION = "deception plus exploitation"
    FORCED_LABOUR = "trafficking for forced labour"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one answer means. `strength` is the weight for adults, `child_strength` for children."""

    indicator: str = ""
    strength: Strength | None = None
    child_strength: Strength | None = None
    dimension: Dimension | None = None
    elements: tuple[Element, ...] = ()
    urgent: tuple[Urgent, ...] = ()
    forms: tuple[Exploitation, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose. `labels` maps a language code to its text."""

    name: str
    labels: Mapping[str, str]
    judgement: Judgement | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `judgement` is carried by the answer `yes`; each choice may carry its own.

    `relevant` (its own and that of the groups around it), `constraint` and `required` are as the author wrote them;
    they are evaluated in the XForm. `depends_on` names every question
    that decides whether this one is asked.
    """

    name: str
    type: str
    labels: Mapping[str, str]
    hints: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    required: str = ""
    relevant: str = ""
    constraint: str = ""
    constraint_messages: Mapping[str, str] = field(default_factory=dict)
    judgement: Judgement | None = None
    depends_on: tuple[str, ...] = ()

    @property
    def multiple(self) -> bool:
        """Whether several choices may be taken."""
        return self.type == "select_multiple"

    @property
    def bears_on_level(self) -> bool:
        """Whether any answer to it carries a judgement."""
        return self.judgement is not None or any(choice.judgement for choice in self.choices)

    def judgements(self, value: str) -> tuple[tuple[str, Judgement], ...]:
        """Return the choices taken in `value` that carry a judgement, with it."""
        taken = value.split() if self.multiple else [value]
        found = [(c.name, c.judgement) for c in self.choices if c.judgement is not None and c.name in taken]
        if self.judgement is not None and YES in taken:
            found.append((YES, self.judgement))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Instrument:
    """A screening instrument: its questions in order, and the XForm that phones fill in.

    `languages` are codes (`en`, `ar`); the first is the form's default. `to_be_confirmed` says what of its weights is a
    draft: it stays off until somebody confirms them against their source.
    """

    name: str
    version: str
    title: str
    languages: tuple[str, ...]
    questions: tuple[Question, ...]
    xform: str
    to_be_confirmed: str = ""

    def question(self, name: str) -> Question | None:
        """Return the question of that name."""
        return next((q for q in self.questions if q.name == name), None)


@dataclass(frozen=True, slots=True)
class IndicatorFound:
    """An indicator that the answers show, with the weight that counted, and the questions it came from."""

    name: str
    strength: Strength | None
    dimension: Dimension | None
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Elements:
    """The elements of Palermo Protocol art. 3: there (True), not there (False), not known (None)."""

    act: bool | None
    means: bool | None
    purpose: bool | None


class Reason(NamedTuple):
    """One step of the argument: `template` filled with `values`, its source, and the questions it came from.

    A named tuple, as `Assessment` is: thousands are made in a second, and a frozen dataclass takes twice as long.
    """

    code: str
    template: str
    values: Mapping[str, str | int] = MappingProxyType({})
    source: str = ""
    because: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The step in English; pages translate `template` first."""
        return self.template % self.values


class Assessment(NamedTuple):
    """What a set of answers indicates; it opens an assessment by a person and never decides.

    `lowest` and `highest` are the levels that the missing answers still allow; `settle` names the questions, at most
    three, whose answers would narrow them most.
    """

    level: Level
    lowest: Level
    highest: Level
    age: AgeStatus
    indicators: tuple[IndicatorFound, ...]
    elements: Elements
    element_because: Mapping[Element, tuple[str, ...]]
    dimensions: tuple[Dimension, ...]
    classification: Classification | None
    forms: tuple[Exploitation, ...]
    urgent: tuple[Urgent, ...]
    urgent_because: Mapping[Urgent, tuple[str, ...]]
    reasons: tuple[Reason, ...]
    unanswered: tuple[str, ...]
    settle: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SentForm:
    """What a phone sent as XML: which form it is, the phone's name for the interview, and all values by their path.

    `version` is None where the form has none.
    """

    form_id: str
    version: str | None
    instance_id: str
    encrypted: bool
    values: Mapping[str, tuple[str, ...]]

    def value(self, path: str) -> str:
        """Return the value at a path below the first element; empty where there is none."""
        return next(iter(self.values.get(path, ())), "")


@dataclass(frozen=True, slots=True)
class EntityRow:
    """One appointment as it travels to a phone."""

    id: str
    label: str
    starts: str
    instrument: str
