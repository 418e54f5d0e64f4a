"""The rows of the list of people and what narrows it: `{% load people %}`.

They are drawn here because a template asks some twenty questions a cell: fifty rows took half of the page's time.
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from mainstay.core.labels import AGE_GROUPS, SEXES
from mainstay.protect.forms.lists import ListForm
from mainstay.protect.models import Case, CaseFlag, Status
from mainstay.protect.types import Names
from mainstay.ui.templatetags.ui import days_left, sealed

register = template.Library()
ROW = (
    "<tr>"
    '<td><input class="form-check-input" type="checkbox" name="case" value="{pk}" aria-labelledby="choose person-{n}">'
    '</td><th scope="row" id="person-{n}"><a class="id" href="{start}{pk}{end}">{reference}</a> {sealed}</th>'
    "<td>{status}</td><td>{flags}</td><td>{sex}</td><td>{age}</td><td>{since}</td><td>{left}</td><td>{owner}</td></tr>\n"
)
FLAG = mark_safe('<span class="chip chip-beacon">{}</span> ')
NOWHERE = "00000000-0000-0000-0000-000000000000"

Line = tuple[Case, int | None, list[CaseFlag]]
"""A case, how many days are left to its next day, its flags."""


@register.simple_tag
def person_rows(lines: Iterable[Line]) -> SafeString:
    """Draw a row for each line: who, how they stand, and where a press leads."""
    start, end = reverse("protect:case", args=[NOWHERE]).split(NOWHERE)
    language, dots = get_language(), sealed()
    labels = _labels(language)
    rows = []
    for n, (case, days, flags) in enumerate(lines, 1):
        row = ROW.format(
            pk=case.pk, n=n, start=start, end=end, reference=escape(case.reference), sealed=dots,
            status=labels["status"].get(case.status, ""), sex=labels["sex"].get(case.sex, ""),
            age=labels["age_group"].get(case.age_group, ""),
            flags=format_html_join("", FLAG, ([flag.get_kind_display()] for flag in flags)) if flags else "",
            since=_day(case.identified_date, language), left=_left(days, language), owner=escape(case.owner.name),
        )  # fmt: skip
        rows.append(row)
    return mark_safe("".join(rows))  # noqa: S308 - what people wrote is escaped above, the rest is ours


@register.simple_tag
def filter_fields(form: ListForm) -> SafeString:
    """Draw what narrows the list; drawn once for the same colleagues, filters and language: it took half of a page."""
    if form.is_valid():
        return _filters(get_language(), form.colleagues, tuple(form.asked().items()))
    return _fields(form)


@lru_cache(maxsize=512)
def _filters(_language: str | None, colleagues: Names, asked: tuple[tuple[str, str], ...]) -> SafeString:
    return _fields(ListForm(dict(asked), colleagues=colleagues))


def _fields(form: ListForm) -> SafeString:
    return render_to_string("protect/parts/filters.html", {"filters": form})


@lru_cache(maxsize=16)
def _labels(_language: str | None) -> dict[str, dict[str, str]]:
    choices = {"status": Status.choices, "sex": SEXES, "age_group": AGE_GROUPS}
    return {name: {code: escape(str(label)) for code, label in pairs} for name, pairs in choices.items()}


@lru_cache(maxsize=4096)
def _day(day: date, _language: str | None) -> str:
    return escape(date_format(day, _("j M Y")))


@lru_cache(maxsize=4096)
def _left(days: int | None, _language: str | None) -> str:
    return "–" if days is None else days_left(days)
