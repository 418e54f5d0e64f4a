"""Words for the codes that screenings carry, in the active language."""

from django.utils.translation import gettext_lazy as _

from mainstay.identify.types import Exploitation, Level, Urgent

IS_CHILD = {"0-17": True, "18+": False}


AGE_GROUP = {True: "0-17", False: "18+", None: "unknown"}


LEVELS = [
    (Level.INDICATED.value, _("trafficking indicated")),
    (Level.LIKELY.value, _("likely")),
    (Level.POSSIBLE.value, _("possible")),
    (Level.NOT_INDICATED.value, _("not indicated")),
    (Level.CANNOT_TELL.value, _("cannot tell")),
]


URGENT_LABELS = {
    Urgent.DANGER_NOW: _("In danger now"),
    Urgent.MEDICAL: _("Needs a doctor"),
    Urgent.CHILD_ALONE: _("A child alone"),
    Urgent.DETAINED: _("Detained"),
}


FORM_LABELS = {
    Exploitation.FORCED_LABOUR: _("Forced labour"),
    Exploitation.SEXUAL_EXPLOITATION: _("Sexual exploitation"),
    Exploitation.CHILD_LABOUR: _("Child labour"),
    Exploitation.FORCED_MARRIAGE: _("Forced marriage"),
    Exploitation.SERVITUDE: _("Servitude"),
    Exploitation.SLAVERY: _("Slavery"),
    Exploitation.FORCED_MILITARY: _("Forced to fight"),
    Exploitation.ORGAN_REMOVAL: _("Removal of organs"),
    Exploitation.FORCED_BEGGING: _("Forced begging"),
    Exploitation.FORCED_CRIMINALITY: _("Forced crime"),
    Exploitation.FORCED_ADOPTION: _("Forced adoption"),
    Exploitation.SURROGACY: _("Surrogacy"),
    Exploitation.OTHER: _("Another form"),
}
