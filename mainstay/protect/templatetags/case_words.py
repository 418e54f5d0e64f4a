"""What is in a shared field, in words: `{% load case_words %}`, `{{ value|said:name }}`."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from mainstay.protect import queries
from mainstay.protect.views.referrals import said as words_of

register = template.Library()


@register.filter
def said(value: Any, name: str) -> str:
    """Return a shared value in words; one that came from elsewhere and reads otherwise, as it came."""
    try:
        return words_of(name, value)
    except (ValueError, KeyError, TypeError):
        return str(value)


@register.filter
def field_words(name: str) -> str:
    """Return what a shared field is called."""
    return _("Sex, age group, citizenship, presumed victim since") if name == "coded" else queries.field_label(name)


@register.filter
def need_words(kind: str) -> str:
    """Return a kind of need in words; one that is not known here as it came."""
    return str(dict(queries.need_choices()).get(kind, kind))


@register.filter
def service_words(kind: str) -> str:
    """Return a kind of service in words; one that is not known here as it came."""
    return str(dict(queries.service_choices()).get(kind, kind))
