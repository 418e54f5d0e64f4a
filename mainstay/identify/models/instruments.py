"""Installed instruments."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


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
