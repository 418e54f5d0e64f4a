"""What the codes of the rules of assistance are called on pages."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mainstay.protect.rules.assistance import CONFIRM, Met
from mainstay.protect.rules.matching import Reason

DOMAIN_WORDS = {
    "safety": gettext_lazy("Safety"),
    "housing": gettext_lazy("Housing"),
    "health": gettext_lazy("Health"),
    "psychological": gettext_lazy("How they feel"),
    "legal": gettext_lazy("Legal"),
    "livelihood": gettext_lazy("Food, clothing, money"),
    "education": gettext_lazy("School and training"),
    "family": gettext_lazy("Family"),
    "papers": gettext_lazy("Papers"),
    "children": gettext_lazy("Their children"),
}
URGENCY_WORDS = [
    (0, gettext_lazy("No need")),
    (1, gettext_lazy("Some need")),
    (2, gettext_lazy("Soon")),
    (3, gettext_lazy("Now")),
]
QUESTION_WORDS = {
    "lawfully_resident": gettext_lazy("May they stay in the country lawfully now?"),
    "unaccompanied": gettext_lazy("Is the child without parents or guardian?"),
    "safety_assessed": gettext_lazy("Was their safety assessed?"),
    "family_safe": gettext_lazy("Is it known that the family took no part and is safe to contact?"),
    "wants_return": gettext_lazy("Do they want to go back, by their own free choice?"),
    "return_safe": gettext_lazy("Was going back assessed as safe?"),
    "best_interest_assessed": gettext_lazy("Was the child's best interest assessed?"),
    "stay_needed": gettext_lazy("Is a stay needed for their own situation or for proceedings?"),
    "needs_protection_abroad": gettext_lazy("Do they need protection that this country cannot give?"),
    "unpaid": gettext_lazy("Was work not paid, or harm done that nobody made good?"),
}
CONDITION_WORDS = {
    "presumed": gettext_lazy("Presumed or identified victim"),
    "consents": gettext_lazy("They agreed, knowing what it means"),
    "child": gettext_lazy("A child"),
    "adult": gettext_lazy("An adult"),
    "lawfully_resident": gettext_lazy("Lawful stay in the country"),
    "unaccompanied": gettext_lazy("Without parents or guardian"),
    "safety_assessed": gettext_lazy("Their safety was assessed"),
    "family_safe": gettext_lazy("The family is safe to contact"),
    "wants_return": gettext_lazy("Their own free choice to go back"),
    "return_safe": gettext_lazy("Going back was assessed as safe"),
    "best_interest_assessed": gettext_lazy("The child's best interest was assessed"),
    "stay_needed": gettext_lazy("A stay is needed for their situation or proceedings"),
    "needs_protection_abroad": gettext_lazy("Protection that this country cannot give"),
    "unpaid": gettext_lazy("Work not paid, or harm not made good"),
}
FINDING_WORDS = {
    "status_presumed": gettext_lazy("Presumed victim"),
    "status_identified": gettext_lazy("Identified"),
    "status_other": gettext_lazy("the status does not say; help does not end by itself with a decision"),
    "consent_recorded": gettext_lazy("a consent to assistance is in force"),
    "no_consent_recorded": gettext_lazy("no consent to assistance is in force: ask them"),
    "age_unknown": gettext_lazy("the age is not known"),
    "age_group": gettext_lazy("by the age group"),
    "not_asked": gettext_lazy("nobody asked yet"),
    "answered_yes": gettext_lazy("answered yes"),
    "answered_no": gettext_lazy("answered no"),
}
MET_WORDS = {
    Met.YES: gettext_lazy("met"),
    Met.NO: gettext_lazy("not met"),
    Met.UNKNOWN: gettext_lazy("not known"),
}
PURPOSE_OF_TYPE = {
    "humanitarian": gettext_lazy("What somebody needs to live: food, clothing, hygiene, some money."),
    "shelter": gettext_lazy("A suitable and secure place to stay."),
    "safety": gettext_lazy("Keeping those away who did harm, and a plan for danger."),
    "health": gettext_lazy("Emergency and other medical care."),
    "psychological": gettext_lazy("Help with fear, grief and what stays of it."),
    "legal": gettext_lazy("Knowing one's rights, and somebody who speaks for them."),
    "interpreter": gettext_lazy("Understanding and being understood."),
    "guardian": gettext_lazy("Somebody who acts in a child's best interest."),
    "papers": gettext_lazy("Identity and travel papers."),
    "tracing": gettext_lazy("Finding family, and living together again where that is safe."),
    "resettlement": gettext_lazy("A life in a third country, where neither this one nor home is safe."),
    "regular_migration": gettext_lazy("A permit to stay, or another lawful route."),
    "return": gettext_lazy("Going home by free choice, prepared and received."),
    "compensation": gettext_lazy("Wages not paid, and money for the harm done."),
    "education": gettext_lazy("School, language, training."),
    "work": gettext_lazy("Lawful and decent work."),
    "other": gettext_lazy("What fits no other kind."),
}
DOCUMENT_WORDS = {
    "letters_from_authorities": gettext_lazy("Letters from authorities"),
    "any_identity_paper": gettext_lazy("Any identity paper, or what is known of it"),
    "photographs": gettext_lazy("Photographs"),
    "family_details": gettext_lazy("Names, last places and dates of the family"),
    "proof_of_kinship": gettext_lazy("Anything that shows kinship"),
    "proof_of_protection_need": gettext_lazy("What shows the need for protection"),
    "decision_on_identification": gettext_lazy("The decision on identification, if there is one"),
    "travel_document": gettext_lazy("A passport or travel document"),
    "contacts_in_country_of_return": gettext_lazy("Addresses of who helps in the country of return"),
    "wage_records": gettext_lazy("Pay slips, contracts, transfers"),
    "notes_of_hours": gettext_lazy("Notes of the hours worked"),
    "messages_with_employer": gettext_lazy("Messages with the employer"),
    "school_records": gettext_lazy("School reports"),
    "permit_to_work": gettext_lazy("A permit to work"),
}
DAY_OF_TYPE_WORDS = {
    "reflection_ends": gettext_lazy("The reflection period ends: apply before"),
    "appeal_periods": gettext_lazy("Periods for appeals are short, and national law sets them"),
    "guardian_at_once": gettext_lazy("A guardian is named at once after identification"),
    "permit_renewal": gettext_lazy("A permit is renewed before it ends; national law sets the day"),
    "proceedings_status": gettext_lazy("Not before it is clear what going away means for proceedings"),
    "limitation_period": gettext_lazy("Claims lapse after a time that national law sets"),
}


def source_words(source: str) -> str:
    """Return a legal source for a reader."""
    return _("national law or another source: to be confirmed") if source == CONFIRM else source


def document_words(codes: Iterable[str]) -> list[Any]:
    """Return papers in words."""
    return [DOCUMENT_WORDS[code] for code in codes]


def reason_words(reason: Reason) -> str:
    """Return in words why a service fits, does not, or that it is not known."""
    if reason.code == "place" and reason.figure is not None:
        return _("about %(km)s km away") % {"km": reason.figure}
    if reason.code == "places" and reason.figure:
        return _("free places: %(n)s") % {"n": reason.figure}
    return str(REASON_WORDS[reason.code, reason.met])


REASON_WORDS = {
    ("who", Met.YES): gettext_lazy("takes people of this age and sex"),
    ("who", Met.NO): gettext_lazy("does not take people of this age or sex"),
    ("who", Met.UNKNOWN): gettext_lazy("ask whether it takes people of this age and sex"),
    ("places", Met.YES): gettext_lazy("has free places"),
    ("places", Met.NO): gettext_lazy("no place is free"),
    ("places", Met.UNKNOWN): gettext_lazy("free places are not known"),
    ("language", Met.YES): gettext_lazy("speaks a language of theirs"),
    ("language", Met.NO): gettext_lazy("speaks none of their languages: bring an interpreter"),
    ("language", Met.UNKNOWN): gettext_lazy("languages are not known"),
    ("place", Met.YES): gettext_lazy("near"),
    ("place", Met.NO): gettext_lazy("far"),
    ("place", Met.UNKNOWN): gettext_lazy("distance is not known"),
    ("open", Met.YES): gettext_lazy("open at that time"),
    ("open", Met.NO): gettext_lazy("closed at that time"),
    ("open", Met.UNKNOWN): gettext_lazy("opening hours are not known"),
}
