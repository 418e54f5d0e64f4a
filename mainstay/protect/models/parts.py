"""Parts of a person's file that there are several of: names, papers, family, stations of a journey, who is involved."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import User
from mainstay.core.fields import SealedModel, SealedTextField
from mainstay.protect.models.cases import Case

NAME_KINDS = [
    ("birth", _("Name at birth")),
    ("use", _("Name in use")),
    ("alias", _("Other name they are called by")),
    ("papers", _("Name in documents")),
]
SCRIPTS = [
    ("", _("Not said")),
    ("Latn", _("Latin")),
    ("Arab", _("Arabic")),
    ("Cyrl", _("Cyrillic")),
    ("Ethi", _("Ge'ez")),
    ("Hans", _("Chinese")),
    ("Deva", _("Devanagari")),
    ("Beng", _("Bengali")),
    ("Thai", _("Thai")),
    ("Mymr", _("Burmese")),
    ("Khmr", _("Khmer")),
    ("Hebr", _("Hebrew")),
    ("Grek", _("Greek")),
    ("Geor", _("Georgian")),
    ("Armn", _("Armenian")),
    ("Zyyy", _("Another script")),
]
"""ISO 15924."""
PAPER_KINDS = [
    ("passport", _("Passport")),
    ("identity_card", _("Identity card")),
    ("birth_certificate", _("Birth certificate")),
    ("residence", _("Residence permit")),
    ("visa", _("Visa")),
    ("driving", _("Driving licence")),
    ("refugee", _("Refugee or asylum document")),
    ("other", _("Another document")),
]
HOLDERS = [
    ("person", _("The person")),
    ("taken", _("Taken by who exploited them")),
    ("lost", _("Lost")),
    ("authority", _("An authority")),
    ("agency", _("Kept for them here")),
    ("unknown", _("Not known")),
]
RELATIONS = [
    ("child", _("Child")),
    ("partner", _("Husband, wife or partner")),
    ("parent", _("Parent")),
    ("sibling", _("Brother or sister")),
    ("grandparent", _("Grandparent")),
    ("other", _("Other family")),
    ("guardian", _("Guardian")),
]
WAYS = [
    ("", _("Not known")),
    ("air", _("By air")),
    ("car", _("By car or lorry")),
    ("bus", _("By bus")),
    ("rail", _("By train")),
    ("boat", _("By boat")),
    ("foot", _("On foot")),
    ("other", _("In another way")),
]
PARTY_KINDS = [("person", _("A person")), ("company", _("A company"))]
ROLES = [
    ("recruiter", _("Recruited them")),
    ("transporter", _("Transported them")),
    ("harbourer", _("Housed or hid them")),
    ("controller", _("Controlled them")),
    ("employer", _("Employed them")),
    ("buyer", _("Paid for them")),
    ("collector", _("Took the money")),
    ("forger", _("Made or got documents")),
    ("other", _("Something else")),
]


class Part(SealedModel):
    """One row of a part of the file: `CODED` are its plain columns, `SEALED` those under the person's key."""

    forgotten_with_case = True
    CODED: ClassVar[tuple[str, ...]] = ()
    SEALED: ClassVar[tuple[str, ...]] = ()

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="%(class)s_parts")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.model_name} {self.pk}"

    def coded(self) -> dict[str, Any]:
        """Return the plain columns by name."""
        return {name: getattr(self, name) for name in self.CODED}


class PersonName(Part):
    """A name of the person, in one script; the main name stands on the case."""

    CODED = ("kind", "script", "language")
    SEALED = ("name",)

    kind = models.CharField(max_length=10, choices=NAME_KINDS)
    script = models.CharField(max_length=4, choices=SCRIPTS, blank=True)
    language = models.CharField(max_length=2, blank=True)
    name = SealedTextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["recorded_at"]


class IdentityPaper(Part):
    """An identity document: who issued it, who holds it now, until when it is valid; its number is sealed."""

    CODED = ("kind", "country", "holder", "valid_until")
    SEALED = ("number",)

    kind = models.CharField(max_length=20, choices=PAPER_KINDS)
    country = models.CharField(max_length=2, blank=True)
    holder = models.CharField(max_length=10, choices=HOLDERS, default="unknown")
    valid_until = models.DateField(null=True, blank=True)
    number = SealedTextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["recorded_at"]


class Relative(Part):
    """Somebody of the person's family: whether they are a child, with the person, at risk."""

    CODED = ("relation", "is_child", "is_with_them", "is_at_risk")
    SEALED = ("name", "note")

    relation = models.CharField(max_length=12, choices=RELATIONS)
    is_child = models.BooleanField(default=False)
    is_with_them = models.BooleanField(default=False)
    is_at_risk = models.BooleanField(default=False)
    name = SealedTextField()
    note = SealedTextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["recorded_at"]


class Station(Part):
    """One station of the journey, in order; days are known to the day, month or year, and sealed with the place."""

    CODED = ("order", "country", "way")
    SEALED = ("place", "came", "left", "what")

    order = models.PositiveSmallIntegerField(default=1)
    country = models.CharField(max_length=2, blank=True)
    way = models.CharField(max_length=6, choices=WAYS, blank=True)
    place = SealedTextField()
    came = SealedTextField()
    left = SealedTextField()
    what = SealedTextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "recorded_at"]


class Involved(Part):
    """A person or company that took part in the exploitation, as the person tells it; never the person themself."""

    CODED = ("kind", "role")
    SEALED = ("name", "phone", "account")

    kind = models.CharField(max_length=10, choices=PARTY_KINDS)
    role = models.CharField(max_length=12, choices=ROLES)
    name = SealedTextField()
    phone = SealedTextField()
    account = SealedTextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["recorded_at"]


PARTS: dict[str, type[Part]] = {
    "names": PersonName,
    "papers": IdentityPaper,
    "relatives": Relative,
    "stations": Station,
    "involved": Involved,
}
"""The parts by the name under which they are shared, written and shown."""
