"""Everything that happened in one case, in order, out of one question to the database; nothing sealed is opened."""

from typing import Any

from django.db.models import CharField, DateTimeField, F, QuerySet, Value
from django.db.models.functions import Cast

from mainstay.protect.models import Case


def timeline_of(case: Case) -> QuerySet[Any, Any]:
    """Return rows of moment, kind of event and its code, the newest first; it can be paged in the database."""
    rows = [
        _events(Case.objects.filter(pk=case.pk), "opened", "opened_at", ""),
        _events(case.consents, "consent", "given_on", "how"),
        _events(case.consents.exclude(withdrawn_on=None), "withdrawn", "withdrawn_on", ""),
        _events(case.needs, "need", "recorded_at", "kind"),
        _events(case.needs.exclude(met_at=None), "need_met", "met_at", "kind"),
        _events(case.referrals, "referral", "sent_at", "need__kind"),
        _events(case.referrals.exclude(answered_at=None), "referral_answered", "answered_at", "state"),
        _events(case.measures, "measure", "recorded_at", "kind"),
        _events(case.deadlines.exclude(done_at=None), "day_done", "done_at", "kind"),
        _events(case.deadlines.filter(done_at=None), "day", "due_date", "kind"),
        _events(case.shares, "share", "shared_at", "purpose"),
        _events(case.procedures, "procedure", "referred_at", ""),
        _events(case.procedures.exclude(decided_date=None), "decided", "decided_date", "outcome"),
        _events(case.documents, "document", "added_at", "category"),
        _events(case.notes.filter(agency=case.agency_id), "note", "written_at", ""),
        _events(case.changes.filter(agency=case.agency_id), "change", "changed_at", "field"),
        _events(case.conferences, "conference", "recorded_at", ""),
        _events(case.hand_overs, "hand_over", "at", ""),
        _events(case.transfers, "transfer", "sent_at", "state"),
        _events(case.risk_assessments, "risk", "assessed_at", "overall"),
    ]
    return rows[0].union(*rows[1:], all=True).order_by("-moment", "event", "code")


def _events(rows: Any, event: str, at: str, code: str) -> QuerySet[Any, Any]:
    told: QuerySet[Any, Any] = rows.order_by().annotate(
        moment=Cast(at, DateTimeField()),
        event=Value(event, output_field=CharField()),
        code=Cast(F(code), CharField()) if code else Value("", output_field=CharField()),
    )
    return told.values_list("moment", "event", "code")
