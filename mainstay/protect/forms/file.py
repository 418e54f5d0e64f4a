"""Input about a person's file: names, papers, family, journey, who is involved, facts, birth, documents, notes."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from mainstay.core import clock
from mainstay.core.labels import country_choices, facts_choices
from mainstay.core.vocabularies import languages
from mainstay.protect.forms.consents import CATEGORIES_TO_AGREE
from mainstay.protect.forms.people import day_field
from mainstay.protect.models.parts import (
    HOLDERS,
    NAME_KINDS,
    PAPER_KINDS,
    PARTY_KINDS,
    RELATIONS,
    ROLES,
    SCRIPTS,
    WAYS,
)
from mainstay.protect.rules.birth import Birth, BirthFault, Precision, birth_fault, write_birth
from mainstay.protect.rules.facts import fact_lists
from mainstay.protect.rules.files import MOST_BYTES
from mainstay.protect.rules.journey import is_partial_date

SEALED = _("Sealed as you save.")
PRECISIONS = [
    ("day", _("The day is known")),
    ("month", _("Month and year are known")),
    ("year", _("Only the year is known")),
    ("age", _("The age is estimated")),
    ("unknown", _("Nothing is known")),
]
FACT_WORDS: dict[str, str | Promise] = {
    "vic_MethodOfRecruitment": _("How they were recruited"),
    "vic_RecruitmentWebsitesAndApps": _("Sites and apps used to recruit them"),
    "vic_RelationshipToTrafficker": _("How they knew who exploited them"),
    "vic_MethodsOfControl": _("How they were controlled"),
    "vic_ForcedLabourIndustry": _("Industry they were made to work in"),
    "vic_TypeOfSexExploitation": _("Kind of sexual exploitation"),
    "vic_ExploitationWebsitesAndApps": _("Sites and apps used to exploit them"),
    "vic_Vulnerabilities": _("What was taken advantage of"),
}
"""What lists of facts are called; one of another standard is called by its own name."""
BIRTH_FAULTS = {
    BirthFault.NO_SUCH_DAY: _("There is no such day."),
    BirthFault.TO_COME: _("This is still to come."),
    BirthFault.TOO_OLD: _("That would be more than 120 years ago."),
    BirthFault.UPSIDE_DOWN: _("The lower age comes first."),
}


def _text(
    label: Any, *, long: bool = False, required: bool = False, most: int = 300, **options: Any
) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3}) if long else forms.TextInput()
    return forms.CharField(label=label, required=required, max_length=4_000 if long else most, widget=widget, **options)


class CountryForm(forms.Form):
    """A part of the file that names a country."""

    country = forms.ChoiceField(label=_("Country"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = country_choices()  # type: ignore[attr-defined]  # a ChoiceField


class NameForm(forms.Form):
    """One name of the person."""

    name = _text(_("Name, as it is written"), required=True, help_text=SEALED)
    kind = forms.ChoiceField(label=_("Which name it is"), choices=NAME_KINDS)
    script = forms.ChoiceField(label=_("Script"), choices=SCRIPTS, required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(code.name, code.label) for code in languages(get_language())]
        self.fields["language"].choices = [("", _("Not said")), *known]  # type: ignore[attr-defined]  # a ChoiceField


class PaperForm(CountryForm):
    """One identity document."""

    kind = forms.ChoiceField(label=_("Which document"), choices=PAPER_KINDS)
    number = _text(_("Number"), most=100, help_text=SEALED)
    holder = forms.ChoiceField(label=_("Who has it now"), choices=HOLDERS, initial="unknown")
    valid_until = day_field(_("Valid until"), required=False)
    field_order = ("kind", "country", "number", "holder", "valid_until")


class RelativeForm(forms.Form):
    """Somebody of the person's family."""

    relation = forms.ChoiceField(label=_("Who they are to the person"), choices=RELATIONS)
    name = _text(_("Name"), help_text=SEALED)
    is_child = forms.BooleanField(label=_("Under 18"), required=False)
    is_with_them = forms.BooleanField(label=_("Is with the person"), required=False)
    is_at_risk = forms.BooleanField(label=_("Is in danger"), required=False)
    note = _text(_("Note"), long=True)


class StationForm(CountryForm):
    """One station of the journey."""

    order = forms.IntegerField(label=_("Which station, counted from 1"), min_value=1, max_value=200)
    place = _text(_("Place"), help_text=SEALED)
    came = _text(_("Came there"), most=10, help_text=_("As far as it is known: 2025-03-01, 2025-03 or 2025."))
    left = _text(_("Left again"), most=10, help_text=_("As far as it is known: 2025-03-01, 2025-03 or 2025."))
    way = forms.ChoiceField(label=_("How they came there"), choices=WAYS, required=False)
    what = _text(_("What happened there"), long=True)
    field_order = ("order", "country", "place", "came", "left", "way", "what")

    def clean_came(self) -> str:
        """Refuse what is no day."""
        return self._day("came")

    def clean_left(self) -> str:
        """Refuse what is no day."""
        return self._day("left")

    def _day(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        if text and not is_partial_date(text):
            raise forms.ValidationError(_("Write a day, a month or a year: 2025-03-01, 2025-03 or 2025."))
        return text


class InvolvedForm(forms.Form):
    """A person or company that took part."""

    kind = forms.ChoiceField(label=_("A person or a company"), choices=PARTY_KINDS)
    role = forms.ChoiceField(label=_("What they did"), choices=ROLES)
    name = _text(_("Name"), help_text=SEALED)
    phone = _text(_("Phone"), most=60)
    account = _text(_("Account"), most=60, help_text=_("Leaves only where consent covers the money."))

    def clean(self) -> dict[str, Any]:
        """Ask for one thing by which they can be known."""
        data: dict[str, Any] = super().clean() or {}
        if not any(data.get(name) for name in ("name", "phone", "account")):
            self.add_error("name", _("Fill in a name, a phone or an account."))
        return data


PART_FORMS: dict[str, type[forms.Form]] = {
    "names": NameForm,
    "papers": PaperForm,
    "relatives": RelativeForm,
    "stations": StationForm,
    "involved": InvolvedForm,
}


class FactsForm(forms.Form):
    """What happened in codes: a box for each code of each list."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in fact_lists():
            self.fields[name] = forms.MultipleChoiceField(
                label=FACT_WORDS.get(name, name),  # type: ignore[arg-type]  # a lazily translated label
                choices=facts_choices(name),
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )


class BirthForm(forms.Form):
    """When somebody was born, as exactly as it is known."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    precision = forms.ChoiceField(label=_("How exactly is it known?"), choices=PRECISIONS, widget=forms.RadioSelect)
    day = forms.IntegerField(label=_("Day"), required=False, min_value=1, max_value=31)
    month = forms.IntegerField(label=pgettext_lazy("date", "Month"), required=False, min_value=1, max_value=12)
    year = forms.IntegerField(label=_("Year"), required=False, min_value=1850, max_value=2200)
    age_from = forms.IntegerField(label=_("Estimated age, from"), required=False, min_value=0, max_value=150)
    age_to = forms.IntegerField(label=_("Estimated age, to"), required=False, min_value=0, max_value=150)

    NEEDED: Mapping[str, tuple[str, ...]] = {
        "day": ("day", "month", "year"),
        "month": ("month", "year"),
        "year": ("year",),
        "age": ("age_from", "age_to"),
    }

    def clean(self) -> dict[str, Any]:
        """Ask for what this precision needs, and refuse what cannot be."""
        data: dict[str, Any] = super().clean() or {}
        needed = self.NEEDED.get(data.get("precision", ""), ())
        for name in needed:
            if data.get(name) is None and name not in self.errors:
                self.add_error(name, _("Fill this in, or choose that less is known."))
        if not self.errors:
            fault = birth_fault(self.birth(), clock.today())
            if fault is not None:
                self.add_error(needed[0], BIRTH_FAULTS[fault])
        return data

    def birth(self) -> Birth:
        """Return the birth date as the rule sees it."""
        data, precision = self.cleaned_data, Precision(self.cleaned_data["precision"])
        known = {name: data[name] for name in self.NEEDED.get(precision, ())}
        return Birth(precision, **known, thought_on=clock.today() if precision is Precision.AGE else None)

    def text(self) -> str:
        """Return the text that is kept."""
        return write_birth(self.birth())


class UploadForm(forms.Form):
    """A file from somebody's device; its kind is found from its bytes by the service."""

    file = forms.FileField(label=_("File"), allow_empty_file=True)

    def clean_file(self) -> bytes:
        """Return the bytes, in memory."""
        upload = self.cleaned_data["file"]
        if upload.size > MOST_BYTES:
            raise forms.ValidationError(_("This file is larger than 20 MB."))
        content: bytes = upload.read()
        return content


class DocumentForm(UploadForm):
    """A document, and which kind of data it is."""

    title = _text(_("What it is"), required=True, most=200, help_text=SEALED)
    category = forms.ChoiceField(
        label=_("What kind of data it holds"),
        choices=[("", _("Choose")), *CATEGORIES_TO_AGREE],
        help_text=_("It leaves only where a consent covers this kind."),
    )
    field_order = ("file", "title", "category")


class NoteForm(forms.Form):
    """An internal note."""

    text = forms.CharField(
        label=_("Note"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 6}), help_text=SEALED
    )
    is_pinned = forms.BooleanField(label=_("Keep it above the others"), required=False)


class LeftOutForm(forms.Form):
    """Which pieces of a text are left out, and for whom."""

    recipient = forms.ChoiceField(label=_("For whom"), required=False)
    pieces = forms.MultipleChoiceField(
        label=_("Leave out"), required=False, widget=forms.CheckboxSelectMultiple, choices=[]
    )
    passages = forms.CharField(
        label=_("Other passages, one a line"),
        help_text=_("Copy each as it stands in the text. Every place of it is left out."),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, recipients: list[tuple[str, str]], pieces: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["recipient"].choices = [("", _("For everybody")), *recipients]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["pieces"].choices = [(str(place), piece) for place, piece in enumerate(pieces)]  # type: ignore[attr-defined]  # a MultipleChoiceField
        self.all_pieces = pieces

    def marked(self) -> list[str]:
        """Return what was marked either way."""
        chosen = [self.all_pieces[int(place)] for place in self.cleaned_data["pieces"]]
        return chosen + [line for line in self.cleaned_data["passages"].splitlines() if line.strip()]


class LeftOutPagesForm(forms.Form):
    """Which pages of a PDF are left out, and for whom."""

    recipient = forms.ChoiceField(label=_("For whom"), required=False)
    pages = forms.CharField(
        label=_("Pages to leave out"), required=False, max_length=2_000, help_text=_("Numbers, for example: 2, 5, 6")
    )

    def __init__(self, *args: Any, recipients: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["recipient"].choices = [("", _("For everybody")), *recipients]  # type: ignore[attr-defined]  # a ChoiceField

    def clean_pages(self) -> list[int]:
        """Return the numbers."""
        words = self.cleaned_data["pages"].replace(",", " ").split()
        if not all(word.isascii() and word.isdigit() for word in words):
            raise forms.ValidationError(_("Write numbers of pages, for example: 2, 5, 6"))
        return [int(word) for word in words]
