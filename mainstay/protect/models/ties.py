"""Who is tied to a person in a case, and so is shut out of it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from mainstay.accounts.models import User
from mainstay.core.fields import SealedModel, SealedTextField
from mainstay.protect.models.cases import Case


class Tie(SealedModel):
    """That a colleague is tied to a person in a case; while it has no end, `core.access` shuts them out of all of it.

    `shuts_out` names the columns by which other rows lead to the same person: whatever carries the person's key, or
    the case's id.
    """

    forgotten_with_case = True
    shuts_out: ClassVar[tuple[str, ...]] = ("key_id", "case_id")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="ties")
    colleague = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = SealedTextField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    why_ended = SealedTextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-recorded_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "colleague"], condition=Q(ended_at=None), name="protect_one_tie_in_force"
            )
        ]

    def __str__(self) -> str:
        return f"tie {self.pk}"
