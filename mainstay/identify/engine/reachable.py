"""Questions that nobody would ever be asked: faults of an XLSForm that only show in the field, found before it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, combinations, product

from mainstay.core.errors import Fault
from mainstay.identify.engine.conditions import Condition, compile_condition
from mainstay.identify.engine.workbook import Row
from mainstay.identify.types import Question

REFERENCE = re.compile(r"\$\{\s*([^}\s]+)\s*\}")
COMBINATIONS = 5_000
"""Up to so many combinations of answers are tried before a condition is left unjudged."""
WORDS = 6
"""So many words of a question that takes several are combined with each other."""
NUMERIC = frozenset({"integer", "decimal", "range"})
WORDY = frozenset({"text", "barcode", "acknowledge"})
OR_OTHER = "other"

_REF, _WORD = r"\$\{\s*(?P<name>[^}\s]+)\s*\}", r"(?P<quote>['\"])(?P<word>[^'\"]*)(?P=quote)"
COMPARED = [
    re.compile(rf"{_REF}\s*!?=\s*{_WORD}"),
    re.compile(rf"{_WORD}\s*!?=\s*{_REF}"),
    re.compile(rf"selected\(\s*{_REF}\s*,\s*{_WORD}\s*\)"),
]
TEXT = re.compile(r"'([^']*)'|\"([^\"]*)\"")
NUMBER = re.compile(r"(?<![\w.'\"])\d+(?:\.\d+)?(?![\w'\"])")


def reachability_faults(rows: Sequence[Row], questions: Mapping[str, Question]) -> Iterator[Fault]:
    """Name every condition that compares with no choice of a list, rests on a later question, or can never hold."""
    found = [*_unknown_choices(rows, questions), *_not_yet_asked(rows)]
    yield from found
    faulty = {fault.row for fault in found}
    places = {row["name"]: row for row in rows}
    conditions = {name: _condition(question.relevant, questions) for name, question in questions.items()}
    told: set[int] = set()
    for name, question in questions.items():
        where = _row_of_condition(rows, places[name]) if question.relevant else None
        if where is None or where.number in faulty | told or _can_be_asked(question, questions, conditions):
            continue
        told.add(where.number)
        yield Fault("a condition that some answers meet", where.number, "survey.relevant", where["relevant"])


def _unknown_choices(rows: Sequence[Row], questions: Mapping[str, Question]) -> Iterator[Fault]:
    for row in rows:
        for match in chain.from_iterable(pattern.finditer(row["relevant"]) for pattern in COMPARED):
            question = questions.get(match["name"])
            names = [choice.name for choice in question.choices] if question else []
            words = match["word"].split() if question and question.multiple else [match["word"].strip()]
            unknown = [word for word in words if word and names and word not in (*names, OR_OTHER)]
            if unknown:
                expected = f"a choice of {match['name']}: {', '.join(names[:12])}"
                yield Fault(expected, row.number, "survey.relevant", unknown[0])


def _not_yet_asked(rows: Sequence[Row]) -> Iterator[Fault]:
    calculations = {row["name"]: row["calculation"] for row in rows if row["calculation"]}
    asked: set[str] = set()
    named = {row["name"] for row in rows if row["name"]}
    for row in rows:
        for name in _rests_on(row["relevant"], calculations):
            if name in named - asked - calculations.keys():
                expected = "a condition on questions before this one"
                yield Fault(expected, row.number, "survey.relevant", f"${{{name}}}")
        asked.add(row["name"])


def _rests_on(expression: str, calculations: Mapping[str, str]) -> list[str]:
    """The names in an expression and in the calculations behind it."""
    seen: dict[str, None] = {}
    waiting = REFERENCE.findall(expression)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen[name] = None
            waiting += REFERENCE.findall(calculations.get(name, ""))
    return list(seen)


def _row_of_condition(rows: Sequence[Row], row: Row) -> Row:
    """The row itself, or that of the innermost group around it which has a condition."""
    around: list[Row] = []
    for other in rows:
        if other is row:
            break
        if other["type"].replace(" ", "_").startswith("begin_group"):
            around.append(other)
        elif other["type"].replace(" ", "_").startswith("end_group") and around:
            around.pop()
    return next((other for other in (row, *reversed(around)) if other["relevant"]), row)


def _condition(relevant: str, questions: Mapping[str, Question]) -> Condition | None:
    """The condition on the answers as plain function; None where it is more than that."""
    plain = {name: q for name, q in questions.items() if q.choices or q.type in NUMERIC | WORDY}
    expression = REFERENCE.sub(lambda match: f" /{match[1]} ", relevant)
    return compile_condition(expression, {f"/{name}": name for name in plain}) if relevant else lambda _: True


def _can_be_asked(
    question: Question, questions: Mapping[str, Question], conditions: Mapping[str, Condition | None]
) -> bool:
    """Try every combination of the answers that decide; a condition that cannot be judged is taken to hold."""
    behind = [name for name in questions if name in question.depends_on]
    deciding = [conditions[name] for name in (*behind, question.name)]
    texts = " ".join(questions[name].relevant for name in (*behind, question.name))
    options = [_answers(questions[name], texts) for name in behind]
    count = 1
    for option in options:
        count *= len(option)
    if None in deciding or count > COMBINATIONS:
        return True
    return any(_asks(question.name, dict(zip(behind, values, strict=True)), conditions) for values in product(*options))


def _asks(name: str, answers: Mapping[str, str], conditions: Mapping[str, Condition | None]) -> bool:
    """Whether these answers, given in the order of the form, lead to a question."""
    kept: dict[str, str] = {}
    for other, value in answers.items():
        holds = conditions[other]
        if holds is None or holds(kept):
            kept[other] = value
    holds = conditions[name]
    return holds is None or holds(kept)


def _answers(question: Question, texts: str) -> list[str]:
    """Answers that tell apart everything that plain conditions can ask: each choice, each word, around each number."""
    words = ["".join(match) for match in TEXT.findall(texts)]
    numbers = sorted({float(number) for number in NUMBER.findall(texts)})
    names = [choice.name for choice in question.choices]
    if question.multiple:
        mentioned = [name for name in names if any(name in word.split() for word in words)][:WORDS]
        other = [name for name in names if name not in mentioned][:1]
        taken = [*mentioned, *other]
        sets = chain.from_iterable(combinations(taken, size) for size in range(len(taken) + 1))
        return list(dict.fromkeys([*map(" ".join, sets), *names, *words]))
    if names:
        return ["", *names, OR_OTHER]
    around = [numbers[0] - 1, *numbers, *[number + 0.5 for number in numbers], numbers[-1] + 1] if numbers else [0.0]
    figures = [f"{number:g}" for number in dict.fromkeys(around)]
    return ["", *figures] if question.type in NUMERIC else list(dict.fromkeys(["", "\0", *words, *figures]))
