"""Cases and what hangs on them. Identity is sealed under the person's data key; coded facts stay queryable."""

import uuid
from functools import cache
from typing import Any, ClassVar

from django.db import connection, models
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.models import Agency, User
from mainstay.core.fields import SealedModel, SealedTextField, blind_index
from mainstay.core.labels import AGE_GROUPS, SEXES
from mainstay.protect.types import CaseField, Category, ConsentFact, Given, SharePurpose


class Status(models.TextChoices):
    """Where a person's case stands."""

    PRESUMED = "presumed", _("Presumed victim")
    IDENTIFIED = "identified", _("Identified")
    NOT_IDENTIFIED = "not_identified", _("Not identified")
    CLOSED = "closed", _("Closed")
    ERASED = "erased", _("Erased")


# field, its label, its category: the one list that shares, exports and pages read
SEALED_FIELDS: tuple[tuple[str, object, Category], ...] = (
    ("name", _("Name"), Category.IDENTITY),
    ("birth_date", _("Birth date"), Category.IDENTITY),
    ("phone", _("Phone"), Category.CONTACT),
    ("safe_contact", _("Safe contact"), Category.CONTACT),
    ("whereabouts", _("Where they are now"), Category.WHEREABOUTS),
    ("health", _("Health"), Category.HEALTH),
    ("route", _("Route, with dates"), Category.JOURNEY),
    ("story", _("What happened"), Category.EXPLOITATION),
    ("exploiter_name", _("Who controlled them"), Category.EXPLOITERS),
    ("exploiter_phone", _("Phone of who controlled them"), Category.EXPLOITERS),
    ("exploiter_account", _("Collector's account"), Category.MONEY),
)
CODED_FIELDS: tuple[tuple[str, object, Category], ...] = (
    ("forms", _("Form of exploitation"), Category.EXPLOITATION),
    ("needs", _("Needs"), Category.NEEDS),
)
PART_FIELDS: tuple[tuple[str, object, Category], ...] = (
    ("names", _("Other names"), Category.IDENTITY),
    ("papers", _("Identity documents"), Category.IDENTITY),
    ("relatives", _("Family and children"), Category.FAMILY),
    ("stations", _("Stations of the journey"), Category.JOURNEY),
    ("facts", _("What happened, in codes"), Category.EXPLOITATION),
    ("involved", _("People and companies involved"), Category.EXPLOITERS),
    ("accounts", _("Accounts of people and companies involved"), Category.MONEY),
)

PARTS_KEPT = {
    "needs": "needs",
    "names": "personname_parts",
    "papers": "identitypaper_parts",
    "relatives": "relative_parts",
    "stations": "station_parts",
    "involved": "involved_parts",
    "accounts": "involved_parts",
}
"""The lists that hang on a case, each by its field and by the relation that holds it."""

ON_OVERVIEW = (
    "consents", "grounds", "documents", "deadlines", "flags", "measures", "procedures", "risk_assessments", "referrals",
    "origin", "protected_address",
)  # fmt: skip
"""What else hangs on a case and stands on its first page, by relation."""

NEED_KINDS = [
    ("shelter", _("A safe place to stay")),
    ("health", _("Health care")),
    ("legal", _("Legal advice")),
    ("interpreter", _("An interpreter")),
    ("food", _("Food and clothing")),
    ("money", _("Money to live on")),
    ("papers", _("Identity papers or residence")),
    ("education", _("School or training")),
    ("work", _("Work")),
    ("family", _("Finding or joining family")),
    ("return", _("Safe voluntary return")),
    ("safety", _("Protection from danger")),
    ("psychological", _("Psychological help")),
    ("childcare", _("Care for children")),
    ("compensation", _("Unpaid wages or compensation")),
    ("resettlement", _("A safe country to live in")),
]


class Case(SealedModel):
    """A person's case."""

    reference = models.CharField(_("reference"), max_length=20, unique=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(_("status"), max_length=20, choices=Status.choices, default=Status.PRESUMED)
    sex = models.CharField(_("sex"), max_length=10, choices=SEXES, default="unknown")
    age_group = models.CharField(_("age group"), max_length=10, choices=AGE_GROUPS, default="unknown")
    forms = models.JSONField(_("forms of exploitation"), default=list)
    facts = models.JSONField(_("what happened, in codes"), default=dict, blank=True)
    citizenship = models.CharField(_("citizenship"), max_length=2, blank=True)
    identified_date = models.DateField(_("presumed victim since"))
    screening_id = models.UUIDField(null=True, blank=True, unique=True)
    closed_from = models.CharField(max_length=20, choices=Status.choices, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    keep_until = models.DateField(null=True, blank=True, db_index=True)
    left_out_of_figures = models.BooleanField(_("left out of figures"), default=False)
    version = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField()
    network_digest = models.CharField(max_length=64, blank=True, editable=False)
    follow_on = models.DateField(null=True, blank=True, editable=False)

    name = SealedTextField(_("name"))
    birth_date = SealedTextField(_("birth date"))
    phone = SealedTextField(_("phone"))
    safe_contact = SealedTextField(_("safe contact"))
    whereabouts = SealedTextField(_("where they are now"))
    health = SealedTextField(_("health"))
    route = SealedTextField(_("route"))
    story = SealedTextField(_("what happened"))
    exploiter_name = SealedTextField(_("who controlled them"))
    exploiter_phone = SealedTextField(_("phone of who controlled them"))
    exploiter_account = SealedTextField(_("collector's account"))
    why_closed = SealedTextField(_("why it was closed or opened again"))
    name_index = models.CharField(max_length=64, blank=True, db_index=True)
    phone_index = models.CharField(max_length=64, blank=True, db_index=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-opened_at"]
        indexes = [
            models.Index(fields=["agency", "status", "-opened_at"], name="protect_case_list"),
            models.Index(fields=["agency", "-opened_at"], name="protect_case_newest"),
            models.Index(fields=["agency", "owner", "-opened_at"], name="protect_case_owner"),
            models.Index("agency", Length("reference"), "reference", name="protect_case_reference"),
            models.Index(fields=["follow_on"], condition=models.Q(follow_on__isnull=False), name="protect_case_follow"),
        ]

    _filled: dict[str, bool] | None = None

    def __str__(self) -> str:
        return self.reference

    def fields_to_share(self) -> list[CaseField]:
        """Return every field that a share could hold, with its category and whether it holds anything."""
        sealed = [CaseField(n, str(label), c, bool(getattr(self, n))) for n, label, c in SEALED_FIELDS]
        filled = {"forms": bool(self.forms), "facts": bool(self.facts), **self._filled_parts()}
        named = [*CODED_FIELDS, *PART_FIELDS]
        coded = [CaseField(n, str(label), c, filled[n]) for n, label, c in named]
        kept = self.documents.order_by("added_at", "pk").values_list("pk", "category")
        return [*sealed, *coded, *(CaseField(f"document:{pk}", str(_("Document")), Category(c)) for pk, c in kept)]

    def _filled_parts(self) -> dict[str, bool]:
        """Say which of the lists that a share names hold anything."""
        return self._filled or self._ask_filled(tuple(PARTS_KEPT.items()))

    def look_once(self) -> None:
        """Ask in one question what hangs on the case; what is empty is not asked for again by this object.

        For a page that reads and does not write: fifteen questions more took a third of its time.
        """
        asked = {**PARTS_KEPT, **{name: name for name in ON_OVERVIEW}}
        kept = self._ask_filled(tuple(asked.items()))
        self._filled = {name: kept[name] for name in PARTS_KEPT}
        for name, accessor in asked.items():
            if kept[name] or name == "accounts":  # accounts stand among who was involved
                continue
            relation = _relations()[accessor]
            if relation.one_to_one:
                relation.set_cached_value(self, None)
            else:
                lists = self.__dict__.setdefault("_prefetched_objects_cache", {})
                lists[accessor] = relation.related_model._default_manager.none()

    def _ask_filled(self, asked: tuple[tuple[str, str], ...]) -> dict[str, bool]:
        with connection.cursor() as cursor:
            key = Case._meta.pk.get_db_prep_value(self.pk, connection)
            cursor.execute(_filled_sql(asked), [key] * len(asked))
            return dict(zip((name for name, _relation in asked), map(bool, cursor.fetchone()), strict=True))


@cache
def _relations() -> dict[str, Any]:
    return {name: relation for relation in Case._meta.related_objects if (name := relation.get_accessor_name())}


@cache
def _filled_sql(asked: tuple[tuple[str, str], ...]) -> str:
    """Return one question for all these lists: seven, put together anew, took a tenth of a page."""
    tables = {name: _relations()[relation].related_model._meta.db_table for name, relation in asked}
    also = {"accounts": " AND LENGTH(account) > 0"}
    each = (f"EXISTS(SELECT 1 FROM {table} WHERE case_id = %s{also.get(name, '')})" for name, table in tables.items())  # noqa: S608 - our own names
    return f"SELECT {', '.join(each)}"


def person_index(kind: str, value: str) -> str:
    """Return the blind index of a person's name or phone as cases carry it."""
    return blind_index("protect.case", kind, value)


def sound_index(key: str) -> str:
    """Return the blind index of what a part of a name sounds like, as cases carry it."""
    return blind_index("protect.case", "sound", key)


def network_index(fingerprint: str) -> str:
    """Return under the node's key the fingerprint of what of a case is in the network."""
    return blind_index("protect.case", "network", fingerprint)


class CaseNameSound(models.Model):
    """What one part of a person's name sounds like, as a blind index: to find them however the name is written."""

    forgotten_with_case = True

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="name_sounds")
    index = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "index"], name="protect_one_sound")]
        indexes = [models.Index(fields=["index", "case"], name="protect_sound_of")]

    def __str__(self) -> str:
        return f"sound of {self.case_id}"


class Consent(models.Model):
    """What a person lets leave: which categories, to whom, for what, until when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="consents")
    categories = models.JSONField(default=list)
    recipients = models.JSONField(default=list)
    purposes = models.JSONField(default=list)
    how = models.CharField(max_length=20, choices=[(g.value, g.value) for g in Given])
    given_on = models.DateField()
    until = models.DateField(null=True, blank=True)
    withdrawn_on = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["given_on", "id"]
        indexes = [
            models.Index(
                fields=["until"],
                condition=models.Q(until__isnull=False, withdrawn_on=None),
                name="protect_consent_ends",
            )
        ]

    def __str__(self) -> str:
        return f"consent of {self.given_on}"

    def as_fact(self) -> ConsentFact:
        """Return the consent as the rule sees it."""
        return ConsentFact(
            id=str(self.pk),
            categories=frozenset(Category(c) for c in self.categories),
            recipients=frozenset(self.recipients),
            purposes=frozenset(SharePurpose(p) for p in self.purposes),
            given_on=self.given_on,
            until=self.until,
            withdrawn_on=self.withdrawn_on,
        )


class Need(SealedModel):
    """One thing a person needs."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="needs")
    kind = models.CharField(max_length=40, choices=NEED_KINDS)
    note = SealedTextField()
    urgency = models.PositiveSmallIntegerField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    met_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["recorded_at"]
        indexes = [models.Index(fields=["recorded_at"], condition=models.Q(met_at=None), name="protect_need_open")]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class ReferralState(models.TextChoices):
    """How far a referral got."""

    SENT = "sent", _("Sent")
    SEEN = "seen", _("Seen")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Consent taken back")
    EXPIRED = "expired", _("Not answered in time")
    DONE = "done", _("Done")


OPEN_REFERRALS = (ReferralState.SENT, ReferralState.SEEN, ReferralState.ACCEPTED)
"""Referrals of which something may still come."""


class Referral(SealedModel):
    """A need passed to another agency, with what consent lets leave for it."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="referrals")
    need = models.ForeignKey(Need, on_delete=models.CASCADE, related_name="referrals")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    recipient_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=ReferralState.choices, default=ReferralState.SENT)
    service = models.ForeignKey("protect.Service", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    reason = SealedTextField()
    outcome = SealedTextField()
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    answer_by = models.DateField(null=True, blank=True, db_index=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    became_case_id = models.UUIDField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-sent_at"]
        indexes = [
            models.Index(fields=["agency", "-sent_at"], name="protect_referral_sent"),
            models.Index(fields=["recipient_agency", "-sent_at"], name="protect_referral_to"),
        ]

    def __str__(self) -> str:
        return f"referral {self.pk}"


class Share(models.Model):
    """One exit: which fields left, to whom, for what, resting on which consents."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="shares")
    recipient = models.CharField(max_length=120)
    purpose = models.CharField(max_length=20)
    fields = models.JSONField(default=list)
    consents = models.JSONField(default=list)
    grounds = models.JSONField(default=list)
    shared_at = models.DateTimeField()
    shared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    received_at = models.DateTimeField(null=True, blank=True)
    received_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    recalled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-shared_at", "id"]

    def __str__(self) -> str:
        return f"share {self.pk}"
