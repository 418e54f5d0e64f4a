"""Opening, changing and erasing a case."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from mainstay.accounts.models import Agency, User
from mainstay.audit import services as audit
from mainstay.core import access, clock, keystore
from mainstay.core.access import Purpose, Role
from mainstay.core.counters import next_number
from mainstay.identify.queries import screenings as identify
from mainstay.identify.queries import tips
from mainstay.identify.services import screenings as screening_service
from mainstay.identify.services import tips as tip_service
from mainstay.protect.errors import (
    AddressKeptApartError,
    CaseClosedError,
    CaseExistsError,
    DayToComeError,
    EditConflictError,
    NobodyThereError,
    NotAcceptedError,
    NothingToShareError,
    StillOpenError,
)
from mainstay.protect.models import (
    SEALED_FIELDS,
    Case,
    Need,
    ProtectedAddress,
    Referral,
    ReferralState,
    Status,
    person_index,
)
from mainstay.protect.queries import law, recipient_of
from mainstay.protect.queries.open_ends import hindrance, open_ends, unseen
from mainstay.protect.queries.retention import kept_as, years_kept
from mainstay.protect.rules.htcds import htcds_forms
from mainstay.protect.rules.retention import keep_until
from mainstay.protect.services import sharing
from mainstay.protect.services.carried import carry_parts
from mainstay.protect.services.days import put_day
from mainstay.protect.services.history import merged, note_change, value_now
from mainstay.protect.services.names import keep_sounds
from mainstay.protect.services.reasons import require_reason
from mainstay.protect.services.sharing import locked
from mainstay.protect.types import SharePurpose

IDENTITY_FIELDS = frozenset(name for name, _label, _category in SEALED_FIELDS)
FIRST_REFERENCE = 1000
NOTHING_SEEN: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """What a new case starts with: coded facts, and what is sealed by field name."""

    identified_date: date
    sex: str = "unknown"
    age_group: str = "unknown"
    forms: tuple[str, ...] = ()
    citizenship: str = ""
    sealed: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def open_case(draft: CaseDraft, *, agency: Agency | None = None, actor: User, now: datetime) -> Case:
    """Open a case by hand, at an agency whose case manager takes it: the actor's own if left out."""
    access.require(actor, "protect.open_case")
    manager = _case_manager(agency or actor.agency, actor)
    return _open(draft, manager=manager, actor=actor, now=now, key_id=keystore.node().create_key(), screening_id=None)


@transaction.atomic
def open_case_from_file(draft: CaseDraft, agency: Agency, *, actor: User | None, now: datetime) -> Case:
    """Open a case at an agency for somebody of whom a file tells; `actor` None is the node's operator.

    Whoever takes the file in has the case if they are a case manager there; else who has the fewest people.
    """
    if actor is not None:
        access.require(actor, "protect.import")
    manager = _case_manager(agency, actor)
    return _open(draft, manager=manager, actor=actor, now=now, key_id=keystore.node().create_key(), screening_id=None)


@transaction.atomic
def open_case_from_screening(
    screening_id: Any, *, agency: Agency | None = None, actor: User, today: date, now: datetime
) -> Case:
    """Open a case for whom a screening presumes a victim; the person's key stays the same.

    `agency` is the one that protects the person from now on; left out, it is the actor's own. Its case
    manager with the fewest people takes the case.
    """
    access.require(actor, "protect.open_case")
    screening = identify.screening(screening_id, actor)
    screening_service.hold(screening.key_id)
    if Case.objects.filter(key_id=screening.key_id).exists():  # also out of a version that was corrected since
        raise CaseExistsError(_("This screening has a case."), todo=_("Open the case instead."))
    draft = CaseDraft(
        identified_date=today,
        sex=screening.sex,
        age_group=screening.age_group,
        forms=htcds_forms(screening.forms),
    )
    manager = _case_manager(agency or actor.agency, actor)
    return _open(draft, manager=manager, actor=actor, now=now, key_id=screening.key_id, screening_id=screening.pk)


@transaction.atomic
def open_case_from_tip(tip_id: Any, *, actor: User, today: date, now: datetime) -> Case:
    """Open a case for a person of whom a tip tells; the tip stays sealed under its own key, with the talk open."""
    access.require(actor, "protect.open_case")
    tip = tips.tip(tip_id, actor)
    if tip.case_id is not None:
        raise CaseExistsError(_("This tip has a case."), todo=_("Open the case instead."))
    case = open_case(CaseDraft(identified_date=today), actor=actor, now=now)
    tip_service.became_case(tip, case.pk, actor=actor, now=now)
    return case


@transaction.atomic
def open_case_from_referral(referral: Referral, *, actor: User, today: date, now: datetime) -> Case:
    """Open a case at an agency that protects people, for somebody referred to it, with what consent lets it read.

    It is a file of its own under a key of its own: the agency that referred the person keeps theirs.
    """
    access.require(actor, "protect.answer_referral", referral)
    access.require(actor, "protect.open_case")
    current = Referral.objects.select_for_update().get(pk=referral.pk)
    if current.state not in {ReferralState.ACCEPTED, ReferralState.DONE}:
        raise NotAcceptedError(_("This referral was not accepted."), todo=_("Accept it first."))
    if current.became_case_id is not None:
        raise CaseExistsError(_("This referral has a case."), todo=_("Open the case instead."))
    recipient = recipient_of(current.recipient_agency_id)
    values = sharing.readable(current.case, recipient, SharePurpose.ASSISTANCE, today)
    if not values:
        raise NothingToShareError(_("The person's consent lets nothing leave for this recipient and purpose."))
    sealed = {name: value for name, value in values.items() if name in IDENTITY_FIELDS and value}
    draft = CaseDraft(identified_date=today, forms=tuple(values.get("forms", ())), sealed=sealed)
    case = open_case(draft, actor=actor, now=now)
    for kind in values.get("needs", ()):
        add_need(case, kind, "", actor=actor, now=now)
    carry_parts(case, values, actor=actor, now=now)
    keep_sounds(case)
    Referral.objects.filter(pk=current.pk).update(became_case_id=case.pk)
    after = {"case": str(case.pk), "fields": sorted(values)}
    audit.record(actor, "protect.referral_became_case", current, purpose=Purpose.ASSISTANCE, after=after)
    return case


@transaction.atomic
def change_case(case: Case, changes: Mapping[str, Any], *, version: int, actor: User) -> Case:
    """Change fields of a case, as they were read at `version`.

    Who changed different fields meanwhile keeps their words; where somebody changed the same ones, nothing is written
    and `EditConflictError` tells both.
    """
    access.require(actor, "protect.change_case", case)
    current = locked(case)
    if changes.get("whereabouts") and ProtectedAddress.objects.filter(case=current).exists():
        raise AddressKeptApartError(
            _("Where this person is, is kept apart from their file."), todo=_("Change it on the page of the address.")
        )
    merge = merged(current, changes, version)
    if merge.conflicts:
        raise EditConflictError(
            _("Somebody else changed the same while you wrote."), merge.conflicts, current.version, dict(merge.changes)
        )
    changes, now = merge.changes, clock.now()
    if not changes:
        return current
    before = {name: value_now(current, name) for name in changes}
    for name, value in changes.items():
        setattr(current, name, value)
    current.version += 1
    _index(current, changes)
    current.save()
    for name, value in changes.items():
        note_change(current, name, before[name], value, actor=actor, now=now)
    if "name" in changes:
        keep_sounds(current)
    audit.record(actor, "protect.case_changed", current, purpose=Purpose.ASSISTANCE, after={"fields": sorted(changes)})
    if any(name.startswith("exploiter_") for name in changes):
        sharing.tell_network(current, actor=actor, now=now)
    return current


@transaction.atomic
def note_read(case: Case, *, actor: User) -> None:
    """Put the reading of a person's case on the audit chain."""
    access.require(actor, "protect.read_case", case)
    audit.record(actor, "protect.case_read", case, purpose=Purpose.ASSISTANCE)


@transaction.atomic
def read_identity(case: Case, *, actor: User) -> dict[str, str]:
    """Return a person's sealed fields opened, by name; the read is on the audit chain."""
    access.require(actor, "protect.read_identity", case)
    audit.record(actor, "protect.identity_read", case, purpose=Purpose.ASSISTANCE)
    return {name: getattr(case, name).open() for name, _label, _category in SEALED_FIELDS}


@transaction.atomic
def add_need(case: Case, kind: str, note: str, *, actor: User, now: datetime) -> Need:
    """Record one thing a person needs."""
    access.require(actor, "protect.change_case", case)
    locked(case)
    need = Need(case=case, key_id=case.key_id, kind=kind, recorded_at=now)
    need.note = note
    need.save()
    audit.record(actor, "protect.need_recorded", need, purpose=Purpose.ASSISTANCE, after={"kind": kind})
    return need


def _case_manager(agency: Agency, actor: User | None) -> User:
    if actor is not None and actor.agency_id == agency.pk and actor.role == Role.CASE_MANAGER:
        return actor
    managers = User.objects.filter(agency=agency, role=Role.CASE_MANAGER, is_active=True)
    open_cases = Case.objects.filter(owner=OuterRef("pk"), status=Status.PRESUMED).values("owner")
    load = Subquery(open_cases.annotate(count=Count("pk")).values("count"))
    manager = managers.annotate(load=Coalesce(load, 0)).order_by("load", "name").first()
    if manager is None:
        raise NobodyThereError(
            _("%s has no case manager who could take this person on.") % agency.name, todo=_("Choose another agency.")
        )
    return manager


def _open(
    draft: CaseDraft, *, manager: User, actor: User | None, now: datetime, key_id: Any, screening_id: Any
) -> Case:
    if draft.identified_date > clock.today():
        raise DayToComeError(_("Nobody is a presumed victim from a day to come."), todo=_("Choose today or before."))
    case = Case(
        key_id=key_id,
        reference=f"P-{FIRST_REFERENCE - 1 + next_number('case'):04d}",
        agency=manager.agency,
        owner=manager,
        sex=draft.sex,
        age_group=draft.age_group,
        forms=list(draft.forms),
        citizenship=draft.citizenship,
        identified_date=draft.identified_date,
        screening_id=screening_id,
        opened_at=now,
    )
    for name, value in draft.sealed.items():
        if name not in IDENTITY_FIELDS:
            raise ValueError(f"{name} is no sealed field of a case")
        setattr(case, name, value)
    _index(case, draft.sealed)
    case.save()
    keep_sounds(case)
    put_day(case, "reflection_period", law.reflection_of(case).last_day, law.reflection_source(case))
    audit.record(actor, "protect.case_opened", case, purpose=Purpose.ASSISTANCE, after={"status": case.status})
    return case


@transaction.atomic
def close_case(
    case: Case,
    *,
    reason: str,
    actor: User,
    today: date,
    now: datetime,
    seen: Mapping[str, int] = NOTHING_SEEN,
) -> Case:
    """Close a case with a reason, or refuse while its person still has days of reflection, or a decision is under way.

    `seen` says of which kinds of open ends (`queries.open_ends`) the closer has seen how many: where more is open than
    they have seen, the case is not closed. Consents, needs and what was decided stay as they are; a closed case can be
    opened again.
    """
    access.require(actor, "protect.change_case", case)
    current = locked(case)
    if current.status == Status.CLOSED:
        raise CaseClosedError(_("This case is closed already."))
    require_reason(reason)
    if hinders := hindrance(current, today=today):
        raise hinders
    still_open = open_ends(current, today=today)
    if unseen(still_open, seen):
        raise StillOpenError(
            _("Something is still open in this case."), todo=_("Look at the list, and confirm that you have seen it.")
        )
    set_closed(current, today=today, now=now)
    left = {one.kind: one.count for one in still_open}
    return _change_state(current, "protect.case_closed", reason, actor, still_open=left)


def set_closed(case: Case, *, today: date, now: datetime) -> None:
    """Set on a case that is about to be saved that it is closed, how it stood before, and until when it is kept."""
    case.closed_from, case.status, case.closed_at = case.status, Status.CLOSED, now
    case.keep_until = keep_until(today, years_kept()[kept_as(case)])


@transaction.atomic
def reopen_case(case: Case, *, reason: str, actor: User) -> Case:
    """Open a closed case again, with a reason, as it stood before."""
    access.require(actor, "protect.change_case", case)
    current = locked(case)
    if current.status != Status.CLOSED:
        raise CaseClosedError(_("This case is open."))
    require_reason(reason)
    current.status, current.closed_from, current.closed_at = current.closed_from or Status.PRESUMED, "", None
    current.keep_until = None
    return _change_state(current, "protect.case_reopened", reason, actor)


@transaction.atomic
def meet_need(need: Need, *, met: bool, actor: User, now: datetime) -> Need:
    """Say that a need is met, or that it is not after all."""
    access.require(actor, "protect.change_case", need.case)
    locked(need.case)
    Need.objects.filter(pk=need.pk).update(met_at=now if met else None)
    need.met_at = now if met else None
    audit.record(actor, "protect.need_met", need, purpose=Purpose.ASSISTANCE, after={"met": met})
    return need


@transaction.atomic
def leave_out_of_figures(case: Case, *, left_out: bool, actor: User) -> None:
    """Leave a person out of every figure from now on, because they object, or count them again."""
    access.require(actor, "protect.change_case", case)
    current = locked(case)
    Case.objects.filter(pk=current.pk).update(left_out_of_figures=left_out)
    audit.record(
        actor, "protect.left_out_of_figures", current, purpose=Purpose.STATISTICS, after={"left_out": left_out}
    )


def index_names(*, most: int = 200) -> int:
    """Index the names of cases that were kept before names were compared by sound; return how many.

    The node opens each name for that, as nobody's reader, and puts it on the chain.
    """
    rows = Case.objects.exclude(name=b"").exclude(status=Status.ERASED).filter(name_sounds=None)[:most]
    for row in rows:
        with transaction.atomic():
            keep_sounds(row)
            audit.record(None, "protect.name_indexed", row, purpose=Purpose.ASSISTANCE)
    return len(rows)


def _change_state(case: Case, action: str, reason: str, actor: User, **after: Any) -> Case:
    case.why_closed = reason.strip()
    case.version += 1
    case.save()
    audit.record(actor, action, case, purpose=Purpose.ASSISTANCE, after={"status": case.status, **after})
    return case


def _index(case: Case, changes: Mapping[str, Any]) -> None:
    if "name" in changes:
        case.name_index = person_index("name", str(changes["name"]))
    if "phone" in changes:
        case.phone_index = person_index("phone", str(changes["phone"]))
