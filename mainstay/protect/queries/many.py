"""Reading many cases at once: what may be exported, exports, files that wait."""

from django.db.models import QuerySet

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.protect.models import Case, CaseExport, Status, WaitingImport


def cases_to_export(viewer: User) -> QuerySet[Case]:
    """Return the cases of which a viewer may export what consent lets leave."""
    return access.narrow(Case.objects.exclude(status=Status.ERASED), viewer, "protect.export")


def exports_of(viewer: User) -> QuerySet[CaseExport]:
    """Return a viewer's own exports, the newest first, without their contents."""
    return access.narrow(CaseExport.objects.defer("content"), viewer, "protect.export").filter(owner=viewer)


def waiting_imports_of(viewer: User) -> QuerySet[WaitingImport]:
    """Return the files of a viewer that wait for their yes."""
    return access.narrow(WaitingImport.objects.all(), viewer, "protect.import").filter(owner=viewer)
