"""What identify keeps: instruments, screenings, phones and what they send, appointments, tips."""

from mainstay.identify.models.appointments import Appointment
from mainstay.identify.models.devices import Device, FormKey
from mainstay.identify.models.instruments import ConfirmedInstrument, InstalledInstrument
from mainstay.identify.models.screenings import IndicatorSeen, NameSound, Prevalence, SamePerson, Screening
from mainstay.identify.models.submissions import Submission, SubmittedFile
from mainstay.identify.models.tips import SpentToken, Tip, TipDesk, TipMessage, TipPhoto

__all__ = [
    "Appointment",
    "ConfirmedInstrument",
    "Device",
    "FormKey",
    "IndicatorSeen",
    "InstalledInstrument",
    "NameSound",
    "Prevalence",
    "SamePerson",
    "Screening",
    "SpentToken",
    "Submission",
    "SubmittedFile",
    "Tip",
    "TipDesk",
    "TipMessage",
    "TipPhoto",
]
