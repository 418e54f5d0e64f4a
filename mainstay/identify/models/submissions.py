"""What phones sent: each interview once, and its files, sealed."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency, User
from mainstay.core import keystore, sealing
from mainstay.core.fields import SealedModel
from mainstay.identify.models.devices import Device
from mainstay.identify.models.screenings import Screening


class State(models.TextChoices):
    """Whether all of an interview has come."""

    WAITING = "waiting", _("Waits for its files")
    COMPLETE = "complete", _("Complete")


class Submission(SealedModel):
    """One interview as a phone sent it; complete, its files stand under the key of the screening it became.

    `digest` is a keyed fingerprint of the XML: the same sent again is known by it, and a copied database does not
    tell what it said. `received_at` is this node's time; `clock_off` says that the phone's differed too much.
    """

    instance_id = models.CharField(max_length=100, unique=True, editable=False)
    digest = models.CharField(max_length=64)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="submissions")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    form_name = models.CharField(max_length=120)
    form_version = models.CharField(max_length=60, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    encrypted = models.BooleanField(default=False)
    clock_off = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, blank=True)
    screening = models.ForeignKey(Screening, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-received_at"]
        indexes = [models.Index(fields=["device", "-received_at"], name="identify_submission_list")]

    def __str__(self) -> str:
        return f"submission {self.pk}"

    @property
    def is_complete(self) -> bool:
        """Whether everything came."""
        return self.state == State.COMPLETE


class SubmittedFile(models.Model):
    """A file of an interview (a picture, a recording), sealed under the submission's key; its name is sealed in it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="files")
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"file {self.pk}"

    @classmethod
    def seal(cls, submission: Submission, name: str, content: bytes) -> "SubmittedFile":
        """Return a new row that holds a file sealed."""
        row = cls(submission=submission)
        key = keystore.node().data_key(submission.key_id)
        plain = len(name.encode()).to_bytes(2, "big") + name.encode() + content
        row.content = sealing.seal(key, plain, row._context())
        return row

    def open(self) -> tuple[str, bytes]:
        """Return the file's name and content."""
        key = keystore.node().data_key(self.submission.key_id)
        plain = sealing.unseal(key, bytes(self.content), self._context())
        end = 2 + int.from_bytes(plain[:2], "big")
        return plain[2:end].decode(), plain[end:]

    def _context(self) -> str:
        return f"{self._meta.db_table}|{self.pk}|content|{self.submission.key_id}"
