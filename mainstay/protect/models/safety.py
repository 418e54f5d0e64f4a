"""What keeps a person safe: assessments of risk to them, safety plans, how to reach them, where they are."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mainstay.accounts.models import User
from mainstay.core.fields import SealedJSONField, SealedModel, SealedTextField
from mainstay.protect.models.cases import Case
from mainstay.protect.rules.contact import Channel, ContactRules, Why
from mainstay.protect.rules.safety import Because, Domain, Level

DOMAIN_WORDS = {
    Domain.WHEREABOUTS_KNOWN: _("Those who exploited them know where they are"),
    Domain.THREATS: _("Threats against them"),
    Domain.DEBTS: _("Debts that others hold over them"),
    Domain.FAMILY: _("Their family is in danger"),
    Domain.CONTACT: _("Contact with those who exploited them"),
    Domain.SELF_HARM: _("Harm they may do to themselves"),
    Domain.HEALTH: _("Health that needs care now"),
    Domain.HOUSING: _("Where they sleep is not safe, or not for long"),
    Domain.TRAVEL: _("Ways to court, offices or work"),
    Domain.DIGITAL: _("Phone, tracking, shared accounts"),
}
LEVEL_WORDS = {
    Level.NONE: _("No sign of it"),
    Level.LOW: pgettext_lazy("risk", "Low"),
    Level.MEDIUM: pgettext_lazy("risk", "Medium"),
    Level.HIGH: pgettext_lazy("risk", "High"),
    Level.UNKNOWN: _("Not known"),
}
BECAUSE_WORDS = {
    Because.LEADING_HIGH: _("One of these at “high” is enough: harm may come before anybody asks again."),
    Because.SEVERAL_HIGH: _("Two or more are at “high”."),
    Because.ONE_HIGH: _("One is at “high”."),
    Because.MANY_MEDIUM: _("Three or more are at “medium”."),
    Because.LEADING_UNKNOWN: _("These are not known, and not knowing is never read as safe."),
    Because.HIGHEST: _("This is the highest of all."),
    Because.NOT_ASKED: _("Nothing was asked yet, and not knowing is never read as safe."),
}
CHANNEL_WORDS = {
    Channel.CALL: _("Call"),
    Channel.TEXT: _("Text message"),
    Channel.MAIL: _("E-mail"),
    Channel.POST: _("Post"),
    Channel.THROUGH: _("Through somebody they trust"),
}
WHY_WORDS = {
    Why.AGREED: _("they agreed to it"),
    Why.NOT_ASKED: _("nobody has asked them yet"),
    Why.NO_CONTACT: _("they are not to be contacted"),
    Why.ASK_ANEW: _("what they said is out of date: ask them anew"),
    Why.CHANNEL_CLOSED: _("they did not agree to this way"),
    Why.OUTSIDE_HOURS: _("not at this hour"),
}
PLAN_PARTS = [
    ("signs", _("Signs to watch for")),
    ("places", _("Places to go")),
    ("people", _("People to call")),
    ("take", _("What to take")),
    ("word", _("The word we agreed")),
    ("digital", _("Phone and accounts")),
    ("children", _("The children")),
]
"""The parts of a safety plan; a printed one shows these words and no others, so that it tells nothing."""
OPENING_REASONS = [
    ("visit", _("To visit them")),
    ("transport", _("To bring them somewhere")),
    ("delivery", _("To have something brought to them")),
    ("emergency", _("They are in danger now")),
    ("move", _("To change it")),
]


class RiskAssessment(SealedModel):
    """What puts a person in danger, as somebody saw it on a day; never changed, only followed by the next."""

    forgotten_with_case = True

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="risk_assessments")
    levels = models.JSONField(default=dict)
    notes = SealedJSONField()
    overall = models.CharField(max_length=10, choices=[(k.value, v) for k, v in LEVEL_WORDS.items()])
    assessed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    assessed_at = models.DateTimeField()
    ask_again_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-assessed_at"]

    def __str__(self) -> str:
        return f"risk assessment {self.pk}"

    def by_domain(self) -> dict[Domain, Level]:
        """Return the levels as the rule sees them."""
        return {Domain(domain): Level(level) for domain, level in self.levels.items()}


class SafetyPlan(SealedModel):
    """What a person and their case manager agreed to do, one version of it."""

    forgotten_with_case = True

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="safety_plans")
    version = models.PositiveIntegerField()
    parts = SealedJSONField()
    language = models.CharField(max_length=10)
    agreed_date = models.DateField()
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-version"]
        constraints = [models.UniqueConstraint(fields=["case", "version"], name="protect_plan_version")]

    def __str__(self) -> str:
        return f"safety plan {self.pk}"


class SafeContact(SealedModel):
    """How a person may be reached, as they said it themselves."""

    forgotten_with_case = True

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="contact_rules")
    channels = models.JSONField(default=list)
    from_hour = models.PositiveSmallIntegerField(null=True, blank=True)
    to_hour = models.PositiveSmallIntegerField(null=True, blank=True)
    voicemail = models.BooleanField(default=False)
    no_contact = models.BooleanField(default=False)
    no_contact_until = models.DateField(null=True, blank=True)
    ask_again_on = models.DateField(null=True, blank=True)
    language = models.CharField(max_length=10, blank=True)
    say_one_is = SealedTextField()
    through = SealedTextField()
    agreed_with = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"contact rules {self.pk}"

    def as_rules(self) -> ContactRules:
        """Return what was agreed as the rule sees it."""
        return ContactRules(
            channels=frozenset(Channel(c) for c in self.channels),
            from_hour=self.from_hour,
            to_hour=self.to_hour,
            voicemail=self.voicemail,
            no_contact=self.no_contact,
            no_contact_until=self.no_contact_until,
            ask_again_on=self.ask_again_on,
            language=self.language,
        )


class ProtectedAddress(SealedModel):
    """Where a person is, kept apart from their file: only the case's owner and named people open it."""

    forgotten_with_case = True

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="protected_address")
    address = SealedTextField()
    readers = models.ManyToManyField(User, related_name="+")
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"protected address {self.pk}"


class AddressOpening(models.Model):
    """That somebody opened a protected address, and what for."""

    forgotten_with_case = True

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="address_openings")
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    why = models.CharField(max_length=20, choices=OPENING_REASONS)

    class Meta:
        ordering: ClassVar[list[str]] = ["-opened_at"]

    def __str__(self) -> str:
        return f"opening {self.pk}"
