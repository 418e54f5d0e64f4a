"""Why the network refuses."""

from django.utils.translation import gettext_lazy as _

from mainstay.core.errors import RefusalError


class NotAnEntityError(RefusalError):
    """What was pushed is no valid FollowTheMoney entity."""

    code = "not_an_entity"
    status = 422
    title = _("This is no entity")
