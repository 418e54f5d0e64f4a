"""What identify keeps: instruments and screenings."""

from mainstay.identify.models.instruments import InstalledInstrument
from mainstay.identify.models.screenings import Screening

__all__ = ["InstalledInstrument", "Screening"]
