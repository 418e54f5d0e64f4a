"""Input of referrals."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency


class ReferForm(forms.Form):
    """To whom a need is passed."""

    agency = forms.ModelChoiceField(label=_("To which agency"), queryset=Agency.objects.none())

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]  # a ModelChoiceField


class AnswerForm(forms.Form):
    """An agency's answer to a referral."""

    accepted = forms.ChoiceField(
        label=_("Your answer"),
        choices=[("yes", _("We take this on")), ("no", _("We cannot"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("Reason, if you cannot"), required=False, max_length=1000)

    def clean(self) -> dict[str, Any]:
        """Ask for a reason with a no."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("accepted") == "no" and not data.get("reason"):
            self.add_error("reason", _("Say why, so that another place can be found."))
        return data
