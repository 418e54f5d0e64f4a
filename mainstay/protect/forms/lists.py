"""What narrows the list of people, a name for it, and what is done to many cases at once."""

from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mainstay.accounts.models import User
from mainstay.core import labels
from mainstay.protect.forms.people import day_field
from mainstay.protect.models import Status
from mainstay.protect.models.many import FLAG_KINDS
from mainstay.protect.types import Names
from mainstay.ui.widgets import PlainSelect

ANY = [("", _("All"))]
DUE = [("overdue", _("Overdue")), ("7", _("In 7 days")), ("30", _("In 30 days"))]
SORTING = [
    ("newest", _("Newest first")),
    ("oldest", _("Oldest first")),
    ("due", _("Nearest day first")),
    ("owner", _("By case manager")),
    ("reference", _("By reference")),
]


_narrowing = partial(forms.ChoiceField, required=False, widget=PlainSelect)


class ListForm(forms.Form):
    """What narrows the list of people; it holds coded facts alone, so that it may stand in an address."""

    status = _narrowing(
        label=_("Status"),
        choices=[*ANY, ("open", pgettext_lazy("case", "Open")), *Status.choices[:-1]],
    )
    age = _narrowing(label=_("Age group"), choices=[*ANY, *labels.AGE_GROUPS])
    form = _narrowing(
        label=_("Form of exploitation"),
        choices=[*ANY, *labels.htcds_choices("vic_TypeOfExploitation")],
    )
    owner = forms.TypedChoiceField(
        widget=PlainSelect, label=_("Case manager"), required=False, choices=ANY, coerce=UUID, empty_value=None
    )
    flag = _narrowing(label=_("Flag"), choices=[*ANY, *FLAG_KINDS])
    needs = _narrowing(
        label=_("Needs"),
        choices=[*ANY, ("open", pgettext_lazy("needs", "Open")), ("no_place", _("Without a place"))],
    )
    due = _narrowing(label=_("Days that matter"), choices=[*ANY, *DUE])
    ending = _narrowing(
        label=_("Ends soon"),
        choices=[*ANY, ("soon", _("Within 14 days"))],
        help_text=_("A reflection period, a permit, a consent, or the time a closed file is kept."),
    )
    without = _narrowing(
        label=_("Missing"),
        choices=[
            *ANY, ("plan", _("No plan")), ("consent", _("No consent in force")), ("risk", _("No risk assessment"))
        ],
    )  # fmt: skip
    since = day_field(_("Protected since"), required=False)
    sort = _narrowing(label=_("Order"), choices=SORTING)

    def __init__(self, *args: Any, colleagues: Names, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.colleagues = colleagues
        self.fields["owner"].choices = [*ANY, *colleagues]  # type: ignore[attr-defined]  # a ChoiceField

    def wanted(self) -> dict[str, Any]:
        """Return what is asked for, by filter; what cannot be read narrows nothing."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def asked(self) -> dict[str, str]:
        """Return the filters that are set as a form sends them."""
        return {name: str(value) for name, value in self.wanted().items()}

    def as_query(self, without: str = "") -> str:
        """Return the filters as the query of an address, but for one."""
        return urlencode({name: value for name, value in self.asked().items() if name != without})

    def chips(self) -> list[tuple[str, str, str]]:
        """Return each filter that is set: its label, its value in words, and the query without it."""
        shown = []
        for name, value in self.wanted().items():
            if name == "sort":
                continue
            choices = dict(getattr(self.fields[name], "choices", []))
            shown.append((str(self.fields[name].label), str(choices.get(value, value)), self.as_query(name)))
        return shown


class SaveFilterForm(forms.Form):
    """A name for what narrows the list."""

    name = forms.CharField(label=_("Name"), max_length=60)
    is_shared = forms.BooleanField(label=_("My colleagues see it too"), required=False)
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=500)


BULK = [
    ("hand_over", _("Hand over to a colleague")),
    ("flag", _("Set a flag")),
    ("task", _("Add a task")),
    ("close", _("Close the cases")),
]


class BulkForm(forms.Form):
    """What is done to each of several cases."""

    what = forms.ChoiceField(label=_("What to do"), choices=BULK)
    colleague = forms.ModelChoiceField(
        label=_("Colleague"), required=False, queryset=User.objects.none(), help_text=_("For handing over, or a task.")
    )
    flag = forms.ChoiceField(label=_("Flag"), required=False, choices=[("", "–"), *FLAG_KINDS])
    day = day_field(_("Until"), required=False, help_text=_("The last day of a flag, or the day a task is due."))
    words = forms.CharField(
        label=_("Note, task, or reason to close"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Sealed in each file."),
    )

    def __init__(self, *args: Any, colleagues: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["colleague"].queryset = colleagues  # type: ignore[attr-defined]  # a ModelChoiceField

    def clean(self) -> dict[str, Any]:
        """Ask for what the action needs."""
        data: dict[str, Any] = super().clean() or {}
        needed = {
            "hand_over": ("colleague",),
            "flag": ("flag",),
            "task": ("colleague", "day", "words"),
            "close": ("words",),
        }.get(data.get("what", ""), ())
        for name in needed:
            if not data.get(name) and name not in self.errors:
                self.add_error(name, _("This is needed here."))
        return data


class FlagForm(forms.Form):
    """A flag on one case."""

    kind = forms.ChoiceField(label=_("Flag"), choices=FLAG_KINDS)
    note = forms.CharField(label=_("Note"), required=False, max_length=2_000, help_text=_("Sealed as you save."))
    until = day_field(_("Until"), required=False, help_text=_("Empty: until somebody takes it away."))
