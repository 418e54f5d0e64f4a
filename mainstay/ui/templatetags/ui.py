"""The components of the design system, as template tags: `{% load ui %}`."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_bidi, get_language_info, ngettext
from django.utils.translation import gettext as _

from mainstay.core.once import FIELD, new_token
from mainstay.ui import charts
from mainstay.ui import links as placed
from mainstay.ui.types import BarChart, Crumb, FlowChart, Step

register = template.Library()
ICONS = Path(__file__).resolve().parents[1] / "static" / "ui" / "vendor" / "icons.svg"
SOON_DAYS = 7
MARK = (
    '<svg class="mast" viewBox="0 0 24 26" aria-hidden="true" focusable="false" fill="none" stroke="currentColor" '
    'stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round">'
    '<path d="M12 1v24M12 3 2 23M12 3l10 20"/></svg>'
)
NOTICE_ICONS = {
    "success": "check-circle-fill",
    "warning": "exclamation-triangle-fill",
    "error": "exclamation-octagon-fill",
}


@cache
def icon_drawings() -> dict[str, SafeString]:
    """Return the drawings of the vendored icons by name."""
    symbols = re.findall(r'<symbol id="([\w-]+)"[^>]*>(.*?)</symbol>', ICONS.read_text(encoding="utf-8"))
    return {name: mark_safe(drawing) for name, drawing in symbols}  # noqa: S308 - our own vendored file


@register.simple_tag
def icon(name: str, *, label: str = "", turns: bool = False) -> SafeString:
    """Draw an icon; `label` only where no word stands beside it; `turns` mirrors it in right-to-left pages."""
    return _drawn(name, str(label), turns)


@lru_cache(maxsize=1024)
def _drawn(name: str, label: str, turns: bool) -> SafeString:
    if name not in icon_drawings():
        raise ValueError(f"no icon named {name!r}: add it to vendor.toml and run scripts/vendor_frontend.py")
    said = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon{}" viewBox="0 0 16 16" focusable="false" {}>{}</svg>',
        " icon-turns" if turns else "",
        said,
        icon_drawings()[name],
    )


@register.simple_tag
def mark() -> SafeString:
    """Draw Mainstay's mark: a mast held by its stays."""
    return mark_safe(MARK)  # noqa: S308 - our own constant


@register.simple_tag
def once() -> SafeString:
    """Write the token that lets a form be done once, however often it is sent (`core.once`)."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, new_token())


@register.inclusion_tag("ui/parts/notice.html")
def notice(kind: str, text: object) -> dict[str, Any]:
    """Say something in a box with an edge; `kind` is info, success, warning or error."""
    return {"kind": kind, "text": text, "symbol": NOTICE_ICONS.get(kind, "info-circle")}


@register.inclusion_tag("ui/parts/links.html", takes_context=True)
def links(context: Any, place: str, about: Any) -> dict[str, Any]:
    """Show what floors above put in a place of this page, for whoever may follow it."""
    return {"links": placed.links_at(place, about, context["request"].user)}


@register.inclusion_tag("ui/parts/crumbs.html")
def crumbs(trail: Sequence[Crumb] | str | None) -> dict[str, Any]:
    """Show where this page is: `types.Crumb`s from the outside in."""
    return {"crumbs": trail or []}


@register.inclusion_tag("ui/parts/language_switch.html", takes_context=True)
def language_switch(context: template.Context, *, is_open: bool = False) -> dict[str, Any]:
    """Offer every language in its own name."""
    request: HttpRequest | None = context.get("request")
    try:
        url = reverse("set_language")
    except NoReverseMatch:
        url = ""
    return {
        "url": url,
        "next": request.get_full_path() if request else "",
        "languages": [get_language_info(code) for code, _name in settings.LANGUAGES],
        "current": get_language_info(get_language() or settings.LANGUAGE_CODE),
        "is_open": is_open,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("ui/parts/steps.html")
def steps(steps: Sequence[Step]) -> dict[str, Any]:
    """Show where a case, an alert or a request stands, in one line of `types.Step`s."""
    return {"steps": steps}


@register.inclusion_tag("ui/parts/progress.html")
def progress(number: int, count: int) -> dict[str, Any]:
    """Show how many of the questions are behind."""
    return {"number": number, "count": count, "width": round(100 * number / max(count, 1), 1)}


@register.inclusion_tag("ui/parts/withheld.html")
def withheld(reason: str, url: str = "", label: str = "") -> dict[str, Any]:
    """Show that a field is withheld, and why; with `url`, a link to the rule or to asking."""
    return {"reason": reason, "url": url, "label": label or _("why?")}


@register.simple_tag
def sealed(*, name: bool = False) -> SafeString:
    """Stand for a sealed value; always of one width, so that it tells nothing of the length."""
    css, words = "sealed sealed-name" if name else "sealed", _("sealed")
    return format_html('<span class="{}" role="img" aria-label="{}" title="{}"></span>', css, words, words)


@register.simple_tag
def days_left(days: int | None) -> SafeString:
    """Say how many days are left, in words and by shape."""
    if days is None:
        return _days("none", "", _("no date"))
    if days < 0:
        text = ngettext("%(days)d day over", "%(days)d days over", -days) % {"days": -days}
        return _days("over", "exclamation-octagon-fill", text)
    if days == 0:
        return _days("today", "exclamation-octagon-fill", _("today"))
    text = ngettext("%(days)d day", "%(days)d days", days) % {"days": days}
    if days <= SOON_DAYS:
        return _days("soon", "exclamation-triangle-fill", text)
    return _days("later", "clock", text)


def _days(kind: str, symbol: str, text: str) -> SafeString:
    drawing = icon(symbol) if symbol else ""
    return format_html('<span class="days-left days-{}">{}{}</span>', kind, drawing, text)


@register.inclusion_tag("ui/parts/empty.html")
def empty(title: str, text: str = "", url: str = "", label: str = "", *, symbol: str = "inbox") -> dict[str, Any]:
    """Say what would appear here, and how it gets here."""
    return {"title": title, "text": text, "url": url, "label": label, "symbol": symbol}


@register.inclusion_tag("ui/parts/score.html")
def score(value: float) -> dict[str, Any]:
    """Show a score between 0 and 1 as a figure and a bar."""
    return {"value": value, "width": round(48 * min(max(float(value), 0.0), 1.0), 1)}


@register.inclusion_tag("ui/parts/field.html")
def field(bound: BoundField, *, optional: bool = True, heading: bool = False) -> dict[str, Any]:
    """Show a form's field: label, help, error beside it, and large targets for choices.

    `heading` makes the label the page's heading, where a page is one question; `optional=False`
    leaves out the word "(optional)".
    """
    kind = _field_kind(bound)
    css = {"check": "form-check-input", "select": "form-select"}.get(kind, "form-control")
    widget = "" if kind == "choices" else bound.as_widget(attrs={"class": _with_class(bound, css)})
    described_by = " ".join(
        f"{bound.auto_id}_{part}"
        for part, is_there in (("helptext", bound.help_text), ("error", bound.errors))
        if is_there
    )
    return {
        "field": bound,
        "kind": kind,
        "widget": widget,
        "described_by": described_by,
        "show_optional": optional,
        "heading": heading,
    }


def _field_kind(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return "choices"
    if isinstance(widget, CheckboxInput):
        return "check"
    return "select" if isinstance(widget, Select) else "input"


def _with_class(bound: BoundField, css: str) -> str:
    return " ".join(filter(None, [bound.field.widget.attrs.get("class", ""), css]))


@register.inclusion_tag("ui/parts/form_errors.html")
def form_errors(form: Any) -> dict[str, Any]:
    """List what keeps a form from being saved, with links to the fields."""
    return {"form": form}


@register.inclusion_tag("ui/parts/paging.html", takes_context=True)
def paging(context: template.Context, page: "Page[Any]") -> dict[str, Any]:
    """Lead to the pages before and after, keeping the filters."""

    def address(number: int) -> str:
        request: HttpRequest | None = context.get("request")
        query = request.GET.copy() if request else None
        if query is None:
            return f"?page={number}"
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    return {
        "page": page,
        "previous": address(page.previous_page_number()) if page.has_previous() else "",
        "next": address(page.next_page_number()) if page.has_next() else "",
    }


@register.inclusion_tag("ui/parts/flow.html")
def flow(chart: FlowChart) -> dict[str, Any]:
    """Draw who paid whom: sources, middles, sinks; with the same facts as a table."""
    return {"chart": chart, "picture": charts.draw_flow(chart, mirrored=get_language_bidi())}


@register.inclusion_tag("ui/parts/bars.html")
def bars(chart: BarChart) -> dict[str, Any]:
    """Draw bars from a zero line; with the same facts as a table."""
    return {"chart": chart, "picture": charts.draw_bars(chart, mirrored=get_language_bidi())}
