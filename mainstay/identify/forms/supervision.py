"""Review, correction, and how many of those screened are victims."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class ReviewForm(forms.Form):
    """What a supervisor makes of a colleague's screening."""

    approved = forms.TypedChoiceField(
        label=_("Review"),
        choices=[("yes", _("Approve it")), ("no", _("Return it to the screener"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label=_("Comment"),
        help_text=_("Sealed. Needed where you return it: say what should be done."),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        max_length=5_000,
    )

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        """A return needs a comment."""
        data = super().clean() or {}
        if data.get("approved") is False and not data.get("comment", "").strip():
            self.add_error("comment", _("Say what should be done."))
        return data


class CorrectionForm(forms.Form):
    """Why a screening is corrected."""

    reason = forms.CharField(
        label=_("What was wrong?"),
        help_text=_("Sealed. The interview stays as it was; a new version is made, with the same answers to change."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2_000,
    )


class PrevalenceForm(forms.Form):
    """How many of those screened at a place are victims, and how that is known."""

    per_thousand = forms.DecimalField(
        label=_("Victims in a thousand people screened here"),
        min_value=Decimal("0.1"),
        max_value=1000,
        max_digits=5,
        decimal_places=1,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    source = forms.CharField(label=_("How is that known?"), max_length=300)
