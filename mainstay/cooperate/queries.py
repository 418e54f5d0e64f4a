"""Reading peers, matches and requests, narrowed to what a viewer may see."""

from django.db.models import QuerySet

from mainstay.accounts.models import User
from mainstay.cooperate.models import AssistanceRequest, Direction, Match, Peer, StoredLetter
from mainstay.core import access


def peers_visible_to(viewer: User) -> QuerySet[Peer]:
    """Return the nodes that are pinned here."""
    return access.narrow(Peer.objects.all(), viewer, "cooperate.see_peers")


def requests_visible_to(viewer: User) -> QuerySet[AssistanceRequest]:
    """Return requests for assistance, newest first."""
    rows = AssistanceRequest.objects.select_related("peer", "made_by")
    return access.narrow(rows, viewer, "cooperate.read_request")


def matches_visible_to(viewer: User) -> QuerySet[Match]:
    """Return private questions, newest first."""
    return access.narrow(Match.objects.select_related("peer"), viewer, "cooperate.match")


def letters_waiting(viewer: User) -> QuerySet[StoredLetter]:
    """Return letters that wait to be carried."""
    rows = StoredLetter.objects.filter(state="queued").select_related("peer")
    return access.narrow(rows, viewer, "cooperate.see_peers")


def peer_named(name: str) -> Peer | None:
    """Return a pinned node by name, for the operator at the command line."""
    return Peer.objects.filter(name__iexact=name).first()


def hits_without_request(viewer: User) -> QuerySet[Match]:
    """Return own questions that hit and led to no request yet."""
    asked = AssistanceRequest.objects.filter(direction=Direction.OUT).exclude(case_id=None).values("case_id")
    return matches_visible_to(viewer).filter(direction=Direction.OUT, hits_count__gt=0).exclude(case_id__in=asked)


def letters_refused(viewer: User) -> QuerySet[StoredLetter]:
    """Return letters that another node refuses or was given up on, newest first."""
    rows = StoredLetter.objects.filter(direction=Direction.OUT).exclude(last_error="").select_related("peer")
    return access.narrow(rows.order_by("-created_at"), viewer, "cooperate.see_peers")
