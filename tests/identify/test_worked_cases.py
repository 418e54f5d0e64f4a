"""Cases worked out by hand from the sources in ../shared/facts/identify.json, each with the line that it rests on.

How far an element is shown and what follows is the sources'; the steps between "trafficking indicated" and "not
indicated" are our own scale (docs/packages/identify.md): two of three elements are "likely", any sign of a means or of
exploitation is "possible".
"""

from typing import NamedTuple

import pytest

from mainstay.identify.rules import assess
from mainstay.identify.types import (
    AgeStatus,
    Assessment,
    Choice,
    Classification,
    Element,
    Exploitation,
    Instrument,
    Judgement,
    Level,
    Question,
    Urgent,
)
from tests.identify.builders import YES_NO, an_instrument, asks, indicator_instrument, judgement

LIST = indicator_instrument()
INDICATED, LIKELY, POSSIBLE = Level.INDICATED, Level.LIKELY, Level.POSSIBLE
NOT_INDICATED, CANNOT_TELL = Level.NOT_INDICATED, Level.CANNOT_TELL

RULE = "delphi.dimension_positive_if"
TABLE = "delphi.classification"
ACTS, MEANS, PURPOSES = "palermo_art3.acts", "palermo_art3.means", "palermo_art3.purposes_minimum"
ADULT_RULE, CHILD_RULE, CONSENT_RULE = "palermo_art3.adult_rule", "palermo_art3.child_rule", "palermo_art3.consent_rule"
EDGE = "palermo_art3.edge_cases"


# --- Each indicator of the labour lists -------------------------------------------------------------------------------

DELPHI = """
deceptive_recruitment: dr_job SS, dr_wages MM, dr_conditions MM, dr_contract MM, dr_housing MM, dr_documents MM,
  dr_travel MM, dr_family MM, dr_marriage MM, dr_education WS
coercive_recruitment: cr_violence SS, cr_threat_violence MS, cr_abduction MS, cr_debt MS, cr_documents MM,
  cr_isolation MM, cr_denounce MM, cr_inform MM, cr_family_violence MM, cr_money MM
vulnerability_recruitment: vr_difficult_family MM, vr_illegal_status MM, vr_education MM, vr_information MM,
  vr_control MM, vr_economic MM, vr_false_success MM, vr_false_law M-, vr_family MM, vr_personal MM, vr_dependency MM,
  vr_authorities MM, vr_past MM, vr_travel MM, vr_beliefs WM, vr_context WM
exploitation: ex_hours SS, ex_pay MM, ex_wage_manipulation MM, ex_living MM, ex_working MM, ex_hazard MM, ex_law MM,
  ex_social M-, ex_education WM
coercion_destination: cd_documents SS, cd_debt SS, cd_isolation SS, cd_violence SS, cd_threat_violence MS,
  cd_illicit MS, cd_tasks MS, cd_influence MS, cd_peers MM, cd_lie MM, cd_denounce MM, cd_worse MM,
  cd_family_violence MM, cd_wages MM, cd_inform WM
vulnerability_destination: vd_dependency MM, vd_unknown MM, vd_economic MM, vd_family MM, vd_authorities MM,
  vd_past WM, vd_personal WM
"""
"""Weight for adults and for children, as the facts give them; a dash: not in that list."""

MEDIUM = {
    "deceptive_recruitment": ("dr_wages", "dr_conditions", "dr_contract"),
    "coercive_recruitment": ("cr_documents", "cr_isolation", "cr_denounce"),
    "vulnerability_recruitment": ("vr_difficult_family", "vr_illegal_status", "vr_education"),
    "exploitation": ("ex_pay", "ex_living", "ex_working"),
    "coercion_destination": ("cd_lie", "cd_denounce", "cd_worse"),
    "vulnerability_destination": ("vd_dependency", "vd_unknown", "vd_economic"),
}
"""Three of each dimension that are medium in both lists, to stand beside the indicator in question."""
BESIDE = {"S": (0, 1), "M": (1, 2), "W": (1, 2), "-": (2, None)}
"""How many medium ones beside an indicator of that weight are not enough, and how many are: 1 strong + 1 medium;
3 medium; 2 medium + 1 weak; what is not in the list adds nothing to 2 medium."""

RECRUITS = {"act": True, "means": True, "purpose": False}
FORCES = {"act": False, "means": True, "purpose": False}
EXPLOITS = {"act": False, "means": False, "purpose": None}
EXPLOITS_CHILD = {"act": False, "means": False, "purpose": True}
POSITIVE_ALONE = {
    # dimension: what it shows of an adult and the level; of a child and the level
    "deceptive_recruitment": (RECRUITS, LIKELY, RECRUITS, LIKELY),
    "coercive_recruitment": (RECRUITS, LIKELY, RECRUITS, LIKELY),
    "vulnerability_recruitment": (RECRUITS, LIKELY, RECRUITS, LIKELY),
    "exploitation": (EXPLOITS, POSSIBLE, EXPLOITS_CHILD, LIKELY),  # delphi.child_note
    "coercion_destination": (FORCES, POSSIBLE, FORCES, POSSIBLE),
    "vulnerability_destination": (FORCES, POSSIBLE, FORCES, POSSIBLE),
}


class Indicated(NamedTuple):
    dimension: str
    key: str
    weight: str
    child: bool


def _indicators() -> list[Indicated]:
    rows = []
    for line in DELPHI.replace("\n  ", " ").strip().splitlines():
        dimension, _, listed = line.partition(": ")
        for key, weights in (entry.split() for entry in listed.split(",")):
            rows += [
                Indicated(dimension, key, weights[0], child=False),
                Indicated(dimension, key, weights[1], child=True),
            ]
    return rows


def shown(*keys: str, child: bool) -> Assessment:
    """Assess a person of whom these indicators were found, and no other."""
    return assess(LIST, {q.name: "yes" if q.name in keys else "no" for q in LIST.questions}, child)


def elements(result: Assessment) -> dict[str, bool | None]:
    return {"act": result.elements.act, "means": result.elements.means, "purpose": result.elements.purpose}


def test_the_lists_are_whole() -> None:  # delphi.counts
    rows = _indicators()
    assert sum(not row.child and row.weight != "-" for row in rows) == 67
    assert sum(row.child and row.weight != "-" for row in rows) == 65


@pytest.mark.parametrize("row", _indicators(), ids=lambda row: f"{row.key}-{'child' if row.child else 'adult'}")
def test_each_indicator_counts_by_its_weight(row: Indicated) -> None:
    others = [key for key in MEDIUM[row.dimension] if key != row.key]
    too_few, enough = BESIDE[row.weight]
    result = shown(row.key, *others[:too_few], child=row.child)
    assert result.dimensions == ()
    assert row.key in [i.name for i in result.indicators] or row.weight == "-"
    assert result.level is POSSIBLE
    if enough is not None:
        result = shown(row.key, *others[:enough], child=row.child)
        expected = POSITIVE_ALONE[row.dimension][2 * row.child : 2 * row.child + 2]
        assert [str(dimension) for dimension in result.dimensions] == [row.dimension]
        assert (elements(result), result.level) == expected


class Rule(NamedTuple):
    source: str
    keys: str
    child: bool
    positive: bool


RULES = [
    Rule(f"{RULE}[0] 2 strong", "cd_documents cd_debt", child=False, positive=True),
    Rule(f"{RULE}[1] 1 strong + 1 medium", "cd_documents cd_lie", child=False, positive=True),
    Rule(f"{RULE}[1] 1 strong + 1 weak", "cd_documents cd_inform", child=False, positive=True),
    Rule(f"{RULE}[2] 3 medium", "cd_lie cd_worse cd_wages", child=False, positive=True),
    Rule(f"{RULE}[3] 2 medium + 1 weak", "cd_lie cd_worse cd_inform", child=False, positive=True),
    Rule(f"{RULE} 1 strong alone", "cd_documents", child=False, positive=False),
    Rule(f"{RULE} 2 medium", "cd_lie cd_worse", child=False, positive=False),
    Rule(f"{RULE} 1 medium + 2 weak", "vd_family vd_past vd_personal", child=False, positive=False),
    Rule(f"{RULE} 2 weak", "vd_past vd_personal", child=False, positive=False),
    Rule(f"{RULE}[0] 2 strong, one of them only for children", "cd_documents cd_tasks", child=True, positive=True),
    Rule(f"{RULE}[0] 2 strong only for children", "cd_influence cd_tasks", child=True, positive=True),
    Rule(f"{RULE} the same 2 are medium for adults", "cd_influence cd_tasks", child=False, positive=False),
    Rule(f"{RULE}[1] 1 strong + 1 medium", "dr_education dr_wages", child=True, positive=True),
    Rule(f"{RULE} the same 1 medium + 1 weak for adults", "dr_education dr_wages", child=False, positive=False),
    Rule(f"{RULE}[2] 3 medium, weak for adults", "vd_past vd_personal vd_family", child=True, positive=True),
    Rule(f"{RULE} 1 strong alone", "cd_tasks", child=True, positive=False),
    Rule(f"{RULE} 2 medium", "cd_lie cd_worse", child=True, positive=False),
    Rule("delphi.counts: not in the list for children", "ex_pay ex_living ex_social", child=True, positive=False),
    Rule("delphi.counts: in the list for adults", "ex_pay ex_living ex_social", child=False, positive=True),
]


@pytest.mark.parametrize("row", RULES, ids=lambda row: f"{row.source}-{'child' if row.child else 'adult'}")
def test_each_branch_of_the_dimension_rule(row: Rule) -> None:
    assert bool(shown(*row.keys.split(), child=row.child).dimensions) is row.positive


class Classed(NamedTuple):
    source: str
    keys: str
    child: bool
    label: Classification | None
    level: Level


TRAFFICKED = Classification.FORCED_LABOUR
DECEIVED, COERCED, ABUSED = "dr_job dr_wages", "cr_violence cr_debt", "vr_economic vr_family vr_past"
EXPLOITED, HELD = "ex_hours ex_pay", "cd_documents cd_debt"
CLASSES = [
    Classed(f"{TABLE}[0]", "", False, Classification.NOT_A_VICTIM, NOT_INDICATED),
    Classed(f"{TABLE}[1]", EXPLOITED, False, Classification.LABOUR_RIGHTS, POSSIBLE),
    Classed(f"{TABLE}[2]", f"{DECEIVED} {EXPLOITED}", False, Classification.DECEPTION_AND_EXPLOITATION, LIKELY),
    Classed(f"{TABLE}[3] deceptive", f"{DECEIVED} {EXPLOITED} {HELD}", False, TRAFFICKED, INDICATED),
    Classed(f"{TABLE}[3] coercive", f"{COERCED} {EXPLOITED} {HELD}", False, TRAFFICKED, INDICATED),
    Classed(
        f"{TABLE}[3] both", f"{DECEIVED} {COERCED} {EXPLOITED} {HELD}", False, TRAFFICKED, INDICATED
    ),
    Classed(
        "delphi.abuse_of_vulnerability_note", f"{ABUSED} {EXPLOITED} {HELD}", False, TRAFFICKED, INDICATED
    ),
    Classed(f"{TABLE} has no such row", f"{COERCED} {EXPLOITED}", False, None, LIKELY),
    Classed(f"{TABLE} has no such row", f"{EXPLOITED} {HELD}", False, None, LIKELY),
    Classed(f"{TABLE} has no such row", f"{DECEIVED} {HELD}", False, None, LIKELY),
    Classed(f"{TABLE} has no such row", HELD, False, None, POSSIBLE),
    Classed(f"{TABLE}[0]", "", True, Classification.NOT_A_VICTIM, NOT_INDICATED),
    Classed(f"{TABLE}[1] no act", EXPLOITED, True, Classification.LABOUR_RIGHTS, LIKELY),
    Classed("delphi.child_note act + exploitation", f"dr_family {EXPLOITED}", True, TRAFFICKED, INDICATED),
    Classed("delphi.child_note deception", f"{DECEIVED} {EXPLOITED}", True, TRAFFICKED, INDICATED),
    Classed("delphi.child_note coercion", f"{COERCED} {EXPLOITED}", True, TRAFFICKED, INDICATED),
    Classed("delphi.child_note vulnerability", f"{ABUSED} {EXPLOITED}", True, TRAFFICKED, INDICATED),
    Classed("the same for an adult", f"dr_family {EXPLOITED}", False, Classification.LABOUR_RIGHTS, LIKELY),
]  # fmt: skip


@pytest.mark.parametrize("row", CLASSES, ids=lambda row: f"{row.source}-{row.keys}-{'child' if row.child else 'adult'}")
def test_each_row_of_the_classification(row: Classed) -> None:
    result = shown(*row.keys.split(), child=row.child)
    assert (result.classification, result.level) == (row.label, row.level)
    assert (Exploitation.FORCED_LABOUR in result.forms) is (row.label is TRAFFICKED)


# --- Article 3 of the Palermo Protocol, other forms of exploitation ---------------------------------------------------


def several(name: str, element: Element, forms: dict[str, Exploitation | None]) -> Question:
    """A question with one choice for each word of the article."""
    words = [
        Choice(word, {"en": word}, Judgement(elements=(element,), forms=(form,) if form else ()))
        for word, form in forms.items()
    ]
    silent = [Choice(word, {"en": word}) for word in ("none", "unknown", "declined")]
    return Question(name, "select_multiple", {"en": name}, choices=(*words, *silent))


ACT_WORDS = ("recruitment", "transportation", "transfer", "harbouring", "receipt")
MEANS_WORDS = (
    "threat_of_force", "use_of_force", "other_coercion", "abduction", "fraud", "deception", "abuse_of_power",
    "abuse_of_vulnerability", "payment_to_a_controller",
)  # fmt: skip
PURPOSE_WORDS: dict[str, Exploitation | None] = {
    "prostitution_of_others": Exploitation.SEXUAL_EXPLOITATION,
    "other_sexual_exploitation": Exploitation.SEXUAL_EXPLOITATION,
    "forced_labour_or_services": Exploitation.FORCED_LABOUR,
    "slavery": Exploitation.SLAVERY,
    "practices_similar_to_slavery": Exploitation.SLAVERY,
    "servitude": Exploitation.SERVITUDE,
    "organ_removal": Exploitation.ORGAN_REMOVAL,
    "fighting_for_an_armed_group": Exploitation.FORCED_MILITARY,  # open_list
}
PALERMO: Instrument = an_instrument(
    several("act", Element.ACT, dict.fromkeys(ACT_WORDS)),
    several("means", Element.MEANS, dict.fromkeys(MEANS_WORDS)),
    several("purpose", Element.PURPOSE, PURPOSE_WORDS),  # done or planned
    Question("achieved", "select_one", {"en": "Did it happen?"}, choices=YES_NO),
    Question("border", "select_one", {"en": "Was a border crossed?"}, choices=YES_NO),
    asks("agreed", judgement("", "consent")),
    asks("looks_young", judgement("", "child")),
    asks("danger", Judgement(urgent=(Urgent.DANGER_NOW,))),
    asks("ill", Judgement(urgent=(Urgent.MEDICAL,))),
    asks("alone", Judgement(urgent=(Urgent.CHILD_ALONE,))),
    asks("locked_up", Judgement(urgent=(Urgent.DETAINED,))),
)


class Told(NamedTuple):
    """A case: who, what the answers are (everything else was answered with no), and what the source implies.

    The elements are written as act, means, purpose: + shown, - not found, ? not known.
    """

    source: str
    child: bool | None
    answers: dict[str, str]
    level: Level
    elements: str
    urgent: tuple[Urgent, ...] = ()
    age: AgeStatus | None = None


def told(child: bool | None, answers: dict[str, str]) -> Assessment:
    nothing = {q.name: "none" if q.multiple else "no" for q in PALERMO.questions}
    return assess(PALERMO, nothing | answers, child)


SOLD = {"act": "recruitment", "means": "deception", "purpose": "prostitution_of_others"}
YOUNG = {"looks_young": "yes"}


def but(**changed: str) -> dict[str, str]:
    return {**SOLD, **changed}


STORIES = [
    # Adults: act and means and purpose
    Told(ADULT_RULE, False, SOLD, INDICATED, "+++"),
    Told(f"{ADULT_RULE}: no act", False, but(act="none"), LIKELY, "-++"),
    Told(f"{ADULT_RULE}: no means", False, but(means="none"), LIKELY, "+-+"),
    Told(f"{ADULT_RULE}: no purpose", False, but(purpose="none"), LIKELY, "++-"),
    Told(f"{ADULT_RULE}: purpose alone", False, {"purpose": "servitude"}, POSSIBLE, "--+"),
    Told(f"{ADULT_RULE}: means alone", False, {"means": "use_of_force"}, POSSIBLE, "-+-"),
    Told(f"{ADULT_RULE}: act alone, a journey", False, {"act": "transportation"}, NOT_INDICATED, "+--"),
    Told(f"{ADULT_RULE}: nothing", False, {}, NOT_INDICATED, "---"),
    Told(f"{ADULT_RULE}: act not known", False, but(act="unknown"), LIKELY, "?++"),
    Told(f"{ADULT_RULE}: means not known", False, but(means="unknown"), LIKELY, "+?+"),
    Told(f"{ADULT_RULE}: purpose not known", False, but(purpose="declined"), LIKELY, "++?"),
    Told(f"{ADULT_RULE}: only an act, the rest not known", False,
         {"act": "receipt", "means": "unknown", "purpose": "unknown"}, CANNOT_TELL, "+??"),
    Told(f"{ADULT_RULE}: nothing is known", False, dict.fromkeys(SOLD, "unknown"), CANNOT_TELL, "???"),
    # Children: act and purpose; the means is not needed
    Told(CHILD_RULE, True, but(means="none"), INDICATED, "+-+", (), AgeStatus.CHILD),
    Told(f"{CHILD_RULE}: with a means", True, SOLD, INDICATED, "+++", (), AgeStatus.CHILD),
    Told(f"{CHILD_RULE}: means not known", True, but(means="unknown"), INDICATED, "+?+", (), AgeStatus.CHILD),
    Told(f"{CHILD_RULE}: no act", True, {"purpose": "organ_removal"}, LIKELY, "--+", (), AgeStatus.CHILD),
    Told(f"{CHILD_RULE}: act not known", True, {"act": "unknown", "purpose": "servitude"}, LIKELY, "?-+"),
    Told(f"{CHILD_RULE}: no purpose", True, {"act": "transfer"}, NOT_INDICATED, "+--"),
    Told(f"{CHILD_RULE}: purpose not known", True, {"act": "transfer", "purpose": "unknown"}, CANNOT_TELL, "+-?"),
    # Age uncertain
    Told(f"{EDGE}[0]: reasons to believe so", None, {**but(means="none"), **YOUNG}, INDICATED, "+-+", (),
         AgeStatus.PRESUMED_CHILD),
    Told(f"{EDGE}[0]: reasons against a statement of adulthood", False, {**but(means="none"), **YOUNG}, INDICATED,
         "+-+", (), AgeStatus.PRESUMED_CHILD),
    Told(f"{EDGE}[0]: no reasons", None, but(means="none"), LIKELY, "+-+", (), AgeStatus.UNKNOWN),
    Told(f"{EDGE}[0]: no reasons, a means was used", None, SOLD, INDICATED, "+++", (), AgeStatus.UNKNOWN),
    # Consent
    Told(f"{CONSENT_RULE}: a means was used", False, but(agreed="yes"), INDICATED, "+++"),
    Told(f"{CONSENT_RULE}: no means", False, but(agreed="yes", means="none"), LIKELY, "+-+"),
    Told(f"{CONSENT_RULE}: a child", True, but(agreed="yes", means="none"), INDICATED, "+-+"),
    # The edges of the article
    Told(f"{EDGE}[1]: planned, freed on the way", False, but(achieved="no"), INDICATED, "+++"),
    Told(f"{EDGE}[1]: an organ was to be taken from a child", True,
         {"act": "harbouring", "purpose": "organ_removal", "achieved": "no"}, INDICATED, "+-+"),
    Told(f"{EDGE}[2]: never left the town", False, but(border="no"), INDICATED, "+++"),
    Told(f"{EDGE}[3]: taken in an attack and kept by an armed group", False,
         {"act": "harbouring", "means": "abduction", "purpose": "slavery other_sexual_exploitation",
          "danger": "yes", "ill": "yes"}, INDICATED, "+++", (Urgent.DANGER_NOW, Urgent.MEDICAL)),
    Told(f"{EDGE}[3]: a boy made to fight", True,
         {"act": "recruitment", "purpose": "fighting_for_an_armed_group", "alone": "yes"}, INDICATED, "+-+",
         (Urgent.CHILD_ALONE,), AgeStatus.CHILD),
    Told(f"{EDGE}[3]: recruited in a camp, in custody at the border", False,
         {**SOLD, "means": "abuse_of_vulnerability", "locked_up": "yes"}, INDICATED, "+++", (Urgent.DETAINED,)),
    # Each word of the article
    *[Told(f"{ACTS}: {word}", False, but(act=word), INDICATED, "+++") for word in ACT_WORDS],
    *[Told(f"{MEANS}: {word}", False, but(means=word), INDICATED, "+++") for word in MEANS_WORDS],
    *[Told(f"{PURPOSES}: {word}", False, but(purpose=word), INDICATED, "+++") for word in PURPOSE_WORDS],
    *[Told(f"{PURPOSES}: {word}, a child, no means", True, but(purpose=word, means="none"), INDICATED, "+-+")
      for word in PURPOSE_WORDS],
]  # fmt: skip


@pytest.mark.parametrize("case", STORIES, ids=lambda case: case.source)
def test_each_branch_of_article_3(case: Told) -> None:
    result = told(case.child, case.answers)
    signs = {True: "+", False: "-", None: "?"}
    assert "".join(signs[state] for state in elements(result).values()) == case.elements
    assert (result.level, result.urgent) == (case.level, case.urgent)
    assert case.age in (None, result.age)
    assert set(result.forms) == {
        PURPOSE_WORDS[w] for w in case.answers.get("purpose", "").split() if w in PURPOSE_WORDS
    }


def test_consent_is_said_not_to_matter_only_where_a_means_was_used() -> None:  # palermo_art3.consent_rule
    used, not_used = (told(False, but(agreed="yes", means=means)) for means in ("fraud", "none"))
    assert "consent_irrelevant" in [reason.code for reason in used.reasons]
    assert "consent_irrelevant" not in [reason.code for reason in not_used.reasons]


def test_an_unknown_age_leaves_open_whether_the_means_is_needed() -> None:  # adult_rule, child_rule
    result = told(None, but(means="none"))
    assert (result.lowest, result.highest) == (LIKELY, INDICATED)


@pytest.mark.parametrize("word", ["act", "means", "purpose"])
def test_an_element_that_is_not_known_is_what_would_settle_it(word: str) -> None:  # adult_rule
    result = told(False, but(**{word: "unknown"}))
    assert (result.lowest, result.highest, result.settle) == (LIKELY, INDICATED, (word,))
