"""Input of exports and imports of many cases."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mainstay.protect.forms.consents import PURPOSE_WORDS
from mainstay.protect.models.many import EXPORT_KINDS

MOST_BYTES = 20_000_000


class ExportForm(forms.Form):
    """For whom and what for a file of cases is made."""

    recipient = forms.ChoiceField(label=_("To whom"))
    purpose = forms.ChoiceField(label=_("What for"), choices=[(p.value, words) for p, words in PURPOSE_WORDS.items()])
    kind = forms.ChoiceField(label=_("Form of the file"), choices=EXPORT_KINDS)

    def __init__(self, *args: Any, recipients: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["recipient"].choices = recipients  # type: ignore[attr-defined]  # a ChoiceField


class PassphraseForm(forms.Form):
    """The passphrase that seals a file, twice."""

    passphrase = forms.CharField(
        label=_("Passphrase"),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 signs; four or five words that belong to no saying are best. It is kept nowhere."),
    )
    again = forms.CharField(
        label=_("The same again"), max_length=500, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Refuse two that differ."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("passphrase") and data.get("again") and data["passphrase"] != data["again"]:
            self.add_error("again", _("This is not the same."))
        return data


class CaseFileForm(forms.Form):
    """A file of cases to take in."""

    file = forms.FileField(
        label=_("HTCDS or Primero: CSV or JSON"), widget=forms.FileInput(attrs={"accept": ".json,.csv"})
    )
    dates = forms.ChoiceField(
        label=_("How days like 03/04/2001 are meant"),
        required=False,
        choices=[
            ("", _("Not known: keep them as written")),
            ("dmy", _("Day, month, year")),
            ("mdy", _("Month, day, year")),
        ],
    )

    def clean_file(self) -> tuple[str, bytes]:
        """Return the file's ending and bytes; its contents are the service's to check."""
        upload = self.cleaned_data["file"]
        if upload.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 20 MB."))
        suffix = "." + upload.name.rpartition(".")[2].lower()
        if suffix not in {".csv", ".json"}:
            raise forms.ValidationError(_("A file whose name ends in .csv or .json."))
        return suffix, upload.read()
