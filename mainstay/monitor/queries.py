"""Reading released figures."""

from django.db.models import QuerySet

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.monitor.models import ReleasedTable


def tables_visible_to(viewer: User) -> QuerySet[ReleasedTable]:
    """Return the tables that were released, newest first."""
    return access.narrow(ReleasedTable.objects.all(), viewer, "monitor.read_figures")
