"""Consent, shares and deadlines as plain values."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

Names = tuple[tuple[UUID, str], ...]
"""People by id and name, to choose from."""


class Category(StrEnum):
    """What kind of data a field is; consent is given by category."""

    IDENTITY = "identity"
    CONTACT = "contact"
    WHEREABOUTS = "whereabouts"
    HEALTH = "health"
    JOURNEY = "journey"
    EXPLOITATION = "exploitation"
    EXPLOITERS = "exploiters"
    MONEY = "money"
    NEEDS = "needs"
    FAMILY = "family"


class SharePurpose(StrEnum):
    """What a share is for."""

    ASSISTANCE = "assistance"
    INVESTIGATION = "investigation"
    COOPERATION = "cooperation"
    STATISTICS = "statistics"
    IDENTIFICATION = "identification"
    DEFENCE = "defence"


class Outcome(StrEnum):
    """What the competent authority decided."""

    IDENTIFIED = "identified"
    NOT_IDENTIFIED = "not_identified"


class Given(StrEnum):
    """How consent was given."""

    SPOKEN = "spoken"
    WRITTEN = "written"
    GUARDIAN = "guardian"
    INTERPRETER = "interpreter"


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """One consent: which categories, to whom, for what, from when until when; a withdrawn one has its day."""

    id: str
    categories: frozenset[Category]
    recipients: frozenset[str]
    purposes: frozenset[SharePurpose]
    given_on: date
    until: date | None = None
    withdrawn_on: date | None = None


class GroundKind(StrEnum):
    """What can stand in for consent."""

    IMMINENT_DANGER = "imminent_danger"
    CHILD_BEST_INTEREST = "child_best_interest"
    COURT_ORDER = "court_order"


@dataclass(frozen=True, slots=True)
class Ground:
    """A legal ground that stands in for consent.

    It needs a named approver who is not who asked for it, reaches only the categories, recipient and purpose it
    names, and holds from a day until a day.
    """

    kind: GroundKind
    approved_by: str
    categories: frozenset[Category]
    recipient: str
    purpose: SharePurpose
    starts: date
    until: date
    asked_by: str = ""
    id: str = ""
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class CaseField:
    """One field of a case on its way to a share: its name, label, category, and whether it holds anything."""

    name: str
    label: str
    category: Category
    filled: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to one field: shared or withheld, and why."""

    field: CaseField
    shared: bool
    code: str
    consent_id: str = ""
    given_on: date | None = None
    ground_id: str = ""


@dataclass(frozen=True, slots=True)
class SharePlan:
    """Field by field what leaves for a recipient and purpose, and what does not."""

    recipient: str
    purpose: SharePurpose
    decisions: tuple[Decision, ...] = field(default_factory=tuple)

    @property
    def shared(self) -> tuple[str, ...]:
        """Return the names of the fields that leave."""
        return tuple(d.field.name for d in self.decisions if d.shared)

    @property
    def consents(self) -> frozenset[str]:
        """Return the consents that the plan rests on."""
        return frozenset(d.consent_id for d in self.decisions if d.shared and d.consent_id)

    @property
    def grounds(self) -> frozenset[str]:
        """Return the legal grounds that the plan rests on, where consent does not reach."""
        return frozenset(d.ground_id for d in self.decisions if d.shared and d.ground_id)


@dataclass(frozen=True, slots=True)
class ReflectionPeriod:
    """The days in which no expulsion order may be enforced."""

    starts: date
    last_day: date

    def covers(self, day: date) -> bool:
        """Say whether a day is within the period, its last day included."""
        return self.starts <= day <= self.last_day

    def days_left(self, day: date) -> int:
        """Return the days left after a day; negative once it is over."""
        return (self.last_day - day).days
