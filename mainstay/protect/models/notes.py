"""What colleagues write for each other about a case, and what was changed in it; neither ever leaves the agency."""

from typing import ClassVar

from django.db import models

from mainstay.accounts.models import Agency, User
from mainstay.core.fields import SealedJSONField, SealedModel, SealedTextField
from mainstay.protect.models.cases import Case


class Note(SealedModel):
    """An internal note: sealed, of the agency that wrote it, in no share and in no plan."""

    forgotten_with_case = True

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    is_pinned = models.BooleanField(default=False)
    text = SealedTextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-is_pinned", "-written_at"]

    def __str__(self) -> str:
        return f"note {self.pk}"


class FieldChange(SealedModel):
    """One change of one field: what stood there and what stands there now, sealed; it stays with its agency."""

    forgotten_with_case = True

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="changes")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    field = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    before = SealedJSONField()
    after = SealedJSONField()
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-changed_at", "-version", "field"]
        indexes = [models.Index(fields=["case", "version"], name="protect_change_of")]

    def __str__(self) -> str:
        return f"change {self.pk}"
