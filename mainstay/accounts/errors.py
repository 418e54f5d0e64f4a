"""Why accounts refuses."""

from django.utils.translation import gettext_lazy as _

from mainstay.core.errors import RefusalError


class InvitationNotOpenError(RefusalError):
    """The link is unknown, used, or too old."""

    code = "invitation_not_open"
    status = 410
    title = _("This invitation is no longer open")


class AlreadyAPersonHereError(RefusalError):
    """Somebody with this address is here already."""

    code = "already_here"
    title = _("This person is here already")


class LastAdministratorError(RefusalError):
    """A node keeps at least one administrator."""

    code = "last_administrator"
    title = _("A node needs an administrator")
