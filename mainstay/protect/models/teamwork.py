"""What people do together for a case: tasks, conferences, hand-overs, transfers to another agency."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency, User
from mainstay.core.fields import SealedJSONField, SealedModel, SealedTextField
from mainstay.protect.models.cases import Case


class Conference(SealedModel):
    """A meeting of agencies about a person: when, who took part, what was agreed."""

    forgotten_with_case = True

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="conferences")
    held_on = models.DateField()
    agreed = SealedTextField()
    who = SealedJSONField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-held_on", "-recorded_at"]

    def __str__(self) -> str:
        return f"conference {self.pk}"


class ConferencePart(models.Model):
    """An agency that took part, and whether it was let read what was agreed."""

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="parts")
    recipient_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    may_read = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"part {self.pk}"


class CaseTask(SealedModel):
    """Something that somebody has to do for a case until a day."""

    forgotten_with_case = True

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="tasks")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    what = SealedTextField()
    due_date = models.DateField(db_index=True)
    done_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    conference = models.ForeignKey(Conference, on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks")

    class Meta:
        ordering: ClassVar[list[str]] = ["due_date", "made_at"]

    def __str__(self) -> str:
        return f"task {self.pk}"

    def days_left(self, today: date) -> int:
        """Return the days left after a day."""
        return (self.due_date - today).days


class HandOver(SealedModel):
    """A case passed to a colleague of the same agency, with a note."""

    forgotten_with_case = True

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="hand_overs")
    giver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    taker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    note = SealedTextField()
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]

    def __str__(self) -> str:
        return f"hand-over {self.pk}"


class TransferState(models.TextChoices):
    """How far a transfer got."""

    SENT = "sent", _("Sent")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Taken back")


class Transfer(SealedModel):
    """A whole case on its way to another agency; with the answer yes it is theirs, and no longer the old one's."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="transfers")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    recipient_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=TransferState.choices, default=TransferState.SENT)
    note = SealedTextField()
    reason = SealedTextField()
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-sent_at"]

    def __str__(self) -> str:
        return f"transfer {self.pk}"


class WageCalculation(SealedModel):
    """What a person is still owed by an estimate, kept sealed with all that it was worked out from."""

    forgotten_with_case = True

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="wage_calculations")
    claim = SealedJSONField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-made_at"]

    def __str__(self) -> str:
        return f"wage calculation {self.pk}"
