"""The directory of services, by the tables of HSDS 3.0. It holds no word about a person who is helped."""

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency

SERVICE_KINDS = [
    ("humanitarian", _("Humanitarian aid: food, clothing, cash")),
    ("shelter", _("A safe place to stay")),
    ("safety", _("Protection from danger")),
    ("health", _("Health care")),
    ("psychological", _("Psychological help")),
    ("legal", _("Legal advice")),
    ("interpreter", _("Interpreting")),
    ("guardian", _("A guardian, and care for children")),
    ("papers", _("Identity papers")),
    ("tracing", _("Finding and joining family")),
    ("resettlement", _("Resettlement to another country")),
    ("regular_migration", _("A residence permit or another regular way to stay")),
    ("return", _("Safe voluntary return")),
    ("compensation", _("Unpaid wages and compensation")),
    ("education", _("School and training")),
    ("work", _("Work")),
    ("other", _("Other")),
]
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class ServiceStatus(models.TextChoices):
    """Whether a service is there, in HSDS's words."""

    ACTIVE = "active", _("Active")
    CLOSED = "temporarily closed", _("Closed for a time")
    INACTIVE = "inactive", _("Not active")
    DEFUNCT = "defunct", _("Gone for good")


class Organization(models.Model):
    """Who offers services; tied to an agency of this node where it is one, so that it can be referred to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("what they do"), blank=True)
    website = models.URLField(_("website"), blank=True)
    email = models.EmailField(_("email"), blank=True)
    agency = models.ForeignKey(Agency, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Location(models.Model):
    """Where services are given. Of a confidential one neither address nor exact place is kept at all."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="locations")
    name = models.CharField(_("name"), max_length=200, blank=True)
    is_confidential = models.BooleanField(_("the address is protected"), default=False)
    address = models.CharField(_("street and number"), max_length=300, blank=True)
    city = models.CharField(_("town"), max_length=120, blank=True)
    region = models.CharField(_("area"), max_length=120, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    latitude = models.DecimalField(_("latitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=8, decimal_places=5, null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "id"]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["country", "region"], name="protect_location_area")]

    def __str__(self) -> str:
        return self.name or str(self.pk)


class Accessibility(models.Model):
    """What makes a place usable for somebody with a disability."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="accessibility")
    description = models.CharField(max_length=300)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        verbose_name_plural = "accessibility"

    def __str__(self) -> str:
        return self.description


class ServiceRows(models.QuerySet["Service"]):
    """Services, filtered as a list does."""

    def open_at(self, moment: datetime) -> "ServiceRows":
        """Return those that are open at a moment of the place's own clock; those without known hours are left out."""
        day, night_before = moment.date(), moment.date() - timedelta(days=1)
        overnight = Q(closes_at__lte=models.F("opens_at"))
        time = moment.time()
        today = _valid_on(day) & Q(byday__contains=WEEKDAYS[day.weekday()], opens_at__lte=time)
        yesterday = _valid_on(night_before) & Q(byday__contains=WEEKDAYS[night_before.weekday()])
        open_now = (today & (Q(closes_at__gt=time) | overnight)) | (yesterday & overnight & Q(closes_at__gt=time))
        return self.filter(models.Exists(Schedule.objects.filter(open_now, service=models.OuterRef("pk"))))


def _valid_on(day: Any) -> Q:
    begun = Q(valid_from=None) | Q(valid_from__lte=day)
    return begun & (Q(valid_to=None) | Q(valid_to__gte=day))


class Service(models.Model):
    """One thing that an organization offers: to whom, in which languages, when, with how many places."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="services")
    kind = models.CharField(_("what it is"), max_length=30, choices=SERVICE_KINDS, db_index=True)
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("what is offered"), blank=True)
    status = models.CharField(
        _("status"), max_length=20, choices=ServiceStatus.choices, default=ServiceStatus.ACTIVE, db_index=True
    )
    fees = models.CharField(_("what it costs"), max_length=300, blank=True)
    how_to_apply = models.TextField(_("how to come in"), blank=True)
    eligibility = models.TextField(_("who may come, in words"), blank=True)
    minimum_age = models.PositiveSmallIntegerField(_("from this age"), null=True, blank=True)
    maximum_age = models.PositiveSmallIntegerField(_("up to this age"), null=True, blank=True)
    sexes = models.JSONField(_("for whom"), default=list, blank=True)
    documents = models.JSONField(_("papers to bring"), default=list, blank=True)
    places = models.PositiveIntegerField(_("places in all"), null=True, blank=True)
    free_places = models.PositiveIntegerField(_("free places"), null=True, blank=True, db_index=True)
    places_updated_at = models.DateTimeField(null=True, blank=True)
    locations = models.ManyToManyField(Location, through="ServiceAtLocation", related_name="services")
    changed_at = models.DateTimeField()

    objects: ClassVar[Any] = ServiceRows.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def agency_id(self) -> Any:
        """The agency that may change it, for access."""
        return self.organization.agency_id


class ServiceAtLocation(models.Model):
    """A service at a place."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="at")
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="at")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["service", "location"], name="protect_service_once_there")
        ]

    def __str__(self) -> str:
        return f"{self.service_id} at {self.location_id}"


class Schedule(models.Model):
    """When a service is open: weekdays, from when until when; closing before opening is the next morning."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="schedules")
    byday = models.CharField(max_length=20)
    opens_at = models.TimeField()
    closes_at = models.TimeField()
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["opens_at", "id"]

    def __str__(self) -> str:
        return f"{self.byday} {self.opens_at:%H:%M}–{self.closes_at:%H:%M}"


class ServicePhone(models.Model):
    """A number that a service or its organization answers."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="phones")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, null=True, blank=True, related_name="phones")
    number = models.CharField(max_length=60)
    description = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return self.number


class ServiceLanguage(models.Model):
    """A language that is spoken there, by its ISO 639 code."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="languages")
    code = models.CharField(max_length=3, db_index=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["code"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["service", "code"], name="protect_language_once")
        ]

    def __str__(self) -> str:
        return self.code
