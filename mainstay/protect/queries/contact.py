"""How a person may be reached, by the coded rules alone."""

from mainstay.protect.models import Case, SafeContact
from mainstay.protect.rules.contact import ContactRules


def rules_of(case: Case) -> ContactRules | None:
    """Return what a person agreed about being reached; None where nobody asked them."""
    row = SafeContact.objects.filter(case=case).first()
    return row.as_rules() if row else None
