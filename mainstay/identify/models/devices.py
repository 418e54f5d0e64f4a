"""Phones that fill in forms with ODK Collect, and the key pair that their forms are encrypted for."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency, User


class Device(models.Model):
    """A phone of one screener; the token in its address is kept as a digest only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    token_digest = models.CharField(max_length=64, unique=True)
    registered_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-registered_at"]
        indexes = [models.Index(fields=["agency", "-registered_at"], name="identify_device_list")]

    def __str__(self) -> str:
        return f"device {self.pk}"


class FormKey(models.Model):
    """The key pair that forms are encrypted for, made at first use; its private half is sealed by the key store."""

    use = models.CharField(max_length=20, primary_key=True, default="forms")
    public = models.TextField()
    private = models.BinaryField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"form key {self.use}"
