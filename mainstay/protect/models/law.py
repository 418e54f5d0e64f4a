"""What an administrator sets of the law of a country: national days, and which treaties bind it."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import User
from mainstay.protect.rules.grounds import Treaty
from mainstay.protect.rules.working_days import Moves

TERM_KINDS = [
    ("reflection_period", _("Recovery and reflection period")),
    ("identification_decision", _("Decision on identification")),
    ("appeal", _("Appeal")),
    ("permit_renewal", _("Asking for the renewal of a permit, before it ends")),
    ("reassessment", _("Looking again at safety and needs")),
    ("age_verification", _("Verifying an uncertain age")),
]
MOVES = [
    (Moves.STAYS.value, _("It stays")),
    (Moves.NEXT.value, _("It moves to the next working day")),
    (Moves.PREVIOUS.value, _("It moves to the working day before")),
]
TREATIES = [
    (Treaty.CETS197.value, _("Council of Europe Convention on trafficking (CETS 197)")),
    (Treaty.PALERMO.value, _("Palermo Protocol on trafficking")),
    (Treaty.SMUGGLING.value, _("Protocol against the smuggling of migrants")),
    (Treaty.UNTOC.value, _("UN Convention against transnational organized crime")),
    (Treaty.CRC.value, _("Convention on the Rights of the Child")),
    (Treaty.REFUGEE.value, _("Refugee Convention of 1951")),
    (Treaty.ILO_P29.value, _("ILO Protocol of 2014 on forced labour")),
    (Treaty.ECHR.value, _("European Convention on Human Rights")),
    (Treaty.EU2011_36.value, _("Directive 2011/36/EU")),
    (Treaty.ACTIP.value, _("ASEAN Convention against trafficking (ACTIP)")),
    (Treaty.ASEAN.value, _("Member State of ASEAN")),
    (Treaty.OSCE.value, _("Participating State of the OSCE")),
]


class NationalDays(models.Model):
    """How many days the law of a country gives for something, with its source."""

    country = models.CharField(_("country"), max_length=2)
    kind = models.CharField(_("what for"), max_length=40, choices=TERM_KINDS)
    days = models.PositiveIntegerField(_("days"))
    moves = models.CharField(_("if the last day is a closed day"), max_length=10, choices=MOVES, default=Moves.STAYS)
    source = models.CharField(_("source"), max_length=200)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["country", "kind"]
        constraints = [models.UniqueConstraint(fields=["country", "kind"], name="protect_one_national_term")]

    def __str__(self) -> str:
        return f"{self.country}: {self.days} days, {self.kind}"


class BoundBy(models.Model):
    """Whether a country is bound by a treaty, since when, and who says so."""

    country = models.CharField(_("country"), max_length=2)
    treaty = models.CharField(_("treaty"), max_length=20, choices=TREATIES)
    is_bound = models.BooleanField(_("is bound"))
    since = models.DateField(_("since"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=200)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["country", "treaty"]
        constraints = [models.UniqueConstraint(fields=["country", "treaty"], name="protect_one_word_on_a_treaty")]

    def __str__(self) -> str:
        return f"{self.country} and {self.treaty}: {self.is_bound}"
