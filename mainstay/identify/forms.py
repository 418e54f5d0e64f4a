"""Input of identify: how an interview begins, one question of it, an instrument file."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency, User
from mainstay.core.errors import BadInputError
from mainstay.core.labels import AGE_GROUPS, SEXES, country_choices
from mainstay.identify.engine import photos
from mainstay.identify.engine.answering import answer_fault, tidy
from mainstay.identify.engine.workbook import MAX_FILE_BYTES
from mainstay.identify.models.tips import Tip
from mainstay.identify.rules.tips import as_receipt
from mainstay.identify.services.screenings import Ending
from mainstay.identify.types import Instrument, Question, in_language

MANY_CHOICES = 24
DJANGO_CODES = {"zh": "zh-hans"}
IN_BROWSER = frozenset({"text", "integer", "decimal", "range", "date", "time", "dateTime", "barcode", "acknowledge",
                        "select_one", "select_multiple"})  # fmt: skip
AGE_TEXTS = {"0-17": _("Under 18"), "18+": _("18 or over"), "unknown": _("Not known")}
SEX_TEXTS = {"female": _("Woman or girl"), "male": _("Man or boy"), "other": _("Other"), "unknown": _("Not known")}


class BeginForm(forms.Form):
    """With which instrument, in which language, and what is known of the person."""

    language = forms.ChoiceField(label=_("The person's language"), widget=forms.RadioSelect)
    age_group = forms.ChoiceField(
        label=_("How old is the person?"),
        help_text=_("Somebody who may be under 18 is treated as a child until the age is known."),
        choices=[(code, AGE_TEXTS[code]) for code, _name in AGE_GROUPS],
        widget=forms.RadioSelect,
        initial="unknown",
    )
    sex = forms.ChoiceField(
        label=_("Sex"), choices=[(code, SEX_TEXTS[code]) for code, _name in SEXES], widget=forms.RadioSelect,
        initial="unknown",
    )  # fmt: skip
    instrument = forms.ChoiceField(label=_("Questions"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, instruments: Sequence[Instrument], language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        instrument = self.fields["instrument"]
        assert isinstance(instrument, forms.ChoiceField)  # noqa: S101 - declared above
        if len(instruments) == 1:
            instrument.widget = forms.HiddenInput()
        instrument.choices = [(found.name, found.title) for found in instruments]
        instrument.initial = next((found.name for found in instruments if found.name == "rapid_screen"), None)
        tags = dict.fromkeys(tag for found in instruments for tag in found.languages if len(tag) <= 3)
        languages = self.fields["language"]
        assert isinstance(languages, forms.ChoiceField)  # noqa: S101 - declared above
        languages.choices = [(tag, language_name(tag)) for tag in tags]
        languages.initial = language.split("-")[0] if language.split("-")[0] in tags else next(iter(tags), None)
        self._spoken = {found.name: [tag for tag in found.languages if len(tag) <= 3] for found in instruments}

    def clean(self) -> dict[str, Any]:
        """Refuse questions that are not in the chosen language: a page in two languages helps nobody."""
        data = super().clean() or {}
        spoken = self._spoken.get(data.get("instrument", ""), [])
        if spoken and data.get("language", spoken[0]) not in spoken:
            message = _("These questions are not in this language yet. They are in: %(languages)s.")
            names = ", ".join(map(language_name, spoken))
            self.add_error("language", forms.ValidationError(message, params={"languages": names}))
        return data


class QuestionForm(forms.Form):
    """One question of an instrument; no answer is an answer not given."""

    def __init__(
        self, *args: Any, question: Question, language: str, check: Callable[[str], str | None], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.question = question
        self._check = check
        if question.type in IN_BROWSER:
            self.fields["answer"] = _field(question, language)

    def clean_answer(self) -> str:
        """Refuse what the form does not take, in its own words."""
        value = self.cleaned_data["answer"]
        text = " ".join(value) if isinstance(value, list) else str(value).strip()
        text = tidy(self.question, text) or ""
        expected = answer_fault(self.question, text) or self._check(text)
        if expected:  # the engine speaks English; what it says of a type is translated with views/words.py
            raise forms.ValidationError(_("Expected: %(expected)s"), params={"expected": _(expected)})
        return text


class FinishForm(forms.Form):
    """What the screener adds at the end."""

    note = forms.CharField(
        label=_("Anything to add"),
        help_text=_("Sealed. In the person's own words if you can; leave names of others out."),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        max_length=10_000,
    )

    name = forms.CharField(
        label=_("Name, as the person says it"),
        help_text=_(
            "Sealed. It helps to see whether somebody screened the person before. Leave it empty if they prefer."
        ),
        required=False,
        max_length=200,
    )
    nationality = forms.ChoiceField(label=_("Nationality"), choices=country_choices, required=False)

    def ending(self) -> Ending:
        """Return what was entered."""
        data = self.cleaned_data
        return Ending(note=data["note"], name=data["name"], nationality=data["nationality"])


class InstrumentForm(forms.Form):
    """An XLSForm file to install."""

    file = forms.FileField(label=_("XLSForm (.xlsx)"), widget=forms.FileInput(attrs={"accept": ".xlsx"}))

    def clean_file(self) -> tuple[str, bytes]:
        """Return the file's name and bytes; the check of its contents is the service's."""
        upload = self.cleaned_data["file"]
        if upload.size > MAX_FILE_BYTES:
            raise forms.ValidationError(_("The file is larger than 10 MB."))
        return upload.name, upload.read()


def language_name(tag: str) -> str:
    """Return a language in its own name, as its speakers look for it."""
    try:
        return str(get_language_info(DJANGO_CODES.get(tag, tag))["name_local"])
    except KeyError:
        return tag


def _field(question: Question, language: str) -> forms.Field:
    texts: dict[str, Any] = {
        "label": in_language(question.labels, language),
        "help_text": in_language(question.hints, language),
        "required": False,
    }
    choices = [(choice.name, in_language(choice.labels, language)) for choice in question.choices]
    if question.multiple:
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **texts)
    if len(choices) > MANY_CHOICES:
        return forms.ChoiceField(choices=[("", "—"), *choices], widget=forms.Select, **texts)
    if choices:
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **texts)
    return forms.CharField(widget=_widget(question.type), **texts)


def _widget(kind: str) -> forms.Widget:
    if kind == "integer":
        return forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    if kind in ("decimal", "range"):
        return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    kinds = {"date": "date", "time": "time", "dateTime": "datetime-local"}
    return forms.TextInput(attrs={"type": kinds.get(kind, "text"), "autocomplete": "off"})


class ReviewForm(forms.Form):
    """What a supervisor makes of a colleague's screening."""

    approved = forms.TypedChoiceField(
        label=_("Review"),
        choices=[("yes", _("Approve it")), ("no", _("Return it to the screener"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label=_("Comment"),
        help_text=_("Sealed. Needed where you return it: say what should be done."),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        max_length=5_000,
    )

    def clean(self) -> dict[str, Any]:
        """A return needs a comment."""
        data = super().clean() or {}
        if data.get("approved") is False and not data.get("comment", "").strip():
            self.add_error("comment", _("Say what should be done."))
        return data


class CorrectionForm(forms.Form):
    """Why a screening is corrected."""

    reason = forms.CharField(
        label=_("What was wrong?"),
        help_text=_("Sealed. The interview stays as it was; a new version is made, with the same answers to change."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2_000,
    )


class PrevalenceForm(forms.Form):
    """How many of those screened at a place are victims, and how that is known."""

    per_thousand = forms.DecimalField(
        label=_("Victims in a thousand people screened here"),
        min_value=Decimal("0.1"),
        max_value=1000,
        max_digits=5,
        decimal_places=1,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    source = forms.CharField(label=_("How is that known?"), max_length=300)


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


class DeviceForm(forms.Form):
    """A phone to register."""

    name = forms.CharField(
        label=_("Name of the phone"),
        help_text=_("So that you know which one to end when it is lost: “Border post 2, blue”."),
        max_length=100,
    )
    owner = forms.ModelChoiceField(
        label=_("Who screens with it"),
        help_text=_("Interviews that it sends are theirs."),
        queryset=User.objects.none(),
        empty_label=None,
    )

    def __init__(self, *args: Any, owners: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)  # noqa: S101 - declared above
        owner.queryset = owners


class AppointmentForm(forms.Form):
    """Whom to see, and when; what of it the phone shows is told apart from what stays here."""

    starts_at = forms.DateTimeField(
        label=_("When"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    label = forms.CharField(
        label=_("What the phone shows"),
        help_text=_("Goes to your phone on that day and lies there unsealed: no names, only what tells you who it is."),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    note = forms.CharField(
        label=_("Note"),
        help_text=_("Sealed. It never leaves this node."),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=2_000,
    )
    instrument = forms.ChoiceField(label=_("Questions"), required=False)

    def __init__(self, *args: Any, instruments: Sequence[Instrument], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        instrument = self.fields["instrument"]
        assert isinstance(instrument, forms.ChoiceField)  # noqa: S101 - declared above
        instrument.choices = [("", _("Not known yet")), *((found.name, found.title) for found in instruments)]


class ConfirmForm(forms.Form):
    """Against what the weights of a draft were checked."""

    source = forms.CharField(
        label=_("Checked against"),
        help_text=_("The document, its edition and the pages: everybody who reads a result can see it."),
        max_length=500,
    )
