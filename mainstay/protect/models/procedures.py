"""Identification procedures: the referral to the competent authority, its decisions, and appeals."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency, User
from mainstay.core.fields import SealedModel, SealedTextField
from mainstay.protect.models.cases import Case
from mainstay.protect.rules.identification import OPEN, ProcedureState
from mainstay.protect.types import Outcome

STATES = [
    (ProcedureState.WAITING.value, _("Waits for a decision")),
    (ProcedureState.PROPOSED.value, _("Waits for a second reader")),
    (ProcedureState.DECIDED.value, _("Decided")),
    (ProcedureState.WITHDRAWN.value, _("Taken back")),
]


OUTCOMES = [
    (Outcome.IDENTIFIED.value, _("Identified as a victim")),
    (Outcome.NOT_IDENTIFIED.value, _("Not identified")),
]


class Procedure(SealedModel):
    """One person before the competent authority; `round` 2 and later are appeals."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="procedures")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    recipient_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=STATES, default=ProcedureState.WAITING.value)
    round = models.PositiveIntegerField(default=1)
    outcome = models.CharField(max_length=20, choices=OUTCOMES, blank=True)
    referred_at = models.DateTimeField()
    due_date = models.DateField()
    decided_date = models.DateField(null=True, blank=True)
    appeal_due_date = models.DateField(null=True, blank=True)
    appealed_late = models.BooleanField(default=False)
    why_withdrawn = SealedTextField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["due_date", "referred_at"]
        indexes = [models.Index(fields=["recipient_agency", "state", "due_date"], name="protect_procedure_list")]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=models.Q(state__in=[one.value for one in sorted(OPEN)]),
                name="protect_one_open_procedure",
            )
        ]

    def __str__(self) -> str:
        return f"procedure {self.pk}"


class ProposedDecision(SealedModel):
    """A decision with its reasons, and what the second reader made of it."""

    procedure = models.ForeignKey(Procedure, on_delete=models.CASCADE, related_name="decisions")
    round = models.PositiveIntegerField()
    outcome = models.CharField(max_length=20, choices=OUTCOMES)
    reasons = SealedTextField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    agreed = models.BooleanField(null=True)
    second_reader = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    second_read_at = models.DateTimeField(null=True, blank=True)
    second_reasons = SealedTextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["decided_at"]

    def __str__(self) -> str:
        return f"decision {self.pk}"


class Appeal(SealedModel):
    """An appeal of the person against a decision."""

    procedure = models.ForeignKey(Procedure, on_delete=models.CASCADE, related_name="appeals")
    round = models.PositiveIntegerField()
    grounds = SealedTextField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    appealed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["appealed_at"]

    def __str__(self) -> str:
        return f"appeal {self.pk}"
