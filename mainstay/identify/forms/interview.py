"""How an interview begins, one question of it, and its end."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from mainstay.core.labels import AGE_GROUPS, SEXES, country_choices
from mainstay.identify.engine.answering import answer_fault, tidy
from mainstay.identify.services.screenings import Ending
from mainstay.identify.types import Instrument, Question, in_language

MANY_CHOICES = 24
DJANGO_CODES = {"zh": "zh-hans"}
IN_BROWSER = frozenset({"text", "integer", "decimal", "range", "date", "time", "dateTime", "barcode", "acknowledge",
                        "select_one", "select_multiple"})  # fmt: skip
AGE_TEXTS = {"0-17": _("Under 18"), "18+": _("18 or over"), "unknown": _("Not known")}
SEX_TEXTS = {"female": _("Woman or girl"), "male": _("Man or boy"), "other": _("Other"), "unknown": _("Not known")}


class BeginForm(forms.Form):
    """With which instrument, in which language, and what is known of the person."""

    language = forms.ChoiceField(label=_("The person's language"), widget=forms.RadioSelect)
    age_group = forms.ChoiceField(
        label=_("How old is the person?"),
        help_text=_("Somebody who may be under 18 is treated as a child until the age is known."),
        choices=[(code, AGE_TEXTS[code]) for code, _name in AGE_GROUPS],
        widget=forms.RadioSelect,
        initial="unknown",
    )
    sex = forms.ChoiceField(
        label=_("Sex"), choices=[(code, SEX_TEXTS[code]) for code, _name in SEXES], widget=forms.RadioSelect,
        initial="unknown",
    )  # fmt: skip
    instrument = forms.ChoiceField(label=_("Questions"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, instruments: Sequence[Instrument], language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        instrument = self.fields["instrument"]
        assert isinstance(instrument, forms.ChoiceField)  # noqa: S101 - declared above
        if len(instruments) == 1:
            instrument.widget = forms.HiddenInput()
        instrument.choices = [(found.name, found.title) for found in instruments]
        instrument.initial = next((found.name for found in instruments if found.name == "rapid_screen"), None)
        tags = dict.fromkeys(tag for found in instruments for tag in found.languages if len(tag) <= 3)
        languages = self.fields["language"]
        assert isinstance(languages, forms.ChoiceField)  # noqa: S101 - declared above
        languages.choices = [(tag, language_name(tag)) for tag in tags]
        languages.initial = language.split("-")[0] if language.split("-")[0] in tags else next(iter(tags), None)
        self._spoken = {found.name: [tag for tag in found.languages if len(tag) <= 3] for found in instruments}

    def clean(self) -> dict[str, Any]:
        """Refuse questions that are not in the chosen language: a page in two languages helps nobody."""
        data = super().clean() or {}
        spoken = self._spoken.get(data.get("instrument", ""), [])
        if spoken and data.get("language", spoken[0]) not in spoken:
            message = _("These questions are not in this language yet. They are in: %(languages)s.")
            names = ", ".join(map(language_name, spoken))
            self.add_error("language", forms.ValidationError(message, params={"languages": names}))
        return data


class QuestionForm(forms.Form):
    """One question of an instrument; no answer is an answer not given."""

    def __init__(
        self, *args: Any, question: Question, language: str, check: Callable[[str], str | None], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.question = question
        self._check = check
        if question.type in IN_BROWSER:
            self.fields["answer"] = _field(question, language)

    def clean_answer(self) -> str:
        """Refuse what the form does not take, in its own words."""
        value = self.cleaned_data["answer"]
        text = " ".join(value) if isinstance(value, list) else str(value).strip()
        text = tidy(self.question, text) or ""
        expected = answer_fault(self.question, text) or self._check(text)
        if expected:  # the engine speaks English; what it says of a type is translated with views/words.py
            raise forms.ValidationError(_("Expected: %(expected)s"), params={"expected": _(expected)})
        return text


class FinishForm(forms.Form):
    """What the screener adds at the end."""

    note = forms.CharField(
        label=_("Anything to add"),
        help_text=_("Sealed. In the person's own words if you can; leave names of others out."),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        max_length=10_000,
    )

    name = forms.CharField(
        label=_("Name, as the person says it"),
        help_text=_(
            "Sealed. It helps to see whether somebody screened the person before. Leave it empty if they prefer."
        ),
        required=False,
        max_length=200,
    )
    nationality = forms.ChoiceField(label=_("Nationality"), choices=country_choices, required=False)

    def ending(self) -> Ending:
        """Return what was entered."""
        data = self.cleaned_data
        return Ending(note=data["note"], name=data["name"], nationality=data["nationality"])


def language_name(tag: str) -> str:
    """Return a language in its own name, as its speakers look for it."""
    try:
        return str(get_language_info(DJANGO_CODES.get(tag, tag))["name_local"])
    except KeyError:
        return tag


def _field(question: Question, language: str) -> forms.Field:
    texts: dict[str, Any] = {
        "label": in_language(question.labels, language),
        "help_text": in_language(question.hints, language),
        "required": False,
    }
    choices = [(choice.name, in_language(choice.labels, language)) for choice in question.choices]
    if question.multiple:
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **texts)
    if len(choices) > MANY_CHOICES:
        return forms.ChoiceField(choices=[("", "—"), *choices], widget=forms.Select, **texts)
    if choices:
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **texts)
    return forms.CharField(widget=_widget(question.type), **texts)


def _widget(kind: str) -> forms.Widget:
    if kind == "integer":
        return forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    if kind in ("decimal", "range"):
        return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    kinds = {"date": "date", "time": "time", "dateTime": "datetime-local"}
    return forms.TextInput(attrs={"type": kinds.get(kind, "text"), "autocomplete": "off"})
