"""How long files are kept, what holds them, and the certificates of those that were erased."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency, User
from mainstay.core.fields import SealedModel, SealedTextField
from mainstay.protect.models.cases import Case
from mainstay.protect.rules.retention import Held, Keeping

KEEPING_WORDS = [(Keeping.ADULT.value, _("Files of adults")), (Keeping.CHILD.value, _("Files of children"))]


class RetentionPeriod(models.Model):
    """For how many years after closing a kind of file is kept at this node, with its source."""

    kind = models.CharField(max_length=10, choices=KEEPING_WORDS, unique=True)
    years = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=200)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind}: {self.years}"


class LegalHold(SealedModel):
    """Keeps a file from being erased, for a sealed reason."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="holds")
    why = SealedTextField(_("why"))
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    lifted_on = models.DateField(null=True, blank=True)
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-since", "id"]

    def __str__(self) -> str:
        return f"hold {self.pk}"

    def as_fact(self) -> Held:
        """Return the hold as the rule sees it."""
        return Held(self.since, self.until, self.lifted_on)


class WhyErased(models.TextChoices):
    """What led to an erasure."""

    ASKED = "asked", _("The person asked for it")
    DECIDED = "decided", _("The agency decided it")
    KEPT_LONG_ENOUGH = "kept_long_enough", _("The time for which it is kept was over")


class ErasureCertificate(models.Model):
    """Says that a person's key was destroyed, when and why; it names no person."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="certificate")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=20)
    why = models.CharField(max_length=20, choices=WhyErased.choices)
    key_id = models.UUIDField()
    sealed_values = models.PositiveIntegerField()
    chain_entry = models.PositiveBigIntegerField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-made_at", "id"]

    def __str__(self) -> str:
        return f"certificate {self.pk}"
