"""Why cooperate refuses."""

from django.utils.translation import gettext_lazy as _

from mainstay.core.errors import RefusalError


class UnknownPeerError(RefusalError):
    """No pinned node signed this."""

    code = "unknown_peer"
    status = 403
    title = _("This node is not known here")


class BadLetterError(RefusalError):
    """A message does not open, is not for this node, or its signature does not hold."""

    code = "bad_letter"
    status = 422
    title = _("This message cannot be taken")


class ReplayError(RefusalError):
    """A message came before with other contents, or under a used number."""

    code = "replay"
    title = _("This message came before")


class MatchingNotAgreedError(RefusalError):
    """Both nodes have to agree to match first."""

    code = "matching_not_agreed"
    status = 403
    title = _("Matching is not agreed")


class TooManyAskedError(RefusalError):
    """More was asked in a day than was agreed."""

    code = "too_many_asked"
    status = 429
    title = _("Too much was asked today")


class RequestNotCompleteError(RefusalError):
    """A request lacks what the treaty asks for."""

    code = "request_not_complete"
    status = 422
    title = _("The request is not complete")


class AnsweredError(RefusalError):
    """A request is answered once."""

    code = "answered"
    title = _("This was answered already")


class LetterTooLargeError(RefusalError):
    """A letter would be larger than another node takes."""

    code = "letter_too_large"
    status = 413
    title = _("This is too much for one letter")


class ReferralStepError(RefusalError):
    """This cannot happen to a referral as it stands."""

    code = "referral_step"
    title = _("Not possible now")


class AskedAlreadyError(RefusalError):
    """The same is not asked of the same node twice at once."""

    code = "asked_already"
    title = _("This node was asked already")


class RecalledError(RefusalError):
    """What a request rested on was taken back."""

    code = "recalled"
    status = 410
    title = _("This was recalled")
