"""The common part of XPath 1.0 as plain functions: what most forms ask in `relevant`, without a document to build.

`selected(…)`, `not(…)`, `true()`, `false()`, `and`, `or`, `=`, `!=`, `<`, `<=`, `>`, `>=`, strings, numbers and paths
to questions. Everything else is left to `engine/xform.py`, which evaluates the whole language; tests hold the two
equal.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

TOKEN = re.compile(
    r"""\s*(?:(?P<string>'[^']*'|"[^"]*")|(?P<number>\d{1,15}(?:\.\d{1,6})?)|(?P<path>(?:/[A-Za-z_][\w.-]*)+)
    |(?P<name>[A-Za-z_][\w-]*)|(?P<sign>!=|<=|>=|[=<>(),]))""",
    re.VERBOSE,
)
NUMBER = re.compile(r"[ \t\n\r]*(-?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:([eE][+-]?[0-9]+)|[eE][+-]?)?[ \t\n\r]*")
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

Values = Mapping[str, str]
Condition = Callable[[Values], bool]


class Term(NamedTuple):
    """Part of an expression: `node`, `string`, `number` or `boolean`, and how to get its value."""

    kind: str
    value: Callable[[Values], Any]


class NotCommonError(Exception):
    """An expression outside the common part."""


def compile_condition(expression: str, names: Mapping[str, str]) -> Condition | None:
    """Return a condition on the values of questions, or None where it is outside the common part.

    `names` maps the path of each question whose value is its text to its name; an unanswered one has the value "".
    """
    try:
        return _boolean(_Reader(expression, names).read())
    except NotCommonError:
        return None


class _Reader:
    """Reads an expression from left to right, one method for each level of precedence."""

    def __init__(self, expression: str, names: Mapping[str, str]) -> None:
        self._names = names
        self._tokens = list(_tokens(expression))
        self._place = 0

    def read(self) -> Term:
        term = self._either()
        self._expect("end")
        return term

    def _either(self) -> Term:
        terms = [self._both()]
        while self._take("name", "or"):
            terms.append(self._both())
        return terms[0] if len(terms) == 1 else _join(any, terms)

    def _both(self) -> Term:
        terms = [self._equality()]
        while self._take("name", "and"):
            terms.append(self._equality())
        return terms[0] if len(terms) == 1 else _join(all, terms)

    def _equality(self) -> Term:
        return self._compared(self._order, ("=", "!="))

    def _order(self) -> Term:
        return self._compared(self._single, ("<", "<=", ">", ">="))

    def _compared(self, operand: Callable[[], Term], signs: tuple[str, ...]) -> Term:
        left = operand()
        kind, text = self._tokens[self._place]
        if kind != "sign" or text not in signs:
            return left
        self._place += 1
        return _compare(left, text, operand())

    def _single(self) -> Term:
        kind, text = self._tokens[self._place]
        self._place += 1
        if kind == "string":
            return _constant("string", text[1:-1])
        if kind == "number":
            return _constant("number", float(text))
        if kind == "path":
            return _node(self._name_of(text))
        if kind == "name":
            return self._call(text)
        if text != "(":
            raise NotCommonError
        term = self._either()
        self._expect("sign", ")")
        return term

    def _call(self, name: str) -> Term:
        self._expect("sign", "(")
        if name in ("true", "false"):
            term = _constant("boolean", name == "true")
        elif name == "not":
            holds = _boolean(self._either())
            term = Term("boolean", lambda values: not holds(values))
        elif name == "selected":
            term = self._selected()
        else:
            raise NotCommonError
        self._expect("sign", ")")
        return term

    def _selected(self) -> Term:
        (kind, path), (comma, _), (quoted, word) = self._tokens[self._place : self._place + 3]
        if (kind, comma, quoted) != ("path", "sign", "string"):
            raise NotCommonError
        self._place += 3
        name, word = self._name_of(path), word[1:-1].strip()
        return Term("boolean", lambda values: word in values.get(name, "").split())

    def _name_of(self, path: str) -> str:
        if path not in self._names:
            raise NotCommonError
        return self._names[path]

    def _take(self, kind: str, text: str) -> bool:
        found = self._tokens[self._place] == (kind, text)
        self._place += found
        return found

    def _expect(self, kind: str, text: str = "") -> None:
        if not self._take(kind, text):
            raise NotCommonError


def _tokens(expression: str) -> Iterator[tuple[str, str]]:
    place = 0
    while expression[place:].strip():
        found = TOKEN.match(expression, place)
        if found is None or found.lastgroup is None:
            raise NotCommonError
        yield found.lastgroup, found.group(found.lastgroup)
        place = found.end()
    yield from [("end", "")] * 3  # so that looking ahead finds something


def _constant(kind: str, value: object) -> Term:
    return Term(kind, lambda _: value)


def _node(name: str) -> Term:
    return Term("node", lambda values: values.get(name, ""))


def _join(holds: Callable[[Iterator[bool]], bool], terms: list[Term]) -> Term:
    conditions = [_boolean(term) for term in terms]
    return Term("boolean", lambda values: holds(condition(values) for condition in conditions))


def _compare(left: Term, sign: str, right: Term) -> Term:
    """Compare as XPath 1.0 section 3.4 says."""
    compared, kinds = COMPARISONS[sign], {left.kind, right.kind}
    if sign not in ("=", "!="):
        if "boolean" in kinds:
            raise NotCommonError
        one, other = _number(left), _number(right)
    elif "boolean" in kinds:
        one, other = _boolean(left), _boolean(right)
    elif "number" in kinds:
        one, other = _number(left), _number(right)
    else:
        one, other = left.value, right.value
    return Term("boolean", lambda values: compared(one(values), other(values)))


def _boolean(term: Term) -> Condition:
    if term.kind == "node":
        return lambda _: True  # the node is there, whatever it holds
    if term.kind == "boolean":
        return term.value
    value = term.value
    return lambda values: bool(value(values))


def _number(term: Term) -> Callable[[Values], float]:
    value = term.value
    return value if term.kind == "number" else lambda values: _as_number(value(values))


def _as_number(text: str) -> float:
    """Return what XPath takes a text for; as in libxml2, an exponent that has no digits is as good as none."""
    found = NUMBER.fullmatch(text)
    return float(found[1] + (found[2] or "")) if found else float("nan")
