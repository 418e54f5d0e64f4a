"""Reading screenings, narrowed to what the viewer may see."""

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.core.errors import NotFoundError
from mainstay.identify.models.screenings import NameSound, Review, SamePerson, Screening, Status
from mainstay.identify.models.submissions import State, SubmittedFile


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
    rows = access.narrow(
        Screening.objects.select_related("owner", "agency", "reviewed_by"), viewer, "identify.read_screening"
    )
    found = rows.filter(pk=pk, status=status).first()
    if found is None:
        raise NotFoundError(_("There is no such screening, or none that you may see."), todo=_("Go back to the list."))
    return found


def seen_before(screening: Screening, viewer: User, limit: int = 10) -> list[tuple[Screening, bool | None]]:
    """Return earlier and later screenings whose name sounds alike, in any script, with what a colleague said of them.

    A suggestion: nothing is merged. Only screenings that the viewer may read are looked through.
    """
    sounds = list(NameSound.objects.filter(screening=screening).values_list("index", flat=True))
    if not sounds:
        return []
    rows = screenings_visible_to(viewer).filter(status=Status.FINISHED, name_sounds__index__in=sounds)
    rows = rows.exclude(key_id=screening.key_id).exclude(corrected_by__status=Status.FINISHED)
    rows = rows.annotate(shared=Count("name_sounds")).filter(shared__gte=min(2, len(sounds)))
    found = list(rows.order_by("-shared", "-started_at")[:limit])
    words = SamePerson.objects.filter(Q(earlier=screening, later__in=found) | Q(later=screening, earlier__in=found))
    said = {word.later_id if word.earlier_id == screening.pk else word.earlier_id: word.same for word in words}
    return [(row, said.get(row.pk)) for row in found]


def waiting_for_review(viewer: User) -> QuerySet[Screening]:
    """Return the colleagues' screenings that wait for this viewer's review, the oldest first."""
    rows = newest_versions(access.narrow(Screening.objects.select_related("owner"), viewer, "identify.review"))
    return rows.filter(status=Status.FINISHED, review=Review.WAITING).exclude(owner_id=viewer.pk).order_by("started_at")


def newest_versions(rows: QuerySet[Screening]) -> QuerySet[Screening]:
    """Leave out what a finished correction replaced."""
    return rows.exclude(corrected_by__status=Status.FINISHED)


def correction_of(screening: Screening) -> Screening | None:
    """Return the finished version that replaced this one."""
    return Screening.objects.filter(supersedes=screening, status=Status.FINISHED).only("pk").first()


def files_of(screening: Screening) -> list[Any]:
    """Return the ids of the files that a phone sent with an interview, in the order in which they came."""
    rows = SubmittedFile.objects.filter(submission__screening=screening, submission__state=State.COMPLETE)
    return list(rows.order_by("submission__received_at", "pk").values_list("pk", flat=True))


def file(pk: Any, viewer: User) -> SubmittedFile:
    """Return one file of a screening that the viewer may read."""
    rows = SubmittedFile.objects.select_related("submission__screening").filter(
        submission__screening__in=screenings_visible_to(viewer), submission__state=State.COMPLETE
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFoundError(_("There is no such file, or none that you may see."))
    return found
