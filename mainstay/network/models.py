"""Entities, the keys by which they are met again, and ties between them."""

from django.db import models

from mainstay.core.fields import SealedJSONField, SealedModel, SealedTextField, blind_index


class Entity(SealedModel):
    """A FollowTheMoney entity; everything about it but its schema and where it came from is sealed."""

    schema = models.CharField(max_length=40, db_index=True)
    caption = SealedTextField()
    properties = SealedJSONField()
    source = models.CharField(max_length=20)
    source_ref = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["source", "source_ref"], name="network_source")]
        verbose_name_plural = "entities"

    def __str__(self) -> str:
        return f"{self.schema} {self.pk}"


class EntityKey(models.Model):
    """A blind index of something by which an entity may be met again."""

    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="keys")
    kind = models.CharField(max_length=20)
    index = models.CharField(max_length=64, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entity", "kind", "index"], name="network_key_once")]

    def __str__(self) -> str:
        return f"{self.kind} key of {self.entity_id}"


class Link(models.Model):
    """A tie between two entities."""

    left = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="links_out")
    right = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="links_in")
    role = models.CharField(max_length=40)

    def __str__(self) -> str:
        return f"{self.left_id} {self.role} {self.right_id}"


def key_index(kind: str, value: str) -> str:
    """Return the blind index of an account, phone or name as entities carry it."""
    return blind_index("network", kind, value)
