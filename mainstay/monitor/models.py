"""Tables that were released, as they went out."""

import uuid
from typing import ClassVar

from django.db import models

from mainstay.accounts.models import User


class ReleasedTable(models.Model):
    """One table after small-count protection; it never changes once it is out."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=200)
    columns = models.JSONField()
    cells = models.JSONField()
    total = models.PositiveIntegerField(null=True)
    k = models.PositiveIntegerField()
    withheld = models.PositiveIntegerField()
    released_at = models.DateTimeField()
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-released_at"]

    def __str__(self) -> str:
        return self.title
