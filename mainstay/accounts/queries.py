"""Reading agencies, people and tokens."""

from datetime import datetime

from django.db.models import QuerySet

from mainstay.accounts.models import Agency, AgencyKind, ApiToken, Invitation, OutgoingMail, User
from mainstay.accounts.rules import digest_of
from mainstay.core import access
from mainstay.core.access import Role


def people_visible_to(viewer: User) -> QuerySet[User]:
    """Return the colleagues that an administrator looks after."""
    rows = User.objects.select_related("agency").order_by("name")
    return access.narrow(rows, viewer, "accounts.see_people", owner="")


def agencies_visible_to(viewer: User) -> QuerySet[Agency]:
    """Return all agencies of the node: everybody may know who takes part. What stands for another node is none."""
    return agencies_here() if viewer.is_active else Agency.objects.none()


def agencies_here() -> QuerySet[Agency]:
    """Return the agencies of this node, by name."""
    return Agency.objects.exclude(kind=AgencyKind.NODE).order_by("name")


def open_invitations(viewer: User, now: datetime) -> QuerySet[Invitation]:
    """Return the invitations that wait for somebody."""
    rows = Invitation.objects.filter(accepted_at=None, expires_at__gt=now).select_related("agency").order_by("email")
    return access.narrow(rows, viewer, "accounts.see_people")


def tokens_of(viewer: User) -> QuerySet[ApiToken]:
    """Return one's own tokens."""
    return access.narrow(ApiToken.objects.all(), viewer, "accounts.make_token")


def user_of_token(token: str, now: datetime) -> User | None:
    """Return whose token this is, if it is still good."""
    row = (
        ApiToken.objects.select_related("owner__agency")
        .filter(token_digest=digest_of(token), revoked_at=None, expires_at__gt=now, owner__is_active=True)
        .first()
    )
    return row.owner if row else None


def agencies_with(role: Role) -> QuerySet[Agency]:
    """Return the agencies where somebody of a role works."""
    return Agency.objects.filter(people__role=role, people__is_active=True).distinct().order_by("name")


def is_open_invitation(token: str, now: datetime) -> bool:
    """Say whether a link can still be taken up; whose it is stays untold."""
    invitation = Invitation.objects.filter(token_digest=digest_of(token)).first()
    return invitation is not None and invitation.is_open(now)


def person_by_email(email: str) -> User | None:
    """Return the active person of an address, for who acts at the command line."""
    return User.objects.select_related("agency").filter(email__iexact=email, is_active=True).first()


def mail_waits_since(viewer: User | None = None) -> datetime | None:
    """Return since when the oldest note that was tried and could not be sent waits: a viewer's own, or anybody's."""
    rows = OutgoingMail.objects.filter(sent_at=None, given_up_at=None, tries__gt=0)
    if viewer is not None:
        rows = rows.filter(user=viewer)
    oldest = rows.order_by("queued_at").first()
    return oldest.queued_at if oldest else None


def mail_states(onces: list[str]) -> dict[str, bool]:
    """Return for each named note that was queued whether it went out."""
    rows = OutgoingMail.objects.filter(once__in=onces).values_list("once", "sent_at")
    return {once: sent is not None for once, sent in rows}


def people_of(agency: Agency) -> QuerySet[User]:
    """Return who works at an agency and may sign in, for notes to them."""
    return User.objects.filter(agency=agency, is_active=True).order_by("name")
