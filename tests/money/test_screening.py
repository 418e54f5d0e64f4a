"""Screening against the Security Council's list, and small lists of made-up names."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mainstay.core.errors import BadInputError
from mainstay.money.cli import app
from mainstay.money.engine.lists import ListedName, ListEntry, load_lists, load_un_list
from mainstay.money.engine.screening import ListIndex, read_subjects, screen_subject, screen_subjects
from mainstay.money.types import Subject

Write = Callable[..., Path]
LIST = "un-consolidated-2026-02-27.xml"


@pytest.fixture
def index(shared: Path) -> ListIndex:
    return ListIndex(load_un_list(shared / "lists" / LIST))


def top(index: ListIndex, name: str, **facts: str) -> tuple[str, float]:
    found = screen_subject(Subject("S", name, **facts), index, threshold=0.0, most=1)
    return (found[0].list_id, found[0].score) if found else ("", 0.0)


def test_both_published_lists_load(shared: Path) -> None:
    entries = load_un_list(shared / "lists" / LIST)
    assert [sum(e.kind == kind for e in entries) for kind in ("person", "organisation")] == [730, 273]
    assert len(load_un_list(shared / "lists" / "un-consolidated-2015-03-27.xml")) == 1_046


@pytest.mark.parametrize(
    ("reference", "names"),
    [
        ("LYi.021", ["Ermias Alem", "Alem Ermias", "Ermias Ghermay", "Ermies Ghirmai", "Эрмиас Гермай"]),
        ("LYi.022", ["Fitiwi Abdelrazak", "Abdelrazaq Fitwi", "Abdel Razak Fitiwi", "Fitwi Abdurazak"]),
        ("LYi.023", ["Ahmad Oumar Imhamad al-Fitouri", "Ahmed Omar al Fituri", "احمد عمر الفيتوري"]),
        ("LYi.024", ["Mus'ab Mustafa Abu al Qassim Omar", "Abu Qarin, Musab", "مصعب ابو القاسم عمر"]),
        ("LYi.029", ["Osama Al Kuni Ibrahim", "Ibrahim Osama Alkuni", "Usama Kuni Ibrahim", "أسامة الكوني"]),
    ],
)
def test_the_five_listed_for_trafficking_in_libya_are_found(index: ListIndex, reference: str, names: list[str]) -> None:
    for name in names:
        found, score = top(index, name)
        assert found == reference, name
        assert score > 0.6, name
    assert top(index, names[0])[1] > 0.9


def test_names_that_are_not_on_the_list_stay_under_the_line(index: ListIndex) -> None:
    given = ["Anna", "John", "Maria", "Pierre", "Thandi", "Kofi", "Ingrid", "Somchai", "Lakshmi", "Diego", "Ayodele"]
    family = ["Kowalska", "Smith", "Garcia", "Habimana", "Nkosi", "Mensah", "Larsen", "Patel", "Fernandez", "Okafor"]
    chance = random.Random(11)
    names = [f"{chance.choice(given)} {chance.choice(given)} {chance.choice(family)}" for _ in range(200)]
    assert max(top(index, name)[1] for name in names) < 0.7
    assert max(top(index, f"{first} {last}")[1] for first in given for last in family) < 0.7


def test_a_common_name_alone_proves_little(index: ListIndex) -> None:
    assert top(index, "Mohamed Ali")[1] < 0.7
    assert top(index, "Osama Ibrahim", birth_date="1991")[1] < 0.6


def test_facts_that_agree_raise_the_score_and_those_that_disagree_lower_it(index: ListIndex) -> None:
    plain = top(index, "Ahmad Omar")[1]
    found = screen_subject(Subject("S", "Ahmed Fituri", "1988-05-07", "LY", "LY 53FP76"), index)[0]
    assert (found.list_id, found.agreed) == ("LYi.023", ("name", "birth_date", "nationality", "id_number"))
    apart = screen_subject(Subject("S", "Ahmed Fituri", "1950", "SE"), index, threshold=0.0)[0]
    assert apart.disagreed == ("birth_date", "nationality")
    assert found.score > 0.95 > plain > apart.score


def test_every_listed_person_is_found_by_the_first_name_of_the_entry(index: ListIndex) -> None:
    chance = random.Random(5)
    missed = []
    for entry in chance.sample([e for e in index.entries if e.kind == "person"], 60):
        words = entry.names[0].text.split()
        chance.shuffle(words)
        ids = [c.list_id for c in screen_subject(Subject("S", " ".join(words)), index, threshold=0.3, most=5)]
        if entry.list_id not in ids:
            missed.append(entry.list_id)
    assert missed == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "cut or malformed"),
        (b"<CONSOLIDATED_LIST><INDIVIDUALS>", "cut or malformed"),
        (b"<other/>", "another root"),
        (b"<CONSOLIDATED_LIST/>", "at least one entry"),
        (b"<CONSOLIDATED_LIST><INDIVIDUAL><FIRST_NAME>A</FIRST_NAME></INDIVIDUAL></CONSOLIDATED_LIST>", "REFERENCE"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><CONSOLIDATED_LIST>&a;</CONSOLIDATED_LIST>', "not safe"),
    ],
)
def test_a_file_that_is_no_list_is_refused(tmp_path: Path, content: bytes, expected: str) -> None:
    (tmp_path / "list.xml").write_bytes(content)
    with pytest.raises(BadInputError, match=expected):
        load_lists([tmp_path / "list.xml"])


def test_a_list_that_is_cut_is_refused(shared: Path, tmp_path: Path) -> None:
    whole = (shared / "lists" / LIST).read_bytes()
    (tmp_path / "cut.xml").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInputError, match="cut"):
        load_lists([tmp_path / "cut.xml"])


@pytest.mark.parametrize(
    ("line", "field"),
    [(",Ann Ono,1990", "subject_id"), ("S2,,1990", "name"), ("S2,Ann Ono,90", "birth_date"), ("S1,A B,", "subject_id")],
)
def test_a_bad_subject_is_named(csv_of: Write, line: str, field: str) -> None:
    path = csv_of("S1,Ann Ono,1990-02-01", line, header="subject_id,name,birth_date")
    with pytest.raises(BadInputError) as caught:
        read_subjects(path)
    assert (caught.value.faults[0].row, caught.value.faults[0].field) == (3, field)


def test_the_command_prints_candidates_for_each_subject(shared: Path, csv_of: Write) -> None:
    path = csv_of("S1,Musab Abu Qarin,1983", "S2,Anna Kowalska,", header="subject_id,name,birth_date")
    ran = CliRunner().invoke(app, ["screen", str(path), "--list", str(shared / "lists" / LIST), "--json"])
    assert ran.exit_code == 0, ran.output
    first, second = json.loads(ran.stdout)["subjects"]
    assert first["candidates"][0]["list_id"] == "LYi.024"
    assert first["candidates"][0]["agreed"] == ["name", "birth_date"]
    assert second == {"subject_id": "S2", "candidates": []}


def test_a_rare_name_in_a_list_of_one_is_found() -> None:
    entries = [ListEntry(f"X{n}", "person", (ListedName(f"Tomo Varga{n}", "primary"),)) for n in range(50)]
    entries.append(ListEntry("X99", "person", (ListedName("Ilsabet Quennell", "primary"),)))
    found = screen_subjects([Subject("S", "Quennell Ilsabet")], entries)
    assert [c.list_id for c in found["S"]] == ["X99"]
