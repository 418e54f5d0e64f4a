"""Input of how long files are kept, and of legal holds."""

from django import forms
from django.utils.translation import gettext_lazy as _

from mainstay.protect.forms.people import day_field
from mainstay.protect.models.retention import KEEPING_WORDS


class PeriodForm(forms.Form):
    """For how many years a kind of file is kept, with the source."""

    kind = forms.ChoiceField(label=_("Whose files"), choices=KEEPING_WORDS)
    years = forms.IntegerField(label=_("Years after closing"), min_value=1, max_value=100)
    source = forms.CharField(label=_("Law or rule that says so"), max_length=200)


class HoldForm(forms.Form):
    """A legal hold on one file."""

    why = forms.CharField(
        label=_("Why must it be kept?"),
        help_text=_("Sealed. For example a proceeding that needs it."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=5_000,
    )
    until = day_field(_("Until"), required=False, help_text=_("Empty: until you lift it."))
