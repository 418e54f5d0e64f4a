"""Reading alerts, narrowed to what a viewer may see."""

from django.db.models import QuerySet

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.money.models import State, StoredAlert


def alerts_visible_to(viewer: User) -> QuerySet[StoredAlert]:
    """Return the alerts that a viewer may read, the highest score first."""
    return access.narrow(StoredAlert.objects.select_related("reader"), viewer, "money.read_alert")


def alerts_waiting(viewer: User) -> QuerySet[StoredAlert]:
    """Return the alerts that wait for a decision."""
    return alerts_visible_to(viewer).filter(state__in=[State.FOUND, State.READING])
