"""Why money refuses."""

from django.utils.translation import gettext_lazy as _

from mainstay.core.errors import RefusalError


class AlertDecidedError(RefusalError):
    """An alert is decided once."""

    code = "alert_decided"
    title = _("This alert was decided")
