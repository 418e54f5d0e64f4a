"""Input of referrals."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency
from mainstay.core import clock
from mainstay.protect.forms.people import day_field
from mainstay.protect.models import Service


class ReferForm(forms.Form):
    """To whom a need is passed."""

    agency = forms.ModelChoiceField(label=_("To which agency"), queryset=Agency.objects.none())
    service = forms.ModelChoiceField(
        label=_("Which of its services"), queryset=Service.objects.none(), required=False, empty_label=_("Any of them")
    )
    answer_by = day_field(
        _("Answer by"),
        required=False,
        help_text=_("After this day it counts as not answered, and the need is open again."),
    )

    def __init__(self, *args: Any, agencies: Any, services: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["service"].queryset = services  # type: ignore[attr-defined]  # a ModelChoiceField

    def clean(self) -> dict[str, Any]:
        """Refuse a service of another agency, and a day that is over."""
        data: dict[str, Any] = super().clean() or {}
        service, agency = data.get("service"), data.get("agency")
        if service and agency and service.organization.agency_id != agency.pk:
            self.add_error("service", _("This service is not of that agency."))
        if data.get("answer_by") and data["answer_by"] < clock.today():
            self.add_error("answer_by", _("Choose today or a day after."))
        return data


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
