"""What somebody tells, and what the agency makes of it."""

from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency
from mainstay.core import photos
from mainstay.core.errors import BadInputError
from mainstay.identify.models.tips import Tip
from mainstay.identify.rules.tips import as_receipt


class Pictures(forms.FileInput):
    """A file input that takes several photos."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return every file chosen."""
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class PicturesField(forms.FileField):
    """Up to three photos, each stripped of its metadata as it is kept."""

    MOST = 3
    widget = Pictures(attrs={"accept": "image/jpeg,image/png,image/webp", "multiple": True})

    def clean(self, data: Any, initial: Any = None) -> tuple[bytes, ...]:
        """Return the photos' bytes, redrawn without metadata; refuse what is none."""
        files = [file for file in data or [] if file]
        if len(files) > self.MOST:
            raise forms.ValidationError(_("At most three photos at a time."))
        try:
            return tuple(photos.strip(file.read()) for file in files)
        except BadInputError as error:
            expected = _("Expected: a photo (JPEG, PNG or WebP) of at most %(size)d MB and 50 million pixels.")
            raise forms.ValidationError(expected, params={"size": photos.MAX_BYTES // 1_000_000}) from error


class TellForm(forms.Form):
    """What somebody tells, with the token of the page and the proof of work that a browser may add."""

    text = forms.CharField(
        label=_("What did you see or hear?"),
        help_text=_("Where, when, who is in danger, how to find them. Leave your own name out if you wish."),
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off"}),
        max_length=20_000,
    )
    pictures = PicturesField(
        label=_("Photos"),
        help_text=_("Up to three. Place, time and phone that a photo carries are taken out before it is kept."),
        required=False,
    )
    token = forms.CharField(widget=forms.HiddenInput, required=False)
    proof = forms.CharField(widget=forms.HiddenInput, required=False)


class TipForm(TellForm):
    """A first message: also who should read it, where several agencies do."""

    agency = forms.ModelChoiceField(
        label=_("Who should read it?"), queryset=Agency.objects.none(), widget=forms.RadioSelect, empty_label=None
    )
    field_order = ("agency", "text", "pictures")

    def __init__(self, *args: Any, desks: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["agency"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = desks
        known = list(desks[:2])
        if len(known) == 1:
            field.widget = forms.HiddenInput()
            field.initial = known[0].pk


class ReceiptForm(forms.Form):
    """The receipt of an earlier message."""

    receipt = forms.CharField(
        label=_("Your receipt"),
        help_text=_("Sixteen digits."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        max_length=40,
    )

    def clean_receipt(self) -> str:
        """Return the sixteen digits."""
        receipt = as_receipt(self.cleaned_data["receipt"])
        if receipt is None:
            raise forms.ValidationError(_("A receipt has sixteen digits."))
        return receipt


class ReplyForm(forms.Form):
    """An answer to who told."""

    text = forms.CharField(
        label=_("Answer"),
        help_text=_("They read it with their receipt. Ask nothing that puts them in danger."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=20_000,
    )


class CloseTipForm(forms.Form):
    """Why a tip is closed."""

    why = forms.CharField(label=_("Why is it closed?"), help_text=_("Sealed."), max_length=500)


class TransferTipForm(forms.Form):
    """Which agency takes a tip over."""

    agency = forms.ModelChoiceField(label=_("Hand it to"), queryset=Agency.objects.none())

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]  # a ModelChoiceField


class TipChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """A tip to choose, by when it came in."""

    def label_from_instance(self, obj: Any) -> str:
        """Return when the tip came in."""
        return date_format(obj.received_at, "DATETIME_FORMAT")


class MergeTipForm(forms.Form):
    """Which tip leads."""

    into = TipChoice(label=_("Merge it into"), queryset=Tip.objects.none())

    def __init__(self, *args: Any, tips: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = tips  # type: ignore[attr-defined]  # a ModelChoiceField
