"""Why monitor refuses."""

from django.utils.translation import gettext_lazy as _

from mainstay.core.errors import RefusalError


class NothingToReleaseError(RefusalError):
    """There is nobody to count yet."""

    code = "nothing_to_release"
    title = _("There is nothing to release yet")
