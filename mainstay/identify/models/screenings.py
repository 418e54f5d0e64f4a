"""Screenings. What was answered is sealed; coded facts stay queryable."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency, User
from mainstay.core.fields import SealedJSONField, SealedModel, SealedTextField
from mainstay.core.labels import AGE_GROUPS, SEXES
from mainstay.identify.models.instruments import InstalledInstrument
from mainstay.identify.models.labels import FORM_LABELS, IS_CHILD, LEVELS, URGENT_LABELS
from mainstay.identify.types import Exploitation, Urgent


class Status(models.TextChoices):
    """Where a screening stands."""

    DRAFT = "draft", _("Being asked")
    FINISHED = "finished", _("Finished")


class Screening(SealedModel):
    """One interview with an instrument, and what its answers indicate."""

    instrument = models.ForeignKey(InstalledInstrument, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    language = models.CharField(_("language"), max_length=40, blank=True)
    sex = models.CharField(_("sex"), max_length=10, choices=SEXES, default="unknown")
    age_group = models.CharField(_("age group"), max_length=10, choices=AGE_GROUPS, default="unknown")
    level = models.CharField(_("level"), max_length=30, choices=LEVELS, blank=True)
    forms = models.JSONField(_("forms of exploitation"), default=list)
    urgent = models.JSONField(_("urgent needs"), default=list)
    started_at = models.DateTimeField()
    screened_at = models.DateTimeField(null=True, blank=True)

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
