"""Input of access for somebody outside, and the code that opens their page."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mainstay.protect.forms.consents import CATEGORIES_TO_AGREE, GIVEN_WORDS, PURPOSE_WORDS
from mainstay.protect.forms.people import day_field
from mainstay.protect.models.many import GUEST_KINDS
from mainstay.protect.services.outside import Guest
from mainstay.protect.types import Category, Given, SharePurpose


class OutsideForm(forms.Form):
    """Whom to let in, to what, until when."""

    kind = forms.ChoiceField(label=_("What they are"), choices=GUEST_KINDS)
    who = forms.CharField(label=_("Who"), max_length=300, help_text=_("Sealed as you save."))
    categories = forms.MultipleChoiceField(
        label=_("What the person lets them read"), choices=CATEGORIES_TO_AGREE, widget=forms.CheckboxSelectMultiple
    )
    purpose = forms.ChoiceField(label=_("What for"), choices=[(p.value, words) for p, words in PURPOSE_WORDS.items()])
    how = forms.ChoiceField(
        label=_("How the person agreed"), choices=[(g.value, words) for g, words in GIVEN_WORDS.items()]
    )
    until = day_field(_("Until"), help_text=_("At most 90 days from now. It ends by itself."))

    def guest(self) -> Guest:
        """Return whom to let in."""
        data: dict[str, Any] = self.cleaned_data
        return Guest(
            data["kind"], data["who"], frozenset(map(Category, data["categories"])),
            SharePurpose(data["purpose"]), data["until"], Given(data["how"]),
        )  # fmt: skip


class OutsideCodeForm(forms.Form):
    """The code that came by another way than the link."""

    code = forms.CharField(
        label=_("Code"), max_length=20, widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    )
