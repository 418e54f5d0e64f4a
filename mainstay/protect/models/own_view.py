"""The person's own view: codes, visits, what they ask, and what is kept from a guardian."""

import uuid
from datetime import date, datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mainstay.accounts.models import Agency, User
from mainstay.core.fields import SealedModel, SealedTextField
from mainstay.protect.models.cases import Case
from mainstay.protect.rules.own_view import Holder

HOLDERS = [(Holder.PERSON.value, _("The person")), (Holder.GUARDIAN.value, _("Their guardian"))]


class OwnCode(models.Model):
    """A code that opens the own view of one case, with a PIN; both are kept as digests that the database cannot try."""

    forgotten_with_case = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="own_codes")
    holder = models.CharField(max_length=10, choices=HOLDERS)
    code_digest = models.CharField(max_length=64, unique=True)
    pin_hash = models.CharField(max_length=200)
    language = models.CharField(max_length=10)
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    expires_date = models.DateField()
    ended_at = models.DateTimeField(null=True, blank=True)
    wrong_tries = models.PositiveIntegerField(default=0)
    last_wrong_at = models.DateTimeField(null=True, blank=True)
    locked_until = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "holder"], condition=Q(ended_at=None), name="protect_one_own_code_in_force"
            )
        ]

    def __str__(self) -> str:
        return f"code {self.pk}"

    def is_open(self, now: datetime, today: date) -> bool:
        """Say whether the code opens anything now."""
        return (
            self.ended_at is None and today <= self.expires_date and (not self.locked_until or now >= self.locked_until)
        )


class OwnVisit(models.Model):
    """One visit to the own view; its token is in the page, and kept here as a digest."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.ForeignKey(OwnCode, on_delete=models.CASCADE, related_name="visits")
    token_digest = models.CharField(max_length=64, unique=True)
    begun_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"visit {self.pk}"


class GuardianLimit(models.Model):
    """What is kept from a person's guardian: some fields and parts, or, in a conflict, everything."""

    forgotten_with_case = True

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="guardian_limit")
    in_conflict = models.BooleanField(default=False)
    hidden = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"guardian limit of {self.case_id}"


class OwnMessage(SealedModel):
    """One message between the person (or their guardian, apart) and the agency; with an author it is the agency's."""

    forgotten_with_case = True

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="own_messages")
    holder = models.CharField(max_length=10, choices=HOLDERS)
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    sent_at = models.DateTimeField()
    waits_for_us = models.BooleanField(default=False)
    text = SealedTextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["sent_at"]

    def __str__(self) -> str:
        return f"message {self.pk}"


class Asked(models.TextChoices):
    """What a person may ask for."""

    CORRECTION = "correction", _("A correction")
    ERASURE = "erasure", _("To be erased")


class RequestState(models.TextChoices):
    """How far a request of a person got."""

    OPEN = "open", pgettext_lazy("request", "Waits for an answer")
    DONE = "done", pgettext_lazy("request", "Done")
    DECLINED = "declined", pgettext_lazy("request", "Declined")


class OwnRequest(SealedModel):
    """A correction or the erasure that a person asked for, and what was decided; it stays when they are erased."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="own_requests")
    holder = models.CharField(max_length=10, choices=HOLDERS)
    kind = models.CharField(max_length=12, choices=Asked.choices)
    field = models.CharField(max_length=40, blank=True)
    text = SealedTextField()
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.OPEN)
    asked_at = models.DateTimeField()
    due_date = models.DateField(db_index=True)
    reason = SealedTextField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-asked_at"]

    def __str__(self) -> str:
        return f"request {self.pk}"


class OwnViewChoice(models.Model):
    """Whether an agency lets people see the names of colleagues who read their file; without one they see roles."""

    agency = models.OneToOneField(Agency, on_delete=models.CASCADE, primary_key=True, related_name="+")
    shows_names = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"choice of {self.agency_id}"
