"""What identify keeps: instruments and screenings."""

from mainstay.identify.models.instruments import ConfirmedInstrument, InstalledInstrument
from mainstay.identify.models.screenings import IndicatorSeen, NameSound, Prevalence, SamePerson, Screening

__all__ = [
    "ConfirmedInstrument",
    "IndicatorSeen",
    "InstalledInstrument",
    "NameSound",
    "Prevalence",
    "SamePerson",
    "Screening",
]
