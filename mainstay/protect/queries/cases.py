"""Reading cases, their deadlines and needs, narrowed to what a viewer may see."""

from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import queries as audit
from mainstay.audit.services import WITHOUT_ACCOUNT
from mainstay.core import access
from mainstay.core.names import sound_keys
from mainstay.protect.models import (
    CODED_FIELDS,
    PART_FIELDS,
    SEALED_FIELDS,
    Case,
    CaseNameSound,
    Deadline,
    Need,
    Status,
    person_index,
    sound_index,
)

M = TypeVar("M", bound=Model)
PUT_AWAY = (Status.CLOSED, Status.ERASED)
"""Cases that ask nothing of anybody today."""


def cases_visible_to(viewer: User) -> QuerySet[Case]:
    """Return the cases that a viewer may read, newest first."""
    return access.narrow(Case.objects.exclude(status=Status.ERASED), viewer, "protect.read_case")


def cases_named(text: str, viewer: User) -> QuerySet[Case]:
    """Return the cases of this reference or phone, or whose name is this or sounds like it, in any script.

    Names are compared by blind indexes: of the whole, and of what two of its parts (or its only one) sound like.
    """
    found: list[QuerySet[Any, Any]] = [Case.objects.filter(reference=text.strip().upper()).order_by().values("pk")]
    for column, kind in (("name_index", "name"), ("phone_index", "phone")):
        if index := person_index(kind, text):
            found.append(Case.objects.filter(**{column: index}).order_by().values("pk"))
    if whole := person_index("name", text):  # another name, which its case keeps among what its names sound like
        found.append(CaseNameSound.objects.filter(index=whole).values("case"))
    if sounds := [sound_index(key) for key in sound_keys(text)]:
        alike = CaseNameSound.objects.filter(index__in=sounds).values("case").annotate(shared=Count("pk"))
        found.append(alike.filter(shared__gte=min(2, len(sounds))).values("case"))
    return cases_visible_to(viewer).filter(pk__in=found[0].union(*found[1:]))


def deadlines_due(viewer: User) -> QuerySet[Deadline]:
    """Return the open deadlines of a viewer's cases, the nearest first."""
    rows = Deadline.objects.filter(done_at=None).select_related("case").exclude(case__status__in=PUT_AWAY)
    return access.narrow(rows, viewer, "protect.read_case", agency="case__agency", owner="case__owner")


def needs_without_place(viewer: User) -> QuerySet[Need]:
    """Return needs that no agency was asked for, or that every agency asked declined, the oldest first."""
    open_states = ["sent", "seen", "accepted", "done"]
    rows = Need.objects.filter(met_at=None).select_related("case").exclude(case__status__in=PUT_AWAY)
    rows = rows.exclude(referrals__state__in=open_states).order_by("recorded_at")
    return access.narrow(rows, viewer, "protect.read_case", agency="case__agency", owner="case__owner")


def without_a_case(rows: QuerySet[M]) -> QuerySet[M]:
    """Return the rows (screenings) of people for whom no case was opened; a screening and its case carry one key."""
    return rows.filter(~Exists(Case.objects.filter(key_id=OuterRef("key_id"))))


def case_named(reference: str) -> Case | None:
    """Return the case of a reference, for the node's operator at its command line."""
    return Case.objects.filter(reference__iexact=reference).first()


def victims_by_form() -> dict[tuple[str, ...], int]:
    """Return counts of presumed and identified victims by sex, age group and form of exploitation.

    Each person is in one cell: who suffered more than one form is counted under `Multiple`. It is a
    count of coded facts for the release gate of `monitor`, and never touches an identity. Who objected is left out.
    """
    closed = Q(status=Status.CLOSED, closed_from=Status.NOT_IDENTIFIED)
    counted = Case.objects.filter(left_out_of_figures=False)
    rows = counted.exclude(Q(status=Status.NOT_IDENTIFIED) | closed).values_list("sex", "age_group", "forms")
    counts: dict[tuple[str, ...], int] = {}
    for sex, age_group, forms in rows.iterator():
        form = "Multiple" if len(forms) > 1 else next(iter(forms), "Unknown")
        counts[sex, age_group, form] = counts.get((sex, age_group, form), 0) + 1
    return counts


def readers(case: Case, limit: int = 20) -> list[tuple[str, str, datetime]]:
    """Return who opened a person's identity, for what, when: the newest first."""
    entries = audit.readers_of("protect.case", case.pk).filter(action="protect.identity_read")[:limit]
    names = {
        str(pk): name
        for pk, name in User.objects.filter(
            pk__in=[e.actor_id for e in entries if e.actor_id not in WITHOUT_ACCOUNT]
        ).values_list("pk", "name")
    }
    return [(names.get(entry.actor_id, entry.actor_id), entry.purpose, entry.at) for entry in entries]


def field_label(name: str) -> str:
    """Return a case field's label for a reader; a document's title stays sealed."""
    if name.startswith("document:"):
        return _("Document")
    known = (*SEALED_FIELDS, *CODED_FIELDS, *PART_FIELDS)
    return {field: str(label) for field, label, _category in known}.get(name, name)
