"""A phone to register, and whom to see."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import User
from mainstay.identify.types import Instrument


class DeviceForm(forms.Form):
    """A phone to register."""

    name = forms.CharField(
        label=_("Name of the phone"),
        help_text=_("So that you know which one to end when it is lost: “Border post 2, blue”."),
        max_length=100,
    )
    owner = forms.ModelChoiceField(
        label=_("Who screens with it"),
        help_text=_("Interviews that it sends are theirs."),
        queryset=User.objects.none(),
        empty_label=None,
    )

    def __init__(self, *args: Any, owners: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)  # noqa: S101 - declared above
        owner.queryset = owners


class AppointmentForm(forms.Form):
    """Whom to see, and when; what of it the phone shows is told apart from what stays here."""

    starts_at = forms.DateTimeField(
        label=_("When"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    label = forms.CharField(
        label=_("What the phone shows"),
        help_text=_("Goes to your phone on that day and lies there unsealed: no names, only what tells you who it is."),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    note = forms.CharField(
        label=_("Note"),
        help_text=_("Sealed. It never leaves this node."),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=2_000,
    )
    instrument = forms.ChoiceField(label=_("Questions"), required=False)

    def __init__(self, *args: Any, instruments: Sequence[Instrument], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        instrument = self.fields["instrument"]
        assert isinstance(instrument, forms.ChoiceField)  # noqa: S101 - declared above
        instrument.choices = [("", _("Not known yet")), *((found.name, found.title) for found in instruments)]
