"""Reading agencies, people and tokens."""

from datetime import datetime

from django.db.models import QuerySet

from mainstay.accounts.models import Agency, ApiToken, Invitation, User
from mainstay.accounts.rules import digest_of
from mainstay.core import access
from mainstay.core.access import Role


def people_visible_to(viewer: User) -> QuerySet[User]:
    """Return the colleagues that an administrator looks after."""
    rows = User.objects.select_related("agency").order_by("name")
    return access.narrow(rows, viewer, "accounts.see_people", owner="")


def agencies_visible_to(viewer: User) -> QuerySet[Agency]:
    """Return all agencies of the node: everybody may know who takes part."""
    return Agency.objects.order_by("name") if viewer.is_active else Agency.objects.none()


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
