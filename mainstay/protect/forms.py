"""Input of protect: cases, consents, needs, referrals."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency
from mainstay.core import clock, labels
from mainstay.protect.models import NEED_KINDS, SEALED_FIELDS
from mainstay.protect.models.procedures import OUTCOMES
from mainstay.protect.types import Category, Given, SharePurpose

CATEGORY_WORDS = {
    Category.IDENTITY: _("Name and birth date"),
    Category.CONTACT: _("How to reach them"),
    Category.HEALTH: _("Health"),
    Category.JOURNEY: _("The journey"),
    Category.EXPLOITATION: _("What happened"),
    Category.EXPLOITERS: _("Who controlled them"),
    Category.MONEY: _("The money: accounts of who controlled them"),
    Category.NEEDS: _("What they need"),
}
PURPOSE_WORDS = {
    SharePurpose.ASSISTANCE: _("To help the person"),
    SharePurpose.INVESTIGATION: _("To investigate who controlled them"),
    SharePurpose.COOPERATION: _("To cooperate with another country"),
    SharePurpose.IDENTIFICATION: _("So that the authority decides whether they are a victim"),
}
GIVEN_WORDS = {
    Given.SPOKEN: _("Spoken"),
    Given.WRITTEN: _("Written"),
    Given.GUARDIAN: _("By a guardian"),
    Given.INTERPRETER: _("Through an interpreter"),
}
LONG = {"story", "route", "health", "safe_contact"}


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}), **options)


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
    identified_date = _day(_("Presumed victim since"))
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label, _category in SEALED_FIELDS:
            widget = forms.Textarea(attrs={"rows": 3}) if name in LONG else forms.TextInput()
            self.fields[name] = forms.CharField(label=label, required=False, max_length=20_000, widget=widget)  # type: ignore[arg-type]  # a lazily translated label


class ConsentForm(forms.Form):
    """What a person lets leave."""

    recipients = forms.MultipleChoiceField(label=_("To whom"), widget=forms.CheckboxSelectMultiple, required=False)
    other_node = forms.CharField(
        label=_("To another node"), required=False, max_length=100, help_text=_("Its name, as in the list of nodes.")
    )
    categories = forms.MultipleChoiceField(
        label=_("What"),
        choices=[(c.value, words) for c, words in CATEGORY_WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    purposes = forms.MultipleChoiceField(
        label=_("What for"),
        choices=[(p.value, words) for p, words in PURPOSE_WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    how = forms.ChoiceField(label=_("How it was given"), choices=[(g.value, words) for g, words in GIVEN_WORDS.items()])
    given_on = _day(_("Given on"))
    until = _day(_("Until"), required=False, help_text=_("Empty: until it is taken back."))

    def __init__(self, *args: Any, recipients: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["recipients"].choices = recipients  # type: ignore[attr-defined]  # a MultipleChoiceField

    def clean(self) -> dict[str, Any]:
        """Ask for at least one recipient, and for dates the right way round."""
        data: dict[str, Any] = super().clean() or {}
        if not data.get("recipients") and not data.get("other_node"):
            self.add_error("recipients", _("Choose at least one recipient."))
        if data.get("until") and data.get("given_on") and data["until"] < data["given_on"]:
            self.add_error("until", _("This is before the day it was given."))
        return data


class NeedForm(forms.Form):
    """One thing a person needs."""

    kind = forms.ChoiceField(label=_("What they need"), choices=NEED_KINDS)
    note = forms.CharField(label=_("Note"), required=False, max_length=2000, help_text=_("Sealed as you save."))


class ReferForm(forms.Form):
    """To whom a need is passed."""

    agency = forms.ModelChoiceField(label=_("To which agency"), queryset=Agency.objects.none())

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]  # a ModelChoiceField


class AnswerForm(forms.Form):
    """An agency's answer to a referral."""

    accepted = forms.ChoiceField(
        label=_("Your answer"),
        choices=[("yes", _("We take this on")), ("no", _("We cannot"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("Reason, if you cannot"), required=False, max_length=1000)

    def clean(self) -> dict[str, Any]:
        """Ask for a reason with a no."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("accepted") == "no" and not data.get("reason"):
            self.add_error("reason", _("Say why, so that another place can be found."))
        return data


class ReceivingForm(forms.Form):
    """What an agency may ever receive; consent decides within it."""

    limited = forms.ChoiceField(
        label=_("What may it ever receive?"),
        choices=[("no", _("Whatever a person's consent allows")), ("yes", _("Only these, if consent allows them"))],
        widget=forms.RadioSelect,
    )
    categories = forms.MultipleChoiceField(
        label=_("These"),
        required=False,
        choices=[(c.value, words) for c, words in CATEGORY_WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
    )


class ReasonForm(forms.Form):
    """Why a case is closed or opened again."""

    reason = forms.CharField(
        label=_("Why?"), help_text=_("Sealed."), widget=forms.Textarea(attrs={"rows": 3}), max_length=2_000
    )


class EraseForm(forms.Form):
    """The reason for which a person is erased."""

    understood = forms.BooleanField(label=_("I know that this cannot be undone, not even from a backup."))


class AskToDecideForm(forms.Form):
    """Which authority decides."""

    authority = forms.ModelChoiceField(label=_("Which authority decides?"), queryset=Agency.objects.none())

    def __init__(self, *args: Any, authorities: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["authority"].queryset = authorities  # type: ignore[attr-defined]  # a ModelChoiceField


class DecisionForm(forms.Form):
    """A decision with its reasons."""

    outcome = forms.ChoiceField(label=_("Decision"), choices=OUTCOMES, widget=forms.RadioSelect)
    reasons = forms.CharField(
        label=_("Reasons"),
        help_text=_("Sealed. Name the facts and the elements: act, means, purpose. Whoever appeals will read them."),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=20_000,
    )


class SecondReadingForm(forms.Form):
    """What the second reader makes of a decision."""

    agrees = forms.TypedChoiceField(
        label=_("Second reading"),
        choices=[("yes", _("I agree: the decision stands")), ("no", _("I disagree: decide anew"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    reasons = forms.CharField(
        label=_("Why"),
        help_text=_("Sealed. Needed where you disagree."),
        widget=forms.Textarea(attrs={"rows": 5}),
        required=False,
        max_length=20_000,
    )
    decision = forms.UUIDField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """A disagreement needs its reasons."""
        data = super().clean() or {}
        if data.get("agrees") is False and not data.get("reasons", "").strip():
            self.add_error("reasons", _("Say why you disagree."))
        return data


class AppealForm(forms.Form):
    """The person's appeal."""

    grounds = forms.CharField(
        label=_("What the person says against the decision"),
        help_text=_("Sealed. They count as a presumed victim again until the appeal is decided."),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=20_000,
    )
