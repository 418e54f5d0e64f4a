"""What identify keeps: instruments and screenings."""

from mainstay.identify.models.instruments import ConfirmedInstrument, InstalledInstrument
from mainstay.identify.models.screenings import IndicatorSeen, NameSound, Prevalence, SamePerson, Screening
from mainstay.identify.models.tips import SpentToken, Tip, TipDesk, TipMessage, TipPhoto

__all__ = [
    "ConfirmedInstrument",
    "IndicatorSeen",
    "InstalledInstrument",
    "NameSound",
    "Prevalence",
    "SamePerson",
    "Screening",
    "SpentToken",
    "Tip",
    "TipDesk",
    "TipMessage",
    "TipPhoto",
]
