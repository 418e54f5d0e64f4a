"""Input about a person: who they are, what they need, closing and erasing."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency
from mainstay.core import clock, labels
from mainstay.protect.models import NEED_KINDS, SEALED_FIELDS
from mainstay.protect.models.retention import WhyErased

LONG = {"story", "route", "health", "safe_contact"}


def day_field(label: Any, **options: Any) -> forms.DateField:
    """Return a field for a day, shown by the browser's own calendar."""
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class FindForm(forms.Form):
    """Whom to look for; posted, so that a name is in no address."""

    find = forms.CharField(max_length=300, strip=True)


class ProtectingAgencyForm(forms.Form):
    """Which agency protects a person from now on."""

    agency = forms.ModelChoiceField(label=_("Who protects the person from now on"), queryset=Agency.objects.none())

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]  # a ModelChoiceField


class NewCaseForm(ProtectingAgencyForm):
    """What a case opened by hand starts with."""

    name = forms.CharField(label=_("Name"), required=False, max_length=300, help_text=_("Sealed as you save."))
    phone = forms.CharField(label=_("Phone"), required=False, max_length=60)
    sex = forms.ChoiceField(label=_("Sex"), choices=labels.SEXES, initial="unknown")
    age_group = forms.ChoiceField(label=_("Age group"), choices=labels.AGE_GROUPS, initial="unknown")
    forms = forms.MultipleChoiceField(
        label=_("Form of exploitation"),
        choices=labels.htcds_choices("vic_TypeOfExploitation"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    identified_date = day_field(_("Presumed victim since"))
    field_order = ("name", "phone", "sex", "age_group", "forms", "identified_date", "agency")

    def clean_identified_date(self) -> date:
        """Refuse a day to come, and one that is no plausible day."""
        day: date = self.cleaned_data["identified_date"]
        if not date(1990, 1, 1) <= day <= clock.today():
            raise forms.ValidationError(_("Choose today or a day before."))
        return day


class IdentityForm(forms.Form):
    """The sealed fields of a case, and the version that they were read at."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, address_apart: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label, _category in SEALED_FIELDS:
            if name == "whereabouts" and address_apart:
                continue
            widget = forms.Textarea(attrs={"rows": 3}) if name in LONG else forms.TextInput()
            self.fields[name] = forms.CharField(label=label, required=False, max_length=20_000, widget=widget)  # type: ignore[arg-type]  # a lazily translated label


class NeedForm(forms.Form):
    """One thing a person needs."""

    kind = forms.ChoiceField(label=_("What they need"), choices=NEED_KINDS)
    note = forms.CharField(label=_("Note"), required=False, max_length=2000, help_text=_("Sealed as you save."))


class ReasonForm(forms.Form):
    """Why a case is closed or opened again."""

    reason = forms.CharField(
        label=_("Why?"), help_text=_("Sealed."), widget=forms.Textarea(attrs={"rows": 3}), max_length=2_000
    )


class CloseForm(ReasonForm):
    """Why a case is closed; with open ends, that they were seen: the closer confirms the list that they were shown."""

    understood = forms.BooleanField(
        label=_("I have seen what is still open, and close the case all the same"),
        error_messages={"required": _("Look at what is still open, and confirm that you have seen it.")},
    )
    field_order = ("understood", "reason")

    def __init__(self, *args: Any, asks: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks:
            del self.fields["understood"]


class EraseForm(forms.Form):
    """The word that erasing is meant."""

    understood = forms.BooleanField(
        label=_("I know that this cannot be undone here, nor from a backup of the database.")
    )


class ErasePersonForm(EraseForm):
    """Why a person is erased, for the certificate."""

    why = forms.ChoiceField(
        label=_("Why?"),
        choices=[(w.value, w.label) for w in (WhyErased.ASKED, WhyErased.DECIDED)],
        widget=forms.RadioSelect,
    )
    field_order = ("why", "understood")
