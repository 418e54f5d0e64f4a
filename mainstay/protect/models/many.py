"""Working with many cases: exports under way, files that wait, where a case came from, flags, saved filters."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency, User
from mainstay.core.fields import SealedJSONField, SealedModel, SealedTextField
from mainstay.protect.models.cases import Case


class ExportState(models.TextChoices):
    """How far an export got."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Being made")
    READY = "ready", _("Ready, once")
    FETCHED = "fetched", _("Fetched")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Not fetched within a day")
    FAILED = "failed", _("Could not be made")


EXPORT_KINDS = [
    ("htcds_csv", _("HTCDS tables (CSV in a zip)")),
    ("htcds_json", _("HTCDS as JSON")),
    ("xlsx", _("Workbook (XLSX)")),
]


class CaseExport(SealedModel):
    """A file of cases on its way out: sealed under a key of its own, which is destroyed once it was fetched."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=EXPORT_KINDS)
    recipient = models.CharField(max_length=120)
    purpose = models.CharField(max_length=20)
    case_ids = models.JSONField(default=list)
    share_ids = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=ExportState.choices, default=ExportState.WAITING)
    done = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    content = SealedTextField()
    asked_at = models.DateTimeField()
    alive_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-asked_at"]

    def __str__(self) -> str:
        return f"export {self.pk}"

    @property
    def total(self) -> int:
        """How many cases were asked for."""
        return len(self.case_ids)

    @property
    def is_under_way(self) -> bool:
        """Say whether it can still be cancelled."""
        return self.state in {ExportState.WAITING, ExportState.RUNNING, ExportState.READY}


class WaitingImport(SealedModel):
    """A file of cases between looking at it and taking it in: sealed, for a day at most."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    suffix = models.CharField(max_length=10)
    dates = models.CharField(max_length=3, blank=True)
    content = SealedTextField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"file {self.pk}"


class CaseOrigin(SealedModel):
    """Where a case came from: what names it there, as a blind index, and all that it said and has no own place here."""

    forgotten_with_case = True

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="origin")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    form = models.CharField(max_length=10)
    index = models.CharField(max_length=64)
    kept = SealedJSONField()
    taken_in_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "index"], name="protect_one_origin")]

    def __str__(self) -> str:
        return f"origin of {self.case_id}"


FLAG_KINDS = [
    ("urgent", _("Urgent")),
    ("court_soon", _("Court soon")),
    ("child", _("Child")),
    ("do_not_contact", _("Do not contact")),
    ("supervisor", _("A supervisor is to look")),
    ("missing", _("Not heard of")),
    ("other", _("Other")),
]


class CaseFlag(SealedModel):
    """Something that whoever opens the list has to see at once; what it says more is sealed."""

    forgotten_with_case = True

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="flags")
    kind = models.CharField(max_length=20, choices=FLAG_KINDS)
    note = SealedTextField()
    until = models.DateField(null=True, blank=True)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["kind", "set_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"], condition=models.Q(ended_at=None), name="protect_one_flag_of_a_kind"
            )
        ]
        indexes = [models.Index(fields=["kind", "ended_at", "case"], name="protect_flag_list")]

    def __str__(self) -> str:
        return f"{self.kind} on {self.case_id}"


class SavedFilter(models.Model):
    """A list of people that somebody comes back to: what narrows it, under a name; it holds nothing of a person."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500)
    is_shared = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="protect_one_filter_of_a_name")]

    def __str__(self) -> str:
        return self.name


GUEST_KINDS = [
    ("interpreter", _("Interpreter")),
    ("lawyer", _("Lawyer")),
    ("doctor", _("Doctor")),
    ("other", _("Other expert")),
]


class OutsideAccess(SealedModel):
    """Somebody without an account who is let read some of one case until a day; link and code are kept as digests."""

    forgotten_with_case = True

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="outside_accesses")
    kind = models.CharField(max_length=20, choices=GUEST_KINDS)
    who = SealedTextField()
    purpose = models.CharField(max_length=20)
    until = models.DateField()
    token_digest = models.CharField(max_length=64, unique=True)
    code_hash = models.CharField(max_length=200)
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    wrong_tries = models.PositiveIntegerField(default=0)
    reads = models.PositiveIntegerField(default=0)
    last_read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-given_at"]

    def __str__(self) -> str:
        return f"access {self.pk}"

    @property
    def recipient(self) -> str:
        """How a consent and a share name who reads."""
        return f"outside:{self.pk}"
