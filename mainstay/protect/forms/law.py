"""Input of days, ages, permits, and of what national law says."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mainstay.core.labels import country_choices
from mainstay.protect.forms.people import day_field
from mainstay.protect.models.days import DEADLINE_KINDS, HAND_SOURCES
from mainstay.protect.models.law import MOVES, TERM_KINDS, TREATIES
from mainstay.protect.models.status import PERMIT_GROUNDS, PERMIT_STATES
from mainstay.protect.rules.deadlines import REFLECTION_FLOOR_DAYS


def countries(own: Iterable[str]) -> list[tuple[str, str]]:
    """Return every country as choices, and those of this node too where ISO does not know them."""
    listed = country_choices()
    known = {code for code, _name in listed}
    return [*((code, code) for code in sorted(set(own) - known)), *listed]


YES_NO_UNKNOWN = [("unknown", _("Not known")), ("yes", _("Yes")), ("no", _("No"))]
ANSWERS = {"yes": True, "no": False}
BY_HAND = ("hearing", "reassessment", "appeal", "permit_renewal", "age_verification", "other")


class DayForm(forms.Form):
    """A day entered by hand."""

    kind = forms.ChoiceField(label=_("What for"), choices=[one for one in DEADLINE_KINDS if one[0] in BY_HAND])
    day = day_field(_("Day"))
    source = forms.ChoiceField(label=_("Where it comes from"), choices=HAND_SOURCES)
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=2000,
        help_text=_("Sealed: the provision, the file number, the place."),
    )


class AgeForm(forms.Form):
    """An uncertain age."""

    reasons_to_believe_child = forms.TypedChoiceField(
        label=_("Are there reasons to believe that they are a child?"),
        choices=[
            ("yes", _("Yes: treat them as a child until their age is verified")),
            ("no", _("No: there is doubt alone")),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    reasons = forms.CharField(
        label=_("Which reasons"),
        help_text=_("Sealed."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=5000,
        required=False,
    )
    unaccompanied = forms.ChoiceField(
        label=_("Are they without a parent or guardian?"),
        choices=YES_NO_UNKNOWN,
        initial="unknown",
        widget=forms.RadioSelect,
    )

    def clean(self) -> dict[str, Any]:
        """Reasons to believe come with the reasons."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("reasons_to_believe_child") and not data.get("reasons", "").strip():
            self.add_error("reasons", _("Write the reasons down."))
        return data


class VerifyAgeForm(forms.Form):
    """An age that was verified."""

    is_child = forms.TypedChoiceField(
        label=_("What was found"),
        choices=[("yes", _("Under 18")), ("no", _("18 or over"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    how = forms.CharField(
        label=_("How, and by whom"), help_text=_("Sealed."), widget=forms.Textarea(attrs={"rows": 3}), max_length=5000
    )


class PermitForm(forms.Form):
    """A residence permit."""

    ground = forms.ChoiceField(label=_("On which ground"), choices=PERMIT_GROUNDS)
    state = forms.ChoiceField(label=_("How it stands"), choices=PERMIT_STATES)
    asked_on = day_field(_("Asked for on"))
    decided_on = day_field(_("Decided on"), required=False)
    expires_on = day_field(_("Ends on"), required=False)
    note = forms.CharField(label=_("Note"), required=False, max_length=2000, help_text=_("Sealed."))

    def clean(self) -> dict[str, Any]:
        """Say by the field which day is missing or does not fit."""
        data: dict[str, Any] = super().clean() or {}
        asked, decided, expires = data.get("asked_on"), data.get("decided_on"), data.get("expires_on")
        if asked and decided and decided < asked:
            self.add_error("decided_on", _("This is before it was asked for."))
        if data.get("state") == "granted" and not expires and "expires_on" not in self.errors:
            self.add_error("expires_on", _("A granted permit has a last day."))
        if data.get("state") == "refused" and not decided and "decided_on" not in self.errors:
            self.add_error("decided_on", _("From this day the days of an appeal count."))
        if expires and (decided or asked) and expires < (decided or asked):
            self.add_error("expires_on", _("This is before it begins."))
        return data


class NationalDaysForm(forms.Form):
    """What national law says of a term."""

    country = forms.ChoiceField(label=_("Country"))
    kind = forms.ChoiceField(label=_("What for"), choices=TERM_KINDS)
    days = forms.IntegerField(label=_("Days"), min_value=1, max_value=1100)
    moves = forms.ChoiceField(label=_("If the last day is one when offices are closed"), choices=MOVES)
    source = forms.CharField(label=_("Source"), max_length=200, help_text=_("The provision, as one would cite it."))

    def __init__(self, *args: Any, own: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = countries(own)  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, Any]:
        """Refuse a reflection period under the treaty's floor."""
        data: dict[str, Any] = super().clean() or {}
        if (
            data.get("kind") == "reflection_period"
            and (data.get("days") or REFLECTION_FLOOR_DAYS) < REFLECTION_FLOOR_DAYS
        ):
            self.add_error("days", _("National law lengthens this period, it never shortens it: 30 days at least."))
        return data


class TreatyForm(forms.Form):
    """Whether a country is bound by a treaty."""

    country = forms.ChoiceField(label=_("Country"))
    treaty = forms.ChoiceField(label=_("Treaty or membership"), choices=TREATIES)
    binds = forms.TypedChoiceField(
        label=_("Is it bound?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    since = day_field(_("Since"), required=False)
    source = forms.CharField(
        label=_("Source"),
        max_length=200,
        help_text=_("Where one can look: the depositary's list, an official gazette."),
    )

    def __init__(self, *args: Any, own: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = countries(own)  # type: ignore[attr-defined]  # a ChoiceField
