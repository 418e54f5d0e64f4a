"""What stands beside consent: legal grounds with their approver, and notices to who received something before."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency, User
from mainstay.core.fields import SealedModel, SealedTextField
from mainstay.protect.models.cases import Case, Share
from mainstay.protect.types import Category, Ground, GroundKind, SharePurpose

GROUND_KINDS = [
    (GroundKind.IMMINENT_DANGER.value, _("Imminent danger")),
    (GroundKind.CHILD_BEST_INTEREST.value, _("The child's best interests")),
    (GroundKind.COURT_ORDER.value, _("A court's order")),
]


class LegalGround(SealedModel):
    """A legal ground asked for by one colleague and approved, or not, by another."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="grounds")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("ground"), max_length=30, choices=GROUND_KINDS)
    categories = models.JSONField(default=list)
    recipient = models.CharField(max_length=120)
    purpose = models.CharField(max_length=20)
    starts = models.DateField()
    until = models.DateField()
    why = SealedTextField(_("why"))
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    is_approved = models.BooleanField(null=True)
    answer = SealedTextField(_("what the approver wrote"))
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-asked_at", "id"]

    def __str__(self) -> str:
        return f"ground {self.pk}"

    def as_fact(self) -> Ground:
        """Return the ground as the rule sees it; one that nobody approved lets nothing out."""
        return Ground(
            kind=GroundKind(self.kind),
            approved_by=str(self.answered_by_id) if self.is_approved else "",
            categories=frozenset(Category(c) for c in self.categories),
            recipient=self.recipient,
            purpose=SharePurpose(self.purpose),
            starts=self.starts,
            until=self.until,
            asked_by=str(self.asked_by_id),
            id=str(self.pk),
            ended_on=self.ended_on,
        )


class NoticeAnswer(models.TextChoices):
    """What a recipient did with what it had received."""

    DELETED = "deleted", _("We deleted it")
    KEPT = "kept", _("The law binds us to keep it")


class RecallNotice(models.Model):
    """Tells who received something that it has no ground any more, and keeps the answer.

    It goes to an agency of this node, or to another node, which is told by a letter.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    share = models.OneToOneField(Share, on_delete=models.CASCADE, related_name="notice")
    recipient_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    at_node = models.CharField(max_length=100, blank=True)
    made_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=10, choices=NoticeAnswer.choices, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-made_at", "id"]

    def __str__(self) -> str:
        return f"notice {self.pk}"
