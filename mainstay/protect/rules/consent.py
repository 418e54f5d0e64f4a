"""Consent that computes: what leaves, field by field, and why the rest stays.

Purpose limitation and data minimisation follow the Council of Europe Convention (CETS 197) article 11
and Regulation (EU) 2016/679 article 5(1)(b)-(c); withdrawal at any time its article 7(3).
"""

from collections.abc import Iterable
from datetime import date

from mainstay.protect.rules.legal_grounds import ground_holds
from mainstay.protect.types import CaseField, Category, ConsentFact, Decision, Ground, SharePlan, SharePurpose

C = Category
NEEDED_FOR: dict[SharePurpose, frozenset[Category]] = {
    SharePurpose.ASSISTANCE: frozenset({C.IDENTITY, C.CONTACT, C.HEALTH, C.NEEDS, C.FAMILY}),
    SharePurpose.INVESTIGATION: frozenset({C.IDENTITY, C.JOURNEY, C.EXPLOITATION, C.EXPLOITERS, C.MONEY}),
    SharePurpose.COOPERATION: frozenset({C.IDENTITY, C.JOURNEY, C.EXPLOITATION, C.EXPLOITERS, C.MONEY}),
    SharePurpose.STATISTICS: frozenset({C.EXPLOITATION}),
    SharePurpose.IDENTIFICATION: frozenset({C.IDENTITY, C.JOURNEY, C.EXPLOITATION, C.NEEDS}),
    SharePurpose.DEFENCE: frozenset({C.IDENTITY, C.JOURNEY, C.EXPLOITATION}),
}
NEVER_LEAVES = frozenset({C.WHEREABOUTS})  # a protected address: CETS 197 art. 11(1), safety before convenience


def holds(consent: ConsentFact, today: date) -> bool:
    """Say whether a consent is in force on a day."""
    begun = consent.given_on <= today
    ended = consent.until is not None and today > consent.until
    return begun and not ended and consent.withdrawn_on is None


def covers(consent: ConsentFact, category: Category, recipient: str, purpose: SharePurpose) -> bool:
    """Say whether a consent names this category, this recipient and this purpose."""
    return category in consent.categories and recipient in consent.recipients and purpose in consent.purposes


def plan_share(
    fields: Iterable[CaseField],
    consents: Iterable[ConsentFact],
    recipient: str,
    purpose: SharePurpose,
    *,
    today: date,
    may_receive: frozenset[Category] | None = None,
    grounds: Iterable[Ground] = (),
) -> SharePlan:
    """Return field by field what leaves for a recipient and purpose, and why each other field stays.

    `may_receive` is what the recipient may ever get; None where no limit was agreed. Later consents
    never take away what an earlier one in force gives; only withdrawal does.
    """
    consents = [c for c in consents if holds(c, today)]
    grounds = [g for g in grounds if ground_holds(g, today) and g.recipient == recipient and g.purpose == purpose]
    decisions = tuple(_decide(each, consents, grounds, recipient, purpose, may_receive) for each in fields)
    return SharePlan(recipient, purpose, decisions)


def _decide(
    each: CaseField,
    consents: list[ConsentFact],
    grounds: list[Ground],
    recipient: str,
    purpose: SharePurpose,
    may_receive: frozenset[Category] | None,
) -> Decision:
    if each.category in NEVER_LEAVES:
        return Decision(each, False, "never_leaves")
    if each.category not in NEEDED_FOR[purpose]:
        return Decision(each, False, "not_needed")
    if may_receive is not None and each.category not in may_receive:
        return Decision(each, False, "may_not_receive")
    if not each.filled:
        return Decision(each, False, "nothing_recorded")
    for consent in consents:
        if covers(consent, each.category, recipient, purpose):
            return Decision(each, True, "consent", consent.id, consent.given_on)
    for ground in grounds:
        if each.category in ground.categories:
            return Decision(each, True, f"ground:{ground.kind}", ground_id=ground.id)
    return Decision(each, False, "no_consent")
