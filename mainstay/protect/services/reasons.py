"""What is done to somebody's file comes with a reason."""

from django.utils.translation import gettext as _

from mainstay.protect.errors import ReasonsMissingError


def require_reason(text: str) -> None:
    """Refuse where nobody said why."""
    if not text.strip():
        raise ReasonsMissingError(_("Say why, in a few words."))
