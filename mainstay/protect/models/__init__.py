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
from mainstay.protect.models.procedures import Appeal, Procedure, ProposedDecision
from mainstay.protect.models.sharing import LegalGround, NoticeAnswer, RecallNotice

__all__ = [
    "CODED_FIELDS",
    "DEADLINE_KINDS",
    "NEED_KINDS",
    "SEALED_FIELDS",
    "Appeal",
    "Case",
    "CaseNameSound",
    "Consent",
    "Deadline",
    "LegalGround",
    "Need",
    "NoticeAnswer",
    "Procedure",
    "ProposedDecision",
    "RecallNotice",
    "Referral",
    "ReferralState",
    "Share",
    "Status",
    "person_index",
    "sound_index",
]
