"""How a person may be reached, by the coded rules alone."""

from dataclasses import replace
from datetime import date

from mainstay.protect.models import Case, SafeContact
from mainstay.protect.queries.lists import standing_flags
from mainstay.protect.rules.contact import ContactRules

DO_NOT_CONTACT = "do_not_contact"


def rules_of(case: Case, day: date) -> ContactRules | None:
    """Return how a person may be reached on a day: what they agreed, and no contact while a flag says so.

    None where nobody asked them and no flag stands.
    """
    row = SafeContact.objects.filter(case=case).first()
    agreed = row.as_rules() if row else None
    flags = standing_flags(day, case).filter(kind=DO_NOT_CONTACT)
    days = list(flags.values_list("until", flat=True))
    if not days:
        return agreed
    if agreed is not None and agreed.no_contact and (agreed.no_contact_until is None or agreed.no_contact_until >= day):
        days.append(agreed.no_contact_until)
    until = None if None in days else max(one for one in days if one is not None)
    return replace(agreed or ContactRules(frozenset()), no_contact=True, no_contact_until=until)
