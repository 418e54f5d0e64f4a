"""What the guard says, as lines for a reader: of a measure as it stands, or of a version that was kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from mainstay.protect.forms.guard import ANSWER_WORDS, STAGE_WORDS, said_against, said_missing, said_offence
from mainstay.protect.rules.guard import Answer, Finding


@dataclass(frozen=True, slots=True)
class Line:
    """One ground for a reader."""

    citation: str
    kind: str
    rule: str
    acts: str
    test: str
    test_note: str
    adult_child: str
    binds: str
    binding: str
    limits: tuple[str, ...]
    source: str
    basis: str
    to_be_confirmed: bool
    missing: tuple[str, ...]
    against: tuple[str, ...]
    later: tuple[str, ...]
    only: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The grounds of one answer."""

    code: str
    words: Any
    lines: tuple[Line, ...]


def groups(findings: Iterable[Finding]) -> list[Group]:
    """Return findings by answer, what applies first."""
    found = list(findings)
    return _grouped((one.answer, _line(one)) for one in found)


def kept_groups(document: Mapping[str, Any]) -> list[Group]:
    """Return the findings of a version as it was kept."""
    return _grouped((Answer(one["answer"]), _kept_line(one)) for one in document["findings"])


def _grouped(pairs: Iterable[tuple[Answer, Line]]) -> list[Group]:
    by_answer: dict[Answer, list[Line]] = {}
    for answer, line in pairs:
        by_answer.setdefault(answer, []).append(line)
    order = (Answer.APPLIES, Answer.MAY_APPLY, Answer.WARNS, Answer.NOT_YET, Answer.SUPPORTS, Answer.DOES_NOT)
    return [Group(one.value, ANSWER_WORDS[one], tuple(by_answer[one])) for one in order if one in by_answer]


def _line(one: Finding) -> Line:
    row = one.ground
    return Line(
        citation=row.citation,
        kind=row.kind,
        rule=row.rule,
        acts=row.offences_covered,
        test=row.test,
        test_note=row.test_note,
        adult_child=row.adult_child,
        binds=row.binds,
        binding=row.binding,
        limits=row.limits,
        source=row.source,
        basis=row.basis,
        to_be_confirmed=row.to_be_confirmed,
        missing=tuple(said_missing(code) for code in one.missing),
        against=tuple(dict.fromkeys(said_against(code) for code in one.against)),
        later=tuple(str(STAGE_WORDS[stage]) for stage in one.later),
        only=tuple(said_offence(code) for code in one.only_offences),
    )


def _kept_line(one: Mapping[str, Any]) -> Line:
    names = (
        "citation",
        "kind",
        "rule",
        "acts",
        "test",
        "test_note",
        "adult_child",
        "binds",
        "binding",
        "source",
        "basis",
    )
    return Line(
        **{name: one[name] for name in names},
        limits=tuple(one["limits"]),
        to_be_confirmed=one["to_be_confirmed"],
        missing=tuple(said_missing(code) for code in one["missing"]),
        against=(),
        later=tuple(str(STAGE_WORDS[stage]) for stage in one["later"]),
        only=tuple(said_offence(code) for code in one["only"]),
    )


def as_text(line: Line) -> list[str]:
    """Return one ground as lines of plain text, its limits among them."""
    lines = [line.citation + (f" [{_('to be confirmed')}]" if line.to_be_confirmed else ""), f"  {line.rule}"]
    facts = (
        (_("Acts covered"), line.acts),
        (_("Test"), f"{line.test} ({line.test_note})"),
        (_("Adult, child"), line.adult_child),
    )
    lines += [f"  {label}: {value}" for label, value in (*facts, (_("Binds"), line.binds))]
    lines += [f"  {_('Limit')}: {limit}" for limit in line.limits]
    lines += [f"  {_('Only for')}: {', '.join(line.only)}"] if line.only else []
    lines += [f"  {_('Speaks at')}: {', '.join(line.later)}"] if line.later else []
    lines += [f"  {_('Not known')}: {missing}" for missing in line.missing]
    return [*lines, f"  {_('Source')}: {line.source}", ""]
