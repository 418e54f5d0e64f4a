"""What is known for assistance, needs assessments, and the plan that is agreed with a person."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import User
from mainstay.core.fields import SealedJSONField, SealedModel, SealedTextField
from mainstay.protect.models.cases import Case, Need


class Situation(SealedModel):
    """What decides who may have which service: coded answers; languages and the coarse area are sealed."""

    forgotten_with_case = True

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="situation")
    answers = models.JSONField(default=dict)
    sealed = SealedJSONField()
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"situation {self.pk}"


class Assessment(SealedModel):
    """How urgent each domain is on a day, 0 to 3; what was noted to it is sealed."""

    forgotten_with_case = True

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="assessments")
    assessed_on = models.DateField()
    assessed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    urgencies = models.JSONField(default=dict)
    notes = SealedJSONField()
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-assessed_on", "-made_at"]

    def __str__(self) -> str:
        return f"assessment {self.pk}"


class CasePlan(models.Model):
    """When a plan was agreed with the person, and when it is looked at again."""

    forgotten_with_case = True

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="plan")
    agreed_on = models.DateField(null=True, blank=True)
    review_on = models.DateField(null=True, blank=True, db_index=True)

    def __str__(self) -> str:
        return f"plan of {self.case_id}"

    def days_left(self, today: date) -> int | None:
        """Return the days until the plan is looked at again."""
        return None if self.review_on is None else (self.review_on - today).days


class GoalState(models.TextChoices):
    """How far a goal got."""

    OPEN = "open", _("Under way")
    REACHED = "reached", _("Reached")
    DROPPED = "dropped", _("Dropped")


class Goal(SealedModel):
    """What the person wants to reach, tied to what they need."""

    forgotten_with_case = True

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="goals")
    text = SealedTextField()
    needs = models.ManyToManyField(Need, related_name="goals", blank=True)
    state = models.CharField(max_length=10, choices=GoalState.choices, default=GoalState.OPEN)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["made_at", "id"]

    def __str__(self) -> str:
        return f"goal {self.pk}"


class StepState(models.TextChoices):
    """How far a step got."""

    TODO = "todo", _("To do")
    DOING = "doing", _("Under way")
    DONE = "done", _("Done")
    DROPPED = "dropped", _("Dropped")


STEPS_TO_TAKE = (StepState.TODO, StepState.DOING)


class PlanStep(SealedModel):
    """One step towards a goal: who takes it (a colleague, or the person), by when."""

    forgotten_with_case = True

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="plan_steps")
    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="steps")
    text = SealedTextField()
    who = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    due_date = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=StepState.choices, default=StepState.TODO)

    class Meta:
        ordering: ClassVar[list[str]] = ["due_date", "id"]

    def __str__(self) -> str:
        return f"step {self.pk}"

    def days_left(self, today: date) -> int | None:
        """Return the days left after a day."""
        return None if self.due_date is None else (self.due_date - today).days
