"""The guard's facts, answers and reasons in words."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mainstay.protect.models.law import TREATIES
from mainstay.protect.models.measures import OFFENCES
from mainstay.protect.rules.grounds import Fact
from mainstay.protect.rules.guard import Answer

# fact: what is asked, what is said where it holds, what is said where it does not
FACT_WORDS: dict[Fact, tuple[Any, Any, Any]] = {
    Fact.COMPELLED: (
        gettext_lazy("Were they made to do it, by those who exploited them or the situation these put them in?"),
        gettext_lazy("They were made to do it."),
        gettext_lazy("They were not made to do it."),
    ),
    Fact.DIRECT_CONSEQUENCE: (
        gettext_lazy("Was it a direct consequence of the trafficking?"),
        gettext_lazy("It was a direct consequence of the trafficking."),
        gettext_lazy("It was not a direct consequence of the trafficking."),
    ),
    Fact.RELATED: (
        gettext_lazy("Was it directly related to the trafficking, or attributable to it?"),
        gettext_lazy("It was directly related to the trafficking."),
        gettext_lazy("It was not related to the trafficking."),
    ),
    Fact.DURING: (
        gettext_lazy("Did it happen in the exploitation itself, while they were exploited?"),
        gettext_lazy("It happened in the exploitation itself."),
        gettext_lazy("It did not happen in the exploitation itself."),
    ),
    Fact.CHILD_AT_ACT: (
        gettext_lazy("Were they under 18 when it happened?"),
        gettext_lazy("They were under 18 when it happened."),
        gettext_lazy("They were 18 or over when it happened."),
    ),
    Fact.CRIMINAL: (
        gettext_lazy("Is it a matter of criminal law, rather than of an administrative authority?"),
        gettext_lazy("It is a matter of criminal law."),
        gettext_lazy("It is no matter of criminal law."),
    ),
    Fact.REASONABLE_GROUNDS: (
        gettext_lazy("Does the competent authority see reasonable grounds to believe that they are a victim?"),
        gettext_lazy("The competent authority sees reasonable grounds."),
        gettext_lazy("The competent authority sees no reasonable grounds."),
    ),
    Fact.EXCLUDED: (
        gettext_lazy(
            "Is the offence on a list that the law of the place shuts out (in England and Wales, Schedule 4)?"
        ),
        gettext_lazy("The law of the place shuts this offence out."),
        gettext_lazy("The law of the place does not shut this offence out."),
    ),
    Fact.REASONABLE_PERSON: (
        gettext_lazy(
            "Would a reasonable person in the same situation, of the same age, sex and health, have had no realistic "
            "alternative (a child: have done the same)?"
        ),
        gettext_lazy("A reasonable person in the same situation would have done the same."),
        gettext_lazy("A reasonable person in the same situation would have had another way."),
    ),
    Fact.PROPORTIONATE: (
        gettext_lazy("Is the act in proportion to the violence, intimidation, deceit or abuse that they suffered?"),
        gettext_lazy("The act is in proportion to what they suffered."),
        gettext_lazy("The act is out of proportion to what they suffered."),
    ),
    Fact.ABROAD: (
        gettext_lazy("Are they in a country of transit or destination, and not in their own?"),
        gettext_lazy("They are in a country of transit or destination."),
        gettext_lazy("They are in their own country."),
    ),
    Fact.EXCEPTION_CLAIMED: (
        gettext_lazy(
            "Does the authority say that public order, or a claim made improperly, stands against it (art. 13(3))?"
        ),
        gettext_lazy(
            "The authority relies on public order, or on a claim made improperly (art. 13(3)): "
            "ask for its reasons in writing."
        ),
        gettext_lazy("The authority relies on no exception."),
    ),
    Fact.FORCED_LABOUR: (
        gettext_lazy("Was the exploitation forced or compulsory labour?"),
        gettext_lazy("The exploitation was forced or compulsory labour."),
        gettext_lazy("The exploitation was no forced or compulsory labour."),
    ),
    Fact.CONFLICT: (
        gettext_lazy("Did it happen in an armed conflict or its wake?"),
        gettext_lazy("It happened in the context of a conflict."),
        gettext_lazy("It did not happen in the context of a conflict."),
    ),
    Fact.RELEASED_FROM_GROUP: (
        gettext_lazy("Were they released from an armed or terrorist group?"),
        gettext_lazy("They were released from an armed or terrorist group."),
        gettext_lazy("They were not released from an armed or terrorist group."),
    ),
    Fact.REFUGEE: (
        gettext_lazy("Are they a refugee?"),
        gettext_lazy("They are a refugee."),
        gettext_lazy("They are no refugee."),
    ),
    Fact.CAME_DIRECTLY: (
        gettext_lazy(
            "Did they come directly from where life or freedom was threatened, present themselves without delay and "
            "show good cause?"
        ),
        gettext_lazy("They came directly, presented themselves without delay and show good cause."),
        gettext_lazy("They did not come directly, or not present themselves without delay with good cause."),
    ),
    Fact.FOR_BEING_SMUGGLED: (
        gettext_lazy("Is the measure for having been smuggled?"),
        gettext_lazy("The measure is for having been smuggled."),
        gettext_lazy("The measure is not for having been smuggled."),
    ),
    Fact.TRAVEL_ON_REQUEST: (
        gettext_lazy(
            "Did they consent to come at the request of this country, under a request for legal assistance, and is "
            "it less than 15 days since they were told that they are no longer needed?"
        ),
        gettext_lazy("They came by consent under a request for legal assistance."),
        gettext_lazy("They did not come under a request for legal assistance, or its protection has ended."),
    ),
    Fact.BEFORE_DEPARTURE: (
        gettext_lazy("Is the act from before they left for this country?"),
        gettext_lazy("The act is from before their departure."),
        gettext_lazy("The act is from after their departure."),
    ),
    Fact.TAKEN_OVER: (
        gettext_lazy("Has national law taken over Directive (EU) 2024/1712?"),
        gettext_lazy("National law has taken over Directive (EU) 2024/1712."),
        gettext_lazy("National law has not taken over Directive (EU) 2024/1712."),
    ),
    Fact.FEDERAL: (
        gettext_lazy("Is it a matter of federal law?"),
        gettext_lazy("It is a matter of federal law."),
        gettext_lazy("It is a matter of state law."),
    ),
    Fact.LOCAL_LAW_COVERS: (
        gettext_lazy("Does the law of this state cover the offence?"),
        gettext_lazy("The law of this state covers the offence."),
        gettext_lazy("The law of this state does not cover the offence."),
    ),
    Fact.OWN_REPORT: (
        gettext_lazy("Did it come to light through their own report of the trafficking?"),
        gettext_lazy("It came to light through their own report."),
        gettext_lazy("It did not come to light through their own report."),
    ),
    Fact.PERMISSION_TO_PROSECUTE: (
        gettext_lazy("Has the Minister of Justice permitted proceedings in writing?"),
        gettext_lazy("The Minister of Justice has permitted proceedings."),
        gettext_lazy("The Minister of Justice has not permitted proceedings."),
    ),
    Fact.VICTIM: (
        gettext_lazy(
            "Whether they are a victim: the authority did not identify them, and a court may see it otherwise."
        ),
        gettext_lazy("They are a presumed or identified victim."),
        gettext_lazy("They are no victim."),
    ),
    Fact.RECOGNISED: (
        gettext_lazy("Whether the competent authority identifies them as a victim: it has not decided yet."),
        gettext_lazy("The competent authority identified them as a victim."),
        gettext_lazy("The competent authority did not identify them as a victim."),
    ),
    Fact.IDENTIFICATION_OPEN: (
        gettext_lazy("Whether the identification is completed"),
        gettext_lazy("The identification is not completed."),
        gettext_lazy("The identification is completed."),
    ),
    Fact.REFLECTION_RUNNING: (
        gettext_lazy("Whether the reflection period is running"),
        gettext_lazy("The reflection period is running."),
        gettext_lazy("The reflection period is not running."),
    ),
    Fact.CHILD: (
        gettext_lazy("Whether they are a child"),
        gettext_lazy("They are a child, or treated as one."),
        gettext_lazy("They are no child."),
    ),
    Fact.PRESUMED_CHILD: (
        gettext_lazy("Whether they are presumed to be a child"),
        gettext_lazy("Their age is uncertain, with reasons to believe a child."),
        gettext_lazy("Their age is not uncertain with reasons to believe a child."),
    ),
}
ANSWER_WORDS = {
    Answer.APPLIES: gettext_lazy("Applies"),
    Answer.MAY_APPLY: gettext_lazy("May apply: something is not known"),
    Answer.WARNS: gettext_lazy("A limit to know of"),
    Answer.NOT_YET: gettext_lazy("Not at this stage; it would speak at a later one"),
    Answer.SUPPORTS: gettext_lazy("An argument only, not the rule"),
    Answer.DOES_NOT: gettext_lazy("Does not apply"),
}
STAGE_WORDS = {
    "investigate": gettext_lazy("investigation"),
    "detain": gettext_lazy("arrest and detention"),
    "charge": gettext_lazy("charge"),
    "prosecute": gettext_lazy("prosecution"),
    "punish": gettext_lazy("punishment"),
    "record": gettext_lazy("criminal record"),
    "remove": gettext_lazy("removal"),
}
CODE_WORDS = {
    "stage": gettext_lazy("It does not speak of this kind of measure."),
    "country": gettext_lazy("It is the law of another country."),
    "part": gettext_lazy("It is the law of another part of the country."),
    "before_in_force": gettext_lazy("The act or the measure is from before it was in force."),
    "offences": gettext_lazy("It covers a list of acts, and none of these is on it."),
    "own_law_loaded": gettext_lazy("Rows of this country's own law are there."),
}
MISSING_WORDS = {
    "part": gettext_lazy("In which part of the country was it?"),
    "act_on": gettext_lazy("On which day did it happen?"),
    "offences": gettext_lazy("Which act is it about?"),
    "days_contradict": gettext_lazy("The days do not fit: the act lies before the exploitation began. Check them."),
}


def said_against(code: str) -> str:
    """Return in words why a ground does not apply."""
    kind, _sep, name = code.partition(":")
    if kind == "treaty":
        return _("The country is not bound by it.")
    if kind == "fact":
        holds = name.startswith("!")
        return str(FACT_WORDS[Fact(name.lstrip("!"))][1 if holds else 2])
    return str(CODE_WORDS[code])


def said_missing(code: str) -> str:
    """Return in words what is not known yet."""
    kind, _sep, name = code.partition(":")
    if kind == "treaty":
        return _("Is the country bound by this: %(treaty)s? An administrator sets it, with its source.") % {
            "treaty": dict(TREATIES)[name]
        }
    return str(FACT_WORDS[Fact(name)][0] if kind == "fact" else MISSING_WORDS[code])


def said_offence(code: str) -> str:
    """Return an act in words."""
    return str(dict(OFFENCES).get(code, code))
