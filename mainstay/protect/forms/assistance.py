"""Input of assessments, plans, tasks, conferences, hand-overs and transfers."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency, User
from mainstay.core import clock
from mainstay.protect.forms.directory import check_degrees, language_choices
from mainstay.protect.forms.people import day_field
from mainstay.protect.forms.words import DOMAIN_WORDS, QUESTION_WORDS, URGENCY_WORDS
from mainstay.protect.models import Need
from mainstay.protect.rules.assistance import QUESTIONS
from mainstay.protect.rules.needs import DOMAINS

ANSWERS = [("", _("Not known")), ("yes", _("Yes")), ("no", _("No"))]


def text_field(label: Any, *, rows: int = 3, required: bool = True, most: int = 4000, help_text: Any = "") -> Any:
    """Return a field for words that are sealed."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=most,
        help_text=help_text or _("Sealed as you save."),
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class PlaceTypedForm(forms.Form):
    """A place by its degrees; posted, so that it is in no address."""

    latitude = forms.DecimalField(
        label=_("Latitude"), required=False, max_digits=8, decimal_places=5, help_text=_("In degrees: 52.37403.")
    )
    longitude = forms.DecimalField(label=_("Longitude"), required=False, max_digits=8, decimal_places=5)

    def clean(self) -> dict[str, Any]:
        """Refuse half a place, and degrees that are nowhere."""
        return check_degrees(self, super().clean() or {})


class SituationForm(PlaceTypedForm):
    """What is known that decides who may have which service."""

    languages = forms.MultipleChoiceField(
        label=_("Languages they speak"), required=False, widget=forms.SelectMultiple(attrs={"size": 6})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["languages"].choices = language_choices()  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["latitude"].help_text = str(_("Their area. It is rounded to about ten kilometres and sealed."))
        for name in QUESTIONS:
            self.fields[name] = forms.ChoiceField(label=QUESTION_WORDS[name], choices=ANSWERS, required=False)

    @property
    def answers(self) -> dict[str, str]:
        """The answers, those not known left out."""
        return {name: self.cleaned_data[name] for name in QUESTIONS if self.cleaned_data[name]}


class AssessmentForm(forms.Form):
    """How urgent each domain is on a day."""

    assessed_on = day_field(_("Day of the assessment"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for domain in DOMAINS:
            self.fields[domain] = forms.TypedChoiceField(
                label=DOMAIN_WORDS[domain], choices=URGENCY_WORDS, coerce=int, widget=forms.RadioSelect
            )
            self.fields[f"note_{domain}"] = forms.CharField(
                label=_("Note"), required=False, max_length=2000, help_text=_("Sealed as you save.")
            )

    def clean_assessed_on(self) -> date:
        """Refuse a day to come."""
        day: date = self.cleaned_data["assessed_on"]
        if day > clock.today():
            raise forms.ValidationError(_("Choose today or a day before."))
        return day

    def pairs(self) -> list[tuple[Any, Any]]:
        """Return each domain's field with that of its note."""
        return [(self[domain], self[f"note_{domain}"]) for domain in DOMAINS]


class PlanForm(forms.Form):
    """When a plan was agreed, and when it is looked at again."""

    agreed_on = day_field(_("Agreed with the person on"), required=False)
    review_on = day_field(_("Look at it again on"))

    def clean(self) -> dict[str, Any]:
        """Refuse days the wrong way round."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("agreed_on") and data["agreed_on"] > clock.today():
            self.add_error("agreed_on", _("Choose today or a day before."))
        if data.get("agreed_on") and data.get("review_on") and data["review_on"] < data["agreed_on"]:
            self.add_error("review_on", _("This is before it was agreed."))
        return data


class GoalForm(forms.Form):
    """What the person wants to reach."""

    text = text_field(_("What they want to reach, in their words"))
    needs = forms.ModelMultipleChoiceField(
        label=_("Needs it belongs to"),
        queryset=Need.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, needs: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["needs"].queryset = needs  # type: ignore[attr-defined]  # a ModelChoiceField


class _WithColleague(forms.Form):
    def __init__(self, *args: Any, colleagues: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = next(name for name in ("who", "owner", "to") if name in self.fields)
        self.fields[field].queryset = colleagues  # type: ignore[attr-defined]  # a ModelChoiceField


class StepForm(_WithColleague):
    """One step towards a goal."""

    text = text_field(_("What is done"), rows=2)
    who = forms.ModelChoiceField(
        label=_("Who does it"), queryset=User.objects.none(), required=False, empty_label=_("The person themselves")
    )
    due_date = day_field(_("By when"), required=False)


class TaskForm(_WithColleague):
    """Something to do for a case."""

    what = text_field(_("What is to be done"), rows=2)
    owner = forms.ModelChoiceField(label=_("Who does it"), queryset=User.objects.none())
    due_date = day_field(_("By when"))


class HandOverForm(_WithColleague):
    """To which colleague a case goes."""

    to = forms.ModelChoiceField(label=_("Who takes it from here"), queryset=User.objects.none())
    note = text_field(_("What they have to know"))


class ConferenceForm(forms.Form):
    """A conference: who was there, what was agreed, who may read it."""

    held_on = day_field(_("Held on"))
    who = text_field(_("Who took part, with their agency"))
    agreed = text_field(_("What was agreed"), rows=5)
    agencies = forms.ModelMultipleChoiceField(
        label=_("Agencies of this node that took part"),
        queryset=Agency.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    let_read = forms.ModelMultipleChoiceField(
        label=_("Which of them may read what was agreed"),
        queryset=Agency.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only with the person's consent that they know what is needed; it closes when that is taken back."),
    )
    task = text_field(_("A task out of it"), rows=2, required=False)
    task_owner = forms.ModelChoiceField(label=_("Who does it"), queryset=User.objects.none(), required=False)
    task_due = day_field(_("By when"), required=False)

    def __init__(self, *args: Any, agencies: Any, colleagues: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("agencies", "let_read"):
            self.fields[name].queryset = agencies  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["task_owner"].queryset = colleagues  # type: ignore[attr-defined]  # a ModelChoiceField

    def clean_held_on(self) -> date:
        """Refuse a day to come."""
        day: date = self.cleaned_data["held_on"]
        if day > clock.today():
            raise forms.ValidationError(_("Choose today or a day before."))
        return day

    def clean(self) -> dict[str, Any]:
        """A task has somebody who does it, and a day."""
        data: dict[str, Any] = super().clean() or {}
        for name in ("task_owner", "task_due"):
            if data.get("task") and not data.get(name):
                self.add_error(name, _("Say who does it, and by when."))
        return data


class TransferForm(forms.Form):
    """To which agency a whole case goes."""

    agency = forms.ModelChoiceField(label=_("To which agency"), queryset=Agency.objects.none())
    note = text_field(_("Why, and what they have to know"), required=False)

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]  # a ModelChoiceField


class OutcomeForm(forms.Form):
    """What came of a referral."""

    outcome = text_field(_("What came of it"))


class FindPlaceForm(PlaceTypedForm):
    """From where, and for when, a service is sought."""

    at = forms.DateTimeField(
        label=_("For when"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    field_order = ("at", "latitude", "longitude")
