"""Input of measures against a person, of contacts and submissions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency
from mainstay.protect.forms.guard import FACT_WORDS
from mainstay.protect.forms.law import countries
from mainstay.protect.forms.people import day_field
from mainstay.protect.models.measures import CONTACT_ROLES, MEASURE_KINDS, MEASURE_STATES, OFFENCES
from mainstay.protect.rules.grounds import Fact, MeasureKind, Offence
from mainstay.protect.rules.measures import TAKEN_BACK, MeasureState, may_follow

KNOWN = [("unknown", _("Not known")), ("yes", _("Yes")), ("no", _("No"))]
PARTS = [
    ("", _("Not known, or it makes no difference")),
    ("GB-EAW", _("England and Wales")),
    ("GB-SCT", _("Scotland")),
    ("GB-NIR", _("Northern Ireland")),
]
ASKED_FIRST = (Fact.COMPELLED, Fact.DIRECT_CONSEQUENCE, Fact.CHILD_AT_ACT, Fact.REASONABLE_GROUNDS)


def known_field(fact: Fact) -> forms.ChoiceField:
    """Return a question on a fact: yes, no, not known."""
    return forms.ChoiceField(label=FACT_WORDS[fact][0], choices=KNOWN, initial="unknown", widget=forms.RadioSelect)


def known_values(data: dict[str, Any], facts: tuple[Fact, ...]) -> dict[Fact, bool | None]:
    """Return answers on facts as the guard takes them."""
    return {fact: {"yes": True, "no": False}.get(data.get(fact.value, "")) for fact in facts}


class MeasureForm(forms.Form):
    """A measure against a person."""

    kind = forms.ChoiceField(label=_("What was done"), choices=MEASURE_KINDS)
    taken_on = day_field(_("On which day"))
    country = forms.ChoiceField(label=_("In which country"))
    part = forms.ChoiceField(label=_("In which part of the United Kingdom"), choices=PARTS, required=False)
    authority = forms.CharField(label=_("By which authority"), max_length=300, required=False, help_text=_("Sealed."))
    offences = forms.MultipleChoiceField(
        label=_("What it is about"), choices=OFFENCES, widget=forms.CheckboxSelectMultiple
    )
    words = forms.CharField(
        label=_("What is held against them, in the authority's words"),
        help_text=_("Sealed."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=20_000,
        required=False,
    )
    act_on = day_field(_("When it happened"), required=False)
    exploited_from = day_field(_("Exploited from"), required=False)
    exploited_until = day_field(_("Exploited until"), required=False)

    def __init__(self, *args: Any, own: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = countries([own])  # type: ignore[attr-defined]  # a ChoiceField
        for fact in ASKED_FIRST:
            self.fields[fact.value] = known_field(fact)

    def clean(self) -> dict[str, Any]:
        """Say by the field which days do not fit; whether the rest may be is the service's word."""
        data: dict[str, Any] = super().clean() or {}
        begins, ends = data.get("exploited_from"), data.get("exploited_until")
        if begins and ends and ends < begins:
            self.add_error("exploited_until", _("This is before the exploitation began."))
        if data.get("act_on") and data.get("taken_on") and data["act_on"] > data["taken_on"]:
            self.add_error("act_on", _("This is after the measure that answers it."))
        return data

    def kind_value(self) -> MeasureKind:
        """Return what was done."""
        return MeasureKind(self.cleaned_data["kind"])

    def offence_values(self) -> frozenset[Offence]:
        """Return what it is about."""
        return frozenset(Offence(one) for one in self.cleaned_data["offences"])


class FactsForm(forms.Form):
    """What is known by now of a measure: only what could still change an answer is asked."""

    act_on = day_field(_("When it happened"), required=False)
    part = forms.ChoiceField(label=_("In which part of the United Kingdom"), choices=PARTS, required=False)

    def __init__(self, *args: Any, facts: tuple[Fact, ...], country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if country != "GB":
            del self.fields["part"]
        for fact in facts:
            self.fields[fact.value] = known_field(fact)


class StepForm(forms.Form):
    """What became of a measure."""

    state = forms.ChoiceField(label=_("What happened"))
    day = day_field(_("On which day"))
    note = forms.CharField(
        label=_("Note"),
        help_text=_("Sealed. Needed where it was taken back, or recorded by mistake: say why."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=5000,
        required=False,
    )
    look_again_on = day_field(
        _("Look again on"),
        required=False,
        help_text=_("Empty: in two weeks. Nothing, once it is dropped or taken back."),
    )

    def __init__(self, *args: Any, state: MeasureState, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = dict(MEASURE_STATES)
        choices = [(one.value, labels[one.value]) for one in may_follow(state)]
        self.fields["state"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, Any]:
        """Ask why, where a measure is taken back."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("state") in TAKEN_BACK and not data.get("note", "").strip():
            self.add_error("note", _("Say why it was taken back, or what the mistake was."))
        return data


class ContactForm(forms.Form):
    """Who stands by the person."""

    role = forms.ChoiceField(label=_("Role"), choices=CONTACT_ROLES)
    agency = forms.ModelChoiceField(
        label=_("At an agency of this node"),
        queryset=Agency.objects.none(),
        required=False,
        help_text=_("It sees what the person lets it see of a measure, and nothing else."),
    )
    name = forms.CharField(label=_("Name"), max_length=300, required=False, help_text=_("Sealed."))
    phone = forms.CharField(label=_("Phone"), max_length=60, required=False, help_text=_("Sealed."))
    mail = forms.EmailField(
        label=_("Email"),
        required=False,
        help_text=_("Sealed. What is sent there names nobody and says no more than that something needs them."),
    )

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]  # a ModelChoiceField

    def clean(self) -> dict[str, Any]:
        """Ask for an agency, or for a name with a way to reach them."""
        data: dict[str, Any] = super().clean() or {}
        if not data.get("agency") and not (data.get("name") and (data.get("phone") or data.get("mail"))):
            self.add_error("name", _("Choose an agency here, or give a name with a phone or email."))
        return data


class SubmissionForm(forms.Form):
    """For whom a submission is drafted, and what is added to it."""

    contact = forms.ChoiceField(label=_("For whom"), help_text=_("Only what the person lets them know is in it."))
    words = forms.CharField(
        label=_("What you add"),
        help_text=_("Sealed. It stands below the grounds."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=20_000,
        required=False,
    )

    def __init__(self, *args: Any, contacts: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].choices = contacts  # type: ignore[attr-defined]  # a ChoiceField


class ConfirmForm(forms.Form):
    """Which lawyer confirmed a version, and when."""

    by = forms.CharField(label=_("Confirmed by"), max_length=300, help_text=_("The lawyer's name. Sealed."))
    day = day_field(_("On which day"))


class SentForm(forms.Form):
    """When a version was sent."""

    day = day_field(_("Sent on"))
