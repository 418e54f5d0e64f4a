"""Reading tips, narrowed to what the viewer's agency received."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from mainstay.accounts.models import Agency, User
from mainstay.core import access
from mainstay.core.errors import NotFoundError
from mainstay.identify.models.tips import Tip, TipDesk, TipMessage, TipPhoto, TipState
from mainstay.identify.rules.tips import Line


def tips_visible_to(viewer: User) -> QuerySet[Tip]:
    """Return the tips of the viewer's agency, those that wait for an answer first."""
    rows = access.narrow(Tip.objects.all(), viewer, "identify.read_tip")
    return rows.order_by("-waits_for_us", "-changed_at")


def tip(pk: Any, viewer: User) -> Tip:
    """Return one tip that the viewer may read."""
    found = tips_visible_to(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(_("There is no such tip, or none that you may see."), todo=_("Go back to the list."))
    return found


def photo(pk: Any, viewer: User) -> TipPhoto:
    """Return one photo of a tip that the viewer may read."""
    rows = TipPhoto.objects.select_related("message__tip").filter(message__tip__in=tips_visible_to(viewer))
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFoundError(_("There is no such photo, or none that you may see."))
    return found


def merge_targets(one: Tip, viewer: User) -> QuerySet[Tip]:
    """Return the tips that one could be merged into."""
    return tips_visible_to(viewer).filter(state__in=[TipState.NEW, TipState.OPEN, TipState.CASE]).exclude(pk=one.pk)


def desks() -> QuerySet[Agency]:
    """Return the agencies that read tips, by name."""
    return Agency.objects.filter(pk__in=TipDesk.objects.values("agency_id")).order_by("name")


def line(now: datetime) -> Line:
    """Return how many messages of tellers came in during the last hour."""
    rows = TipMessage.objects.filter(author=None, sent_at__gt=now - timedelta(hours=1))
    return Line(proven=rows.filter(proven=True).count(), unproven=rows.filter(proven=False).count())
