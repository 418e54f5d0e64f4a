"""Reading what protect keeps, narrowed to what a viewer may see."""

from mainstay.protect.queries.cases import (
    PUT_AWAY,
    case_named,
    cases_named,
    cases_visible_to,
    deadlines_due,
    field_label,
    needs_without_place,
    people_with_a_case,
    readers,
    victims_by_form,
)
from mainstay.protect.queries.measures import measure_words, measures_by_kind, measures_waiting, notices_to
from mainstay.protect.queries.procedures import authorities_for, may_ask_to_decide, procedures_visible_to
from mainstay.protect.queries.referrals import referrals_to
from mainstay.protect.queries.shares import (
    agencies_by_key,
    explain,
    plan_for,
    plans_of,
    recalled_shares_to,
    recipient_label,
    recipient_of,
    recipients_for,
)

__all__ = [
    "PUT_AWAY",
    "agencies_by_key",
    "authorities_for",
    "case_named",
    "cases_named",
    "cases_visible_to",
    "deadlines_due",
    "explain",
    "field_label",
    "may_ask_to_decide",
    "measure_words",
    "measures_by_kind",
    "measures_waiting",
    "needs_without_place",
    "notices_to",
    "people_with_a_case",
    "plan_for",
    "plans_of",
    "procedures_visible_to",
    "readers",
    "recalled_shares_to",
    "recipient_label",
    "recipient_of",
    "recipients_for",
    "referrals_to",
    "victims_by_form",
]
