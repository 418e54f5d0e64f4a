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
# The labels of the HTCDS lists that facts of a case are taken from, for the catalogue.
FACTS = (
    _("At a place of business"),
    _("At an educational institution"),
    _("At work"),
    _("Through online social networks"),
    _("Through an online advertisement"),
    _("Through a television advert"),
    _("Through a newspaper advert"),
    _("Through family or family events"),
    _("Through friends or social events"),
    _("Facebook"),
    _("Instagram"),
    _("WhatsApp"),
    _("Telegram"),
    _("Facebook Messenger"),
    _("Viber"),
    _("SnapChat"),
    _("Line"),
    _("4Sale"),
    _("WeChat"),
    _("QQ"),
    _("QZone"),
    _("TikTok"),
    _("Twitter"),
    _("Familial"),
    _("Acquainted"),
    _("Unaquainted"),
    _("Physical threats"),
    _("Threats of law enforcement"),
    _("Threatens children/family"),
    _("Debt bondage"),
    _("False promises"),
    _("Physical abuse"),
    _("Sexual abuse"),
    _("Takes earnings"),
    _("Restricts financial access"),
    _("Restricts medical care"),
    _("Withholds necessities"),
    _("Psychological abuse"),
    _("Psychoactive substance"),
    _("Excessive working hours"),
    _("Withholds documents"),
    _("Agriculture, forestry and fishing"),
    _("Mining and quarrying"),
    _("Manufacturing"),
    _("Electricity, gas, steam and air conditioning supply"),
    _("Water supply; sewerage, waste management and remediation"),
    _("Construction"),
    _("Wholesale and retail trade; repair of motor vehicles and motorcycles"),
    _("Transportation and storage"),
    _("Accommodation and food service activities"),
    _("Information and communication"),
    _("Financial and insurance activities"),
    _("Real estate activities"),
    _("Professional, scientific and technical activities"),
    _("Administrative and support service activities"),
    _("Public administration and defence; compulsory social security"),
    _("Education"),
    _("Human health and social work activities"),
    _("Arts, entertainment and recreation"),
    _("Other service activities"),
    _(
        "Activities of households as employers; undifferentiated goods- and services- producing activities of households for own use"  # noqa: E501  # one label of the standard
    ),
    _("Activities of extraterritorial organizations and bodies"),
    _("Prostitution"),
    _("Pornography"),
    _("Remote Interactive Services"),
    _("Private Sexual Services"),
    _("Addiction"),
    _("Social Group"),
    _("Discrimination"),
    _("Poverty"),
    _("Disability and physical health"),
    _("Mental health"),
    _("Migration"),
    _("Homelessness"),
    _("Abuse - social media"),
    _("Abuse - physical"),
    _("Work environment"),
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


def facts_choices(name: str) -> list[tuple[str, str | Promise]]:
    """Return a list of facts (`rules.facts`), of HTCDS or of another standard (`ictip:event_type`), as choices."""
    standard, _sep, field = name.rpartition(":")
    return [(code.name, _(code.label)) for code in vocabularies.code_lists(standard or "htcds")[field]]


def country_choices() -> list[tuple[str, str]]:
    """Return every country as a form's choices in the active language, by name, after "not known"."""
    listed = [(code.name, code.label) for code in vocabularies.countries(get_language())]
    return [("", str(_("Not known"))), *sorted(listed, key=lambda choice: choice[1])]
