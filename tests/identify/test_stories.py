"""Whole stories, all made up, each asked with a shipped instrument.

What each must give was worked out by hand from article 3 of the Palermo Protocol and from the decision rule of the
Delphi survey, as ../shared/facts/identify.json has them; `source` names the line. The steps between "trafficking
indicated" and "not indicated" are our own scale (docs/packages/identify.md).
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import pytest

from mainstay.identify.engine.answering import asked, read_answers
from mainstay.identify.engine.shipped import load_shipped, shipped_names
from mainstay.identify.rules import assess
from mainstay.identify.types import (
    MISSING_VALUES,
    AgeStatus,
    Assessment,
    Classification,
    Element,
    Exploitation,
    Instrument,
    Level,
    Question,
    Urgent,
)

DAY = date(2026, 3, 1)
INDICATED, LIKELY, POSSIBLE = Level.INDICATED, Level.LIKELY, Level.POSSIBLE
NOT_INDICATED, CANNOT_TELL = Level.NOT_INDICATED, Level.CANNOT_TELL
DANGER, MEDICAL, ALONE, HELD = Urgent.DANGER_NOW, Urgent.MEDICAL, Urgent.CHILD_ALONE, Urgent.DETAINED
ADULT, CHILD, CONSENT = "palermo_art3.adult_rule", "palermo_art3.child_rule", "palermo_art3.consent_rule"
EDGE, OPEN, RULE, TABLE = (
    "palermo_art3.edge_cases", "palermo_art3.open_list", "delphi.dimension_positive_if", "delphi.classification",
)  # fmt: skip


class Story(NamedTuple):
    """What somebody tells, what is answered, and what the source implies.

    Elements are written as act, means, purpose: + shown, - not found, ? not known or only suspected. Whatever is not in
    `answers` was answered with what shows nothing, or, where `partly`, was not answered.
    """

    told: str
    source: str
    instrument: str
    child: bool | None
    answers: Mapping[str, str]
    level: Level
    elements: str
    forms: tuple[str, ...] = ()
    urgent: tuple[Urgent, ...] = ()
    partly: bool = False
    label: Classification | None = None
    age: AgeStatus | None = None
    interval: tuple[Level, Level] | None = None


UNDER_18 = {"under_18": "yes"}


def yes(*names: str, **others: str) -> dict[str, str]:
    """These questions were answered with yes, and others as given."""
    return dict.fromkeys(names, "yes") | others


STORIES = [
    # Forced labour
    Story(
        "A man was hired for a hotel and put on a building site. His passport was taken, he sleeps in a locked "
        "container and works every day until the journey is paid. He had agreed to come.",
        f"{ADULT}; {CONSENT}: deceived, so the consent does not matter", "forced_labour", False,
        yes("arranged", "debt", "agreed", promised="job", hours="long", housing="bad", leave="no", papers="kept",
            stop_working="punished"),
        INDICATED, "+++", ("forced_labour",),
    ),
    Story(
        "A cleaner found her work by herself. It is long, dirty and badly paid; she goes home every evening, has her "
        "papers and could leave, but other work is hard to find.",
        f"{TABLE}[1] exploitation without a means", "forced_labour", False,
        {"hours": "long", "wages": "little", "conditions": "degrading", "stop_working": "lose_job"},
        POSSIBLE, "--?", label=Classification.LABOUR_RIGHTS,
    ),
    Story(
        "A fisherman was hired in his own village and kept at sea for months. The captain beats who asks for pay or "
        "wants to go ashore; nobody may call home. His hand is infected.",
        f"{ADULT}; {EDGE}[2] no border", "forced_labour", False,
        yes("arranged", "violence", "medical", hours="long", wages="kept_back", leave="no", contact="kept_apart",
            stop_working="punished"),
        INDICATED, "+++", ("forced_labour",), (MEDICAL,),
    ),
    Story(
        "A domestic worker says that her employer has her passport and listens when she calls home. She does not want "
        "to say more today.",
        f"{RULE}[0] two strong: a means, the rest is not known", "forced_labour", None,
        {"papers": "kept", "contact": "kept_apart"},
        POSSIBLE, "?+?", ("forced_labour",), partly=True, interval=(POSSIBLE, INDICATED),
    ),
    Story(
        "A nurse was promised a hospital and a good wage. She cares for old people day and night for a third of it; "
        "she can leave, and has her papers.",
        f"{TABLE}[2] deceptive recruitment and exploitation", "forced_labour", False,
        yes("arranged", promised="job pay", hours="long", wages="little"),
        LIKELY, "++?", label=Classification.DECEPTION_AND_EXPLOITATION,
    ),
    Story(
        "She was stopped at the airport. The work in a restaurant does not exist; the man who has her passport wrote "
        "to another that she will work unpaid until her debt is gone, and not get out before.",
        f"{ADULT}; {EDGE}[1] intended, not achieved", "forced_labour", False,
        yes("arranged", "debt_before", promised="job", papers="kept", hours="no_work", wages="no_work",
            stop_working="planned"),
        INDICATED, "+++", ("forced_labour",),
    ),
    Story(
        "A cook is asked like everybody else in the street. He found his place through an advertisement, is paid, "
        "lives with his family and answers every question.",
        f"{TABLE}[0]", "forced_labour", False, {"housing": "own"},
        NOT_INDICATED, "---", label=Classification.NOT_A_VICTIM,
    ),
    Story(
        "He gives a name and then says nothing more, looking at the man by the door.",
        f"{ADULT}: nothing is known", "forced_labour", None, {},
        CANNOT_TELL, "???", partly=True, interval=(NOT_INDICATED, INDICATED),
    ),
    Story(
        "The foreman has never touched her, but says he will call the police about her visa, and tell her parents "
        "lies, if she complains. Pay and hours are as agreed.",
        f"{RULE}: one medium and one weak are not enough", "forced_labour", False,
        {"threats": "authorities tell"},
        POSSIBLE, "-?-", ("forced_labour",),
    ),
    # The whole Delphi assessment
    Story(
        "A fruit picker was told untrue things about pay, contract and housing. On the farm his papers and his pay are "
        "kept back, and they would call the police if he left; he works fourteen hours for very little.",
        f"{TABLE}[3] deceptive; {RULE}[2] three medium, [1] strong and medium", "delphi_labour", False,
        yes("arranged", "worked", "promise_wages", "promise_contract", "promise_housing", "work_hours", "work_pay",
            "held_documents", "held_wages", "held_denounce"),
        INDICATED, "+++", ("forced_labour",), label=Classification.FORCED_LABOUR,
    ),
    Story(
        "A boy of fourteen was brought to a brick kiln by a neighbour. He works all day near the fire; nobody "
        "threatens or holds him. He is there without his parents.",
        f"{CHILD}; delphi.child_note: act and exploitation", "delphi_labour", True,
        yes("alone", "arranged", "worked", "work_hours", "work_hazard", **UNDER_18),
        INDICATED, "+-+", ("forced_labour",), (ALONE,), label=Classification.FORCED_LABOUR, age=AgeStatus.CHILD,
    ),
    Story(
        "A man of thirty was brought to the same kiln by a friend, and works the same hours by the same fire. He may "
        "go whenever he wants.",
        f"{TABLE}[1] no means: a labour-rights case", "delphi_labour", False,
        yes("arranged", "worked", "work_hours", "work_hazard"),
        POSSIBLE, "+-?", label=Classification.LABOUR_RIGHTS,
    ),
    Story(
        "Her family's debt to the landlord made her start in his fields, after his men hit her brother and showed her "
        "a whip. She may not leave before it is paid, is watched, and works from dawn to night without pay.",
        f"{TABLE}[3] coercive; debts of the family, no border ({EDGE}[2])", "delphi_labour", False,
        yes("worked", "before_debt", "before_family_violence", "before_threat_violence", "work_hours", "work_pay",
            "held_debt", "held_isolation"),
        INDICATED, "+++", ("forced_labour",), label=Classification.FORCED_LABOUR,
    ),
    Story(
        "The workshop had not opened when the police came. Twelve people had been fetched with false contracts; in the "
        "office lay a plan to make them work behind locked doors. Contract, visa and fees were lies.",
        f"{ADULT}; {EDGE}[1] intended, not achieved; {RULE}[2] three medium", "delphi_labour", False,
        yes("arranged", "promise_contract", "promise_documents", "promise_travel", worked="planned"),
        INDICATED, "+++", ("forced_labour",),
    ),
    # Sexual exploitation (the draft profile: the elements decide)
    Story(
        "A woman came to wait at tables and was made to have sex with clients. The man outside takes all the money and "
        "says he will break her arm; she says it is her own fault, for she agreed to come.",
        f"{ADULT}; {CONSENT}", "sexual_exploitation", False,
        yes("danger_now", "arranged", "agreed", promised="other_work", made_to="sex", money="taken", threats="hurt"),
        INDICATED, "+++", ("sexual_exploitation",), (DANGER,),
    ),
    Story(
        "A girl of fifteen sleeps at the flat of an older man and has sex with him for it. Nobody forces her, she "
        "says, and she wants to stay.",
        f"{CHILD}; {CONSENT}: never for a child", "sexual_exploitation", True,
        yes("alone", "arranged", "something_for_it", "agreed", **UNDER_18),
        INDICATED, "+-+", ("sexual_exploitation",), (ALONE,), age=AgeStatus.CHILD,
    ),
    Story(
        "She says she is nineteen, as she was told to; she looks fifteen. A boyfriend made her pose for pictures that "
        "he sells.",
        f"{CHILD}; {EDGE}[0] reasons to believe so; one strong is not enough ({RULE})", "sexual_exploitation", False,
        yes("arranged", under_18="looks_younger", made_to="pictures"),
        INDICATED, "+?+", ("sexual_exploitation",), age=AgeStatus.PRESUMED_CHILD,
    ),
    Story(
        "A woman sells sex from her own flat, keeps the money, says no when she wants to, and is afraid of nobody.",
        f"{ADULT}: no act, no means, no purpose", "sexual_exploitation", False, {"money": "mine"},
        NOT_INDICATED, "---",
    ),
    # Removal of organs
    Story(
        "He was told that a kidney grows again, signed, and got a third of the money. Since the operation he has a "
        "fever and has seen no doctor.",
        f"{ADULT}; {CONSENT}: deceived", "organ_removal", False,
        yes("arranged", "agreed", organ="taken", told="untrue", payment="broken", cared_for="no"),
        INDICATED, "+++", ("organ_removal",), (MEDICAL,),
    ),
    Story(
        "A lender said her debt would be gone if she gave a kidney, and housed her near the clinic. The police came "
        "the evening before.",
        f"{ADULT}; {EDGE}[1] intended, not achieved", "organ_removal", False,
        yes("arranged", "debts", organ="planned"),
        INDICATED, "+++", ("organ_removal",),
    ),
    Story(
        "A woman gives a kidney to her brother in the hospital of her town, and knows what it means.",
        f"{ADULT}: no act, no means, no purpose", "organ_removal", False, {"organ": "gift"},
        NOT_INDICATED, "---",
    ),
    Story(
        "A man looked for a broker himself, was told the truth, was paid what was agreed and was looked after.",
        f"{ADULT}: act and purpose without a means", "organ_removal", False,
        yes("arranged", "agreed", organ="taken", payment="given", cared_for="yes"),
        LIKELY, "+-+", ("organ_removal",),
    ),
    Story(
        "The uncle of a boy of sixteen took money so that the boy would give a kidney. The boy said yes to please him; "
        "it has not been done.",
        f"{CHILD}; palermo_art3.means[8] payment to who has control", "organ_removal", True,
        yes("arranged", "paid_other", "agreed", organ="planned", **UNDER_18),
        INDICATED, "+++", ("organ_removal",), age=AgeStatus.CHILD,
    ),
    # Conflict, transit, detention
    Story(
        "She was taken when her village was attacked, given to a fighter as his wife, and sold to another. She escaped "
        "after two years, and is ill.",
        f"{ADULT}; {EDGE}[3] captivity in a conflict", "conflict_transit_detention", False,
        yes("medical", "violence", came_into="taken sold", held_by_others="before", made_to="marry sex owned"),
        INDICATED, "+++", ("sexual_exploitation", "forced_marriage", "slavery"), (MEDICAL,),
    ),
    Story(
        "A boy of thirteen followed an armed group for food and carried water and messages. Nobody forced him. He is "
        "here alone.",
        f"{CHILD}; {OPEN}; {CONSENT}", "conflict_transit_detention", True,
        yes("alone", "arranged", "agreed", made_to="serve", **UNDER_18),
        INDICATED, "+-+", ("forced_military",), (ALONE,), age=AgeStatus.CHILD,
    ),
    Story(
        "He paid a man to bring him over the border at night, as agreed. On the other side they parted.",
        f"{ADULT}: an act alone: smuggled, not trafficked", "conflict_transit_detention", False,
        yes("arranged", "agreed", arrival="yes"),
        NOT_INDICATED, "+--",
    ),
    Story(
        "The smugglers wanted more than was agreed and kept her in a house until she had worked it off in their "
        "fields. When it was over they handed her to another farm.",
        f"{ADULT}", "conflict_transit_detention", False,
        yes("arranged", price="work", held_by_others="before", made_to="work", arrival="no"),
        INDICATED, "+++", ("forced_labour",),
    ),
    Story(
        "A gang held him in a warehouse. His mother had to hear on the telephone how he was beaten, until she paid; "
        "then they let him go.",
        f"{ADULT}: act and means; {OPEN}: ransom is not named as a purpose", "conflict_transit_detention", False,
        yes("arranged", "ransom", "family", "violence", held_by_others="before"),
        LIKELY, "++?", ("other",),
    ),
    Story(
        "He steered the boat with a gun at his head. Now he sits in prison for it.",
        f"{ADULT}; palermo_art3.means[0] threat of force", "conflict_transit_detention", False,
        yes("detained", "arranged", "threats", made_to="crime"),
        INDICATED, "+++", ("forced_criminality",), (HELD,),
    ),
    Story(
        "A call from a house where people without uniforms lock them in. The line breaks.",
        f"{ADULT}: act and means, the purpose is not known", "conflict_transit_detention", None,
        {"held_by_others": "now"},
        LIKELY, "++?", (), (DANGER, HELD), partly=True, interval=(LIKELY, INDICATED),
    ),
    # Children
    Story(
        "A girl of nine was lent by her parents for money to a woman, for whom she begs at the station.",
        f"{CHILD}; palermo_art3.means[8] adds a means", "children", True,
        yes("guardian", "arranged", "given", with_whom="other", made_to="beg", **UNDER_18),
        INDICATED, "+++", ("forced_begging",), (ALONE,), age=AgeStatus.CHILD,
    ),
    Story(
        "A boy of six was to go to strangers in another country for good; his aunt was paid for it. He was found at "
        "the station with her.",
        f"{CHILD}; {OPEN}; {EDGE}[1]", "children", True,
        yes("arranged", "given", with_whom="relative", made_to="adopt", **UNDER_18),
        INDICATED, "+++", ("forced_adoption",), (ALONE,),
    ),
    Story(
        "Older boys gave a boy of fifteen a place to sleep and promised him money for carrying packets; they pay less. "
        "He lives with his mother most days and likes them.",
        f"{CHILD}; {CONSENT}; {RULE}: one medium in a dimension leaves the means suspected", "children", True,
        yes("arranged", "agreed", promised="money", made_to="crime", **UNDER_18),
        INDICATED, "+?+", ("forced_criminality",),
    ),
    Story(
        "Her parents have promised a girl of sixteen to a man in another town. They say they would kill her if she did "
        "not go, and they wait outside.",
        f"{CHILD}; {OPEN}", "children", True,
        yes("danger_now", "arranged", "threats", made_to="marry", **UNDER_18),
        INDICATED, "+++", ("forced_marriage",), (DANGER,),
    ),
    Story(
        "A girl of thirteen serves in the house of relatives from morning to night. She does not go to school, may not "
        "stop, and may not talk with her mother.",
        f"{CHILD}; delphi.child_note; {RULE}[0] two strong", "children", True,
        yes("arranged", "hours", "no_school", with_whom="relative", made_to="house", stop="no", leave="not_family",
            **UNDER_18),
        INDICATED, "+++", ("forced_labour", "child_labour", "servitude"), (ALONE,),
        label=Classification.FORCED_LABOUR,
    ),
    Story(
        "A boy of fifteen helps in a shop after school, keeps the money and stops when he has homework.",
        f"{CHILD}: no act, no purpose; work alone is none", "children", True, {"made_to": "work", **UNDER_18},
        NOT_INDICATED, "---",
    ),
    Story(
        "Nobody knows how old he is, and nothing tells. Somebody gave him a bed and had him sell drugs.",
        f"{EDGE}[0]; {CHILD} would be met, {ADULT} not yet", "children", None,
        yes("arranged", under_18="unknown", made_to="crime"),
        LIKELY, "+?+", ("forced_criminality",), age=AgeStatus.UNKNOWN, interval=(LIKELY, INDICATED),
    ),
    Story(
        "A girl says that a man brought her here. Then she looks at the floor.",
        f"{CHILD}: an act, the purpose is not known", "children", True, yes("arranged", **UNDER_18),
        CANNOT_TELL, "+??", partly=True, interval=(NOT_INDICATED, INDICATED),
    ),
    # The rapid screen
    Story(
        "An agency placed her in a household. She sleeps in the kitchen, is locked in at night and may not stop.",
        f"{ADULT}", "rapid_screen", False, yes("brought_here", free_to_leave="no", made_to="house"),
        INDICATED, "+++", ("servitude",),
    ),
]  # fmt: skip


def nothing(question: Question) -> str:
    """The answer that says something and shows nothing."""
    plain = [c.name for c in question.choices if c.judgement is None and c.name not in MISSING_VALUES]
    if question.judgement is not None:
        plain.remove("yes")
    return next((name for name in ("no", "none") if name in plain), plain[0])


def instrument_of(story: Story) -> Instrument:
    form = load_shipped(story.instrument)
    assert form is not None
    return form


def tell(story: Story) -> Assessment:
    """Answer the instrument as the story goes, and assess it."""
    form = instrument_of(story)
    rest = {} if story.partly else {question.name: nothing(question) for question in form.questions}
    answers = read_answers("a story", form, rest | dict(story.answers), today=DAY)
    assert set(story.answers) <= set(answers), "the form does not ask what the story answers"
    return assess(form, answers, story.child, asked(form, answers, today=DAY).left_out)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.told[:60])
def test_a_story_gives_what_its_source_implies(story: Story) -> None:
    result = tell(story)
    signs = {True: "+", False: "-", None: "?"}
    elements = (result.elements.act, result.elements.means, result.elements.purpose)
    assert (result.level, "".join(signs[state] for state in elements)) == (story.level, story.elements)
    assert (set(result.forms), set(result.urgent)) == ({Exploitation(form) for form in story.forms}, set(story.urgent))
    assert story.label in (None, result.classification)
    assert story.age in (None, result.age)
    if story.interval:
        assert (result.lowest, result.highest) == story.interval


@pytest.mark.parametrize("story", [s for s in STORIES if "agreed" in s.answers], ids=lambda story: story.told[:60])
def test_that_somebody_agreed_changes_nothing(story: Story) -> None:  # palermo_art3.consent_rule
    without = tell(story._replace(answers={**story.answers, "agreed": "no"}))
    with_it = tell(story)
    assert with_it.level is without.level
    deceived_or_forced = with_it.elements.means is True
    assert ("consent_irrelevant" in [r.code for r in with_it.reasons]) is deceived_or_forced
    assert Element.CONSENT in {e for c in instrument_of(story).questions if c.judgement for e in c.judgement.elements}


def test_the_stories_go_through_every_instrument_every_form_and_every_need() -> None:
    assert len(STORIES) >= 30
    assert {story.instrument for story in STORIES} == set(shipped_names())
    told = {form for story in STORIES for form in story.forms}
    assert told == set(Exploitation) - {Exploitation.SURROGACY}  # no shipped instrument asks about it
    assert {need for story in STORIES for need in story.urgent} == set(Urgent)
    assert {story.level for story in STORIES} == set(Level)
    assert {story.label for story in STORIES} >= set(Classification)
