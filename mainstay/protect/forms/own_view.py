"""Input of the person's own view: giving a code, entering, asking, answering."""

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mainstay.protect.forms.safety import language_choices
from mainstay.protect.models import SEALED_FIELDS
from mainstay.protect.models.own_view import HOLDERS
from mainstay.protect.rules.own_view import DAYS_VALID, NEVER_FOR_GUARDIAN, Part

NUMERIC = {"inputmode": "numeric", "autocomplete": "off"}
PART_WORDS: dict[Part, str | Promise] = {
    Part.READERS: _("Who read the file"),
    Part.LEFT: _("What left, and to whom"),
    Part.CONSENTS: _("Consents"),
    Part.DAYS: _("Days that matter"),
}


class GiveCodeForm(forms.Form):
    """Whose code it is, the PIN they choose, their language, and for how long."""

    holder = forms.ChoiceField(label=_("Whose code is it?"), choices=HOLDERS, widget=forms.RadioSelect)
    language = forms.ChoiceField(label=_("Their language"))
    days = forms.TypedChoiceField(label=_("It ends after"), coerce=int, initial=90)
    pin = forms.CharField(
        label=_("The PIN they choose"),
        help_text=_("They type it themselves: six to ten digits that are hard to guess, no birthday, no row."),
        widget=forms.PasswordInput(attrs={**NUMERIC, "autocomplete": "new-password"}),
        max_length=20,
    )
    again = forms.CharField(
        label=_("Once more"),
        widget=forms.PasswordInput(attrs={**NUMERIC, "autocomplete": "new-password"}),
        max_length=20,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = language_choices()  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["days"].choices = [(d, _("%(days)d days") % {"days": d}) for d in DAYS_VALID]  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, Any]:
        """Ask for the same PIN twice."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("pin") and data.get("again") and data["pin"] != data["again"]:
            self.add_error("again", _("The two are not the same."))
        return data


class GuardianForm(forms.Form):
    """What is kept from a guardian."""

    in_conflict = forms.BooleanField(
        label=_("Their interests are in conflict: the guardian sees nothing, and their code ends"), required=False
    )
    hidden = forms.MultipleChoiceField(
        label=_("Not for the guardian"),
        help_text=_("Where the person is, how to reach them safely and what happened are not on a guardian's page."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = [(name, label) for name, label, _category in SEALED_FIELDS if name not in NEVER_FOR_GUARDIAN]
        parts = [(part.value, words) for part, words in PART_WORDS.items()]
        self.fields["hidden"].choices = [*fields, *parts]  # type: ignore[attr-defined]  # a MultipleChoiceField


class AnswerPersonForm(forms.Form):
    """An answer to the person or their guardian."""

    holder = forms.ChoiceField(label=pgettext_lazy("answer", "To"), choices=HOLDERS)
    text = forms.CharField(
        label=_("Answer"),
        help_text=_("They read it on a phone that others may see: write nothing that puts them in danger."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4_000,
    )


class DecideRequestForm(forms.Form):
    """Whether what a person asked for is done, and why not."""

    accepted = forms.ChoiceField(
        label=_("What do you decide?"),
        choices=[("yes", _("Do what they ask")), ("no", _("Decline, and say why"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        help_text=_("They read it. Whoever declines says why, and that they may complain."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2_000,
    )

    def clean(self) -> dict[str, Any]:
        """Ask for a reason where it is declined."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("accepted") == "no" and not (data.get("reason") or "").strip():
            self.add_error("reason", _("Say why."))
        return data


class NamesForm(forms.Form):
    """Whether people see the names of who read their file."""

    shows_names = forms.BooleanField(
        label=_("Show the names of colleagues to the people whose file they read"), required=False
    )


class EnterForm(forms.Form):
    """A code and its PIN, as somebody types them on a phone."""

    code = forms.CharField(
        label=_("Your number"), help_text=_("Twelve digits."), widget=forms.TextInput(attrs=NUMERIC), max_length=40
    )
    pin = forms.CharField(label=_("Your PIN"), widget=forms.PasswordInput(attrs=NUMERIC), max_length=20)


class WordsForm(forms.Form):
    """What somebody writes on their own page."""

    text = forms.CharField(
        label=_("In your own words"), widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}), max_length=4_000
    )


class OptionalWordsForm(forms.Form):
    """What somebody may add to what they ask for."""

    text = forms.CharField(
        label=_("Anything you want to add"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        max_length=4_000,
    )
