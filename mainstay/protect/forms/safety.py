"""Input about a person's safety: risk, plan, how to reach them, where they are, who is shut out."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import User
from mainstay.core import clock
from mainstay.protect.forms.people import day_field
from mainstay.protect.models.safety import CHANNEL_WORDS, DOMAIN_WORDS, LEVEL_WORDS, OPENING_REASONS, PLAN_PARTS
from mainstay.protect.rules.contact import Channel, ContactRules
from mainstay.protect.rules.safety import Domain, Level

HOURS = [("", _("Any hour")), *((str(hour), f"{hour:02d}:00") for hour in range(24))]


def language_choices() -> list[tuple[str, str]]:
    """Return the languages of the interface, each in its own name."""
    return [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]


class RiskForm(forms.Form):
    """A level and a note for each domain."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        levels = [(level.value, words) for level, words in LEVEL_WORDS.items()]
        for domain, words in DOMAIN_WORDS.items():
            self.fields[domain.value] = forms.ChoiceField(label=words, choices=levels, initial=Level.UNKNOWN.value)
            self.fields[f"note_{domain.value}"] = forms.CharField(
                label=_("Note"), required=False, max_length=4_000, widget=forms.Textarea(attrs={"rows": 2})
            )

    def pairs(self) -> list[tuple[Any, Any]]:
        """Return each domain's two fields together, for the page."""
        return [(self[domain.value], self[f"note_{domain.value}"]) for domain in Domain]

    def levels(self) -> dict[Domain, Level]:
        """Return the levels as the rule sees them."""
        return {domain: Level(self.cleaned_data[domain.value]) for domain in Domain}

    def notes(self) -> dict[Domain, str]:
        """Return what was written beside each."""
        return {domain: self.cleaned_data[f"note_{domain.value}"] for domain in Domain}


class SafetyPlanForm(forms.Form):
    """The parts of a plan, the day they were agreed, and the language the person reads."""

    agreed_on = day_field(_("Agreed with the person on"))
    language = forms.ChoiceField(label=_("Their language"), help_text=_("A printed plan has its headings in it."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = language_choices()  # type: ignore[attr-defined]  # a ChoiceField
        for name, label in PLAN_PARTS:
            self.fields[name] = forms.CharField(
                label=label, required=False, max_length=4_000, widget=forms.Textarea(attrs={"rows": 3})
            )

    def clean(self) -> dict[str, Any]:
        """Ask for one part at least."""
        data: dict[str, Any] = super().clean() or {}
        if not any(data.get(name) for name, _label in PLAN_PARTS):
            self.add_error(PLAN_PARTS[0][0], _("Fill in one part at least."))
        return data

    def clean_agreed_on(self) -> date:
        """Refuse a day to come."""
        day: date = self.cleaned_data["agreed_on"]
        if day > clock.today():
            raise forms.ValidationError(_("Choose today or a day before."))
        return day


class ContactForm(forms.Form):
    """How a person may be reached."""

    no_contact = forms.BooleanField(label=_("Do not contact them at all"), required=False)
    no_contact_until = day_field(
        _("Not until"), required=False, help_text=_("That day included. Empty: until they say otherwise.")
    )
    channels = forms.MultipleChoiceField(
        label=_("They may be reached by"),
        required=False,
        choices=[(c.value, words) for c, words in CHANNEL_WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    from_hour = forms.TypedChoiceField(label=_("From"), choices=HOURS, coerce=int, empty_value=None, required=False)
    to_hour = forms.TypedChoiceField(label=_("Until"), choices=HOURS, coerce=int, empty_value=None, required=False)
    voicemail = forms.BooleanField(label=_("A message may be left on their voicemail"), required=False)
    say_one_is = forms.CharField(
        label=_("Say that you are"),
        required=False,
        max_length=300,
        help_text=_("Sealed. “The dentist”, “a colleague”."),
    )
    through = forms.CharField(
        label=_("Through whom"), required=False, max_length=300, help_text=_("Sealed. Name and how to reach them.")
    )
    language = forms.ChoiceField(label=_("Speak to them in"), required=False)
    ask_again_on = day_field(_("Holds until"), required=False, help_text=_("After that day they are asked anew."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [("", _("Not known")), *language_choices()]  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, Any]:
        """Ask for both hours or none, for through whom where that is the way, and for days to come."""
        data: dict[str, Any] = super().clean() or {}
        if (data.get("from_hour") is None) != (data.get("to_hour") is None):
            self.add_error("to_hour", _("Choose both hours, or none."))
        if Channel.THROUGH in data.get("channels", ()) and not data.get("through"):
            self.add_error("through", _("Say through whom."))
        for name in ("no_contact_until", "ask_again_on"):
            if data.get(name) and data[name] < clock.today():
                self.add_error(name, _("This day is past."))
        return data

    def rules(self) -> ContactRules:
        """Return what was agreed as the rule sees it."""
        data = self.cleaned_data
        return ContactRules(
            channels=frozenset(Channel(c) for c in data["channels"]),
            from_hour=data["from_hour"],
            to_hour=data["to_hour"],
            voicemail=data["voicemail"],
            no_contact=data["no_contact"],
            no_contact_until=data["no_contact_until"] if data["no_contact"] else None,
            ask_again_on=data["ask_again_on"],
            language=data["language"],
        )


class PeopleField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """Colleagues to name."""

    def label_from_instance(self, obj: Any) -> str:
        """Return a colleague's name."""
        return str(obj.name)


class ColleagueField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """One colleague."""

    def label_from_instance(self, obj: Any) -> str:
        """Return a colleague's name and agency."""
        return f"{obj.name}, {obj.agency.name}"


class AddressForm(forms.Form):
    """Where a person is, and who besides the owner may open it."""

    address = forms.CharField(label=_("Where they are"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2_000)
    readers = PeopleField(
        label=_("Who may open it besides you"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["readers"].queryset = people  # type: ignore[attr-defined]  # a ModelMultipleChoiceField


class OpenAddressForm(forms.Form):
    """What an address is opened for."""

    why = forms.ChoiceField(label=_("What for?"), choices=[("", _("Choose")), *OPENING_REASONS])


class TieForm(forms.Form):
    """Who is tied to the person, and how."""

    colleague = ColleagueField(label=_("Who is tied to the person?"), queryset=User.objects.none())
    reason = forms.CharField(label=_("How?"), help_text=_("Sealed."), max_length=2_000)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["colleague"].queryset = people  # type: ignore[attr-defined]  # a ModelChoiceField


class OwnTieForm(forms.Form):
    """Which person somebody is tied to, by reference, and how."""

    reference = forms.CharField(label=_("Reference"), max_length=20, help_text=_("It begins with P-."))
    reason = forms.CharField(label=_("How are you tied to this person?"), help_text=_("Sealed."), max_length=2_000)


class FindCaseForm(forms.Form):
    """Out of which case to shut somebody, by reference."""

    reference = forms.CharField(label=_("Reference"), max_length=20, help_text=_("It begins with P-."))
