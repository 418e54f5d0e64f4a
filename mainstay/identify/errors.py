"""Why identify refuses."""

from django.utils.translation import gettext_lazy as _

from mainstay.core.errors import RefusalError


class VersionTakenError(RefusalError):
    """Another form was installed under this name and version; what was asked stays as it was asked."""

    code = "version_taken"
    title = _("This version is installed already")


class ScreeningFinishedError(RefusalError):
    """A finished screening is not changed any more."""

    code = "screening_finished"
    title = _("This screening is finished")


class AnswersMissingError(RefusalError):
    """Questions that must be answered are not."""

    code = "answers_missing"
    title = _("Some questions must be answered")


class InstanceTakenError(RefusalError):
    """Another interview came in under the same name of its device."""

    code = "instance_taken"
    title = _("This interview came in already")


class OwnReviewError(RefusalError):
    """Nobody reviews their own screening."""

    code = "own_review"
    title = _("A colleague has to review this")


class CorrectedError(RefusalError):
    """Only the newest version of a screening is corrected."""

    code = "corrected"
    title = _("There is a newer version")


class ReasonMissingError(RefusalError):
    """What was asked for needs a reason."""

    code = "reason_missing"
    status = 422
    title = _("A reason is needed")


class LineFullError(RefusalError):
    """So many messages came in that this one has to wait."""

    code = "line_full"
    status = 429
    title = _("Many people are writing just now")


class TokenSpentError(RefusalError):
    """The page was open too long, or sent already."""

    code = "token_spent"
    title = _("Please send it once more")


class TipClosedError(RefusalError):
    """Nothing is added to a tip that is closed or merged."""

    code = "tip_closed"
    title = _("This tip is closed")


class NoDeskError(RefusalError):
    """The agency reads no tips."""

    code = "no_desk"
    title = _("Nobody reads tips there")


class DeviceRefusedError(RefusalError):
    """The token in a phone's address is not one that holds."""

    code = "device_refused"
    status = 401
    title = _("This phone is not registered")


class SubmissionRefusedError(RefusalError):
    """What a phone sent cannot be taken; nothing of it was kept."""

    code = "submission_refused"
    status = 400
    title = _("This interview cannot be taken")


class TooLargeError(RefusalError):
    """What a phone sent is more than this node takes at once."""

    code = "too_large"
    status = 413
    title = _("This is too large")


class UnknownFormError(RefusalError):
    """There is no such form on this node."""

    code = "unknown_form"
    status = 404
    title = _("This form is not known here")


class UnknownVersionError(RefusalError):
    """The form is known here, its version is not."""

    code = "unknown_version"
    title = _("This version of the form is not known here")


class DraftInstrumentError(RefusalError):
    """The instrument's weights are a draft that nobody confirmed."""

    code = "draft_instrument"
    title = _("This instrument is off")


class ReviewedError(RefusalError):
    """A colleague reviewed the screening in the meantime."""

    code = "reviewed"
    title = _("A colleague was faster")
