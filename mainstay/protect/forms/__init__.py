"""Input of protect, as typed values."""

from mainstay.protect.forms.consents import CATEGORY_WORDS, GIVEN_WORDS, PURPOSE_WORDS, ConsentForm, ReceivingForm
from mainstay.protect.forms.people import (
    LONG,
    CloseForm,
    EraseForm,
    ErasePersonForm,
    FindForm,
    IdentityForm,
    NeedForm,
    NewCaseForm,
    ProtectingAgencyForm,
    ReasonForm,
)
from mainstay.protect.forms.procedures import (
    AppealForm,
    AskToDecideForm,
    DecisionForm,
    SecondReadingForm,
    TakeBackForm,
)
from mainstay.protect.forms.referrals import AnswerForm, ReferForm

__all__ = [
    "CATEGORY_WORDS",
    "GIVEN_WORDS",
    "LONG",
    "PURPOSE_WORDS",
    "AnswerForm",
    "AppealForm",
    "AskToDecideForm",
    "CloseForm",
    "ConsentForm",
    "DecisionForm",
    "EraseForm",
    "ErasePersonForm",
    "FindForm",
    "IdentityForm",
    "NeedForm",
    "NewCaseForm",
    "ProtectingAgencyForm",
    "ReasonForm",
    "ReceivingForm",
    "ReferForm",
    "SecondReadingForm",
    "TakeBackForm",
]
