"""Input of cooperate: private questions, requests, referrals, and answers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency
from mainstay.cooperate.models import Peer
from mainstay.cooperate.rules.requests import ASSISTANCE, REFUSAL_GROUNDS, REQUEST_FIELDS, STAGES, TREATIES
from mainstay.core import clock

LONG = {"offence_scope", "subject_and_nature", "facts_summary", "assistance_sought", "purpose"}
LABELS = {
    "treaty_basis": _("Treaty basis"),
    "offence_scope": _("Offence and why it is in scope"),
    "requesting_authority": _("Requesting authority"),
    "stage": _("Stage of the proceeding"),
    "subject_and_nature": _("Subject matter of the proceeding"),
    "conducting_authority": _("Authority that conducts it, and its functions"),
    "facts_summary": _("Summary of the facts"),
    "assistance_type": _("Kind of assistance"),
    "assistance_sought": _("Assistance sought"),
    "purpose": _("Purpose"),
    "language": _("Language"),
    "deadline": _("Wanted by"),
    "deadline_reason": _("Why by then"),
}
CHOICES: dict[str, list[tuple[str, str]]] = {
    "stage": [(stage, stage) for stage in STAGES],
    "treaty_basis": [(treaty, treaty.upper() if treaty == "untoc" else treaty) for treaty in TREATIES],
    "assistance_type": [(key, f"({key}) {text}") for key, text in ASSISTANCE.items()],
}


class AskForm(forms.Form):
    """Whom to ask, about the account of which entity."""

    peer = forms.ModelChoiceField(label=_("Which node"), queryset=Peer.objects.none())
    entity = forms.ChoiceField(
        label=_("Whose account"), help_text=_("Accounts from cases here, where the person's consent covers that node.")
    )

    def __init__(self, *args: Any, peers: Any, entities: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["peer"].queryset = peers  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["entity"].choices = entities  # type: ignore[attr-defined]  # a ChoiceField


class RequestForm(forms.Form):
    """A request under UNTOC article 18; whether it is complete is the rule's to say."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for rule in REQUEST_FIELDS:
            widget = forms.Textarea(attrs={"rows": 3}) if rule.key in LONG else forms.TextInput()
            options: dict[str, Any] = {"label": LABELS[rule.key], "required": rule.required, "help_text": rule.ref}
            if rule.key in CHOICES:
                self.fields[rule.key] = forms.ChoiceField(choices=CHOICES[rule.key], **options)
            else:
                self.fields[rule.key] = forms.CharField(max_length=20_000, widget=widget, **options)


class AnswerForm(forms.Form):
    """The answer to a request."""

    text = forms.CharField(label=_("Your answer"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 5}))
    refusal_ground = forms.ChoiceField(
        label=_("Refuse, with this ground"),
        required=False,
        choices=[
            ("", _("No: the request is executed")),
            *((k, f"{text} ({ref})") for k, (text, ref) in REFUSAL_GROUNDS.items()),
        ],
    )


def _long(label: Any, *, required: bool = True, help_text: Any = "") -> forms.CharField:
    words = forms.Textarea(attrs={"rows": 4})
    return forms.CharField(label=label, required=required, max_length=4000, widget=words, help_text=help_text)


class ReferForm(forms.Form):
    """What is asked of which other node: help with one need, or to take the whole case over."""

    peer = forms.ModelChoiceField(label=_("Which node"), queryset=Peer.objects.none())
    what = forms.ChoiceField(
        label=_("What is asked"),
        choices=[("need", _("To help with one need")), ("whole", _("To take the whole case over"))],
        widget=forms.RadioSelect,
    )
    need = forms.ChoiceField(label=_("What is needed"))
    service = forms.ChoiceField(label=_("Kind of service wanted"), required=False)
    answer_by = forms.DateField(
        label=_("Answer by"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("After this day it counts as not answered, there and here."),
    )
    message = _long(
        _("What they have to know"),
        required=False,
        help_text=_("Quote nothing that the person does not let leave: it is refused."),
    )

    def __init__(self, *args: Any, peers: Any, needs: Any, services: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["peer"].queryset = peers  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["need"].choices = needs  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["service"].choices = [("", _("Any")), *services]  # type: ignore[attr-defined]  # a ChoiceField

    def clean_answer_by(self) -> Any:
        """Refuse a day that is over."""
        day = self.cleaned_data["answer_by"]
        if day < clock.today():
            raise forms.ValidationError(_("Choose today or a day after."))
        return day


class ReferralAnswerForm(forms.Form):
    """The answer to what another node referred here."""

    accepted = forms.ChoiceField(
        label=_("Your answer"),
        choices=[("yes", _("We take this on")), ("no", _("We cannot"))],
        widget=forms.RadioSelect,
    )
    reason = _long(_("Reason, if you cannot"), required=False, help_text=_("It goes to the other node."))

    def clean(self) -> dict[str, Any]:
        """Ask for a reason with a no."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("accepted") == "no" and not data.get("reason", "").strip():
            self.add_error("reason", _("Say why, so that another place can be found."))
        return data


class ReferralOutcomeForm(forms.Form):
    """What came of what another node referred here."""

    outcome = _long(_("What came of it"), help_text=_("It goes to the other node. Quote nothing of the person's file."))


class PassForm(forms.Form):
    """To which agency of this node a referral is given."""

    agency = forms.ModelChoiceField(label=_("To which agency"), queryset=Agency.objects.none())

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]  # a ModelChoiceField
