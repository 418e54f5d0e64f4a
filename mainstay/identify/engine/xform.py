"""The conditions of an XForm, evaluated as XPath 1.0 on an instance of it, with the functions ODK adds."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from lxml import etree

from mainstay.core.errors import Fault
from mainstay.identify.engine.conditions import Condition, compile_condition

XF = "{http://www.w3.org/2002/xforms}"
JR = "http://openrosa.org/javarosa"
EPOCH = date(1970, 1, 1)
DAY = "today"
PLAIN_TYPES = frozenset({"string", "int", "decimal"})
"""What is held as it was given; days are held as numbers."""
MAX_MATCHED = 1000
"""Longest value that a pattern is tried on."""
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may hold."""

Node = Any


@dataclass(frozen=True, slots=True)
class Bind:
    """What the form says about one node; a condition left out is None."""

    path: str
    type: str
    relevant: etree.XPath | None
    constraint: etree.XPath | None
    required: etree.XPath | None
    calculate: etree.XPath | None


class BadExpressionError(Exception):
    """A condition that is no XPath, or that uses an unknown function."""

    def __init__(self, path: str, attribute: str, expression: str) -> None:
        super().__init__(path)
        self.path, self.attribute, self.expression = path, attribute, expression


class Form:
    """A compiled XForm: its empty instance and its binds in document order.

    `root` is the path of the instance's first element, `nodes` every path under it.
    """

    def __init__(self, xform: str) -> None:
        root = etree.fromstring(xform.encode(), _parser())
        if root.getroottree().docinfo.internalDTD is not None:
            raise ValueError("An XForm declares no entities")
        model = root.find(f".//{XF}model")
        instance = None if model is None else model.find(f"{XF}instance")
        if model is None or instance is None or len(instance) == 0:
            raise ValueError("An XForm has a model with an instance")
        self._blank = etree.tostring(instance[0])
        self.root = f"/{_local(instance[0])}"
        self.nodes = frozenset(_paths(instance[0], self.root))
        self._labels = _labels(root)
        self.errors: list[BadExpressionError] = []
        self.binds = {bind.path: bind for bind in (self._bind(element) for element in model.findall(f"{XF}bind"))}
        self.paths = {path.rsplit("/", 1)[-1]: path for path in self.binds if not path.startswith("/data/meta/")}

    def instance(self, answers: Mapping[str, str], today: date) -> Node:
        """Return an instance with these answers filled in; days are held as day numbers, so that they compare."""
        tree = self._bare()
        tree.set(DAY, str((today - EPOCH).days))
        for name, value in answers.items():
            if name in self.paths:
                self._set(tree, self.paths[name], value)
        self._calculate(tree)
        return tree

    def _bare(self) -> Node:
        """The empty instance, its names without namespaces."""
        tree = etree.fromstring(self._blank, _parser())
        for element in tree.iter():
            element.tag = etree.QName(element).localname
        etree.cleanup_namespaces(tree)
        return tree

    def is_relevant(self, tree: Node, name: str) -> bool:
        """Return whether a question is asked: its own condition and that of every group around it holds."""
        parts = self.paths[name].split("/")
        around = ("/".join(parts[:length]) for length in range(3, len(parts) + 1))
        return all(self._holds(tree, path, "relevant", default=True) for path in around)

    def plain_conditions(self, names: Iterable[str]) -> dict[str, Condition] | None:
        """Return what decides whether each question is asked as plain functions of its answers.

        Those that are always asked are left out. None where a condition is outside the common part of XPath, or rests
        on something else than a text or number that a person gave (a day, a calculation, a preset value).
        """
        known = {path: name for name in names if (path := self.paths.get(name)) and self._is_given(path)}
        found: dict[str, Condition] = {}
        for name in names:
            expressions = [bind.relevant.path for bind in self._around(name) if bind.relevant is not None]
            conditions = [compile_condition(expression, known) for expression in expressions]
            if None in conditions:
                return None
            if conditions:
                found[name] = _all_of([condition for condition in conditions if condition])
        return found

    def _is_given(self, path: str) -> bool:
        """Whether the node holds what was answered and, before that, nothing."""
        bind = self.binds[path]
        node = self.instance({}, EPOCH).xpath(path)
        return bind.type in PLAIN_TYPES and bind.calculate is None and len(node) == 1 and not node[0].text

    def _around(self, name: str) -> Iterator[Bind]:
        """The binds of a question and of every group around it."""
        parts = self.paths[name].split("/")
        paths = ("/".join(parts[:length]) for length in range(3, len(parts) + 1))
        return (self.binds[path] for path in paths if path in self.binds)

    def is_required(self, tree: Node, name: str) -> bool:
        """Return whether a question must be answered."""
        return self._holds(tree, self.paths[name], "required", default=False)

    def meets_constraint(self, tree: Node, name: str) -> bool:
        """Return whether the value filled in meets the question's own condition."""
        return self._holds(tree, self.paths[name], "constraint", default=True)

    def outline(self) -> dict[str, Any]:
        """Return the empty instance, the binds and the labels of choices: all that conditions are evaluated on."""
        conditions = ("relevant", "constraint", "required", "calculate")
        binds: list[dict[str, str]] = []
        for bind in self.binds.values():
            written = {name: getattr(bind, name).path for name in conditions if getattr(bind, name) is not None}
            binds.append({"path": bind.path, "type": bind.type, **written})
        names_labels = any("choice-name" in text for bind in binds for text in bind.values())
        blank = etree.tostring(self._bare(), encoding="unicode")
        return {"instance": blank, "binds": binds, "labels": self._labels if names_labels else {}}

    def faults(self, rows: Mapping[str, int]) -> Iterator[Fault]:
        """Try every condition once on an empty instance; name those that cannot be evaluated."""
        for error in self.errors:
            yield _fault(error, rows)
        tree = self.instance({}, EPOCH)
        for bind in self.binds.values():
            for attribute in ("relevant", "constraint", "required", "calculate"):
                try:
                    self._evaluate(tree, bind, attribute)
                except BadExpressionError as error:
                    yield _fault(error, rows)

    def _bind(self, element: Node) -> Bind:
        path = element.get("nodeset")
        compiled = {name: self._compile(path, name, element.get(name)) for name in (
            "relevant", "constraint", "required", "calculate")}  # fmt: skip
        return Bind(path, element.get("type", "string"), **compiled)

    def _compile(self, path: str, attribute: str, expression: str | None) -> etree.XPath | None:
        if not expression:
            return None
        try:
            return etree.XPath(expression, namespaces={"jr": JR}, extensions=self._functions())
        except etree.XPathError:
            self.errors.append(BadExpressionError(path, attribute, expression))
            return None

    def _functions(self) -> dict[tuple[str | None, str], Callable[..., Any]]:
        labels = self._labels
        return {**FUNCTIONS, (JR, "choice-name"): lambda _, value, __: labels.get(_string(value), _string(value))}

    def _holds(self, tree: Node, path: str, attribute: str, *, default: bool) -> bool:
        bind = self.binds.get(path)
        if bind is None or getattr(bind, attribute) is None:
            return default
        return _boolean(self._evaluate(tree, bind, attribute))

    def _evaluate(self, tree: Node, bind: Bind, attribute: str) -> Any:
        expression = getattr(bind, attribute)
        nodes = tree.xpath(bind.path)
        if expression is None or not nodes:
            return None
        try:
            return expression(nodes[0])
        except (etree.XPathError, ValueError, re.error, TypeError, OverflowError) as error:
            raise BadExpressionError(bind.path, attribute, expression.path) from error

    def _calculate(self, tree: Node) -> None:
        for bind in self.binds.values():
            if bind.calculate is not None:
                value = _string(self._evaluate_safely(tree, bind))
                self._set(tree, bind.path, value)

    def _evaluate_safely(self, tree: Node, bind: Bind) -> Any:
        try:
            return self._evaluate(tree, bind, "calculate")
        except BadExpressionError:
            return ""

    def _set(self, tree: Node, path: str, value: str) -> None:
        is_day = self.binds[path].type == "date"
        for node in tree.xpath(path):
            node.text = (_day_number(value) if is_day else NOT_XML.sub("", value)) or None


@lru_cache(maxsize=64)
def compile_form(xform: str) -> Form:
    """Return the compiled form; forms are few and compiled once."""
    return Form(xform)


def _all_of(conditions: Sequence[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else lambda values: all(holds(values) for holds in conditions)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def _local(element: Node) -> str:
    return str(etree.QName(element).localname)


def _paths(element: Node, path: str) -> Iterator[str]:
    """Every path of an instance, as binds write them."""
    yield path
    for child in element.iterchildren(tag=etree.Element):
        yield from _paths(child, f"{path}/{_local(child)}")


def _labels(root: Node) -> dict[str, str]:
    items = root.iterfind(f".//{XF}item")
    return {
        item.findtext(f"{XF}name") or "": item.findtext(f"{XF}label") or item.findtext(f"{XF}name") or ""
        for item in items
    }


def _fault(error: BadExpressionError, rows: Mapping[str, int]) -> Fault:
    name = error.path.rsplit("/", 1)[-1]
    column = "calculation" if error.attribute == "calculate" else error.attribute
    return Fault("an expression that can be evaluated", rows.get(name), f"survey.{column}", error.expression)


def _string(value: Any) -> str:
    if isinstance(value, list):
        return str("".join(value[0].itertext())) if value and not isinstance(value[0], str) else "".join(value[:1])
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _boolean(value: Any) -> bool:
    return value == value and bool(value)  # NaN is false


def _number(value: Any) -> float:
    if isinstance(value, bool | int | float):
        return float(value)
    try:
        return float(_string(value))
    except ValueError:
        return float("nan")


def _day_number(value: str) -> str:
    try:
        return str((date.fromisoformat(value[:10]) - EPOCH).days)
    except ValueError:
        return value


def _today(context: Any) -> float:
    return float(context.context_node.getroottree().getroot().get(DAY))


def _date(_: Any, value: Any) -> float:
    return _number(_day_number(_string(value)))


def _format_date(_: Any, value: Any, pattern: Any) -> str:
    number = _number(_day_number(_string(value)))
    return (EPOCH + timedelta(days=int(number))).strftime(_string(pattern)) if number == number else ""


def _coalesce(_: Any, *values: Any) -> str:
    return next((text for text in map(_string, values) if text), "")


def _selected_at(_: Any, value: Any, place: Any) -> str:
    words, index = _string(value).split(), _number(place)
    return words[int(index)] if 0 <= index < len(words) else ""


def _int(_: Any, value: Any) -> float:
    number = _number(value)
    return float(int(number)) if number == number and abs(number) != float("inf") else number


_BY_NAME: dict[str, Callable[..., Any]] = {
    "selected": lambda _, value, word: _string(word).strip() in _string(value).split(),
    "selected-at": _selected_at,
    "count-selected": lambda _, value: float(len(_string(value).split())),
    "if": lambda _, condition, yes, no: yes if _boolean(condition) else no,
    "coalesce": _coalesce,
    "regex": lambda _, value, pattern: bool(re.fullmatch(_string(pattern), _string(value)[:MAX_MATCHED])),
    "today": _today,
    "now": _today,
    "date": _date,
    "format-date": _format_date,
    "decimal-date-time": _date,
    "int": _int,
    "once": lambda _, value: _string(value),
    "min": lambda _, *values: min(map(_number, values)),
    "max": lambda _, *values: max(map(_number, values)),
    "pow": lambda _, base, exponent: _number(base) ** _number(exponent),
}
FUNCTIONS: dict[tuple[str | None, str], Callable[..., Any]] = {(None, name): call for name, call in _BY_NAME.items()}
"""What XPath 1.0 has not and ODK forms use."""
