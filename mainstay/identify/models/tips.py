"""Tips from the public, sealed to the agency that receives them; the node itself cannot open them."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mainstay.accounts.models import Agency, User
from mainstay.core.fields import SealedModel, SealedTextField


class TipDesk(models.Model):
    """That an agency reads tips."""

    agency = models.OneToOneField(Agency, on_delete=models.CASCADE, primary_key=True, related_name="+")
    opened_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.agency.name


class TipState(models.TextChoices):
    """Where a tip stands."""

    NEW = "new", _("New")
    OPEN = "open", _("Being followed")
    CASE = "case", _("Became a case")
    MERGED = "merged", _("Merged into another")
    CLOSED = "closed", pgettext_lazy("tip", "Closed")


class Tip(SealedModel):
    """What somebody told, and the talk that followed; who they are is not asked."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=TipState.choices, default=TipState.NEW)
    language = models.CharField(_("language"), max_length=10)
    receipt_digest = models.CharField(max_length=64, unique=True)
    received_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    waits_for_us = models.BooleanField(_("waits for an answer"), default=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged")
    case_id = models.UUIDField(null=True, blank=True)
    why_closed = SealedTextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-changed_at"]
        indexes = [models.Index(fields=["agency", "state", "-changed_at"], name="identify_tip_list")]

    def __str__(self) -> str:
        return f"tip {self.pk}"


class TipMessage(SealedModel):
    """One message of the talk: the teller's, or (with an author) the agency's."""

    tip = models.ForeignKey(Tip, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    sent_at = models.DateTimeField(db_index=True)
    proven = models.BooleanField(default=False)
    text = SealedTextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["sent_at"]

    def __str__(self) -> str:
        return f"message {self.pk}"


class TipPhoto(SealedModel):
    """A photo that came with a message, without its metadata; base64 of a JPEG, sealed."""

    message = models.ForeignKey(TipMessage, on_delete=models.CASCADE, related_name="photos")
    picture = SealedTextField()

    def __str__(self) -> str:
        return f"photo {self.pk}"


class SpentToken(models.Model):
    """That a page's token was used: each lets one message in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    spent_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"token {self.pk}"
