"""Input of accounts: invitations, taking one up, tokens."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import ROLE_CHOICES, Agency, User


class InvitationForm(forms.Form):
    """Whom to invite, where, as what."""

    email = forms.EmailField(label=_("Email"), help_text=_("The link goes to this address only."))
    role = forms.ChoiceField(label=_("Role"), choices=ROLE_CHOICES)
    agency = forms.ModelChoiceField(label=_("Agency"), queryset=Agency.objects.none())

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]  # a ModelChoiceField


class AcceptForm(forms.Form):
    """Who takes an invitation up."""

    name = forms.CharField(label=_("Your name"), max_length=200)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters; several words are easier to remember."),
    )

    def clean_password(self) -> str:
        """Refuse a weak password with the reason."""
        password: str = self.cleaned_data["password"]
        validate_password(password, User(name=self.cleaned_data.get("name", "")))
        return password


class TokenForm(forms.Form):
    """What an API token is for."""

    label = forms.CharField(label=_("What it is for"), max_length=100)
