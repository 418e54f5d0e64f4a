"""What protect keeps: cases, consents, needs, referrals, deadlines, shares, procedures."""

from mainstay.protect.models.cases import (
    CODED_FIELDS,
    DEADLINE_KINDS,
    NEED_KINDS,
    SEALED_FIELDS,
    Case,
    CaseNameSound,
    Consent,
    Deadline,
    Need,
    Referral,
    ReferralState,
    Share,
    Status,
    person_index,
    sound_index,
)
from mainstay.protect.models.law import BoundBy, NationalDays
from mainstay.protect.models.measures import (
    CaseContact,
    Measure,
    MeasureNotice,
    MeasureStep,
    Submission,
)
from mainstay.protect.models.procedures import Appeal, Procedure, ProposedDecision
from mainstay.protect.models.reminders import CalendarFeed, Reminder
from mainstay.protect.models.status import AgeRecord, DayNote, Permit

__all__ = [
    "CODED_FIELDS",
    "DEADLINE_KINDS",
    "NEED_KINDS",
    "SEALED_FIELDS",
    "AgeRecord",
    "Appeal",
    "BoundBy",
    "CalendarFeed",
    "Case",
    "CaseContact",
    "CaseNameSound",
    "Consent",
    "DayNote",
    "Deadline",
    "Measure",
    "MeasureNotice",
    "MeasureStep",
    "NationalDays",
    "Need",
    "Permit",
    "Procedure",
    "ProposedDecision",
    "Referral",
    "ReferralState",
    "Reminder",
    "Share",
    "Status",
    "Submission",
    "person_index",
    "sound_index",
]
