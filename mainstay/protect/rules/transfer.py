"""What may move with a whole case to another agency: only what the person consents to, field by field."""

from collections.abc import Iterable
from datetime import date

from mainstay.protect.rules.consent import NEVER_LEAVES, covers, holds
from mainstay.protect.types import CaseField, Category, ConsentFact, Decision, SharePlan, SharePurpose


def plan_move(
    fields: Iterable[CaseField],
    consents: Iterable[ConsentFact],
    recipient: str,
    *,
    today: date,
    may_receive: frozenset[Category] | None = None,
) -> SharePlan:
    """Return field by field what would move, and why each other field would not (CETS 197 art. 11, 12(7)).

    A whole case moves for the person's assistance, so every category that holds something needs consent for that
    purpose. A protected address never moves: it is emptied, and the person tells the new agency themselves.
    """
    known = [consent for consent in consents if holds(consent, today)]
    decisions = tuple(_decide(each, known, recipient, may_receive) for each in fields)
    return SharePlan(recipient, SharePurpose.ASSISTANCE, decisions)


def hinders(plan: SharePlan) -> tuple[str, ...]:
    """Return the fields that keep a case from moving: they hold something that consent does not cover."""
    return tuple(d.field.name for d in plan.decisions if not d.shared and d.code in {"no_consent", "may_not_receive"})


def _decide(
    each: CaseField, consents: list[ConsentFact], recipient: str, may_receive: frozenset[Category] | None
) -> Decision:
    if each.category in NEVER_LEAVES:
        return Decision(each, False, "never_leaves")
    if not each.filled:
        return Decision(each, False, "nothing_recorded")
    if may_receive is not None and each.category not in may_receive:
        return Decision(each, False, "may_not_receive")
    for consent in consents:
        if covers(consent, each.category, recipient, SharePurpose.ASSISTANCE):
            return Decision(each, True, "consent", consent.id, consent.given_on)
    return Decision(each, False, "no_consent")
