"""What the codes of `vocabularies` are called, in the reader's language; apart, because engines import no Django."""

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from mainstay.core import vocabularies

SEXES = (("female", _("Female")), ("male", _("Male")), ("other", _("Other")), ("unknown", _("Unknown")))
AGE_GROUPS = (("0-17", _("0–17")), ("18+", _("18 and over")), ("unknown", _("Unknown")))
# The labels of HTCDS's `vic_TypeOfExploitation`, for the catalogue; the list itself stays data.
EXPLOITATION = (
    _("Forced labour"),
    _("Sexual exploitation"),
    _("Child labour"),
    _("Forced marriage"),
    _("Servitude"),
    _("Forced military (by non-state actors)"),
    _("Organ removal"),
    _("Forced begging"),
    _("Forced adoption"),
    _("Surrogacy"),
    _("Other"),
)
# What an action was for (`access.Purpose`), as the audit chain shows it.
PURPOSES = (
    _("identification"),
    _("assistance"),
    _("investigation"),
    _("cooperation"),
    _("statistics"),
    _("administration"),
)
# What the errors of `errors` are called, for the catalogue: they are raised where there is no Django.
ERROR_TITLES = (
    _("Something went wrong"),
    _("This node is not set up yet"),
    _("This cannot be done now"),
    _("Not yours to open"),
    _("Nothing here"),
    _("This cannot be read"),
)


def htcds_choices(field: str) -> list[tuple[str, str | Promise]]:
    """Return an HTCDS list as a model's or form's choices, for example `vic_TypeOfExploitation`."""
    return [(code.name, _(code.label)) for code in vocabularies.htcds(field)]


def country_choices() -> list[tuple[str, str]]:
    """Return every country as a form's choices in the active language, by name, after "not known"."""
    listed = [(code.name, code.label) for code in vocabularies.countries(get_language())]
    return [("", str(_("Not known"))), *sorted(listed, key=lambda choice: choice[1])]
