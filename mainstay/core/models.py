"""What the ground floor itself keeps in the database."""

import uuid

from django.db import models


class Counter(models.Model):
    """The last number given in a series; writers queue at its row."""

    series = models.CharField(max_length=40, primary_key=True)
    last = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.series}: {self.last}"


class KeyToDestroy(models.Model):
    """A data key that is to be destroyed; the row goes when the key has gone, so that a crash loses no erasure."""

    key_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.key_id)


class SharedValue(models.Model):
    """A value that every serving process of the node shares until it ends: counts of tries, nothing of a person."""

    key = models.CharField(max_length=250, primary_key=True)
    value = models.TextField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return "shared value"


class SentForm(models.Model):
    """That a form was sent, so that it is not done twice: a digest of its token, and where its sender was led."""

    key = models.CharField(max_length=64, primary_key=True)
    led_to = models.CharField(max_length=500, default="", blank=True)
    sent_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return "a form that was sent"
