"""Alerts taken in from a scan. Accounts, transactions and reasons are sealed; counts and dates stay queryable."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency, User
from mainstay.core.fields import SealedJSONField, SealedModel, SealedTextField, blind_index

PATTERNS = [
    ("fan_in_collection", _("Collection from many")),
    ("wage_funnel", _("Wage funnel")),
    ("pass_through_chain", _("Pass-through chain")),
    ("temporal_cycle", _("Money that comes back")),
    ("recruitment_debt", _("Recruitment-fee debt")),
    ("structuring", _("Cash just under a limit")),
    ("funnel_account", _("Funnel account")),
    ("scatter_gather", _("Scattered and gathered")),
    ("gather_scatter", _("Gathered and scattered")),
    ("dormancy_burst", _("Silent, then busy")),
    ("booking_burst", _("Adverts and rooms booked")),
    ("stacked_bipartite", _("Passed on in layers")),
    ("random_walk", _("Money that wanders")),
]


def pattern_choices() -> list[tuple[str, Any]]:
    """Return the patterns with their names: a function, so that a new pattern needs no migration."""
    return list(PATTERNS)


class State(models.TextChoices):
    """How far an alert got."""

    FOUND = "found", _("Found")
    READING = "reading", _("Being read")
    SUSPICIOUS = "suspicious", _("Suspicious: to be reported")
    NOT_SUSPICIOUS = "not_suspicious", _("Not suspicious")


def account_index(account: str) -> str:
    """Return the blind index of an account as alerts carry it."""
    return blind_index("money", "account", account)


class ProtectedAccount(models.Model):
    """An account whose holder may be a victim in some alert: it is told to nobody, whatever else is found."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+")
    index = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["agency", "index"], name="money_protected_once")
        ]

    def __str__(self) -> str:
        return f"protected account {self.pk}"


class StoredAlert(SealedModel):
    """One alert of a scan, and what was decided on it."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    alert_id = models.CharField(max_length=64)
    pattern = models.CharField(_("pattern"), max_length=40, choices=pattern_choices, db_index=True)
    score = models.FloatField(_("score"))
    start = models.DateTimeField()
    end = models.DateTimeField()
    amounts = models.JSONField(default=dict)
    accounts_count = models.PositiveIntegerField()
    protected_count = models.PositiveIntegerField()
    document = SealedJSONField()
    state = models.CharField(_("state"), max_length=20, choices=State.choices, default=State.FOUND)
    reader = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = SealedTextField()
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-score", "alert_id"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["agency", "alert_id"], name="money_alert_once")
        ]
        indexes = [models.Index(fields=["agency", "state", "-score"], name="money_alert_list")]

    def __str__(self) -> str:
        return f"A-{self.alert_id[:6]}"
