"""Agencies, the people who work there, invitations and API tokens."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from mainstay.core.access import ROLE_LABELS, Role
from mainstay.core.fields import SealedModel, SealedTextField
from mainstay.core.vocabularies import country_name

ROLE_CHOICES = [(role.value, ROLE_LABELS[role]) for role in Role]


class AgencyKind(models.TextChoices):
    """What an agency is."""

    SHELTER = "shelter", _("Shelter or service")
    BORDER_POLICE = "border_police", _("Border police")
    POLICE = "police", _("Police")
    LABOUR_INSPECTORATE = "labour_inspectorate", _("Labour inspectorate")
    PROSECUTION = "prosecution", _("Prosecution")
    FIU = "financial_intelligence_unit", _("Financial intelligence unit")
    BANK = "bank", _("Bank or payment service")
    CENTRAL_AUTHORITY = "central_authority", _("Central authority")
    RAPPORTEUR = "rapporteur", _("National rapporteur")
    LEGAL_AID = "legal_aid", _("Legal aid")
    HEALTH = "health", _("Health service")
    OTHER = "other", _("Other")
    NODE = "node", _("Another node")


class Agency(models.Model):
    """An agency, and which data categories it may ever receive: consent decides within them; None sets no limit."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=200, unique=True)
    kind = models.CharField(_("kind"), max_length=40, choices=AgencyKind.choices)
    country = models.CharField(_("country"), max_length=2)
    may_receive = models.JSONField(_("may receive"), null=True, default=None, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        verbose_name_plural = "agencies"

    def __str__(self) -> str:
        return self.name

    @property
    def country_label(self) -> str:
        """Return the country's name in the active language."""
        return country_name(self.country, get_language())


class UserManager(BaseUserManager["User"]):
    """Makes users; a user without a password cannot sign in until their invitation is taken up."""

    def create_user(self, email: str, *, name: str, role: str, agency: Agency, password: str | None = None) -> "User":
        """Save a new user."""
        user = self.model(email=self.normalize_email(email).lower(), name=name, role=role, agency=agency)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser):
    """A person at an agency, with one role there."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("email"), unique=True)
    name = models.CharField(_("name"), max_length=200)
    role = models.CharField(_("role"), max_length=40, choices=ROLE_CHOICES)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="people")
    language = models.CharField(_("language"), max_length=10, default="en")
    is_active = models.BooleanField(_("may sign in"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        """Return the first name, for a greeting."""
        return self.name.split(" ")[0]

    @property
    def role_label(self) -> Any:
        """Return the role in the active language."""
        return ROLE_LABELS[Role(self.role)]


class Invitation(models.Model):
    """A place kept for somebody; the link's secret is kept as a digest only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField()
    role = models.CharField(max_length=40, choices=ROLE_CHOICES)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE)
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    def is_open(self, now: datetime) -> bool:
        """Say whether the invitation can still be taken up."""
        return self.accepted_at is None and now < self.expires_at


class ApiToken(models.Model):
    """A person's token for the API; kept as a digest, shown once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    label = models.CharField(_("what it is for"), max_length=100)
    token_digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]

    def __str__(self) -> str:
        return self.label


class OutgoingMail(SealedModel):
    """A note that waits to be sent, or was: to somebody here by their account, or to a sealed address.

    Subject and words hold no personal data, by contract of whoever queues it. `once` keeps the same note from going
    out twice. The address is sealed under `key_id`; for somebody here it is read from their account as it is sent.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", null=True, blank=True)
    address = SealedTextField()
    once = models.CharField(max_length=120, unique=True)
    subject = models.CharField(max_length=200)
    words = models.TextField()
    queued_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(db_index=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["queued_at"]

    def __str__(self) -> str:
        return f"mail {self.pk}"
