"""The page on writing an instrument: its example imports, gives what the page shows, and the refusals are real."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mainstay.core.errors import BadInputError
from mainstay.identify.engine.definitions import dump
from mainstay.identify.engine.xlsform import read_instrument
from mainstay.identify.rules.indicators import INDICATORS
from mainstay.site.cli import main
from tests.identify.builders import Rows, workbook

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "instruments.md").read_text(encoding="utf-8")
EXAMPLE = DOCS / "assets" / "example_instrument.xlsx"


def sheet(name: str) -> Rows:
    """The table under the heading of a sheet, as somebody would type it."""
    table = PAGE.split(f"### {name}\n", 1)[1]
    found = re.search(r"(?:^\|.*\n)+", table, flags=re.MULTILINE)
    assert found is not None
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in found.group().splitlines()]
    return [rows[0], *rows[2:]]


def block(kind: str, after: str) -> str:
    """The first block of that kind after a heading."""
    found = re.search(rf"```{kind}\n(.*?)```", PAGE.split(after, 1)[1], flags=re.DOTALL)
    assert found is not None
    return found.group(1)


def typed() -> tuple[Rows, Rows, Rows]:
    return sheet("survey"), sheet("choices"), sheet("settings")


def put(rows: Rows, name: str, column: str, value: str) -> None:
    """Write into the cell of the row of that name."""
    row = next(row for row in rows if row[rows[0].index("name")] == name)
    row[rows[0].index(column)] = value


def without(rows: Rows, column: str) -> None:
    """Take a column out."""
    place = rows[0].index(column)
    for row in rows:
        del row[place]


def test_what_the_page_tells_to_type_is_the_file_that_it_offers() -> None:
    from_page = read_instrument("example_instrument.xlsx", workbook(*typed()))
    assert dump(from_page) == dump(read_instrument(EXAMPLE))
    assert (from_page.name, from_page.version, from_page.languages) == ("car_wash", "1", ("en", "fr"))
    assert EXAMPLE.stat().st_size < 20_000


@pytest.mark.django_db
def test_the_example_gives_the_result_that_the_page_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text(block("json", "## 4. Try it"), encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["identify", "assess", str(answers), "--form", str(EXAMPLE)])
    assert not ended.value.code
    assert capsys.readouterr().out == block("text", "## 4. Try it")
    assert json.loads(answers.read_text(encoding="utf-8"))["instrument"] == "car_wash"


def test_the_page_lists_every_indicator_with_its_weights() -> None:
    listed = re.findall(r"^\| `([a-z_]+)` \| (.+) \| (\S+) \| (\S+) \|$", PAGE, flags=re.MULTILINE)
    assert listed == [(i.key, i.name, i.adult or "–", i.child or "–") for i in INDICATORS.values()]


Change = Callable[[Rows, Rows, Rows], None]
REFUSED: dict[str, Change] = {
    "an unknown type": lambda survey, _c, _s: put(survey, "hurt", "type", "yes_no"),
    "an unknown list": lambda survey, _c, _s: put(survey, "papers", "type", "select_one paper"),
    "a name used twice": lambda survey, _c, _s: put(survey, "hours", "name", "pay"),
    "an unknown indicator": lambda _s, choices, _t: put(choices, "boss", "indicator", "cd_passport"),
    "an own indicator without its weight": lambda survey, _c, _s: put(survey, "sleeps_there", "strength", ""),
    "a dimension that is not the list's": lambda survey, _c, _s: put(survey, "hours", "dimension", "coercion"),
    "an unknown word": lambda survey, _c, _s: put(survey, "hurt", "urgent", "doctor"),
    "a judgement on an answer that says nothing": lambda _s, choices, _t: put(choices, "declined", "form", "other"),
    "a text missing in a language": lambda survey, _c, _s: put(survey, "hurt", "label::Français (fr)", ""),
    "a language missing": lambda _s, choices, _t: without(choices, "label::Français (fr)"),
    "a choice that is not there": lambda survey, _c, _s: put(survey, "asked_back", "relevant", "${papers} = 'chef'"),
    "a condition on a later question": lambda survey, _c, _s: put(survey, "papers", "relevant", "${hours} = 'yes'"),
    "a condition that never holds": lambda survey, _c, _s: put(
        survey, "asked_back", "relevant", "${papers} = 'boss' and ${papers} = 'me'"
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_refusal_on_the_page_is_the_one_that_is_given(what: str) -> None:
    sheets = typed()
    REFUSED[what](*sheets)
    with pytest.raises(BadInputError) as refused:
        read_instrument("example_instrument.xlsx", workbook(*sheets))
    assert any(f"| {fault}" in PAGE.replace("`", "") for fault in refused.value.faults), refused.value.faults
