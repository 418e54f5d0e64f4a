"""Input of identification procedures."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency
from mainstay.protect.models.procedures import OUTCOMES


class AskToDecideForm(forms.Form):
    """Which authority decides."""

    authority = forms.ModelChoiceField(label=_("Which authority decides?"), queryset=Agency.objects.none())

    def __init__(self, *args: Any, authorities: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["authority"].queryset = authorities  # type: ignore[attr-defined]  # a ModelChoiceField


class DecisionForm(forms.Form):
    """A decision with its reasons."""

    outcome = forms.ChoiceField(label=_("Decision"), choices=OUTCOMES, widget=forms.RadioSelect)
    reasons = forms.CharField(
        label=_("Reasons"),
        help_text=_("Sealed. Name the facts and the elements: act, means, purpose. Whoever appeals will read them."),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=20_000,
    )


class SecondReadingForm(forms.Form):
    """What the second reader makes of a decision."""

    agrees = forms.TypedChoiceField(
        label=_("Second reading"),
        choices=[("yes", _("I agree: the decision stands")), ("no", _("I disagree: decide anew"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    reasons = forms.CharField(
        label=_("Why"),
        help_text=_("Sealed. Needed where you disagree."),
        widget=forms.Textarea(attrs={"rows": 5}),
        required=False,
        max_length=20_000,
    )
    decision = forms.UUIDField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """A disagreement needs its reasons."""
        data = super().clean() or {}
        if data.get("agrees") is False and not data.get("reasons", "").strip():
            self.add_error("reasons", _("Say why you disagree."))
        return data


class TakeBackForm(forms.Form):
    """Why a procedure is taken back."""

    why = forms.CharField(
        label=_("Why it is taken back"),
        help_text=_("Sealed. It was asked by mistake, or the authority lets it go. This is no decision on the person."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=5_000,
    )


class AppealForm(forms.Form):
    """The person's appeal."""

    grounds = forms.CharField(
        label=_("What the person says against the decision"),
        help_text=_("Sealed. They count as a presumed victim again until the appeal is decided."),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=20_000,
    )
