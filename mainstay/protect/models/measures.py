"""Measures against a person, who stands by them, submissions, and how each ended."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency, User
from mainstay.core.fields import SealedJSONField, SealedModel, SealedTextField
from mainstay.protect.models.cases import Case
from mainstay.protect.rules.grounds import MeasureKind, Offence
from mainstay.protect.rules.measures import MeasureState

MEASURE_KINDS = [
    (MeasureKind.INVESTIGATION.value, _("Investigation")),
    (MeasureKind.ARREST.value, _("Arrest")),
    (MeasureKind.DETENTION.value, _("Detention")),
    (MeasureKind.CHARGE.value, _("Charge")),
    (MeasureKind.PROSECUTION.value, _("Prosecution")),
    (MeasureKind.FINE.value, _("Fine")),
    (MeasureKind.CONVICTION.value, _("Conviction")),
    (MeasureKind.RECORD.value, _("Entry in a criminal record")),
    (MeasureKind.REMOVAL.value, _("Removal order")),
]
OFFENCES = [
    (Offence.ENTRY_STAY.value, _("Entering or staying without permission")),
    (Offence.DOCUMENTS.value, _("False or missing documents")),
    (Offence.FALSE_STATEMENT.value, _("A false statement to an authority")),
    (Offence.WORK.value, _("Working without permission")),
    (Offence.SEX_WORK.value, _("Acts around sex work")),
    (Offence.DRUGS.value, _("Drugs")),
    (Offence.THEFT.value, _("Theft")),
    (Offence.FRAUD.value, _("Fraud, scams, use of an account")),
    (Offence.BEGGING.value, _("Begging")),
    (Offence.RECRUITING.value, _("Recruiting or watching over others")),
    (Offence.CHILD_SOLDIER.value, _("Acts as a child soldier")),
    (Offence.TERRORISM.value, _("Tied to an armed or terrorist group")),
    (Offence.VIOLENCE.value, _("Violence")),
    (Offence.OTHER.value, _("Something else")),
]
MEASURE_STATES = [
    (MeasureState.RECORDED.value, _("Recorded")),
    (MeasureState.SUBMITTED.value, _("Submission sent")),
    (MeasureState.ANSWERED.value, _("Answered")),
    (MeasureState.DROPPED.value, _("Dropped")),
    (MeasureState.UPHELD.value, _("Upheld")),
    (MeasureState.APPEALED.value, _("Appealed")),
    (MeasureState.WITHDRAWN.value, _("Taken back by the authority")),
    (MeasureState.MISTAKE.value, _("Recorded by mistake")),
]
CONTACT_ROLES = [
    ("counsel", _("Counsel")),
    ("prosecutor", _("Contact at the prosecution")),
    ("guardian", _("Guardian")),
    ("interpreter", _("Interpreter")),
]
ALERTED = ("counsel", "prosecutor")
"""Who is told of a measure."""


class Measure(SealedModel):
    """Something an authority did against the person: coded facts stay plain, the words are sealed."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="measures")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("measure"), max_length=20, choices=MEASURE_KINDS)
    offences = models.JSONField(default=list)
    taken_on = models.DateField(_("taken on"))
    country = models.CharField(_("country"), max_length=2)
    part = models.CharField(_("part of the country"), max_length=10, blank=True)
    act_on = models.DateField(null=True, blank=True)
    exploited_from = models.DateField(null=True, blank=True)
    exploited_until = models.DateField(null=True, blank=True)
    facts = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=MEASURE_STATES, default=MeasureState.RECORDED.value)
    authority = SealedTextField(_("authority"))
    words = SealedTextField(_("what is held against the person"))
    recorded_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-recorded_at"]
        indexes = [models.Index(fields=["agency", "state", "-recorded_at"], name="protect_measure_list")]

    def __str__(self) -> str:
        return f"measure {self.pk}"


class MeasureStep(SealedModel):
    """One step of a measure until it ends: its state from a day on, with a sealed note."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    measure = models.ForeignKey(Measure, on_delete=models.CASCADE, related_name="steps")
    state = models.CharField(max_length=12, choices=MEASURE_STATES)
    day = models.DateField()
    note = SealedTextField(_("note"))
    taken_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["taken_at"]

    def __str__(self) -> str:
        return f"step {self.pk}"


class CaseContact(SealedModel):
    """Somebody who stands by the person: at an agency of this node, or outside it; name and ways sealed."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="contacts")
    role = models.CharField(max_length=20, choices=CONTACT_ROLES)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    name = SealedTextField(_("name"))
    phone = SealedTextField(_("phone"))
    mail = SealedTextField(_("email"))
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    forgotten_with_case = True

    class Meta:
        ordering: ClassVar[list[str]] = ["added_at"]

    def __str__(self) -> str:
        return f"contact {self.pk}"


class MeasureNotice(models.Model):
    """That a contact was told of a measure; their agency, where it is on this node, finds the page by it."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    measure = models.ForeignKey(Measure, on_delete=models.CASCADE, related_name="notices")
    contact = models.ForeignKey(CaseContact, on_delete=models.CASCADE, related_name="notices")
    recipient_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    sent_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)

    forgotten_with_case = True

    class Meta:
        ordering: ClassVar[list[str]] = ["-sent_at"]
        constraints = [models.UniqueConstraint(fields=["measure", "contact"], name="protect_one_notice")]

    def __str__(self) -> str:
        return f"notice {self.pk}"


class Submission(SealedModel):
    """One version of a submission against a measure: a draft until a lawyer confirms it."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    measure = models.ForeignKey(Measure, on_delete=models.CASCADE, related_name="submissions")
    contact = models.ForeignKey(CaseContact, on_delete=models.SET_NULL, related_name="+", null=True)
    recipient = models.CharField(max_length=120)
    version = models.PositiveIntegerField()
    fields = models.JSONField(default=list)
    document = SealedJSONField(_("document"))
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    confirmed_by = SealedTextField(_("confirmed by"))
    confirmed_on = models.DateField(null=True, blank=True)
    sent_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-version"]
        constraints = [models.UniqueConstraint(fields=["measure", "version"], name="protect_one_version")]

    def __str__(self) -> str:
        return f"submission {self.pk}"
