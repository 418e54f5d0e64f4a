"""How a person who works here is reminded of days: a note by mail, a calendar."""

import uuid
from datetime import date
from typing import ClassVar

from django.db import models

from mainstay.accounts.models import User


class Reminder(models.Model):
    """Whether somebody wants a note by mail on days when something matters; and the last day that had one."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="reminder")
    by_mail = models.BooleanField(default=False)
    last_noted: "models.DateField[date | None, date | None]" = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"reminder of {self.user_id}"


class CalendarFeed(models.Model):
    """A secret address under which somebody's calendar reads their days; kept as a digest, shown once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="calendar_feeds")
    token_digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-made_at"]

    def __str__(self) -> str:
        return f"calendar {self.pk}"
