"""Reading screenings, narrowed to what the viewer may see."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.core.errors import NotFoundError
from mainstay.identify.models.screenings import Screening, Status


def screenings_visible_to(viewer: User) -> QuerySet[Screening]:
    """Return the screenings that the viewer may read, newest first, with what a list shows."""
    rows = Screening.objects.select_related("instrument", "owner").defer(
        "answers", "assessment", "note", "instrument__definition", "instrument__xform"
    )
    return access.narrow(rows.order_by("-started_at"), viewer, "identify.read_screening")


def screening(pk: Any, viewer: User) -> Screening:
    """Return one finished screening that the viewer may read."""
    return _one(pk, viewer, Status.FINISHED)


def draft(pk: Any, viewer: User) -> Screening:
    """Return one screening under way that the viewer may go on with."""
    return _one(pk, viewer, Status.DRAFT)


def _one(pk: Any, viewer: User, status: Status) -> Screening:
    rows = access.narrow(Screening.objects.select_related("owner", "agency"), viewer, "identify.read_screening")
    found = rows.filter(pk=pk, status=status).first()
    if found is None:
        raise NotFoundError(_("There is no such screening, or none that you may see."), todo=_("Go back to the list."))
    return found
