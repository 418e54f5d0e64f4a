"""What of a person's file is printed."""

from django import forms
from django.utils.translation import gettext_lazy as _

from mainstay.protect.services.paper import SENSITIVE, Sheet

SHEET_WORDS = {
    Sheet.IDENTITY: _("Who they are, papers, family"),
    Sheet.CONTACT: _("Phone and safe contact"),
    Sheet.NEEDS: _("Needs and referrals"),
    Sheet.ASSISTANCE: _("Plan, tasks, conferences"),
    Sheet.LAW: _("Days that matter, permits, measures, decisions"),
    Sheet.SHARING: _("Consents, and what left"),
    Sheet.DOCUMENTS: _("The titles of documents"),
    Sheet.HEALTH: _("Health"),
    Sheet.JOURNEY: _("The journey"),
    Sheet.STORY: _("What happened"),
    Sheet.OTHERS: _("People and companies involved"),
    Sheet.SAFETY: _("Risk to them, and the safety plan"),
    Sheet.NOTES: _("Notes among colleagues"),
}


def _choices(sensitive: bool) -> list[tuple[str, object]]:
    return [(sheet.value, words) for sheet, words in SHEET_WORDS.items() if (sheet in SENSITIVE) is sensitive]


class PaperForm(forms.Form):
    """Which sheets are printed; what could do the most harm is on none unless it is chosen."""

    sheets = forms.MultipleChoiceField(
        label=_("What is printed"),
        required=False,
        choices=_choices(sensitive=False),
        initial=[value for value, _words in _choices(sensitive=False)],
        widget=forms.CheckboxSelectMultiple,
    )
    sensitive = forms.MultipleChoiceField(
        label=_("Print this too"),
        help_text=_("It could do the most harm on a paper that is lost: choose only what you need."),
        required=False,
        choices=_choices(sensitive=True),
        widget=forms.CheckboxSelectMultiple,
    )

    def chosen(self) -> list[Sheet]:
        """Return the sheets that were chosen."""
        return [Sheet(value) for name in ("sheets", "sensitive") for value in self.cleaned_data[name]]
