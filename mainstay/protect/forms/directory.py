"""Input of the directory of services."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from mainstay.core.labels import SEXES, country_choices
from mainstay.core.vocabularies import languages
from mainstay.protect.forms.people import day_field
from mainstay.protect.models import SERVICE_KINDS, Location, Organization, Service
from mainstay.protect.rules.hsds_files import MOST_BYTES
from mainstay.protect.rules.opening import Hours

DAY_WORDS = [
    ("MO", _("Monday")),
    ("TU", _("Tuesday")),
    ("WE", _("Wednesday")),
    ("TH", _("Thursday")),
    ("FR", _("Friday")),
    ("SA", _("Saturday")),
    ("SU", _("Sunday")),
]


def language_choices() -> list[tuple[str, str]]:
    """Return every language as a form's choices, by name in the reader's language."""
    return [(code.name, code.label) for code in languages(get_language())]


class FilterForm(forms.Form):
    """What the list of services is narrowed to; in the address, since it says nothing about anybody."""

    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("Every kind")), *SERVICE_KINDS], required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    country = forms.ChoiceField(label=_("Country"), required=False)
    area = forms.CharField(label=_("Area or town"), max_length=120, required=False)
    words = forms.CharField(label=_("Name"), max_length=120, required=False)
    open_at = forms.DateTimeField(
        label=_("Open at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )
    now = forms.BooleanField(label=_("Open now"), required=False)
    free = forms.BooleanField(label=_("With free places"), required=False)
    all = forms.BooleanField(label=_("Closed ones too"), required=False)

    def __init__(self, *args: Any, countries: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [("", _("Every language")), *language_choices()]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["country"].choices = [("", _("Every country")), *countries]  # type: ignore[attr-defined]  # a ChoiceField


class ServiceForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """One service's own fields."""

    organization = forms.ModelChoiceField(label=_("Organization"), queryset=Organization.objects.none())
    sexes = forms.MultipleChoiceField(
        label=_("For whom"),
        choices=SEXES[:3],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen means everybody."),
    )
    documents = forms.CharField(
        label=_("Papers to bring, one a line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages spoken there"), required=False, widget=forms.SelectMultiple(attrs={"size": 6})
    )
    phone = forms.RegexField(
        r"^[0-9+()#*./\- ]{3,60}$", label=_("Phone"), required=False, error_messages={"invalid": _("Write a number.")}
    )
    accessibility = forms.CharField(
        label=_("For people with a disability, one point a line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
    )
    field_order = ("organization", "kind", "name", "description", "status", "phone", "languages", "sexes")

    class Meta:
        model = Service
        fields = (
            "kind",
            "name",
            "description",
            "status",
            "eligibility",
            "minimum_age",
            "maximum_age",
            "how_to_apply",
            "fees",
            "places",
            "free_places",
        )
        widgets = {  # Django reads it once
            "description": forms.Textarea(attrs={"rows": 3}),
            "eligibility": forms.Textarea(attrs={"rows": 2}),
            "how_to_apply": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, organizations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["languages"].choices = language_choices()  # type: ignore[attr-defined]  # a ChoiceField
        if organizations is None:  # a service provider writes for their own agency only
            del self.fields["organization"]
        else:
            self.fields["organization"].queryset = organizations  # type: ignore[attr-defined]  # a ModelChoiceField

    def clean_documents(self) -> list[str]:
        """Return the papers, one each."""
        return _lines(self.cleaned_data["documents"])

    def clean_accessibility(self) -> list[str]:
        """Return the points, one each."""
        return _lines(self.cleaned_data["accessibility"])

    def clean(self) -> dict[str, Any]:
        """Refuse ages and places that do not fit each other."""
        data: dict[str, Any] = super().clean() or {}
        low, high = data.get("minimum_age"), data.get("maximum_age")
        if low is not None and high is not None and low > high:
            self.add_error("maximum_age", _("This is under the youngest age."))
        places, free = data.get("places"), data.get("free_places")
        if places is not None and free is not None and free > places:
            self.add_error("free_places", _("More places would be free than there are."))
        return data


class PlaceForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """Where a service is given."""

    country = forms.ChoiceField(label=_("Country"), required=False)

    class Meta:
        model = Location
        fields = ("is_confidential", "address", "city", "postal_code", "region", "country", "latitude", "longitude")
        help_texts = {  # Django reads it once
            "is_confidential": _(
                "Street, town and exact place are then not kept at all: only area and country, and distance in tens "
                "of kilometres. It is never in a list and in no export."
            ),
            "latitude": _("In degrees, for example 52.37403. It gives the distance."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = country_choices()  # type: ignore[attr-defined]  # a ChoiceField
        for name, most in (("latitude", 90), ("longitude", 180)):
            self.fields[name].min_value = -most  # type: ignore[attr-defined]  # a DecimalField

    def clean(self) -> dict[str, Any]:
        """Refuse half a place, and degrees that are nowhere."""
        data: dict[str, Any] = super().clean() or {}
        return check_degrees(self, data)


def check_degrees(form: Any, data: dict[str, Any]) -> dict[str, Any]:
    """Note by the field where latitude and longitude are no place."""
    for name, most in (("latitude", 90), ("longitude", 180)):
        if data.get(name) is not None and abs(data[name]) > most:
            form.add_error(name, _("Degrees from -%(most)s to %(most)s.") % {"most": most})
    if (data.get("latitude") is None) is not (data.get("longitude") is None) and not form.errors:
        form.add_error("longitude", _("Write both latitude and longitude, or neither."))
    return data


class HoursForm(forms.Form):
    """Weekly hours; an empty one is left out."""

    days = forms.MultipleChoiceField(
        label=_("Days"), choices=DAY_WORDS, required=False, widget=forms.CheckboxSelectMultiple
    )
    opens = forms.TimeField(
        label=_("Opens"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    closes = forms.TimeField(
        label=_("Closes"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("At or before the opening time means the next morning."),
    )
    valid_from = day_field(_("From"), required=False)
    valid_to = day_field(_("Until"), required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for days and both times together, and for days in their order."""
        data: dict[str, Any] = super().clean() or {}
        given = [name for name in ("days", "opens", "closes") if data.get(name) not in (None, [], "")]
        if given and len(given) < 3:
            missing = next(name for name in ("days", "opens", "closes") if name not in given)
            self.add_error(missing, _("Write days, opening and closing."))
        if data.get("valid_from") and data.get("valid_to") and data["valid_from"] > data["valid_to"]:
            self.add_error("valid_to", _("This is before the first day."))
        return data

    @property
    def hours(self) -> Hours | None:
        """The hours, or nothing where none were written."""
        data = self.cleaned_data
        if not data.get("days"):
            return None
        return Hours(frozenset(data["days"]), data["opens"], data["closes"], data["valid_from"], data["valid_to"])


HoursFormSet = forms.formset_factory(HoursForm, extra=2, max_num=30, absolute_max=40)


class PlacesForm(forms.Form):
    """How many places are free today."""

    places = forms.IntegerField(label=_("Places in all"), min_value=0, max_value=1_000_000, required=False)
    free = forms.IntegerField(label=_("Free places"), min_value=0, max_value=1_000_000, required=False)


class OrganizationForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """An organization that offers services."""

    class Meta:
        model = Organization
        fields = ("name", "agency")
        labels = {"agency": _("Its agency on this node, if it has one")}  # Django reads it once


class DirectoryFileForm(forms.Form):
    """A file of HSDS to take in."""

    file = forms.FileField(
        label=_("HSDS 3.0: JSON, or a zip of CSV tables"), widget=forms.FileInput(attrs={"accept": ".json,.zip"})
    )

    def clean_file(self) -> tuple[str, bytes]:
        """Return the file's name and bytes; its contents are the service's to check."""
        upload = self.cleaned_data["file"]
        if upload.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 20 MB."))
        return upload.name, upload.read()


def _lines(text: str) -> list[str]:
    return [line.strip()[:200] for line in text.splitlines() if line.strip()]
