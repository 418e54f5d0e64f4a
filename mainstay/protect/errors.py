"""Why protect refuses."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from mainstay.core.errors import NotAllowedError, RefusalError
from mainstay.protect.rules.merging import Conflict


class NothingToShareError(RefusalError):
    """Consent lets nothing leave for this recipient and purpose."""

    code = "nothing_to_share"
    title = _("Nothing may leave")


class QuotedError(RefusalError):
    """Words that would leave quote what consent keeps back."""

    code = "quoted"
    status = 422
    title = _("Your words tell too much")


class ConsentDatesError(RefusalError):
    """A consent ends before it begins."""

    code = "consent_dates"
    status = 422
    title = _("The dates are the wrong way round")


class CaseChangedError(RefusalError):
    """Somebody else changed the case in the meantime."""

    code = "case_changed"
    title = _("Somebody changed this meanwhile")


class AlreadyAnsweredError(RefusalError):
    """A referral is answered once."""

    code = "already_answered"
    title = _("This was answered already")


class CaseExistsError(RefusalError):
    """A screening opens one case."""

    code = "case_exists"
    title = _("There is a case already")


class NobodyThereError(RefusalError):
    """The agency has nobody who could take a case."""

    code = "nobody_there"
    title = _("Nobody there to take this on")


class ErasedError(RefusalError):
    """The person was erased: nothing of the case changes or leaves any more."""

    code = "erased"
    status = 410
    title = _("This person was erased")


class DayToComeError(RefusalError):
    """Somebody is a presumed victim from today at the latest."""

    code = "day_to_come"
    status = 422
    title = _("This day is still to come")


class ProcedureStateError(RefusalError):
    """This cannot happen to a procedure as it stands."""

    code = "procedure_state"
    title = _("Not possible now")


class ProcedureOpenError(RefusalError):
    """One procedure at a time decides on a person."""

    code = "procedure_open"
    title = _("A decision is under way")


class SamePersonDecidesError(RefusalError):
    """Who decided does not read the decision a second time, nor decide on the appeal."""

    code = "same_person_decides"
    title = _("A colleague has to do this")


class ReasonsMissingError(RefusalError):
    """A decision, a disagreement and an appeal come with reasons."""

    code = "reasons_missing"
    status = 422
    title = _("Reasons are needed")


class GroundRefusedError(RefusalError):
    """A legal ground does not fit the person, or would hold for too long."""

    code = "ground_refused"
    status = 422
    title = _("This ground does not fit")


class GuardianNeededError(RefusalError):
    """A child's consent is given by a guardian (CETS 197 art. 10(4)(a))."""

    code = "guardian_needed"
    status = 422
    title = _("A guardian gives this consent")


class LegalHoldError(RefusalError):
    """A file that a legal hold keeps is not erased."""

    code = "legal_hold"
    title = _("A legal hold keeps this file")


class ReflectionPeriodRunningError(RefusalError):
    """Nobody's case is closed while they have days of reflection left (CETS 197 art. 13)."""

    code = "reflection_period_running"
    title = _("The reflection period is running")


class CaseClosedError(RefusalError):
    """The case stands otherwise than this needs."""

    code = "case_closed"
    title = _("Not possible now")


class StillOpenError(RefusalError):
    """A case is closed by somebody who has seen what is still open in it."""

    code = "still_open"
    title = _("Something is still open")


class CapacityError(RefusalError):
    """No more places are free than there are."""

    code = "capacity"
    status = 422
    title = _("These figures do not fit")


class NotAnAgencyHereError(RefusalError):
    """A service can be referred to only where its organization is an agency of this node."""

    code = "not_an_agency_here"
    title = _("Not on this node")


class AssessmentDayError(RefusalError):
    """An assessment is of today at the latest, and rates known domains from 0 to 3."""

    code = "assessment_day"
    status = 422
    title = _("This assessment does not fit")


class NotACaseManagerError(RefusalError):
    """A case is handed to a case manager of the same agency, and taken over by one of the other."""

    code = "not_a_case_manager"
    status = 422
    title = _("Not a case manager here")


class TransferOpenError(RefusalError):
    """One transfer at a time, and each is answered once."""

    code = "transfer_open"
    title = _("Not possible now")


class SourceMissingError(RefusalError):
    """What counts as law here comes with its source."""

    code = "source_missing"
    status = 422
    title = _("A source is needed")


class DaysDisagreeError(RefusalError):
    """Two days do not fit each other."""

    code = "days_disagree"
    status = 422
    title = _("The days do not fit")


class MeasureStateError(RefusalError):
    """This cannot happen to a measure as it stands."""

    code = "measure_state"
    title = _("Not possible now")


class NotConfirmedError(RefusalError):
    """A draft is not sent before a lawyer has confirmed it."""

    code = "not_confirmed"
    title = _("This is still a draft")


class ConsentGoneError(RefusalError):
    """A version holds facts that the person no longer lets leave."""

    code = "consent_gone"
    title = _("Consent was taken back")


class ContactMissingError(RefusalError):
    """A contact is at an agency here, or can be reached outside."""

    code = "contact_missing"
    status = 422
    title = _("How are they reached?")


class TieError(RefusalError):
    """Somebody is shut out already, or is not the one to say so."""

    code = "tie"
    title = _("Not possible now")


class NotNamedError(NotAllowedError):
    """A protected address opens for the case's owner and for people they named."""

    code = "not_named"
    title = _("This address is not yours to open")


class AddressKeptApartError(RefusalError):
    """Where a person is, is kept apart from their file."""

    code = "address_kept_apart"
    title = _("Their address is kept apart")


class ContactNotAllowedError(RefusalError):
    """The person may not be reached this way now."""

    code = "contact_not_allowed"
    title = _("Do not contact them this way")


class PlanNotFilledError(RefusalError):
    """A safety plan or an assessment holds something, and is of no day to come."""

    code = "plan_not_filled"
    status = 422
    title = _("Something is missing")


class WeakPinError(RefusalError):
    """A PIN that others try first."""

    code = "weak_pin"
    status = 422
    title = _("Choose another PIN")


class OwnViewClosedError(RefusalError):
    """Nobody gets a code here: the case is erased, or the guardian is kept out of it."""

    code = "own_view_closed"
    title = _("No code is given")


class AnswersFirstError(RefusalError):
    """Much waits for an answer already."""

    code = "answers_first"
    status = 429
    title = _("Please wait for an answer")


class RequestDecidedError(RefusalError):
    """A request of a person is decided once."""

    code = "request_decided"
    title = _("This was decided already")


class EditConflictError(CaseChangedError):
    """Two people changed the same fields: each is shown both, and nothing that was typed is lost."""

    code = "edit_conflict"
    title = _("Somebody changed the same meanwhile")

    def __init__(self, message: object, conflicts: tuple[Conflict, ...], version: int, kept: dict[str, Any]) -> None:
        super().__init__(message, todo=_("Look at both, and choose."))
        self.conflicts, self.version, self.kept = conflicts, version, kept


class FileRefusedError(RefusalError):
    """A file of a kind, size or content that is not kept; nothing of it was written."""

    code = "file_refused"
    status = 422
    title = _("This file is not kept")


class LeftOutError(RefusalError):
    """A passage is marked that is not there, or of something that cannot be shared in part."""

    code = "left_out"
    status = 422
    title = _("This cannot be left out")


class PartFaultError(RefusalError):
    """A code that nobody knows, in a part of the file."""

    code = "part_fault"
    status = 422
    title = _("This code is not known")


class NotAcceptedError(RefusalError):
    """A case is opened from a referral that was accepted, and from no other."""

    code = "not_accepted"
    title = _("This referral was not accepted")


class WeakPassphraseError(RefusalError):
    """A passphrase that a machine guesses."""

    code = "weak_passphrase"
    status = 422
    title = _("Choose another passphrase")


class ExportGoneError(RefusalError):
    """A file that was fetched, cancelled, or is not made yet."""

    code = "export_gone"
    title = _("This file is not here")


class ConsentChangedError(RefusalError):
    """A consent ended between making a file and fetching it."""

    code = "consent_changed"
    title = _("Consent has changed")


class FlagError(RefusalError):
    """A flag of this kind stands already, or nobody may set it here."""

    code = "flag"
    title = _("This flag cannot be set")


class FilterNameError(RefusalError):
    """A saved filter of this name is there already."""

    code = "filter_name"
    status = 422
    title = _("Choose another name")


class OutsideDayError(RefusalError):
    """Access for somebody outside ends within 90 days, and not before today."""

    code = "outside_day"
    status = 422
    title = _("Choose another day")
