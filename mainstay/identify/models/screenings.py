"""Screenings. What was answered is sealed; coded facts stay queryable."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency, User
from mainstay.core.fields import SealedJSONField, SealedModel, SealedTextField, blind_index
from mainstay.core.labels import AGE_GROUPS, SEXES
from mainstay.identify.models.instruments import InstalledInstrument
from mainstay.identify.models.labels import FORM_LABELS, IS_CHILD, LEVELS, URGENT_LABELS
from mainstay.identify.types import Exploitation, Urgent


class Status(models.TextChoices):
    """Whether a screening is still being asked."""

    DRAFT = "draft", _("Being asked")
    FINISHED = "finished", _("Finished")


class Source(models.TextChoices):
    """How an interview came in."""

    BROWSER = "browser", _("In the browser")
    OFFLINE = "offline", _("In the browser, without network")
    PHONE_APP = "phone_app", _("By ODK Collect")
    API = "api", _("By the API")


class Review(models.TextChoices):
    """What a supervisor made of a finished screening."""

    WAITING = "waiting", _("Waits for review")
    RETURNED = "returned", _("Returned with a comment")
    APPROVED = "approved", _("Approved")


class Outcome(models.TextChoices):
    """What the competent authority decided later about the person; pushed down when it is final."""

    IDENTIFIED = "identified", _("Identified as a victim")
    NOT_IDENTIFIED = "not_identified", _("Not identified")


class Screening(SealedModel):
    """One interview with an instrument, and what its answers indicate.

    It is corrected only by a new version: `supersedes` names the one before, which stays as it was.
    """

    instrument = models.ForeignKey(InstalledInstrument, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    source = models.CharField(_("how it came in"), max_length=10, choices=Source.choices, default=Source.BROWSER)
    instance_id = models.CharField(max_length=100, null=True, unique=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1)
    supersedes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="corrected_by")
    language = models.CharField(_("language"), max_length=40, blank=True)
    sex = models.CharField(_("sex"), max_length=10, choices=SEXES, default="unknown")
    age_group = models.CharField(_("age group"), max_length=10, choices=AGE_GROUPS, default="unknown")
    nationality = models.CharField(_("nationality"), max_length=2, blank=True)
    level = models.CharField(_("level"), max_length=30, choices=LEVELS, blank=True)
    forms = models.JSONField(_("forms of exploitation"), default=list)
    urgent = models.JSONField(_("urgent needs"), default=list)
    started_at = models.DateTimeField()
    screened_at = models.DateTimeField(null=True, blank=True)

    review = models.CharField(_("review"), max_length=10, choices=Review.choices, blank=True)
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(_("decision"), max_length=20, choices=Outcome.choices, blank=True)
    outcome_date = models.DateField(null=True, blank=True)
    case_moved_on = models.DateField(null=True, blank=True)

    name = SealedTextField(_("name"))
    review_comment = SealedTextField(_("comment"))
    correction_reason = SealedTextField(_("why it was corrected"))
    answers = SealedJSONField(_("answers"))
    assessment = SealedJSONField(_("assessment"))
    note = SealedTextField(_("note"))

    class Meta:
        ordering: ClassVar[list[str]] = ["-started_at"]
        indexes = [models.Index(fields=["agency", "status", "-started_at"], name="identify_screening_list")]

    def __str__(self) -> str:
        return f"screening {self.pk}"

    @property
    def is_finished(self) -> bool:
        """Whether the interview is over and the result stands."""
        return self.status == Status.FINISHED

    @property
    def urgent_labels(self) -> list[object]:
        """The urgent needs in the active language."""
        return [URGENT_LABELS[Urgent(need)] for need in self.urgent]

    @property
    def form_labels(self) -> list[object]:
        """The forms of exploitation in the active language."""
        return [FORM_LABELS[Exploitation(form)] for form in self.forms]

    @property
    def child(self) -> bool | None:
        """Whether the person is under 18, as far as the screener knows."""
        return IS_CHILD.get(self.age_group)


def sound_index(key: str) -> str:
    """Return the blind index of what a part of a name sounds like, as screenings carry it."""
    return blind_index("identify.screening", "sound", key)


class NameSound(models.Model):
    """What one part of a screened person's name sounds like, as a blind index: to suggest who was screened before."""

    screening = models.ForeignKey(Screening, on_delete=models.CASCADE, related_name="name_sounds")
    index = models.CharField(max_length=64, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["screening", "index"], name="identify_one_sound")]

    def __str__(self) -> str:
        return f"sound of {self.screening_id}"


class SamePerson(models.Model):
    """A colleague's word on whether two screenings are of one person; nothing is merged by it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    earlier = models.ForeignKey(Screening, on_delete=models.CASCADE, related_name="+")
    later = models.ForeignKey(Screening, on_delete=models.CASCADE, related_name="+")
    same = models.BooleanField()
    said_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["earlier", "later"], name="identify_one_word_on_two")]

    def __str__(self) -> str:
        return f"same person: {self.same}"


class IndicatorSeen(models.Model):
    """That an instrument's version ever found an indicator at an agency; tied to nobody, so that none can be told."""

    instrument = models.ForeignKey(InstalledInstrument, on_delete=models.CASCADE, related_name="indicators_seen")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+")
    indicator = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["instrument", "agency", "indicator"], name="identify_seen_once")]

    def __str__(self) -> str:
        return self.indicator


class Prevalence(models.Model):
    """How many in a thousand of those screened at an agency are victims, as far as it knows, and from where."""

    agency = models.OneToOneField(Agency, on_delete=models.CASCADE, related_name="+", primary_key=True)
    per_thousand = models.DecimalField(max_digits=5, decimal_places=1)
    source = models.CharField(max_length=300)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.per_thousand} in a thousand"
