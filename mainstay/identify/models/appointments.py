"""Whom a screener means to see, and when."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency, User
from mainstay.core.fields import SealedModel, SealedTextField


class Appointment(SealedModel):
    """A meeting of a day; `label` travels to the screener's phone, `note` never leaves this node."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField(_("when"))
    instrument = models.CharField(_("questions"), max_length=120, blank=True)
    label = SealedTextField(_("what the phone shows"))
    note = SealedTextField(_("note"))
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["starts_at"]
        indexes = [models.Index(fields=["owner", "starts_at"], name="identify_appointment_list")]

    def __str__(self) -> str:
        return f"appointment {self.pk}"
