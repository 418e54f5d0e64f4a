"""Documents of a person: their bytes lie in the row, sealed under the person's key, and nowhere else."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import User
from mainstay.core.fields import SealedJSONField, SealedModel, SealedTextField
from mainstay.protect.models.cases import Case
from mainstay.protect.types import Category

MEDIA_WORDS = [
    ("pdf", "PDF"),
    ("jpg", _("Picture")),
    ("txt", _("Text")),
    ("docx", _("Document of a word processor (DOCX)")),
    ("xlsx", _("Spreadsheet (XLSX)")),
    ("odt", _("Document of a word processor (ODT)")),
]
SCANS = [("clean", _("No virus found")), ("not_scanned", _("Not scanned for viruses"))]


class Document(SealedModel):
    """One file: title and bytes (base64) are sealed; its kind was found from the bytes."""

    forgotten_with_case = True

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="documents")
    category = models.CharField(max_length=20, choices=[(c.value, c.value) for c in Category])
    media = models.CharField(max_length=5, choices=MEDIA_WORDS)
    size = models.PositiveIntegerField()
    pages = models.PositiveIntegerField(default=0)
    scan = models.CharField(max_length=12, choices=SCANS, default="not_scanned")
    is_photo = models.BooleanField(default=False)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    title = SealedTextField()
    content = SealedTextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-added_at"]

    def __str__(self) -> str:
        return f"document {self.pk}"

    @property
    def field(self) -> str:
        """How a share names it."""
        return f"document:{self.pk}"

    @property
    def file_name(self) -> str:
        """A name that tells nothing."""
        return f"document.{self.media}"


class LeftOut(SealedModel):
    """What of one field is left out of every share, or of those to one recipient: passages, or pages of a document."""

    forgotten_with_case = True

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="left_out")
    field = models.CharField(max_length=60)
    recipient = models.CharField(max_length=120, blank=True)
    passages = SealedJSONField()
    marked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    marked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "field", "recipient"], name="protect_one_left_out")]

    def __str__(self) -> str:
        return f"left out {self.pk}"
