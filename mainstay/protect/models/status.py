"""What the law makes of a person's situation: an uncertain age, a residence permit, notes on days."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import User
from mainstay.core.fields import SealedModel, SealedTextField
from mainstay.protect.models.cases import Case
from mainstay.protect.models.days import Deadline

PERMIT_GROUNDS = [
    ("personal", _("Because of their personal situation (art. 14(1)(a))")),
    ("cooperation", _("For cooperation with the authorities (art. 14(1)(b))")),
    ("child", _("A child's best interests (art. 14(2))")),
    ("other", _("On another ground of national law")),
]
PERMIT_STATES = [
    ("asked", _("Asked for")),
    ("granted", _("Granted")),
    ("refused", _("Refused")),
    ("ended", _("Ended")),
]


class AgeRecord(SealedModel):
    """That a person's age is uncertain, whether there are reasons to believe a child, and its verification."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="age_record")
    reasons_to_believe_child = models.BooleanField(default=False)
    unaccompanied = models.BooleanField(null=True)
    reasons = SealedTextField(_("reasons"))
    recorded_on = models.DateField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    verified_child = models.BooleanField(null=True)
    verified_on = models.DateField(null=True, blank=True)
    how_verified = SealedTextField(_("how it was verified"))

    forgotten_with_case = True

    def __str__(self) -> str:
        return f"age of {self.case_id}"


class Permit(SealedModel):
    """A residence permit of a person: asked for, granted until a day, refused."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="permits")
    ground = models.CharField(max_length=20, choices=PERMIT_GROUNDS)
    state = models.CharField(max_length=10, choices=PERMIT_STATES, default="asked")
    asked_on = models.DateField()
    decided_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    note = SealedTextField(_("note"))
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    forgotten_with_case = True

    class Meta:
        ordering: ClassVar[list[str]] = ["-asked_on", "pk"]

    def __str__(self) -> str:
        return f"permit {self.pk}"


class DayNote(SealedModel):
    """What somebody wrote to a day that they entered by hand."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    deadline = models.OneToOneField(Deadline, on_delete=models.CASCADE, related_name="note")
    text = SealedTextField(_("note"))

    forgotten_with_case = True

    def __str__(self) -> str:
        return f"note {self.pk}"
