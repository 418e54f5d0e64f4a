"""Peers, letters, matches, requests for assistance and referrals. What they say is sealed."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency, User
from mainstay.cooperate.types import Step
from mainstay.core.fields import SealedJSONField, SealedModel, SealedTextField


class Peer(models.Model):
    """Another node with its pinned keys, and what was agreed with it."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    country = models.CharField(_("country"), max_length=2)
    url = models.URLField(_("address"), blank=True)
    sign_key = models.JSONField()
    seal_key = models.JSONField()
    fingerprint = models.CharField(max_length=64, unique=True)
    matching_agreed = models.BooleanField(_("private matching agreed"), default=False)
    daily_cap = models.PositiveIntegerField(_("values a day"), default=100)
    last_seq_out = models.PositiveBigIntegerField(default=0)
    added_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class Direction(models.TextChoices):
    """Which way a letter or request went."""

    IN = "in", _("received")
    OUT = "out", _("sent")


class LetterState(models.TextChoices):
    """How far a letter got."""

    QUEUED = "queued", _("waiting to be sent")
    DELIVERED = "delivered", _("delivered, receipt kept")
    RECEIVED = "received", _("received")
    CANCELLED = "cancelled", _("consent was taken back before it left")
    GIVEN_UP = "given_up", _("refused there, given up")


class StoredLetter(models.Model):
    """A letter that was sent or received, sealed as it travels; numbers are used once in each direction.

    `case_id` and `fields` say of whom and which fields it carries, so that consent is asked again before it leaves.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="letters")
    direction = models.CharField(max_length=3, choices=Direction.choices)
    seq = models.PositiveBigIntegerField()
    letter_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=LetterState.choices)
    sealed_text = models.TextField(blank=True)
    receipt = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0)
    refusals = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=40, blank=True)
    case_id = models.UUIDField(null=True, blank=True)
    fields = models.JSONField(default=list)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["created_at"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["peer", "direction", "seq"], name="cooperate_seq_once"),
            models.UniqueConstraint(fields=["peer", "direction", "letter_id"], name="cooperate_letter_once"),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.seq} {self.kind}"


class Match(SealedModel):
    """One private question: how many values were asked, and (sealed) which and what hit.

    About a case it is sealed under that person's data key, so that erasing the person erases it.
    """

    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="matches")
    direction = models.CharField(max_length=3, choices=Direction.choices)
    kind = models.CharField(max_length=20)
    asked = models.PositiveIntegerField()
    hits_count = models.PositiveIntegerField(null=True, blank=True)
    letter_id = models.CharField(max_length=64, blank=True, db_index=True)
    case_id = models.UUIDField(null=True, blank=True)
    secret = SealedTextField()
    values = SealedJSONField()
    hits = SealedJSONField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(db_index=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-asked_at"]

    def __str__(self) -> str:
        return f"match {self.pk}"


class RequestState(models.TextChoices):
    """How far a request for assistance got."""

    SENT = "sent", _("Sent")
    RECEIVED = "received", _("Received")
    ANSWERED = "answered", _("Answered")
    REFUSED = "refused", _("Refused")
    RECALLED = "recalled", _("Recalled")
    CANCELLED = "cancelled", _("Not sent")


class AssistanceRequest(SealedModel):
    """A request for mutual legal assistance, sent or received.

    About a case it is sealed under that person's data key, so that erasing the person erases it.
    """

    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="requests")
    direction = models.CharField(max_length=3, choices=Direction.choices)
    reference = models.CharField(max_length=40)
    state = models.CharField(max_length=12, choices=RequestState.choices)
    treaty_basis = models.CharField(max_length=20)
    assistance_type = models.CharField(max_length=1)
    case_id = models.UUIDField(null=True, blank=True, db_index=True)
    letter_id = models.CharField(max_length=64, blank=True, db_index=True)
    body = SealedJSONField()
    attached = SealedJSONField()
    answer = SealedJSONField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    recalled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-made_at"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["peer", "direction", "reference"], name="cooperate_request_once")
        ]

    def __str__(self) -> str:
        return self.reference


class ReferralStep(models.TextChoices):
    """How far a referral to another node got, in words."""

    SENT = Step.SENT.value, _("Sent")
    SEEN = Step.SEEN.value, _("Seen")
    ACCEPTED = Step.ACCEPTED.value, _("Accepted")
    DECLINED = Step.DECLINED.value, _("Declined")
    DONE = Step.DONE.value, _("Done")
    EXPIRED = Step.EXPIRED.value, _("Not answered in time")
    TAKEN_BACK = Step.TAKEN_BACK.value, _("Taken back")
    WITHDRAWN = Step.WITHDRAWN.value, _("Consent taken back")
    CANCELLED = Step.CANCELLED.value, _("Not sent")


class NodeReferral(SealedModel):
    """A person's need passed to another node or received from one; `is_whole` where the whole case is to move.

    What was sent is sealed under the person's data key. What came has a key of its own until somebody takes it on: from
    then on it is under that of the case which it became, so that erasing the person erases it.
    """

    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="referrals")
    direction = models.CharField(max_length=3, choices=Direction.choices)
    reference = models.CharField(max_length=40)
    is_whole = models.BooleanField(default=False)
    step = models.CharField(max_length=12, choices=ReferralStep.choices, default=ReferralStep.SENT)
    need = models.CharField(max_length=60, blank=True)
    service = models.CharField(max_length=60, blank=True)
    fields = models.JSONField(default=list)
    purpose = models.CharField(max_length=60, default="assistance")
    until = models.DateField(null=True, blank=True)
    answer_by = models.DateField()
    case_id = models.UUIDField(null=True, blank=True, db_index=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    recipient_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    letter_id = models.CharField(max_length=64, blank=True, db_index=True)
    file_letter_id = models.CharField(max_length=64, blank=True, db_index=True)
    recall_letter_id = models.CharField(max_length=64, blank=True, db_index=True)
    body = SealedJSONField()
    reason = SealedTextField()
    outcome = SealedTextField()
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    file_at = models.DateTimeField(null=True, blank=True)
    handed_at = models.DateTimeField(null=True, blank=True)
    recalled_at = models.DateTimeField(null=True, blank=True)
    recall_answer = models.CharField(max_length=10, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-sent_at", "id"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["peer", "direction", "reference"], name="cooperate_referral_once")
        ]
        indexes = [
            models.Index(fields=["agency", "-sent_at"], name="cooperate_referral_sent"),
            models.Index(fields=["recipient_agency", "-sent_at"], name="cooperate_referral_to"),
            models.Index(fields=["direction", "step"], name="cooperate_referral_step"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def waits_for_answer_on_recall(self) -> bool:
        """Say whether the node that received it still has to say what it did with what it had received."""
        return self.recalled_at is not None and not self.recall_answer
