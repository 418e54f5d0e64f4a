"""The non-punishment guard, ground by ground: a worked case where it holds and those where its limits stop it.

Each case is written from the meaning of its row in `non_punishment.json` (the id stands beside it), not from how the
guard reads it. Places and people are made up; countries are named where a row is the law of one.
"""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.protect.rules.grounds import DATA, Fact, MeasureKind, Offence, Treaty, ground, grounds
from mainstay.protect.rules.guard import Answer, MeasureFacts, Standing, facts_asked, guard

K, D, F, T, A, S = MeasureKind, Offence, Fact, Treaty, Answer, Standing
DAY = date(2026, 11, 2)
BASE = MeasureFacts(kind=K.PROSECUTION, country="XS", taken_on=DAY, offences=frozenset({D.THEFT}))
MADE = {F.COMPELLED: True}
RESULT = {F.DIRECT_CONSEQUENCE: True}
BOTH = {**MADE, **RESULT}
IDENTIFIED = {"standing": S.IDENTIFIED}


def facts(**changes: Any) -> MeasureFacts:
    """Return a measure with some of its facts changed; offences and treaties may be given as plain lists."""
    if "offences" in changes:
        changes["offences"] = frozenset(changes["offences"])
    if "by" in changes:
        changes["bound"] = dict.fromkeys(changes.pop("by"), True)
    return replace(BASE, **changes)


def found(ground_id: str, case: MeasureFacts) -> Any:
    """Return what the guard says of one ground."""
    return next(one for one in guard(case) if one.ground.id == ground_id)


UK: dict[str, Any] = {"country": "GB", "part": "GB-EAW", "act_on": date(2024, 5, 1)}
UK_ADULT = {**UK, "known": {**MADE, F.REASONABLE_PERSON: True, F.CHILD_AT_ACT: False, F.EXCLUDED: False}}
UK_CHILD = {**UK, "known": {**RESULT, F.REASONABLE_PERSON: True, F.CHILD_AT_ACT: True, F.EXCLUDED: False}}
US: dict[str, Any] = {"country": "US", "known": {**BOTH, F.FEDERAL: True, F.EXCLUDED: False, F.DURING: True}}

# the row, a case where it holds as fully as it can, what the guard then says
HOLDS: list[tuple[str, dict[str, Any], Answer]] = [
    ("NP-COE-26", {**IDENTIFIED, "kind": K.FINE, "known": MADE, "by": [T.CETS197]}, A.APPLIES),
    ("NP-COE-10(2)", {"kind": K.REMOVAL, "known": {F.REASONABLE_GROUNDS: True}, "by": [T.CETS197]}, A.APPLIES),
    ("NP-COE-10(3)", {"kind": K.DETENTION, "presumed_child": True, "by": [T.CETS197]}, A.APPLIES),
    (
        "NP-COE-13",
        {"kind": K.REMOVAL, "known": {F.REASONABLE_GROUNDS: True}, "reflection_running": True, "by": [T.CETS197]},
        A.APPLIES,
    ),
    ("NP-PALERMO", {"kind": K.CHARGE, "by": [T.PALERMO]}, A.SUPPORTS),
    ("NP-WG-2009", {"known": MADE, "by": [T.PALERMO]}, A.APPLIES),
    ("NP-WG-2010-4", {"known": MADE}, A.SUPPORTS),
    ("NP-OHCHR-P7", {"kind": K.CHARGE, "known": RESULT}, A.APPLIES),
    ("NP-OHCHR-G4.5", {"kind": K.DETENTION, "offences": [D.ENTRY_STAY]}, A.APPLIES),
    ("NP-OHCHR-G2-G5-G8", {"kind": K.DETENTION, "offences": [D.ENTRY_STAY]}, A.APPLIES),
    ("NP-EU-8-2011", {**IDENTIFIED, "known": BOTH, "by": [T.EU2011_36]}, A.APPLIES),
    ("NP-EU-R14-2011", {"known": BOTH, "by": [T.EU2011_36]}, A.SUPPORTS),
    (
        "NP-EU-8-2024",
        {**IDENTIFIED, "kind": K.FINE, "known": {**BOTH, F.TAKEN_OVER: True, F.CRIMINAL: False}, "by": [T.EU2011_36]},
        A.APPLIES,
    ),
    ("NP-ASEAN-14(7)", {"kind": K.CHARGE, "known": {F.RELATED: True}, "by": [T.ACTIP]}, A.APPLIES),
    ("NP-ASEAN-14(8)", {**IDENTIFIED, "kind": K.DETENTION, "by": [T.ACTIP]}, A.APPLIES),
    ("NP-ASEAN-GL-2025", {"known": BOTH, "by": [T.ASEAN]}, A.APPLIES),
    ("NP-ILO-P29-4(2)", {"known": {**BOTH, F.FORCED_LABOUR: True}, "by": [T.ILO_P29]}, A.APPLIES),
    ("NP-2331-2(d)", {"kind": K.CONVICTION, "known": {**MADE, F.CONFLICT: True}}, A.APPLIES),
    (
        "NP-2388-17",
        {"offences": [D.TERRORISM, D.CHILD_SOLDIER], "known": {**RESULT, F.RELEASED_FROM_GROUP: True}},
        A.APPLIES,
    ),
    (
        "NP-REF-31(1)",
        {
            "kind": K.FINE,
            "offences": [D.ENTRY_STAY],
            "known": {F.REFUGEE: True, F.CAME_DIRECTLY: True},
            "by": [T.REFUGEE],
        },
        A.APPLIES,
    ),
    ("NP-SMUG-5", {"kind": K.CHARGE, "known": {F.FOR_BEING_SMUGGLED: True}, "by": [T.SMUGGLING]}, A.APPLIES),
    ("NP-CRC-37(b)", {"kind": K.ARREST, "child_now": True, "by": [T.CRC]}, A.APPLIES),
    (
        "NP-UNTOC-18(27)",
        {"kind": K.DETENTION, "known": {F.TRAVEL_ON_REQUEST: True, F.BEFORE_DEPARTURE: True}, "by": [T.UNTOC]},
        A.APPLIES,
    ),
    ("NP-UNTOC-26-NOT", {"by": [T.UNTOC]}, A.WARNS),
    ("NP-ECHR-VCL", {"kind": K.CHARGE, "by": [T.ECHR]}, A.APPLIES),
    ("NP-GRETA-VCL", {**IDENTIFIED, "known": MADE, "by": [T.CETS197]}, A.SUPPORTS),
    ("NP-SR-2021", {"kind": K.INVESTIGATION, "known": {F.RELATED: True}}, A.APPLIES),
    ("NP-SR-2020", {"known": {F.DURING: True}}, A.APPLIES),
    ("NP-OSCE-2013", {"kind": K.ARREST, "known": {F.DURING: True}, "by": [T.OSCE]}, A.APPLIES),
    ("NP-UK-45-adult", UK_ADULT, A.APPLIES),
    ("NP-UK-45-child", UK_CHILD, A.APPLIES),
    ("NP-UK-SCH4", {**UK, "known": {F.EXCLUDED: True}}, A.WARNS),
    ("NP-UK-MK", UK_ADULT, A.SUPPORTS),
    ("NP-UK-NI-22", {**UK_ADULT, "part": "GB-NIR"}, A.APPLIES),
    ("NP-UK-SCO-8", {**UK, "part": "GB-SCT", "known": {**BOTH, F.CHILD_AT_ACT: False}}, A.APPLIES),
    ("NP-UK-63-LIMIT", {**UK, "kind": K.REMOVAL}, A.WARNS),
    ("NP-US-TVPA", {**US, "kind": K.DETENTION}, A.APPLIES),
    ("NP-US-18-28", US, A.APPLIES),
    ("NP-US-18-3771A", {**US, "kind": K.CONVICTION}, A.APPLIES),
    (
        "NP-US-STATES",
        {**US, "kind": K.RECORD, "known": {**RESULT, F.FEDERAL: False, F.LOCAL_LAW_COVERS: True}},
        A.APPLIES,
    ),
    ("NP-AR-5", {"country": "AR", "kind": K.REMOVAL, "offences": [D.ENTRY_STAY], "known": RESULT}, A.APPLIES),
    ("NP-UY-40", {"country": "UY", "known": RESULT}, A.APPLIES),
    (
        "NP-ES-177bis11",
        {"country": "ES", "kind": K.CONVICTION, "known": {**RESULT, F.DURING: True, F.PROPORTIONATE: True}},
        A.APPLIES,
    ),
    ("NP-NL", {"country": "NL", "known": BOTH}, A.APPLIES),
    ("NP-BE", {**IDENTIFIED, "country": "BE", "kind": K.CONVICTION, "known": RESULT}, A.APPLIES),
    ("NP-DE-154c", {"country": "DE", "known": {F.OWN_REPORT: True}}, A.APPLIES),
    ("NP-ZA-22", {"country": "ZA", "kind": K.CHARGE, "known": RESULT}, A.APPLIES),
    ("NP-MY-25", {"country": "MY", "offences": [D.ENTRY_STAY], "known": RESULT}, A.APPLIES),
    ("NP-PH-17", {"country": "PH", "known": {F.RELATED: True}}, A.APPLIES),
    ("NP-TH-41", {"country": "TH", "kind": K.INVESTIGATION, "offences": [D.WORK]}, A.APPLIES),
    ("NP-OTHER-NS", {"country": "XS"}, A.WARNS),
]
HELD = {ground_id: changes for ground_id, changes, _answer in HOLDS}

# the row, what is otherwise than in the case where it holds, what the guard then says, by which code, and the limit
STOPS: list[tuple[str, dict[str, Any], Answer, str, str]] = [
    ("NP-COE-26", {"kind": K.ARREST}, A.NOT_YET, "punish", "speaks of penalties, not of arrest"),
    ("NP-COE-26", {"kind": K.CHARGE}, A.NOT_YET, "punish", "speaks of penalties, not of a charge"),
    ("NP-COE-26", {"kind": K.REMOVAL}, A.DOES_NOT, "stage", "speaks of penalties, not of removal"),
    ("NP-COE-26", {"standing": S.PRESUMED}, A.MAY_APPLY, "fact:recognised", "depends on being recognised as a victim"),
    ("NP-COE-26", {"known": {F.COMPELLED: False}}, A.DOES_NOT, "fact:compelled", "only as far as they were compelled"),
    ("NP-COE-26", {"known": RESULT}, A.MAY_APPLY, "fact:compelled", "a consequence alone is not compulsion"),
    ("NP-COE-26", {"child_now": True, "known": {}}, A.MAY_APPLY, "fact:compelled", "no other test for a child in it"),
    ("NP-COE-26", {"bound": {}}, A.MAY_APPLY, "treaty:CETS197", "whether the State is a party is not known"),
    ("NP-COE-26", {"bound": {T.CETS197: False}}, A.DOES_NOT, "treaty:CETS197", "binds States parties"),
    ("NP-COE-10(2)", {**IDENTIFIED}, A.DOES_NOT, "fact:identification_open", "ends when identification is completed"),
    ("NP-COE-10(2)", {"kind": K.DETENTION}, A.DOES_NOT, "stage", "does not bar detention"),
    ("NP-COE-10(2)", {"known": {}}, A.MAY_APPLY, "fact:reasonable_grounds", "the authorities have to see grounds"),
    ("NP-COE-10(3)", {"presumed_child": False}, A.DOES_NOT, "fact:presumed_child", "doubt alone does not trigger it"),
    ("NP-COE-10(3)", {"kind": K.CONVICTION}, A.DOES_NOT, "stage", "opens child rules, says nothing of penalties"),
    ("NP-COE-13", {"reflection_running": False}, A.DOES_NOT, "fact:reflection_running", "only in the period"),
    (
        "NP-COE-13",
        {"known": {F.REASONABLE_GROUNDS: True, F.EXCEPTION_CLAIMED: True}},
        A.DOES_NOT,
        "fact:!exception_claimed",
        "public order or improper claim, art. 13(3)",
    ),
    ("NP-COE-13", {"kind": K.PROSECUTION}, A.DOES_NOT, "stage", "without prejudice to prosecution"),
    ("NP-PALERMO", {"kind": K.RECORD}, A.DOES_NOT, "stage", "an argument from purpose only"),
    ("NP-PALERMO", {"bound": {T.PALERMO: False}}, A.DOES_NOT, "treaty:PALERMO", "States parties"),
    ("NP-WG-2009", {"kind": K.DETENTION}, A.NOT_YET, "prosecute", "prosecuting and punishing only"),
    (
        "NP-WG-2009",
        {"known": {F.COMPELLED: False, F.DIRECT_CONSEQUENCE: False}},
        A.DOES_NOT,
        "fact:compelled",
        "one of the two tests",
    ),
    ("NP-WG-2010-4", {"kind": K.REMOVAL}, A.DOES_NOT, "stage", "prosecution and punishment"),
    ("NP-OHCHR-P7", {"kind": K.FINE}, A.DOES_NOT, "stage", "detained, charged, prosecuted: not a fine"),
    (
        "NP-OHCHR-P7",
        {"offences": [D.ENTRY_STAY], "known": {F.ABROAD: False}},
        A.MAY_APPLY,
        "fact:direct_consequence",
        "transit and destination, not the home country",
    ),
    ("NP-OHCHR-P7", {"known": MADE}, A.MAY_APPLY, "fact:direct_consequence", "compulsion is not its test"),
    (
        "NP-OHCHR-G4.5",
        {"offences": [D.DRUGS], "known": {F.DIRECT_CONSEQUENCE: False}},
        A.DOES_NOT,
        "fact:direct_consequence",
        "other acts only as a direct consequence",
    ),
    (
        "NP-OHCHR-G2-G5-G8",
        {"kind": K.PROSECUTION, "known": {F.CHILD_AT_ACT: False, F.DIRECT_CONSEQUENCE: False, F.RELATED: True}},
        A.DOES_NOT,
        "fact:direct_consequence",
        "a relation is enough for a child only",
    ),
    ("NP-EU-8-2011", {"known": MADE}, A.MAY_APPLY, "fact:direct_consequence", "both tests are needed"),
    (
        "NP-EU-8-2011",
        {"kind": K.FINE, "known": {**BOTH, F.CRIMINAL: False}},
        A.DOES_NOT,
        "fact:criminal",
        "fines outside criminal law are not covered",
    ),
    ("NP-EU-8-2011", {"kind": K.DETENTION}, A.NOT_YET, "prosecute", "prosecute or impose penalties"),
    ("NP-EU-R14-2011", {"known": {F.COMPELLED: False}}, A.DOES_NOT, "fact:compelled", "voluntary offences stay open"),
    ("NP-EU-8-2024", {"known": BOTH}, A.MAY_APPLY, "fact:taken_over", "national law has to have taken it over"),
    ("NP-ASEAN-14(7)", {"known": {F.RELATED: False}}, A.DOES_NOT, "fact:related", "directly related acts"),
    (
        "NP-ASEAN-14(7)",
        {"known": {F.DURING: True}},
        A.MAY_APPLY,
        "fact:related",
        "what falls into the same days is not yet directly related",
    ),
    ("NP-ASEAN-14(7)", {"kind": K.DETENTION}, A.NOT_YET, "charge", "liability, not detention"),
    ("NP-ASEAN-14(8)", {"standing": S.PRESUMED}, A.MAY_APPLY, "fact:recognised", "needs certification"),
    ("NP-ASEAN-GL-2025", {"known": MADE}, A.MAY_APPLY, "fact:direct_consequence", "both, as described at launch"),
    (
        "NP-ILO-P29-4(2)",
        {"known": {**BOTH, F.FORCED_LABOUR: False}},
        A.DOES_NOT,
        "fact:forced_labour",
        "other purposes only where it is also forced labour",
    ),
    ("NP-2331-2(d)", {"known": {**MADE, F.CONFLICT: False}}, A.DOES_NOT, "fact:conflict", "conflict context"),
    ("NP-2331-2(d)", {"kind": K.CHARGE}, A.NOT_YET, "punish", "penalised or stigmatised"),
    (
        "NP-2388-17",
        {"known": {**RESULT, F.RELEASED_FROM_GROUP: False}},
        A.DOES_NOT,
        "fact:released_from_group",
        "only persons released from such groups",
    ),
    (
        "NP-REF-31(1)",
        {"known": {F.REFUGEE: False, F.CAME_DIRECTLY: True}},
        A.DOES_NOT,
        "fact:refugee",
        "only for victims who are also refugees",
    ),
    ("NP-REF-31(1)", {"offences": [D.THEFT]}, A.DOES_NOT, "offences", "illegal entry and presence only"),
    (
        "NP-SMUG-5",
        {"known": {F.FOR_BEING_SMUGGLED: False}},
        A.DOES_NOT,
        "fact:for_being_smuggled",
        "only for having been the object of smuggling",
    ),
    ("NP-CRC-37(b)", {"child_now": False}, A.DOES_NOT, "fact:child", "child only"),
    ("NP-CRC-37(b)", {"child_now": None}, A.MAY_APPLY, "fact:child", "whether a child is not known"),
    (
        "NP-UNTOC-18(27)",
        {"known": {F.TRAVEL_ON_REQUEST: False, F.BEFORE_DEPARTURE: True}},
        A.DOES_NOT,
        "fact:travel_on_request",
        "only for travel under a legal-assistance request",
    ),
    ("NP-UNTOC-26-NOT", {"kind": K.REMOVAL}, A.DOES_NOT, "stage", "conditional on cooperation, not the principle"),
    ("NP-ECHR-VCL", {"kind": K.DETENTION}, A.NOT_YET, "charge", "the decision to prosecute follows an assessment"),
    ("NP-GRETA-VCL", {"standing": S.NOT_IDENTIFIED}, A.DOES_NOT, "fact:recognised", "identified victims"),
    ("NP-SR-2021", {"known": {F.RELATED: False, F.DURING: False}}, A.DOES_NOT, "fact:related", "some tie is needed"),
    ("NP-SR-2021", {"kind": K.RECORD}, A.DOES_NOT, "stage", "its stages"),
    (
        "NP-SR-2020",
        {"known": {F.DURING: False, F.DIRECT_CONSEQUENCE: False}},
        A.DOES_NOT,
        "fact:during",
        "in the course of, or a direct consequence",
    ),
    ("NP-OSCE-2013", {"known": {F.RELATED: False, F.DURING: False}}, A.DOES_NOT, "fact:related", "no blanket immunity"),
    ("NP-OSCE-2013", {"bound": {T.OSCE: False}}, A.DOES_NOT, "treaty:OSCE", "OSCE participating States"),
    ("NP-UK-45-adult", {"kind": K.FINE}, A.DOES_NOT, "stage", "not for fines"),
    ("NP-UK-45-adult", {"kind": K.REMOVAL}, A.DOES_NOT, "stage", "not for removal"),
    ("NP-UK-45-adult", {"kind": K.DETENTION}, A.NOT_YET, "charge", "a criminal defence only, not for detention"),
    ("NP-UK-45-adult", {"act_on": date(2015, 7, 30)}, A.DOES_NOT, "before_in_force", "acts before 31 July 2015"),
    (
        "NP-UK-45-adult",
        {"known": {**UK_ADULT["known"], F.EXCLUDED: True}},
        A.DOES_NOT,
        "fact:!excluded",
        "not for Schedule 4 offences",
    ),
    (
        "NP-UK-45-adult",
        {"known": {**UK_ADULT["known"], F.CHILD_AT_ACT: True}},
        A.DOES_NOT,
        "fact:!child_at_act",
        "18 or over at the act",
    ),
    (
        "NP-UK-45-adult",
        {"known": {**UK_ADULT["known"], F.REASONABLE_PERSON: False}},
        A.DOES_NOT,
        "fact:reasonable_person",
        "no realistic alternative",
    ),
    ("NP-UK-45-adult", {"part": "GB-SCT"}, A.DOES_NOT, "part", "England and Wales"),
    ("NP-UK-45-adult", {"part": ""}, A.MAY_APPLY, "part", "which part of the country is not known"),
    (
        "NP-UK-45-child",
        {"known": {**UK_CHILD["known"], F.CHILD_AT_ACT: False}},
        A.DOES_NOT,
        "fact:child_at_act",
        "under 18 at the act",
    ),
    (
        "NP-UK-45-child",
        {"known": {**UK_CHILD["known"], F.EXCLUDED: True}},
        A.DOES_NOT,
        "fact:!excluded",
        "not for Schedule 4 offences",
    ),
    ("NP-UK-SCH4", {"known": {F.EXCLUDED: False}}, A.DOES_NOT, "fact:excluded", "the offence is not on the list"),
    ("NP-UK-MK", {"kind": K.CHARGE}, A.DOES_NOT, "stage", "the burden of proof at trial"),
    (
        "NP-UK-NI-22",
        {"known": {**UK_CHILD["known"], F.REASONABLE_PERSON: False, F.DIRECT_CONSEQUENCE: False}},
        A.DOES_NOT,
        "fact:direct_consequence",
        "a child's act has to be a direct consequence",
    ),
    ("NP-UK-NI-22", {"known": {**UK_ADULT["known"], F.EXCLUDED: True}}, A.DOES_NOT, "fact:!excluded", "s. 22(9)"),
    (
        "NP-UK-SCO-8",
        {"known": {F.CHILD_AT_ACT: False, **RESULT, F.COMPELLED: False}},
        A.DOES_NOT,
        "fact:compelled",
        "an adult has to have been compelled",
    ),
    ("NP-UK-63-LIMIT", {"kind": K.CHARGE}, A.DOES_NOT, "stage", "bears on removal only"),
    ("NP-US-TVPA", {"kind": K.CHARGE}, A.NOT_YET, "punish", "incarcerated, fined, penalised"),
    (
        "NP-US-18-28",
        {"known": {**US["known"], F.FEDERAL: False}},
        A.DOES_NOT,
        "fact:federal",
        "federal offences only",
    ),
    ("NP-US-18-28", {"taken_on": date(2026, 1, 22)}, A.DOES_NOT, "before_in_force", "from 23 January 2026"),
    (
        "NP-US-18-28",
        {"known": {**US["known"], F.EXCLUDED: True}},
        A.DOES_NOT,
        "fact:!excluded",
        "not violence with a child victim",
    ),
    ("NP-US-18-3771A", {"kind": K.CHARGE}, A.NOT_YET, "punish", "vacates a conviction"),
    (
        "NP-US-STATES",
        {"known": {**RESULT, F.FEDERAL: False}},
        A.MAY_APPLY,
        "fact:local_law_covers",
        "varies: load state by state",
    ),
    ("NP-US-STATES", {"kind": K.PROSECUTION}, A.NOT_YET, "record", "an after-the-fact remedy"),
    ("NP-AR-5", {"offences": [D.DRUGS]}, A.DOES_NOT, "offences", "removal only for breaches of migration law"),
    ("NP-AR-5", {"kind": K.DETENTION}, A.NOT_YET, "prosecute", "not punishable, says nothing of detention"),
    ("NP-UY-40", {"known": MADE}, A.MAY_APPLY, "fact:direct_consequence", "direct result, not compulsion"),
    (
        "NP-ES-177bis11",
        {"known": {**RESULT, F.DURING: True, F.PROPORTIONATE: False}},
        A.DOES_NOT,
        "fact:proportionate",
        "adequate proportion",
    ),
    (
        "NP-ES-177bis11",
        {"known": {**RESULT, F.DURING: False, F.PROPORTIONATE: True}},
        A.DOES_NOT,
        "fact:during",
        "acts in recruitment or travel may be left out",
    ),
    ("NP-ES-177bis11", {"kind": K.PROSECUTION}, A.NOT_YET, "punish", "exempt from penalty"),
    ("NP-NL", {"known": {**RESULT, F.COMPELLED: False}}, A.DOES_NOT, "fact:compelled", "not if freely committed"),
    ("NP-BE", {"standing": S.PRESUMED}, A.MAY_APPLY, "fact:recognised", "needs recognised victim status"),
    ("NP-BE", {"taken_on": date(2019, 6, 30)}, A.DOES_NOT, "before_in_force", "in force from 1 July 2019"),
    ("NP-DE-154c", {"known": {F.OWN_REPORT: False}}, A.DOES_NOT, "fact:own_report", "came to light by their report"),
    ("NP-DE-154c", {"kind": K.CONVICTION}, A.DOES_NOT, "stage", "the court has no like power"),
    ("NP-ZA-22", {"kind": K.CONVICTION}, A.DOES_NOT, "stage", "the prosecutor decides, before a conviction"),
    ("NP-ZA-22", {"known": {F.DIRECT_CONSEQUENCE: False}}, A.DOES_NOT, "fact:direct_consequence", "direct result"),
    ("NP-MY-25", {"offences": [D.DRUGS]}, A.DOES_NOT, "offences", "does not cover other offences"),
    ("NP-PH-17", {"known": {F.RELATED: False}}, A.DOES_NOT, "fact:related", "incident or related"),
    ("NP-PH-17", {"kind": K.DETENTION}, A.NOT_YET, "prosecute", "not penalised, says nothing of detention"),
    ("NP-TH-41", {"offences": [D.DRUGS]}, A.DOES_NOT, "offences", "a closed list; drugs are outside"),
    (
        "NP-TH-41",
        {"known": {F.PERMISSION_TO_PROSECUTE: True}},
        A.DOES_NOT,
        "fact:!permission_to_prosecute",
        "unless the Minister permits in writing",
    ),
    ("NP-OTHER-NS", {"country": "AR"}, A.DOES_NOT, "own_law_loaded", "rows of this country are loaded"),
]


@pytest.mark.parametrize(("ground_id", "changes", "answer"), HOLDS, ids=[row[0] for row in HOLDS])
def test_a_ground_holds_where_everything_it_asks_for_is_there(
    ground_id: str, changes: dict[str, Any], answer: Answer
) -> None:
    said = found(ground_id, facts(**changes))
    assert (said.answer, said.against, said.missing) == (answer, (), ())


@pytest.mark.parametrize(
    ("ground_id", "changes", "answer", "code", "limit"), STOPS, ids=[f"{row[0]}: {row[4]}" for row in STOPS]
)
def test_a_ground_says_no_more_than_its_limits_let_it(
    ground_id: str, changes: dict[str, Any], answer: Answer, code: str, limit: str
) -> None:
    base = dict(HELD[ground_id])
    if "bound" in changes:
        base.pop("by", None)
    said = found(ground_id, facts(**{**base, **changes}))
    assert said.answer is answer, limit
    assert code in (*said.against, *said.missing, *said.later), limit


def test_every_row_of_the_facts_has_a_worked_case_that_holds_and_one_that_stops(shared: Path) -> None:
    rows = json.loads((shared / "facts" / "non_punishment.json").read_text(encoding="utf-8"))["grounds"]
    ids = [row["id"] for row in rows]
    assert len(ids) == 51
    assert [row[0] for row in HOLDS] == ids
    assert {row[0] for row in STOPS} == set(ids)
    assert json.loads((DATA / "non_punishment.json").read_text(encoding="utf-8"))["grounds"] == rows


def test_a_row_whose_text_nobody_read_is_to_be_confirmed_whatever_it_answers() -> None:
    unread = {row.id for row in grounds() if row.to_be_confirmed}
    assert {"NP-WG-2009", "NP-EU-8-2024", "NP-ASEAN-14(8)", "NP-TH-41", "NP-OTHER-NS"} <= unread
    assert not {"NP-COE-26", "NP-OHCHR-P7", "NP-UK-45-adult"} & unread
    assert all(row.basis == "text read" for row in grounds() if not row.to_be_confirmed)


def test_the_palermo_protocol_is_never_claimed_as_the_rule() -> None:
    for kind in K:
        said = found("NP-PALERMO", facts(**IDENTIFIED, kind=kind, known=BOTH, by=list(T)))
        assert said.answer in {A.SUPPORTS, A.NOT_YET, A.DOES_NOT}


def test_an_act_before_the_exploitation_began_is_tied_to_it_by_nobodys_word_alone() -> None:
    before = {"act_on": date(2025, 1, 1), "exploited_from": date(2025, 3, 1)}
    said = found("NP-COE-26", facts(**HELD["NP-COE-26"], **before))
    assert said.answer is A.MAY_APPLY
    assert "days_contradict" in said.missing


def test_the_days_tell_that_something_happened_during_the_exploitation() -> None:
    days = {"act_on": date(2025, 4, 1), "exploited_from": date(2025, 3, 1), "exploited_until": date(2025, 9, 1)}
    assert found("NP-SR-2020", facts(**days)).answer is A.APPLIES
    assert found("NP-SR-2020", facts(**{**days, "exploited_until": None})).answer is A.MAY_APPLY


def test_where_the_age_at_the_act_is_not_known_both_tests_are_weighed() -> None:
    scotland = {**UK, "part": "GB-SCT"}
    assert found("NP-UK-SCO-8", facts(**scotland, known=BOTH)).answer is A.APPLIES
    unsure = found("NP-UK-SCO-8", facts(**scotland, known=RESULT))
    assert unsure.answer is A.MAY_APPLY
    assert "fact:child_at_act" in unsure.missing


def test_a_ground_for_listed_acts_says_for_which_of_several_it_speaks() -> None:
    said = found("NP-MY-25", facts(country="MY", offences=[D.ENTRY_STAY, D.THEFT], known=RESULT))
    assert said.answer is A.APPLIES
    assert said.only_offences == (D.ENTRY_STAY,)


def test_a_person_whom_the_authority_did_not_identify_loses_no_ground_that_a_court_could_still_see() -> None:
    said = found("NP-OHCHR-P7", facts(standing=S.NOT_IDENTIFIED, kind=K.CHARGE, known=RESULT))
    assert said.answer is A.MAY_APPLY
    assert said.missing == ("fact:victim",)


def test_the_guard_asks_only_for_what_could_still_change_an_answer() -> None:
    asked = facts_asked(facts(kind=K.CHARGE))
    assert F.COMPELLED in asked
    assert F.PERMISSION_TO_PROSECUTE not in asked  # the law of another country
    assert F.VICTIM not in asked  # the case tells it


known_facts = st.dictionaries(st.sampled_from(list(F)), st.booleans())
measures = st.builds(
    MeasureFacts,
    kind=st.sampled_from(list(K)),
    country=st.sampled_from(["XS", "GB", "US", "AR", "ES", "TH", "BE", "NL"]),
    taken_on=st.dates(date(2014, 1, 1), date(2027, 1, 1)),
    offences=st.frozensets(st.sampled_from(list(D)), max_size=3),
    part=st.sampled_from(["", "GB-EAW", "GB-SCT", "GB-NIR"]),
    act_on=st.none() | st.dates(date(2014, 1, 1), date(2027, 1, 1)),
    exploited_from=st.none() | st.dates(date(2014, 1, 1), date(2027, 1, 1)),
    standing=st.sampled_from(list(S)),
    child_now=st.none() | st.booleans(),
    presumed_child=st.booleans(),
    known=known_facts,
    bound=st.dictionaries(st.sampled_from(list(T)), st.booleans()),
)


@given(measures)
def test_what_is_claimed_rests_on_nothing_unknown_and_reaches_the_stage(case: MeasureFacts) -> None:
    for said in guard(case):
        if said.answer is A.APPLIES:
            assert not said.missing
            assert not said.against
            assert said.ground.reading.does == "rule"
        if said.answer in {A.APPLIES, A.MAY_APPLY, A.NOT_YET}:
            assert said.ground.reading.does == "rule"  # never a warning, a limit or an argument
        if said.answer is A.DOES_NOT:
            assert said.against  # nobody is told "no" without why


@given(measures, st.sampled_from(list(F)), st.booleans())
def test_learning_a_fact_never_makes_a_claim_out_of_nothing_missing(
    case: MeasureFacts, fact: Fact, value: bool
) -> None:
    """A ground that applies already stays, unless the fact learned is one that the row itself weighs."""
    if fact in case.known:
        return
    after = {one.ground.id: one for one in guard(replace(case, known={**case.known, fact: value}))}
    for before in guard(case):
        changed = after[before.ground.id].answer is not before.answer
        weighs = before.ground.reading.facts() | {F.RELATED, F.CHILD_AT_ACT, F.CRIMINAL}
        ties = {F.COMPELLED, F.DIRECT_CONSEQUENCE}
        assert not changed or fact in weighs | ties


def test_every_need_of_a_row_is_a_known_fact_and_every_row_is_read() -> None:
    assert len(grounds()) == 51
    for row in grounds():
        assert row.reading.facts() <= set(F)
        assert row.reading.does in {"rule", "support", "limit", "warning", "gap"}
    assert ground("NP-COE-26").stages == {"punish"}
