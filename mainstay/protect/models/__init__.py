"""What protect keeps: cases, consents, needs, referrals, deadlines, shares, procedures."""

from mainstay.protect.models.cases import (
    CODED_FIELDS,
    DEADLINE_KINDS,
    NEED_KINDS,
    SEALED_FIELDS,
    Case,
    Consent,
    Deadline,
    Need,
    Referral,
    ReferralState,
    Share,
    Status,
    person_index,
)
from mainstay.protect.models.procedures import Appeal, Procedure, ProposedDecision

__all__ = [
    "CODED_FIELDS",
    "DEADLINE_KINDS",
    "NEED_KINDS",
    "SEALED_FIELDS",
    "Appeal",
    "Case",
    "Consent",
    "Deadline",
    "Need",
    "Procedure",
    "ProposedDecision",
    "Referral",
    "ReferralState",
    "Share",
    "Status",
    "person_index",
]
