"""Screening: which entries of the lists may be a subject, and how sure that is.

Score, 0 to 1. Each token of a name weighs by its rarity over the lists (idf). Tokens of subject and
entry are paired, best pair first; a pair counts for its likeness (edit distance, 1.5 times). Then

    name  = 0.65 × share of the subject's weight that is paired + 0.35 × share of the entry's name
    sure  = 1 − exp(−paired weight / 4.5): two common names prove little, so a score means the same
            for a common and a rare name

and score = name × sure, × 0.9 for a name that the list itself calls low quality. Facts move it:
a birth date, nationality or document that agrees closes part of the gap to 1; one that disagrees
lowers it. The best name of an entry counts.
"""

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pycountry
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from mainstay.core.errors import BadInputError, Fault
from mainstay.core.names import Token, consonants, tokens_of, variants
from mainstay.money.engine.lists import LOW, ListEntry
from mainstay.money.engine.reading import read_blocks
from mainstay.money.types import Candidate, Subject

SURE_AT = 4.5
ALIKE = 0.74
Pairs = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class _IndexedName:
    entry: int
    tokens: tuple[str, ...]
    factor: float


class ListIndex:
    """The lists' names by token, with each token's rarity; build once, screen many."""

    def __init__(self, entries: Sequence[ListEntry]) -> None:
        self.entries = entries
        self._names: list[_IndexedName] = []
        self._by_token: dict[str, list[int]] = defaultdict(list)
        owners: dict[str, set[int]] = defaultdict(set)
        joined: dict[str, tuple[str, str]] = {}
        for number, entry in enumerate(entries):
            for name in entry.names:
                tokens = tokens_of(name.text)
                texts = [token.text for token in tokens]
                joined.update({a + b: (a, b) for a, b in pairwise(texts)})
                for variant in variants(tokens) if tokens else []:
                    for token in variant:
                        owners[token.text].add(number)
                    self._add(_IndexedName(number, tuple(t.text for t in variant), 0.9 if name.quality == LOW else 1.0))
        most = math.log(len(entries) + 1)
        self._rarity = {token: math.log((len(entries) + 1) / len(found)) for token, found in owners.items()}
        for one, (first, second) in joined.items():
            # Two common names written as one word tell no more than the two of them.
            self._rarity[one] = min(self._rarity[one], self._rarity[first] + self._rarity[second])
        self._unknown = most
        self._vocabulary = sorted(self._by_token)
        self._by_consonants: dict[str, list[str]] = defaultdict(list)
        for text in self._vocabulary:
            self._by_consonants[consonants(text)].append(text)

    def _add(self, name: _IndexedName) -> None:
        for token in set(name.tokens):
            self._by_token[token].append(len(self._names))
        self._names.append(name)

    def weight(self, token: str) -> float:
        """Return a token's rarity: how much it tells apart."""
        return self._rarity.get(token, self._unknown)

    def names_scored(self, name: str) -> dict[int, float]:
        """Return the name score of each entry that shares a token, alike or equal, with a name."""
        tokens = tokens_of(name)
        best: dict[int, float] = {}
        if not tokens:
            return best
        written = variants(tokens)
        alike = self._alike({token for variant in written for token in variant})
        for variant in written:
            texts = [token.text for token in variant]
            near = {number for text in texts for found in alike[text] for number in self._by_token[found]}
            for number in near:
                indexed = self._names[number]
                score = self._score(texts, indexed, alike)
                if score > best.get(indexed.entry, 0.0):
                    best[indexed.entry] = score
        return best

    def _alike(self, tokens: set[Token]) -> Pairs:
        """Return for each token the lists' tokens that are alike, with their likeness."""
        ordered = sorted(tokens, key=lambda token: token.text)
        texts = [token.text for token in ordered]
        likeness = cdist(texts, self._vocabulary, scorer=OSA.normalized_similarity, score_cutoff=ALIKE)
        pairs: Pairs = {}
        for row, token in enumerate(ordered):
            found = {self._vocabulary[at]: _likeness(float(likeness[row, at])) for at in np.flatnonzero(likeness[row])}
            if len(token.consonants) >= 2:
                for text in self._by_consonants.get(token.consonants, []):
                    found[text] = max(found.get(text, 0.0), 0.85 if len(token.consonants) > 2 else 0.7)
            pairs[token.text] = {t: s for t, s in found.items() if s == 1.0 or min(len(t), len(token.text)) > 3}
        return pairs

    def _score(self, texts: list[str], name: _IndexedName, alike: Pairs) -> float:
        options = [
            (likeness, self.weight(theirs), ours_at, theirs_at)
            for ours_at, ours in enumerate(texts)
            for theirs_at, theirs in enumerate(name.tokens)
            if (likeness := alike[ours].get(theirs, 0.0)) > 0
        ]
        ours_weight = {at: self.weight(text) for at, text in enumerate(texts)}
        theirs_weight = {at: self.weight(text) for at, text in enumerate(name.tokens)}
        ours_done: set[int] = set()
        theirs_done: set[int] = set()
        paired, told = 0.0, 0.0
        for likeness, weight, ours_at, theirs_at in sorted(options, reverse=True):
            if ours_at in ours_done or theirs_at in theirs_done:
                continue
            ours_done.add(ours_at)
            theirs_done.add(theirs_at)
            ours_weight[ours_at] = weight
            paired += likeness * weight
            told += likeness * likeness * weight
        share = 0.65 * paired / sum(ours_weight.values()) + 0.35 * paired / sum(theirs_weight.values())
        return share * (1 - math.exp(-told / SURE_AT)) * name.factor


def _likeness(similarity: float) -> float:
    return max(0.0, 1 - 1.5 * (1 - similarity))


def screen_subjects(
    subjects: Sequence[Subject], entries: Sequence[ListEntry], *, threshold: float = 0.5, most: int = 10
) -> dict[str, list[Candidate]]:
    """Return each subject's candidates at or over the threshold, best first, at most `most`."""
    index = ListIndex(entries)
    return {s.subject_id: screen_subject(s, index, threshold=threshold, most=most) for s in subjects}


def screen_subject(subject: Subject, index: ListIndex, *, threshold: float = 0.5, most: int = 10) -> list[Candidate]:
    """Return one subject's candidates at or over the threshold, best first."""
    found = []
    for number, name_score in index.names_scored(subject.name).items():
        candidate = _candidate(subject, index.entries[number], name_score)
        if candidate.score >= threshold:
            found.append(candidate)
    return sorted(found, key=lambda c: (-c.score, c.list_id))[:most]


def _candidate(subject: Subject, entry: ListEntry, name_score: float) -> Candidate:
    score = name_score
    agreed, disagreed = ["name"], []
    for fact, (verdict, gain, loss) in {
        "birth_date": (*_birth(subject, entry), 0.55),
        "nationality": (_nationality(subject, entry), 0.15, 0.85),
        "id_number": (_document(subject, entry), 0.9, 0.95),
    }.items():
        if verdict is True:
            score += (1 - score) * gain
            agreed.append(fact)
        elif verdict is False:
            score *= loss
            disagreed.append(fact)
    return Candidate(entry.list_id, round(score, 4), entry.names[0].text, tuple(agreed), tuple(disagreed))


def _birth(subject: Subject, entry: ListEntry) -> tuple[bool | None, float]:
    """Return whether birth dates agree, and how much of the gap that closes: a whole day more than a year."""
    if not subject.birth_date or not entry.birth_dates:
        return None, 0.0
    if len(subject.birth_date) == 10 and any(b.day == subject.birth_date for b in entry.birth_dates):
        return True, 0.5
    year = int(subject.birth_date[:4])
    return any(b.first_year - 1 <= year <= b.last_year + 1 for b in entry.birth_dates), 0.2


def _nationality(subject: Subject, entry: ListEntry) -> bool | None:
    if not subject.nationality or not entry.nationalities:
        return None
    return _country(subject.nationality) in {_country(name) for name in entry.nationalities}


def _country(text: str) -> str:
    try:
        return str(pycountry.countries.lookup(text).alpha_2)
    except LookupError:
        return text.casefold()


def _document(subject: Subject, entry: ListEntry) -> bool | None:
    number = _bare(subject.id_number)
    if not number or not entry.documents:
        return None
    return number in {_bare(document) for document in entry.documents}


def _bare(number: str) -> str:
    return re.sub(r"\W", "", number).upper()


def read_subjects(path: Path) -> list[Subject]:
    """Return the subjects of a CSV or Parquet file; `BadInputError` names the first row that is wrong."""
    subjects: list[Subject] = []
    faults: list[Fault] = []
    seen: set[str] = set()
    for block in read_blocks(path, careful=True):
        missing = [name for name in ("subject_id", "name") if name not in block.frame.columns]
        if missing:
            raise BadInputError(path, [Fault("a column of this name", row=1, field=name) for name in missing])
        faults += [row.fault for row in block.broken]
        known = [name for name in Subject.__dataclass_fields__ if name in block.frame.columns]
        for row, values in zip(block.rows, block.frame.select(known).iter_rows(named=True), strict=True):
            subject = Subject(**{name: str(value or "").strip() for name, value in values.items()})
            fault = _subject_fault(subject, int(row), seen)
            subjects.append(subject)
            if fault is not None:
                faults.append(fault)
    if faults:
        raise BadInputError(path, sorted(faults, key=lambda fault: fault.row or 0))
    if not subjects:
        raise BadInputError(path, Fault("at least one subject after the header", row=2, found="nothing"))
    return subjects


def _subject_fault(subject: Subject, row: int, seen: set[str]) -> Fault | None:
    if not subject.subject_id or subject.subject_id in seen:
        return Fault("an id that is not empty and not in the file yet", row=row, field="subject_id")
    seen.add(subject.subject_id)
    if not tokens_of(subject.name):
        return Fault("a name with letters", row=row, field="name")
    if subject.birth_date and not re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2])(-\d\d)?)?", subject.birth_date):
        return Fault("a birth date as YYYY, YYYY-MM or YYYY-MM-DD, or nothing", row=row, field="birth_date")
    return None
