"""Input of consents, and of what an agency may ever receive."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mainstay.protect.forms.people import day_field
from mainstay.protect.rules.consent import NEVER_LEAVES
from mainstay.protect.types import Category, Given, SharePurpose

CATEGORY_WORDS = {
    Category.IDENTITY: _("Name and birth date"),
    Category.CONTACT: _("How to reach them"),
    Category.WHEREABOUTS: _("Where they are"),
    Category.HEALTH: _("Health"),
    Category.JOURNEY: _("The journey"),
    Category.EXPLOITATION: _("What happened"),
    Category.EXPLOITERS: _("Who controlled them"),
    Category.MONEY: _("The money: accounts of who controlled them"),
    Category.NEEDS: _("What they need"),
    Category.FAMILY: _("Family and children"),
}


CATEGORIES_TO_AGREE = [(c.value, words) for c, words in CATEGORY_WORDS.items() if c not in NEVER_LEAVES]
"""What a consent or a legal ground can name: all but what never leaves."""
PURPOSE_WORDS = {
    SharePurpose.ASSISTANCE: _("To help the person"),
    SharePurpose.INVESTIGATION: _("To investigate who controlled them"),
    SharePurpose.COOPERATION: _("To cooperate with another country"),
    SharePurpose.IDENTIFICATION: _("So that the authority decides whether they are a victim"),
    SharePurpose.DEFENCE: _("So that they are not punished for what they were compelled to do"),
}


GIVEN_WORDS = {
    Given.SPOKEN: _("Spoken"),
    Given.WRITTEN: _("Written"),
    Given.GUARDIAN: _("By a guardian"),
    Given.INTERPRETER: _("Through an interpreter"),
}


class ConsentForm(forms.Form):
    """What a person lets leave."""

    recipients = forms.MultipleChoiceField(label=_("To whom"), widget=forms.CheckboxSelectMultiple, required=False)
    other_node = forms.CharField(
        label=_("To another node"), required=False, max_length=100, help_text=_("Its name, as in the list of nodes.")
    )
    categories = forms.MultipleChoiceField(
        label=_("What"),
        choices=CATEGORIES_TO_AGREE,
        widget=forms.CheckboxSelectMultiple,
    )
    purposes = forms.MultipleChoiceField(
        label=_("What for"),
        choices=[(p.value, words) for p, words in PURPOSE_WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    how = forms.ChoiceField(label=_("How it was given"), choices=[(g.value, words) for g, words in GIVEN_WORDS.items()])
    given_on = day_field(_("Given on"))
    until = day_field(_("Until"), required=False, help_text=_("Empty: until it is taken back."))

    def __init__(self, *args: Any, recipients: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["recipients"].choices = recipients  # type: ignore[attr-defined]  # a MultipleChoiceField

    def clean(self) -> dict[str, Any]:
        """Ask for at least one recipient, and for dates the right way round."""
        data: dict[str, Any] = super().clean() or {}
        if not data.get("recipients") and not data.get("other_node"):
            self.add_error("recipients", _("Choose at least one recipient."))
        if data.get("until") and data.get("given_on") and data["until"] < data["given_on"]:
            self.add_error("until", _("This is before the day it was given."))
        return data


class ReceivingForm(forms.Form):
    """What an agency may ever receive; consent decides within it."""

    limited = forms.ChoiceField(
        label=_("What may it ever receive?"),
        choices=[("no", _("Whatever a person's consent allows")), ("yes", _("Only these, if consent allows them"))],
        widget=forms.RadioSelect,
    )
    categories = forms.MultipleChoiceField(
        label=_("These"),
        required=False,
        choices=CATEGORIES_TO_AGREE,
        widget=forms.CheckboxSelectMultiple,
    )
