"""Input of cooperate: private questions, requests and answers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mainstay.cooperate.models import Peer
from mainstay.cooperate.rules import ASSISTANCE, REFUSAL_GROUNDS, REQUEST_FIELDS, STAGES, TREATIES

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
