"""Changes to agencies, people, invitations and tokens."""

import logging
import secrets
import smtplib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.errors import AlreadyAPersonHereError, InvitationNotOpenError, LastAdministratorError
from mainstay.accounts.models import Agency, AgencyKind, ApiToken, Invitation, OutgoingMail, User
from mainstay.accounts.rules import digest_of
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose, Role
from mainstay.core.keystore import KeyDestroyedError

INVITATION_DAYS = 7
TOKEN_DAYS = 90
LONGEST_WAIT = timedelta(hours=24)
MOST_AT_ONCE = 200
NOBODYS_KEY = UUID(int=0)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Note:
    """A note to be mailed: its words hold no personal data. `once` names it, so that it goes out once."""

    once: str
    subject: str
    words: str


@transaction.atomic
def create_agency(
    name: str, kind: str, country: str, *, actor: User | None, may_receive: list[str] | None = None
) -> Agency:
    """Add an agency; the first one of a new node is added by the system."""
    if actor is not None:
        access.require(actor, "accounts.invite")
    agency = Agency.objects.create(name=name, kind=kind, country=country, may_receive=may_receive)
    audit.record(actor, "accounts.agency_created", agency, purpose=Purpose.ADMINISTRATION)
    return agency


@transaction.atomic
def agency_of_node(name: str, country: str) -> Agency:
    """Return the agency that stands for another node: it has nobody here, and holds what was handed over to that node.

    It is never among the agencies of this node; one of them may have the same name.
    """
    here = Agency.objects.filter(name=name).exclude(kind=AgencyKind.NODE).exists()
    known = f"{name} ({country})" if here else name
    agency, made = Agency.objects.get_or_create(name=known, kind=AgencyKind.NODE, defaults={"country": country})
    if made:
        audit.record(None, "accounts.agency_created", agency, purpose=Purpose.ADMINISTRATION)
    return agency


@transaction.atomic
def limit_receiving(agency: Agency, categories: list[str] | None, *, actor: User) -> None:
    """Keep which kinds of data an agency may ever receive, by name; None sets no limit. The caller asked permission."""
    before = {"may_receive": agency.may_receive}
    agency.may_receive = categories
    agency.save(update_fields=["may_receive"])
    audit.record(
        actor,
        "accounts.receiving_limited",
        agency,
        purpose=Purpose.ADMINISTRATION,
        before=before,
        after={"may_receive": categories},
    )


@transaction.atomic
def create_person(email: str, *, name: str, role: Role, agency: Agency, password: str, actor: User | None) -> User:
    """Add a person directly, at setting up a node from its command line."""
    if actor is not None:
        access.require(actor, "accounts.invite")
    if User.objects.filter(email__iexact=email).exists():
        raise AlreadyAPersonHereError(_("Somebody with this address has an account."))
    user = User.objects.create_user(email, name=name, role=role, agency=agency, password=password)
    audit.record(actor, "accounts.person_created", user, purpose=Purpose.ADMINISTRATION, after={"role": role.value})
    return user


@transaction.atomic
def invite(email: str, *, role: Role, agency: Agency, actor: User, now: datetime) -> str:
    """Keep a place for somebody and return the secret of its link, which is not kept.

    Whose access was ended can be invited anew (a lost phone, a return): they choose a password and factor afresh.
    """
    access.require(actor, "accounts.invite")
    if User.objects.filter(email__iexact=email, is_active=True).exists():
        raise AlreadyAPersonHereError(_("Somebody with this address has an account."))
    Invitation.objects.filter(email__iexact=email, accepted_at=None).delete()  # the newest link is the one that holds
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email.lower(),
        role=role,
        agency=agency,
        invited_by=actor,
        token_digest=digest_of(token),
        expires_at=now + timedelta(days=INVITATION_DAYS),
    )
    audit.record(actor, "accounts.invited", invitation, purpose=Purpose.ADMINISTRATION, after={"role": role.value})
    return token


@transaction.atomic
def accept_invitation(token: str, *, name: str, password: str, language: str, now: datetime) -> User:
    """Take up an invitation: the person is added, or comes back, and the link is used up."""
    invitation = Invitation.objects.select_for_update().filter(token_digest=digest_of(token)).first()
    if invitation is None or not invitation.is_open(now):
        raise InvitationNotOpenError(
            _("This link was used, is too old, or is not whole."), todo=_("Ask the person who invited you for another.")
        )
    user = User.objects.filter(email__iexact=invitation.email).first() or User(email=invitation.email)
    if user.is_active and not user._state.adding:
        raise AlreadyAPersonHereError(_("Somebody with this address has an account."), todo=_("Sign in with it."))
    user.name, user.language, user.is_active = name, language, True
    user.role, user.agency = invitation.role, invitation.agency
    user.set_password(password)
    user.save()
    Authenticator.objects.filter(user=user).delete()
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    audit.record(user, "accounts.invitation_accepted", invitation, purpose=Purpose.ADMINISTRATION)
    return user


@transaction.atomic
def end_access(person: User, *, actor: User, now: datetime) -> None:
    """Take a person's access away: they cannot sign in, and their sessions and tokens end at once."""
    access.require(actor, "accounts.change_person")
    administrators = User.objects.select_for_update().filter(role=Role.ADMINISTRATOR, is_active=True).order_by("pk")
    if {each.pk for each in administrators} == {person.pk}:  # two who end each other at once wait here
        raise LastAdministratorError(
            _("This is the last administrator."), todo=_("Invite another administrator first.")
        )
    person.is_active = False
    person.save(update_fields=["is_active"])
    ApiToken.objects.filter(owner=person, revoked_at=None).update(revoked_at=now)
    Invitation.objects.filter(invited_by=person, accepted_at=None).update(expires_at=now)
    audit.record(actor, "accounts.access_ended", person, purpose=Purpose.ADMINISTRATION)


@transaction.atomic
def make_token(label: str, *, actor: User, now: datetime) -> str:
    """Make an API token for oneself and return it; it is shown once and kept as a digest."""
    access.require(actor, "accounts.make_token")
    token = secrets.token_urlsafe(32)
    made = ApiToken.objects.create(
        owner=actor, label=label, token_digest=digest_of(token), expires_at=now + timedelta(days=TOKEN_DAYS)
    )
    audit.record(actor, "accounts.token_made", made, purpose=Purpose.ADMINISTRATION)
    return token


@transaction.atomic
def revoke_token(token: ApiToken, *, actor: User, now: datetime) -> None:
    """End a token of one's own."""
    access.require(actor, "accounts.make_token", token)
    token.revoked_at = now
    token.save(update_fields=["revoked_at"])
    audit.record(actor, "accounts.token_revoked", token, purpose=Purpose.ADMINISTRATION)


@transaction.atomic
def note_sign_in(user: User | None, action: str) -> None:
    """Put a sign-in, a failed one or a sign-out on the chain; a failed one names nobody."""
    record = user if user is not None else ("accounts.user", "unknown")
    audit.record(user, f"accounts.{action}", record, purpose=Purpose.ADMINISTRATION)


def queue_mail(note: Note, *, to: User, now: datetime) -> None:
    """Queue a note for somebody here; it goes to the address of their account, as long as they may sign in."""
    _queue(note, now=now, key_id=NOBODYS_KEY, user=to)


def queue_mail_outside(note: Note, *, address: str, key_id: UUID, now: datetime) -> None:
    """Queue a note for an address outside the node, sealed under a person's key: erased with them, it is not sent."""
    _queue(note, now=now, key_id=key_id, address=address)


def has_waiting_mail(user: User) -> bool:
    """Say whether a note to somebody here still waits, so that a mail server that is down is not met by a heap."""
    return OutgoingMail.objects.filter(user=user, sent_at=None, given_up_at=None).exists()


def send_waiting(*, now: datetime) -> int:
    """Send the notes whose time has come and return how many went; what cannot be sent now is kept and tried again.

    A server that is down, or refuses, costs nothing but time: each try waits twice as long as the one before, a day
    at most. A note to somebody who may no longer sign in, or to an erased person's contact, is given up.
    """
    waiting = OutgoingMail.objects.filter(sent_at=None, given_up_at=None, next_try_at__lte=now)
    rows = list(waiting.select_related("user").order_by("queued_at")[:MOST_AT_ONCE])
    sent = 0
    for row in rows:
        address = _address_of(row)
        if address is None:
            OutgoingMail.objects.filter(pk=row.pk).update(given_up_at=now, address=b"")
            continue
        try:
            EmailMessage(row.subject, row.words, None, [address], connection=get_connection()).send()
        except (OSError, smtplib.SMTPException) as error:
            log.warning("mail %s waits: %s", row.pk, type(error).__name__)
            wait = min(timedelta(minutes=15) * 2 ** min(row.tries, 10), LONGEST_WAIT)
            OutgoingMail.objects.filter(pk=row.pk).update(tries=row.tries + 1, next_try_at=now + wait)
            continue
        OutgoingMail.objects.filter(pk=row.pk).update(sent_at=now, tries=row.tries + 1, address=b"")
        sent += 1
    return sent


def _queue(note: Note, *, now: datetime, key_id: UUID, user: User | None = None, address: str = "") -> None:
    if OutgoingMail.objects.filter(once=note.once).exists():
        return
    row = OutgoingMail(
        key_id=key_id,
        user=user,
        once=note.once,
        subject=note.subject,
        words=note.words,
        queued_at=now,
        next_try_at=now,
    )
    row.address = address
    row.save()


def _address_of(row: OutgoingMail) -> str | None:
    if row.user is not None:
        return row.user.email if row.user.is_active else None
    try:
        return str(row.address.open()) or None
    except KeyDestroyedError:
        return None


@transaction.atomic
def see_as(role: Role | None, *, actor: User) -> None:
    """Note that somebody begins to look as another role, or stops; they never see more than they may themselves."""
    access.require(actor, access.VIEW_AS)
    action = "accounts.seen_as" if role is not None else "accounts.seen_as_themself"
    audit.record(actor, action, actor, purpose=Purpose.ADMINISTRATION, after={"role": role or actor.role})
