"""The days that matter in a case: kinds, what each means, where each comes from."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mainstay.protect.models.cases import Case

DEADLINE_KINDS = [
    ("reflection_period", _("Reflection period ends")),
    ("identification_decision", _("Decision on identification is due")),
    ("appeal", _("Last day for an appeal")),
    ("permit_renewal", _("Ask for the permit to be renewed")),
    ("permit_expiry", _("Residence permit ends")),
    ("reassessment", _("Look again at safety and needs")),
    ("age_verification", _("Age is to be verified")),
    ("representation", _("A representative for the child")),
    ("measure_recheck", _("Look again at a measure against the person")),
    ("hearing", _("Hearing or appointment with an authority")),
    ("other", _("Another day that matters")),
    ("risk_reassessment", _("Ask again how safe they are")),
]
DEADLINE_MEANINGS = {
    "reflection_period": _(
        "No expulsion order is to be enforced until then (CETS 197, article 13; exceptions in 13(3))."
    ),
    "identification_decision": _(
        "No removal before the decision, once the authority sees reasonable grounds (CETS 197, article 10(2))."
    ),
    "appeal": _("A later appeal is still taken, and marked as late."),
    "permit_renewal": _("Ask before the permit ends."),
    "permit_expiry": _("A permit under CETS 197, article 14, is renewable: ask before it ends."),
    "reassessment": _("What the person needs changes: ask again."),
    "age_verification": _("Until the age is verified the person is treated as a child, however long it takes."),
    "representation": _("A guardian, an organisation or an authority, without delay."),
    "measure_recheck": _("Ask what became of it, and write it down."),
    "hearing": _("The person should not stand there alone."),
    "other": _("Entered by hand."),
    "risk_reassessment": _("The higher the risk to them, the sooner."),
}


HAND_SOURCES = [
    ("hand:law", _("National law")),
    ("hand:court", _("A court")),
    ("hand:authority", _("A letter of an authority")),
    ("hand:plan", _("Agreed with the person")),
]
WORKING_SOURCES = {
    "working value": _("working value"),
    "working value: national law decides": _("working value: national law decides"),
}


class Deadline(models.Model):
    """A day that matters, with the rule it comes from.

    `due_date` is the day to keep to; where the source moves it, `by_law_date` is the day after that move, and is shown
    beside it.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="deadlines")
    kind = models.CharField(max_length=40, choices=DEADLINE_KINDS)
    due_date = models.DateField()
    by_law_date = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200)
    basis = models.CharField(max_length=10, default="treaty")
    about = models.UUIDField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["due_date"]
        indexes = [models.Index(fields=["due_date"], condition=models.Q(done_at=None), name="protect_day_open")]

    def __str__(self) -> str:
        return f"{self.kind} on {self.due_date}"

    @property
    def meaning(self) -> object:
        """What the day means for the person."""
        return DEADLINE_MEANINGS[self.kind]

    @property
    def source_words(self) -> object:
        """Where the day comes from, for a reader."""
        return {**dict(HAND_SOURCES), **WORKING_SOURCES}.get(self.source, self.source)

    @property
    def to_be_confirmed(self) -> bool:
        """Say whether the day is a working value, which a lawyer or the national law still has to confirm."""
        return self.basis == "working"

    def days_left(self, today: date) -> int:
        """Return the days left after a day."""
        return (self.due_date - today).days
