"""Reading peers, matches, requests and referrals, narrowed to what a viewer may see."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from mainstay.accounts.models import User
from mainstay.cooperate.models import AssistanceRequest, Direction, Match, NodeReferral, Peer, StoredLetter
from mainstay.cooperate.rules.referrals import OPEN, WAITS
from mainstay.cooperate.types import Step
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


def nodes_to_refer_to(viewer: User) -> QuerySet[Peer]:
    """Return the nodes that a person may be referred to, by name."""
    return Peer.objects.order_by("name") if access.allowed(viewer, "cooperate.refer") else Peer.objects.none()


def referrals_sent(viewer: User) -> QuerySet[NodeReferral]:
    """Return the referrals of a viewer's agency to other nodes, the newest first."""
    rows = NodeReferral.objects.filter(direction=Direction.OUT).select_related("peer", "sent_by")
    return access.narrow(rows, viewer, "cooperate.refer")


def referrals_of(case_id: Any, viewer: User) -> QuerySet[NodeReferral]:
    """Return the referrals of one case to other nodes, the newest first."""
    return referrals_sent(viewer).filter(case_id=case_id)


def not_asked_elsewhere(needs: QuerySet[Any]) -> QuerySet[Any]:
    """Return the needs but those that another node was asked for and has not refused."""
    asked = NodeReferral.objects.filter(direction=Direction.OUT, case_id=OuterRef("case_id"), need=OuterRef("kind"))
    return needs.exclude(Exists(asked.filter(step__in=[*OPEN, Step.DONE])))


def referrals_received(viewer: User) -> QuerySet[NodeReferral]:
    """Return what other nodes referred here that nobody opened yet, and what a viewer's agency took; newest first."""
    mine = Q(recipient_agency=viewer.agency_id)
    free = Q(recipient_agency=None, step__in=WAITS)
    rows = NodeReferral.objects.filter(direction=Direction.IN).select_related("peer", "answered_by")
    return access.narrow(rows, viewer, "cooperate.take_referral").filter(mine | free)


def referrals_taken(viewer: User) -> QuerySet[NodeReferral]:
    """Return what a viewer's agency took of what other nodes referred here."""
    rows = NodeReferral.objects.filter(direction=Direction.IN).select_related("peer", "answered_by")
    return access.narrow(rows, viewer, "cooperate.answer_referral")


def referrals_waiting(viewer: User) -> QuerySet[NodeReferral]:
    """Return what of other nodes waits for somebody here: an answer, a file to open, or what to do on a recall."""
    answer = Q(step__in=WAITS)
    file = Q(file_at__isnull=False, case_id=None, recalled_at=None)
    recall = Q(recalled_at__isnull=False, recall_answer="")
    return referrals_received(viewer).filter(answer | file | recall).order_by("answer_by")
