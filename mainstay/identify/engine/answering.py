"""Which questions are asked, and whether an answer is one the form takes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from mainstay.core.errors import BadInputError, Fault
from mainstay.identify.engine.conditions import Condition
from mainstay.identify.engine.xform import compile_form
from mainstay.identify.rules.tables import Compiled
from mainstay.identify.types import MISSING_VALUES, Answers, Instrument, Question

INTEGER = re.compile(r"^-?\d{1,18}$")
DECIMAL = re.compile(r"^-?\d{1,18}(\.\d{1,18})?$")
TIME = re.compile(r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$")
LONGEST_TEXT = 10_000
MAX_WAYS = 1_024
"""So many ways through a form are kept ready."""
SILENT = frozenset({"note"})
"""Kinds that say something and take no answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form asks given the answers so far: its questions in order, and the names it leaves out."""

    questions: tuple[Question, ...]
    left_out: frozenset[str]

    def after(self, name: str | None) -> Question | None:
        """Return the next question after `name`, the first without one, None at the end."""
        names = [question.name for question in self.questions]
        place = names.index(name) + 1 if name in names else 0
        return self.questions[place] if place < len(self.questions) else None

    def before(self, name: str) -> Question | None:
        """Return the question before `name`, None at the start."""
        names = [question.name for question in self.questions]
        place = names.index(name) if name in names else 0
        return self.questions[place - 1] if place else None


def asked(instrument: Instrument, answers: Answers, *, today: date) -> Asked:
    """Return which questions the form's own conditions ask, given the answers.

    The answer to a question that is not asked does not count in the conditions of others, as in every XForm.
    """
    path = _paths.of(instrument)
    if not path.is_branching:
        return path.after_leaving_out(frozenset())
    kept = answers
    for _ in range(len(instrument.questions)):
        left_out = path.left_out(kept, today)
        if left_out.isdisjoint(kept):
            break
        kept = {name: value for name, value in kept.items() if name not in left_out}
    return path.after_leaving_out(left_out)


class _Path:
    """What decides the way through an instrument, worked out once: plain conditions, or else the XForm itself."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._asked: dict[frozenset[str], Asked] = {}
        self._conditions: dict[str, Condition] | None = {}
        self.is_branching = any(question.relevant for question in instrument.questions)
        if self.is_branching:
            self._conditions = compile_form(instrument.xform).plain_conditions([q.name for q in instrument.questions])

    def left_out(self, answers: Answers, today: date) -> frozenset[str]:
        """Return the questions that these answers leave out."""
        if self._conditions is not None:
            return frozenset([name for name, holds in self._conditions.items() if not holds(answers)])
        form = compile_form(self._instrument.xform)
        tree = form.instance(answers, today)
        return frozenset([q.name for q in self._instrument.questions if not form.is_relevant(tree, q.name)])

    def after_leaving_out(self, left_out: frozenset[str]) -> Asked:
        """Return what is asked without these questions; kept, because few combinations occur."""
        found = self._asked.get(left_out)
        if found is None:
            questions = self._instrument.questions
            found = Asked(tuple(question for question in questions if question.name not in left_out), left_out)
            if len(self._asked) < MAX_WAYS:
                self._asked[left_out] = found
        return found


_paths = Compiled(_Path)


def tidy(question: Question, text: str | None) -> str | None:
    """Return the value without "does not want to answer" and the like where it says something as well."""
    if text is None or not question.multiple:
        return text
    telling = [word for word in text.split() if word not in MISSING_VALUES]
    return " ".join(telling) or text


def answer_fault(question: Question, value: str) -> str | None:
    """Return what was expected where a value is not one that the question takes; None where it is."""
    if not value:
        return None
    if question.choices:
        taken = value.split() if question.multiple else [value]
        names = [choice.name for choice in question.choices]
        return None if set(taken) <= set(names) else f"one of {', '.join(names[:12])}"
    return _type_fault(question.type, value)


def constraint_fault(instrument: Instrument, question: Question, answers: Answers, *, today: date) -> str | None:
    """Return the form's own message where an answer breaks the question's condition; None where it is met."""
    if not question.constraint or not answers.get(question.name):
        return None
    form = compile_form(instrument.xform)
    if form.meets_constraint(form.instance(answers, today), question.name):
        return None
    return next(iter(question.constraint_messages.values()), f"a value that meets {question.constraint}")


def missing_required(instrument: Instrument, answers: Answers, *, today: date) -> tuple[Question, ...]:
    """Return the questions that are asked, must be answered and are not."""
    form = compile_form(instrument.xform)
    tree = form.instance(answers, today)
    return tuple(
        question
        for question in asked(instrument, answers, today=today).questions
        if not answers.get(question.name) and question.type not in SILENT and form.is_required(tree, question.name)
    )


def read_answers(source: str, instrument: Instrument, raw: Mapping[str, Any], *, today: date) -> dict[str, str]:
    """Return the answers as the form holds them, without those to questions it does not ask.

    Raise BadInputError naming every unknown question and every value that the form does not take.
    """
    answers: dict[str, str] = {}
    faults: list[Fault] = []
    for name, value in raw.items():
        question = instrument.question(name)
        if question is None:
            faults.append(Fault(f"a question of {instrument.name}", field=f"answers.{name}", found="no such question"))
            continue
        text = tidy(question, _as_text(question, value))
        fault = "a text, number, true, false or list of choices" if text is None else answer_fault(question, text)
        if fault:
            faults.append(Fault(fault, field=f"answers.{name}", found=_short(value)))
        elif text:
            answers[name] = text
    if faults:
        raise BadInputError(source, faults)
    return check_answers(source, instrument, answers, today=today)


def check_answers(source: str, instrument: Instrument, answers: Answers, *, today: date) -> dict[str, str]:
    """Return the answers to the questions that are asked; raise BadInputError where one breaks its condition."""
    left_out = asked(instrument, answers, today=today).left_out
    kept = {name: value for name, value in answers.items() if name not in left_out}
    faults = list(_constraint_faults(instrument, kept, today))
    if faults:
        raise BadInputError(source, faults)
    return kept


def _constraint_faults(instrument: Instrument, answers: Answers, today: date) -> Iterator[Fault]:
    for question in instrument.questions:
        expected = constraint_fault(instrument, question, answers, today=today)
        if expected:
            yield Fault(expected, field=f"answers.{question.name}", found=_short(answers[question.name]))


def _type_fault(kind: str, value: str) -> str | None:
    if kind == "note":
        return "no answer to a note"
    if kind == "integer" and not INTEGER.match(value):
        return "a whole number"
    if kind in ("decimal", "range") and not DECIMAL.match(value):
        return "a number"
    if kind == "date" and not _is_date(value):
        return "a date as YYYY-MM-DD"
    if kind == "time" and not TIME.match(value):
        return "a time as HH:MM"
    if kind == "acknowledge" and value != "OK":
        return "OK"
    return f"at most {LONGEST_TEXT} characters" if len(value) > LONGEST_TEXT else None


def _is_date(value: str) -> bool:
    try:
        return len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _as_text(question: Question, value: object) -> str | None:
    if value is None:
        return ""
    if isinstance(value, bool):
        words = ("yes", "TRUE", "true") if value else ("no", "FALSE", "false")
        names = {choice.name for choice in question.choices}
        return next((word for word in words if word in names), words[0])
    if isinstance(value, int | float):
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if isinstance(value, str):
        return "".join(c for c in value if c >= " " or c in "\n\t").strip()
    if isinstance(value, Sequence) and all(isinstance(item, str) for item in value):
        return " ".join(value)
    return None


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else f"{text[:57]}…"
