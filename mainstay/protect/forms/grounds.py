"""Input of legal grounds that stand in for consent."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mainstay.protect.forms.consents import CATEGORIES_TO_AGREE, PURPOSE_WORDS
from mainstay.protect.forms.people import day_field
from mainstay.protect.models.sharing import GROUND_KINDS


class GroundForm(forms.Form):
    """A legal ground that a colleague is asked to approve."""

    kind = forms.ChoiceField(label=_("Ground"), choices=GROUND_KINDS, widget=forms.RadioSelect)
    why = forms.CharField(
        label=_("Why"),
        help_text=_("Sealed. Say what happens if nothing leaves, and why the person was not asked, or said no."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=10_000,
    )
    recipient = forms.ChoiceField(label=_("To whom"))
    categories = forms.MultipleChoiceField(
        label=_("What"),
        choices=CATEGORIES_TO_AGREE,
        widget=forms.CheckboxSelectMultiple,
    )
    purpose = forms.ChoiceField(label=_("What for"), choices=[(p.value, words) for p, words in PURPOSE_WORDS.items()])
    until = day_field(
        _("Until"),
        help_text=_("At the longest: 3 days in danger, 90 for a child's best interests, 365 for an order."),
    )

    def __init__(self, *args: Any, recipients: list[tuple[str, str]], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["recipient"].choices = recipients  # type: ignore[attr-defined]  # a ChoiceField

    def clean_until(self) -> date:
        """Refuse a day that has passed."""
        day: date = self.cleaned_data["until"]
        if day < self.today:
            raise forms.ValidationError(_("Choose today or a day to come."))
        return day


class GroundAnswerForm(forms.Form):
    """A supervisor's answer, in their own name."""

    approved = forms.TypedChoiceField(
        label=_("Your answer"),
        choices=[("yes", _("I approve this")), ("no", _("I refuse this"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label=_("Why"),
        help_text=_("Sealed. Needed where you refuse."),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=10_000,
    )

    def clean(self) -> dict[str, Any]:
        """A refusal needs its reason."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("approved") is False and not data.get("answer", "").strip():
            self.add_error("answer", _("Say why you refuse."))
        return data
