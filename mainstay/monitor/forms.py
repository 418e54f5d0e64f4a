"""Input of monitor: a release."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ReleaseForm(forms.Form):
    """Which table, and from which count on a cell is shown."""

    table = forms.ChoiceField(
        label=_("Which table"),
        choices=[
            ("victims", _("Victims by sex, age group and form of exploitation")),
            ("measures", _("People with a measure against them, by measure, act and outcome")),
        ],
        initial="victims",
    )
    k = forms.IntegerField(
        label=_("Smallest count that is shown"),
        min_value=3,
        max_value=100,
        help_text=_("Smaller counts are withheld, and as many others as it takes to keep them safe."),
    )
