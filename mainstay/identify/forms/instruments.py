"""An instrument to install, or a draft to confirm."""

from django import forms
from django.utils.translation import gettext_lazy as _

from mainstay.identify.engine.workbook import MAX_FILE_BYTES


class InstrumentForm(forms.Form):
    """An XLSForm file to install."""

    file = forms.FileField(label=_("XLSForm (.xlsx)"), widget=forms.FileInput(attrs={"accept": ".xlsx"}))

    def clean_file(self) -> tuple[str, bytes]:
        """Return the file's name and bytes; the check of its contents is the service's."""
        upload = self.cleaned_data["file"]
        if upload.size > MAX_FILE_BYTES:
            raise forms.ValidationError(_("The file is larger than 10 MB."))
        return upload.name, upload.read()


class ConfirmForm(forms.Form):
    """Against what the weights of a draft were checked."""

    source = forms.CharField(
        label=_("Checked against"),
        help_text=_("The document, its edition and the pages: everybody who reads a result can see it."),
        max_length=500,
    )
