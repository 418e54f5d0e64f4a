"""How long files are kept, which are near their end, and the certificates of those that were erased."""

from datetime import date, timedelta

from django.db.models import Q, QuerySet

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.protect.models import Case, ErasureCertificate, LegalHold, RetentionPeriod, Status
from mainstay.protect.rules.retention import WARN_DAYS, WORKING_YEARS, Keeping


def kept_as(case: Case) -> Keeping:
    """Return whose file a case is, for how long it is kept: also an unknown age is kept as long as a child's."""
    return Keeping.ADULT if case.age_group == "18+" else Keeping.CHILD


def years_kept() -> dict[Keeping, int]:
    """Return for how many years after closing files are kept: what was set, else the working values."""
    set_years = {Keeping(row.kind): row.years for row in RetentionPeriod.objects.all()}
    return {**WORKING_YEARS, **set_years}


def periods_set() -> dict[str, RetentionPeriod]:
    """Return the periods that somebody set, by kind."""
    return {row.kind: row for row in RetentionPeriod.objects.select_related("set_by")}


def ending_soon(viewer: User, today: date) -> QuerySet[Case]:
    """Return a viewer's closed files that will be made nameless within the days of warning, the nearest first."""
    rows = Case.objects.filter(status=Status.CLOSED, keep_until__lte=today + timedelta(days=WARN_DAYS))
    return access.narrow(not_held(rows, today).order_by("keep_until"), viewer, "protect.read_case")


def not_held(rows: QuerySet[Case], today: date) -> QuerySet[Case]:
    """Return the cases that no legal hold keeps on a day."""
    held = LegalHold.objects.filter(lifted_on=None).filter(Q(until=None) | Q(until__gte=today)).values("case")
    return rows.exclude(pk__in=held)


def certificates_visible_to(viewer: User) -> QuerySet[ErasureCertificate]:
    """Return the certificates of erasure that a viewer may see, the newest first."""
    rows = ErasureCertificate.objects.select_related("agency", "made_by")
    return access.narrow(rows, viewer, "protect.read_certificate")
