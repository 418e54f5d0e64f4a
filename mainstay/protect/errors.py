"""Why protect refuses."""

from django.utils.translation import gettext_lazy as _

from mainstay.core.errors import RefusalError


class NothingToShareError(RefusalError):
    """Consent lets nothing leave for this recipient and purpose."""

    code = "nothing_to_share"
    title = _("Nothing may leave")  # type: ignore[assignment]  # translated when shown


class ConsentDatesError(RefusalError):
    """A consent ends before it begins."""

    code = "consent_dates"
    status = 422
    title = _("The dates are the wrong way round")  # type: ignore[assignment]  # translated when shown


class CaseChangedError(RefusalError):
    """Somebody else changed the case in the meantime."""

    code = "case_changed"
    title = _("Somebody changed this meanwhile")  # type: ignore[assignment]  # translated when shown


class AlreadyAnsweredError(RefusalError):
    """A referral is answered once."""

    code = "already_answered"
    title = _("This was answered already")  # type: ignore[assignment]  # translated when shown


class CaseExistsError(RefusalError):
    """A screening opens one case."""

    code = "case_exists"
    title = _("There is a case already")  # type: ignore[assignment]  # translated when shown
