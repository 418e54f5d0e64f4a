"""Who may do what to which record, for which purpose: one table, and the only way in.

Built on `rules`. What is not in the table is refused. Views and API handlers say which row they
stand under (`guarded`), services ask for it (`require`), queries start from it (`narrow`).

Whoever is tied to a person is shut out of whatever is theirs, whatever the table says: both `require` and `narrow`
look there (`core.ties`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import wraps
from typing import Any, NoReturn, Protocol, TypeVar

import rules
from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mainstay.core import ties
from mainstay.core.errors import MainstayError, NotAllowedError


class Role(StrEnum):
    """What a person does at their agency."""

    SCREENER = "screener"
    CASE_MANAGER = "case_manager"
    SERVICE_PROVIDER = "service_provider"
    ANALYST = "financial_analyst"
    INVESTIGATOR = "investigator"
    CENTRAL_AUTHORITY = "central_authority"
    RAPPORTEUR = "rapporteur"
    SUPERVISOR = "supervisor"
    IDENTIFICATION_AUTHORITY = "identification_authority"
    ADMINISTRATOR = "administrator"


ROLE_LABELS = {
    Role.SCREENER: _("Screener"),
    Role.CASE_MANAGER: _("Case manager"),
    Role.SERVICE_PROVIDER: _("Service provider"),
    Role.ANALYST: _("Financial analyst"),
    Role.INVESTIGATOR: _("Investigator"),
    Role.CENTRAL_AUTHORITY: _("Central authority"),
    Role.RAPPORTEUR: _("National rapporteur"),
    Role.SUPERVISOR: _("Supervisor"),
    Role.IDENTIFICATION_AUTHORITY: _("Identification authority"),
    Role.ADMINISTRATOR: _("Administrator"),
}


class Which(StrEnum):
    """Which records a role reaches."""

    OWN = "those they made or were given"
    AGENCY = "those of their agency"
    SENT = "those sent to their agency"
    NODE = "all of this node"


class Purpose(StrEnum):
    """What an action is for; it stands on the audit chain."""

    IDENTIFICATION = "identification"
    ASSISTANCE = "assistance"
    INVESTIGATION = "investigation"
    COOPERATION = "cooperation"
    STATISTICS = "statistics"
    ADMINISTRATION = "administration"


class Viewer(Protocol):
    """Who acts: what access needs to know of a person."""

    pk: Any
    role: str
    agency_id: Any

    @property
    def is_active(self) -> bool:
        """Whether the person may act at all."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table."""

    permission: str
    does: str | Promise
    purpose: Purpose
    who: Mapping[Role, Which] = field(default_factory=dict)


S, C, P, A = Role.SCREENER, Role.CASE_MANAGER, Role.SERVICE_PROVIDER, Role.ANALYST
I, U, R, M = Role.INVESTIGATOR, Role.CENTRAL_AUTHORITY, Role.RAPPORTEUR, Role.ADMINISTRATOR  # noqa: E741
T, D = Role.SUPERVISOR, Role.IDENTIFICATION_AUTHORITY
OWN, AGENCY, SENT, NODE = Which.OWN, Which.AGENCY, Which.SENT, Which.NODE

# ruff: noqa: E501  # the table below is read by row
TABLE: tuple[Rule, ...] = (
    # identify
    Rule("identify.screen", _("Screen a person"), Purpose.IDENTIFICATION, {S: OWN, C: AGENCY}),
    Rule("identify.read_screening", _("Read a screening and its result"), Purpose.IDENTIFICATION, {S: OWN, C: AGENCY, T: AGENCY}),
    Rule("identify.review", _("Review a screening of a colleague"), Purpose.IDENTIFICATION, {C: AGENCY, T: AGENCY}),
    Rule("identify.learn", _("See how well an instrument works"), Purpose.STATISTICS, {C: AGENCY, T: AGENCY, R: NODE}),
    Rule("identify.learn_by_screener", _("See how results differ between screeners"), Purpose.STATISTICS, {T: AGENCY}),
    Rule("identify.read_tip", _("Read and answer tips from the public"), Purpose.IDENTIFICATION, {C: AGENCY, T: AGENCY}),
    Rule("identify.set_tip_desk", _("Choose which agencies read tips"), Purpose.ADMINISTRATION, {M: NODE}),
    Rule("identify.set_prevalence", _("Say how many of those screened are victims"), Purpose.STATISTICS, {C: AGENCY, T: AGENCY}),
    Rule("identify.confirm_instrument", _("Confirm the draft weights of an instrument"), Purpose.ADMINISTRATION, {M: NODE, T: NODE}),
    Rule("identify.install_instrument", _("Install a screening instrument"), Purpose.ADMINISTRATION, {M: NODE}),
    Rule("identify.see_instruments", _("See which instruments there are"), Purpose.IDENTIFICATION, {S: NODE, C: NODE, M: NODE, T: NODE}),
    Rule("identify.register_device", _("Register a phone for ODK Collect, or end it"), Purpose.ADMINISTRATION, {S: OWN, C: AGENCY, M: NODE}),
    Rule("identify.keep_appointments", _("Keep whom to see on which day"), Purpose.IDENTIFICATION, {S: OWN, C: OWN}),
    # protect
    Rule("protect.open_case", _("Open a case for a presumed victim"), Purpose.ASSISTANCE, {S: OWN, C: AGENCY}),
    Rule("protect.read_case", _("Read the coded facts of a case"), Purpose.ASSISTANCE, {C: AGENCY}),
    Rule("protect.read_identity", _("Open a person's sealed identity"), Purpose.ASSISTANCE, {C: AGENCY}),
    Rule("protect.change_case", _("Change a case: consent, needs, referrals"), Purpose.ASSISTANCE, {C: AGENCY}),
    Rule("protect.share", _("Send what consent allows to somebody else"), Purpose.ASSISTANCE, {C: AGENCY, U: NODE}),
    Rule("accounts.agree_receiving", _("Agree what an agency may ever receive"), Purpose.ADMINISTRATION, {M: NODE}),
    Rule("protect.approve_ground", _("Approve a legal ground that stands in for consent"), Purpose.ASSISTANCE, {T: AGENCY}),
    Rule("protect.answer_notice", _("Answer a notice that consent was taken back"), Purpose.ASSISTANCE, {P: SENT, C: SENT, I: SENT, D: SENT}),
    Rule("protect.hold", _("Keep a file from being erased, by a legal hold"), Purpose.ASSISTANCE, {C: AGENCY}),
    Rule("protect.read_certificate", _("See certificates of erasure"), Purpose.ASSISTANCE, {C: AGENCY, T: AGENCY, R: NODE}),
    Rule("protect.erase", _("Erase a person"), Purpose.ASSISTANCE, {C: AGENCY}),
    Rule("protect.answer_referral", _("Read and answer a referral"), Purpose.ASSISTANCE, {P: SENT, C: SENT}),
    Rule("protect.refer_for_identification", _("Ask the competent authority to decide who is a victim"), Purpose.IDENTIFICATION, {C: AGENCY}),
    Rule("protect.read_procedure", _("Follow an identification procedure"), Purpose.IDENTIFICATION, {C: AGENCY, T: AGENCY, D: SENT}),
    Rule("protect.decide", _("Decide on an identification, or read a decision a second time"), Purpose.IDENTIFICATION, {D: SENT}),
    Rule("protect.appeal", _("Record an appeal against a decision"), Purpose.IDENTIFICATION, {C: AGENCY}),
    Rule("protect.read_conference", _("Read what a conference agreed, as one who took part"), Purpose.ASSISTANCE, {P: SENT, C: SENT}),
    Rule("protect.answer_transfer", _("Take over a whole case from another agency"), Purpose.ASSISTANCE, {C: SENT}),
    # the directory of services: it holds nothing about a person
    Rule("directory.read", _("Look services up in the directory"), Purpose.ASSISTANCE, {S: NODE, C: NODE, P: NODE, T: NODE, M: NODE}),
    Rule("directory.change", _("Add and change services in the directory"), Purpose.ADMINISTRATION, {P: AGENCY, T: NODE, M: NODE}),
    Rule("directory.carry", _("Import and export the directory"), Purpose.ADMINISTRATION, {T: NODE, M: NODE}),
    Rule("protect.record_measure", _("Record a measure against a person, and follow it until it is dropped"), Purpose.ASSISTANCE, {C: AGENCY}),
    Rule("protect.read_measure", _("See which measures there are against people, and how far they got"), Purpose.ASSISTANCE, {C: AGENCY, T: AGENCY}),
    Rule("protect.read_notice", _("See what a person lets their counsel, or the prosecution, know of a measure"), Purpose.ASSISTANCE, {P: SENT, C: SENT, I: SENT}),
    Rule("protect.be_reminded", _("Be reminded of days by mail or a calendar"), Purpose.ASSISTANCE, {C: OWN}),
    Rule("accounts.set_law", _("Set national days and treaties, with their source"), Purpose.ADMINISTRATION, {M: NODE}),
    Rule("protect.keep_safe", _("Assess risk to a person, agree a safety plan and how to reach them"), Purpose.ASSISTANCE, {C: AGENCY}),
    Rule("protect.open_address", _("Open a protected address"), Purpose.ASSISTANCE, {C: AGENCY}),
    Rule("protect.shut_out", _("Shut a colleague out who is tied to a person"), Purpose.ADMINISTRATION, {C: AGENCY, T: AGENCY}),
    Rule("protect.declare_tie", _("Say that one is tied to a person"), Purpose.ADMINISTRATION, {S: NODE, C: NODE, P: NODE, I: NODE, U: NODE, T: NODE, D: NODE}),
    Rule("protect.give_own_view", _("Give a person the code of their own page"), Purpose.ASSISTANCE, {C: AGENCY}),
    Rule("protect.answer_person", _("Answer what a person asks on their own page"), Purpose.ASSISTANCE, {C: AGENCY, T: AGENCY}),
    Rule("protect.set_own_view", _("Choose what people see of who read their file"), Purpose.ADMINISTRATION, {T: AGENCY}),
    Rule("protect.export", _("Export what consent lets leave of many cases, sealed"), Purpose.ASSISTANCE, {C: AGENCY}),
    Rule("protect.print_file", _("Print a person's whole file for their agency"), Purpose.ASSISTANCE, {C: AGENCY}),
    Rule("protect.import", _("Take cases in from a file"), Purpose.ASSISTANCE, {C: AGENCY}),
    Rule("protect.supervise", _("See how the work stands in an agency, without who people are"), Purpose.ASSISTANCE, {T: AGENCY}),
    Rule("protect.see_own_work", _("See how one's own cases stand"), Purpose.ASSISTANCE, {C: AGENCY}),
    Rule("protect.let_outside_in", _("Let an outside expert read some of one case until a day"), Purpose.ASSISTANCE, {C: AGENCY}),
    # money
    Rule("money.read_alert", _("Read an alert"), Purpose.INVESTIGATION, {A: AGENCY}),
    Rule("money.decide_alert", _("Decide on an alert"), Purpose.INVESTIGATION, {A: AGENCY}),
    Rule("money.load_alerts", _("Take alerts of a scan in"), Purpose.INVESTIGATION, {A: AGENCY}),
    # network
    Rule("network.read", _("Read entities and links"), Purpose.INVESTIGATION, {A: NODE, I: NODE, U: NODE}),
    Rule("network.read_cases", _("Read entities that come out of cases, by consent"), Purpose.INVESTIGATION, {I: NODE, U: NODE}),
    Rule("network.export", _("Export entities"), Purpose.INVESTIGATION, {I: NODE}),
    # cooperate
    Rule("cooperate.see_peers", _("See the nodes that this node knows"), Purpose.COOPERATION, {U: NODE, M: NODE}),
    Rule("cooperate.change_peer", _("Pin a node's keys and agree to match"), Purpose.ADMINISTRATION, {U: NODE, M: NODE}),
    Rule("cooperate.match", _("Ask another node whether it knows somebody"), Purpose.COOPERATION, {U: NODE}),
    Rule("cooperate.read_request", _("Read requests for assistance"), Purpose.COOPERATION, {U: NODE}),
    Rule("cooperate.send_request", _("Send a request for assistance"), Purpose.COOPERATION, {U: NODE}),
    Rule("cooperate.answer_request", _("Answer a request for assistance"), Purpose.COOPERATION, {U: NODE}),
    Rule("cooperate.refer", _("Refer a person, or hand their case over, to another node"), Purpose.ASSISTANCE, {C: AGENCY}),
    Rule("cooperate.take_referral", _("See that another node referred somebody, and take it for one's agency"), Purpose.ASSISTANCE, {C: NODE}),
    Rule("cooperate.answer_referral", _("Read and answer what one's agency took of another node"), Purpose.ASSISTANCE, {C: SENT}),
    # monitor
    Rule("monitor.read_figures", _("Read released figures"), Purpose.STATISTICS, {R: NODE, C: NODE, U: NODE, A: NODE}),
    Rule("monitor.release", _("Release a table of figures"), Purpose.STATISTICS, {R: NODE}),
    # accounts and audit
    Rule("accounts.invite", _("Invite a colleague"), Purpose.ADMINISTRATION, {M: NODE}),
    Rule("accounts.see_people", _("See agencies and colleagues"), Purpose.ADMINISTRATION, {M: NODE}),
    Rule("accounts.change_person", _("Change or end a colleague's access"), Purpose.ADMINISTRATION, {M: NODE}),
    Rule("accounts.make_token", _("Make a token for the API"), Purpose.ADMINISTRATION, dict.fromkeys(Role, OWN)),
    Rule("accounts.view_as", _("See the pages as another role would, without changing anything"), Purpose.ADMINISTRATION, {T: AGENCY, M: NODE}),
    Rule("audit.read", _("Read the audit chain"), Purpose.ADMINISTRATION, {M: NODE, R: NODE}),
    Rule("site.today", _("See the work of today"), Purpose.ASSISTANCE, dict.fromkeys(Role, OWN)),
)  # fmt: skip
BY_PERMISSION = {rule.permission: rule for rule in TABLE}


def which(viewer: Viewer, permission: str) -> Which | None:
    """Return which records a person reaches under a permission; None where they reach none."""
    if not getattr(viewer, "is_active", False) or not getattr(viewer, "role", ""):
        return None
    who = BY_PERMISSION[permission].who
    reach, seen_as = who.get(Role(viewer.role)), getattr(viewer, "seen_as", None)
    if seen_as is None or reach is None or permission == VIEW_AS:
        return reach
    shown = who.get(Role(seen_as))
    return None if shown is None else min(reach, shown, key=NARROWEST_FIRST.index)


VIEW_AS = "accounts.view_as"
"""Whoever looks as another role still may stop it; all else is what both roles reach, by the narrower of the two."""
NARROWEST_FIRST = (Which.OWN, Which.SENT, Which.AGENCY, Which.NODE)


def _reaches(viewer: Viewer, record: Any, permission: str) -> bool:
    return _is_in_reach(viewer, record, permission) and not is_shut_out(viewer, record)


def _is_in_reach(viewer: Viewer, record: Any, permission: str) -> bool:
    reach = which(viewer, permission)
    if reach is None or record is None:
        return reach is not None
    if reach is Which.NODE:
        return True
    if reach is Which.OWN:
        return bool(record.owner_id == viewer.pk)
    if reach is Which.SENT:
        return bool(record.recipient_agency_id == viewer.agency_id)
    return bool(record.agency_id == viewer.agency_id)


def is_shut_out(viewer: Viewer, record: Any) -> bool:
    """Say whether a viewer is tied to the person whom a record is about, directly or by what it hangs on."""
    return isinstance(record, Model) and ties.is_among(record, ties.closed_to(viewer.pk, type(record)))


def _predicate(permission: str) -> Any:
    return rules.predicate(lambda viewer, record=None: _reaches(viewer, record, permission), name=permission)


for _rule in TABLE:
    rules.set_perm(_rule.permission, _predicate(_rule.permission))


def allowed(viewer: Viewer, permission: str, record: Any = None) -> bool:
    """Say whether a person may do something: to a record, or (without one) to any record at all."""
    if permission not in BY_PERMISSION:
        return False
    return bool(rules.has_perm(permission, viewer, record))


def require(viewer: Viewer, permission: str, record: Any = None) -> None:
    """Refuse with `NotAllowedError` what `allowed` does not allow."""
    if not allowed(viewer, permission, record):
        _refuse(permission)


def _refuse(permission: str) -> NoReturn:
    rule = BY_PERMISSION.get(permission)
    raise NotAllowedError(
        _("Your role does not include this: %(what)s.") % {"what": rule.does if rule else permission},
        todo=_("Ask an administrator if it should."),
    )


def require_each(viewer: Viewer, permission: str, records: Iterable[Model]) -> None:
    """Refuse unless every record is allowed; the ties are asked for once, however many records there are."""
    closed: dict[type[Model], ties.Closed] = {}
    for record in records:
        if type(record) not in closed:
            closed[type(record)] = ties.closed_to(viewer.pk, type(record))
        if not _is_in_reach(viewer, record, permission) or ties.is_among(record, closed[type(record)]):
            _refuse(permission)


M_ = TypeVar("M_", bound=Model)


def narrow(
    rows: QuerySet[M_],
    viewer: Viewer,
    permission: str,
    *,
    owner: str = "owner",
    agency: str = "agency",
    sent: str = "recipient_agency",
) -> QuerySet[M_]:
    """Return the rows that a person reaches under a permission; the names say where a row keeps its owner and agencies.

    Rows about a person to whom the viewer is tied are left out, whatever the permission.
    """
    reach = which(viewer, permission)
    if reach is not None:
        rows = ties.without(rows, viewer.pk)
    match reach:
        case None:
            return rows.none()
        case Which.NODE:
            return rows
        case Which.OWN:
            return rows.filter(Q(**{f"{owner}_id": viewer.pk}))
        case Which.SENT:
            return rows.filter(Q(**{f"{sent}_id": viewer.agency_id}))
        case _:
            return rows.filter(Q(**{f"{agency}_id": viewer.agency_id}))


class NotSignedInError(MainstayError):
    """Nobody is signed in."""

    code = "not_signed_in"
    status = 401
    title = _("Please sign in")


V = TypeVar("V", bound=Callable[..., Any])


def guarded(permission: str) -> Callable[[V], V]:
    """Put a view or API handler under one row of the table."""
    rule = BY_PERMISSION[permission]

    def guard(view: V) -> V:
        @wraps(view)
        def checked(request: Any, *args: Any, **kwargs: Any) -> Any:
            if not request.user.is_authenticated:
                raise NotSignedInError(_("You are not signed in."), todo=_("Sign in and try again."))
            require(request.user, rule.permission)
            return view(request, *args, **kwargs)

        checked.access = rule.permission  # type: ignore[attr-defined]  # read by the deny-by-default middleware
        return checked  # type: ignore[return-value]  # same signature, wrapped

    return guard


def open_to_all(why: str) -> Callable[[V], V]:
    """Mark a view that needs no row of the table, and say why."""

    def mark(view: V) -> V:
        @wraps(view)
        def opened(*args: Any, **kwargs: Any) -> Any:
            return view(*args, **kwargs)

        opened.access = f"open: {why}"  # type: ignore[attr-defined]  # read by the deny-by-default middleware
        return opened  # type: ignore[return-value]  # same signature, wrapped

    return mark
