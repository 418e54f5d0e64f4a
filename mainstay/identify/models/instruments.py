"""Installed instruments."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import User


class InstalledInstrument(models.Model):
    """One version of an instrument, as it was asked: its definition, and the XForm for phones."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120)
    version = models.CharField(_("version"), max_length=60, blank=True)
    title = models.CharField(_("title"), max_length=200)
    definition = models.JSONField()
    xform = models.TextField()
    installed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "-installed_at"]
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="identify_one_version")]

    def __str__(self) -> str:
        return f"{self.title} {self.version}"


class ConfirmedInstrument(models.Model):
    """A person's word that an instrument's draft weights were checked against their source; until then it is off."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    version = models.CharField(max_length=60)
    source = models.TextField()
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-confirmed_at"]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"
