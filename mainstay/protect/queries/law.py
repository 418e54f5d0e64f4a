"""Reading what an administrator set of the law, and what it makes of a case."""

from datetime import date
from typing import Any

from mainstay.protect.models import BoundBy, Case, Deadline, NationalDays, Status
from mainstay.protect.models.status import AgeRecord
from mainstay.protect.rules.deadlines import (
    REFLECTION_FLOOR_DAYS,
    AgeDoubt,
    Basis,
    Holds,
    NationalTerm,
    Term,
    bars_on_removal,
    national_or_working,
    owed_now,
    presumed_child,
    reflection_period,
    reflection_term,
    treated_as_child,
)
from mainstay.protect.rules.grounds import Treaty
from mainstay.protect.rules.guard import Standing
from mainstay.protect.rules.identification import DECISION_DAYS
from mainstay.protect.rules.periods import CountryPeriod, country_periods
from mainstay.protect.rules.working_days import Moves, is_working_day
from mainstay.protect.types import ReflectionPeriod


def national_days() -> list[NationalDays]:
    """Return every term that an administrator set."""
    return list(NationalDays.objects.select_related("set_by"))


def treaties_set() -> list[BoundBy]:
    """Return every word on a treaty that an administrator set."""
    return list(BoundBy.objects.select_related("set_by"))


def national_term(country: str, kind: str) -> tuple[NationalTerm | None, Moves]:
    """Return a country's own term for something, and what happens where it ends on a closed day."""
    row = NationalDays.objects.filter(country=country, kind=kind).first()
    return (None, Moves.STAYS) if row is None else (NationalTerm(row.days, row.source), Moves(row.moves))


def term_for(case: Case, kind: str, working_days: int) -> Term:
    """Return the days for something in the country that protects the person: national law's, or a working value."""
    return national_or_working(national_term(case.agency.country, kind)[0], working_days)


def decision_term(case: Case) -> Term:
    """Return the days for a decision on identification; the bar on removal lasts until it, whatever the number."""
    national, _moves = national_term(case.agency.country, "identification_decision")
    if national is not None:
        return Term(national.days, national.source, Basis.NATIONAL)
    return Term(DECISION_DAYS, "CETS 197 art. 10(2)", Basis.WORKING)


def reflection_of(case: Case) -> ReflectionPeriod:
    """Return a person's reflection period: the treaty's floor, or longer by national law."""
    term, _moves = national_term(case.agency.country, "reflection_period")
    own = reflection_period(case.identified_date, term.days if term else None)
    longer = case.deadlines.filter(kind="reflection_period", basis=Basis.NATIONAL)  # what runs is never shortened
    row = longer.order_by("-due_date").first()
    return own if row is None or row.due_date <= own.last_day else ReflectionPeriod(own.starts, row.due_date)


def reflection_source(case: Case) -> Term:
    """Return the length of the period in the country that protects the person, with its source."""
    return reflection_term(national_term(case.agency.country, "reflection_period")[0])


def periods_table() -> list[dict[str, Any]]:
    """Return the period by country: what an administrator set, and what is only said, to be confirmed."""
    own = {row.country: row for row in NationalDays.objects.filter(kind="reflection_period")}
    said: dict[str, CountryPeriod] = {row.country: row for row in country_periods()}
    table = []
    for country in sorted({*own, *said}):
        row, hint = own.get(country), said.get(country)
        table.append(
            {
                "country": country,
                "days": max(row.days, REFLECTION_FLOOR_DAYS) if row else REFLECTION_FLOOR_DAYS,
                "source": row.source if row else "",
                "hint": hint if row is None else None,
            }
        )
    return table


def treaties_of(country: str, day: date) -> dict[Treaty, bool]:
    """Return by which treaties a country is bound on a day; what nobody set is not in it, and so not known."""
    found = {}
    for row in BoundBy.objects.filter(country=country):
        found[Treaty(row.treaty)] = row.is_bound and (row.since is None or row.since <= day)
    return found


def standing_of(case: Case) -> Standing:
    """Return how a person stands in the identification; a closed case stands as it was decided."""
    status = case.closed_from if case.status == Status.CLOSED else case.status
    named = {Status.IDENTIFIED: Standing.IDENTIFIED, Status.NOT_IDENTIFIED: Standing.NOT_IDENTIFIED}
    return named.get(Status(status), Standing.PRESUMED) if status else Standing.PRESUMED


def age_record(case: Case) -> AgeRecord | None:
    """Return what was recorded of an uncertain age."""
    return AgeRecord.objects.filter(case=case).first()


def age_doubt(case: Case) -> AgeDoubt:
    """Return a person's age as the rules see it: the age group, and what is recorded of doubt and verification."""
    row = age_record(case)
    if row is None:
        return AgeDoubt(case.age_group, reasons_to_believe_child=False)
    return AgeDoubt(case.age_group, row.reasons_to_believe_child, row.verified_child)


def is_treated_as_child(case: Case) -> bool:
    """Say whether a person is treated as a child today (CETS 197 art. 10(3))."""
    doubt = age_doubt(case)
    return treated_as_child(doubt.age_group, doubt.reasons_to_believe_child, doubt.verified_child)


def what_holds(case: Case, today: date) -> tuple[tuple[Holds, ...], tuple[Holds, ...]]:
    """Return what bars a removal of the person today, and what they are owed.

    A presumption here stands for reasonable grounds; whether the competent authority sees them too is its word, and
    the page says so.
    """
    standing, row = standing_of(case), age_record(case)
    doubt = age_doubt(case)
    grounds = standing is not Standing.NOT_IDENTIFIED
    child, presumed = is_treated_as_child(case), presumed_child(doubt)
    bars = bars_on_removal(
        reasonable_grounds=grounds,
        identification_completed=standing is not Standing.PRESUMED,
        period=reflection_of(case),
        is_child=child,
        today=today,
    )
    owed = owed_now(
        reasonable_grounds=grounds,
        is_child=child,
        presumed=presumed,
        unaccompanied=row.unaccompanied if row else None,
        identified=standing is Standing.IDENTIFIED,
    )
    return bars, owed


def holidays_known(case: Case) -> bool:
    """Say whether the holidays of the country that protects the person are known here."""
    return is_working_day(case.identified_date, case.agency.country) is not None


def days_of(case: Case) -> list[Deadline]:
    """Return a person's days: those that are open, the nearest first, then those done."""
    rows = list(case.deadlines.all())
    return sorted(rows, key=lambda row: (row.done_at is not None, row.due_date))
