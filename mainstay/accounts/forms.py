"""Input of accounts: invitations, taking one up, tokens."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import ROLE_CHOICES, Agency, AgencyKind, User
from mainstay.core import vocabularies


class InvitationForm(forms.Form):
    """Whom to invite, where, as what."""

    email = forms.EmailField(label=_("Email"), help_text=_("The link goes to this address only."))
    role = forms.ChoiceField(label=_("Role"), choices=ROLE_CHOICES)
    agency = forms.ModelChoiceField(label=_("Agency"), queryset=Agency.objects.none())

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]  # a ModelChoiceField


HERE = [(kind, words) for kind, words in AgencyKind.choices if kind != AgencyKind.NODE]


class AgencyForm(forms.Form):
    """An agency that takes part."""

    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(label=_("What it is"), choices=HERE)
    country = forms.ChoiceField(label=_("Country"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = [(code.name, code.label) for code in vocabularies.countries(get_language())]
        own = settings.CONFIG.country
        known = {code for code, _label in listed}
        self.fields["country"].choices = listed if own in known else [(own, own), *listed]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["country"].initial = own

    def clean_name(self) -> str:
        """Refuse a name that another agency has."""
        name: str = self.cleaned_data["name"]
        if Agency.objects.filter(name__iexact=name).exists():
            raise forms.ValidationError(_("There is an agency of this name."))
        return name


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
