"""Legal grounds that stand in for consent: which there are, for whom, for how long, and who may approve.

Vital interests: Regulation (EU) 2016/679 articles 6(1)(d) and 9(2)(c). A child's best interests: CETS 197 articles
10(4)(a) and 28(3), Convention on the Rights of the Child article 3(1). A court's order: article 6(1)(c) and the law of
the place. The European texts bind only where they are law; elsewhere they are the measure that this node keeps.
"""

from datetime import date, timedelta

from mainstay.protect.types import Given, Ground, GroundKind

SOURCES = {
    GroundKind.IMMINENT_DANGER: "Regulation (EU) 2016/679 art. 6(1)(d), 9(2)(c)",
    GroundKind.CHILD_BEST_INTEREST: "CETS 197 art. 10(4)(a), 28(3); Convention on the Rights of the Child art. 3(1)",
    GroundKind.COURT_ORDER: "Regulation (EU) 2016/679 art. 6(1)(c); the order itself",
}
LONGEST_DAYS = {
    GroundKind.IMMINENT_DANGER: 3,
    GroundKind.CHILD_BEST_INTEREST: 90,
    GroundKind.COURT_ORDER: 365,
}
"""Working values: no text read sets days. Danger that lasts is looked at anew; an order says its own end."""


def ground_holds(ground: Ground, today: date) -> bool:
    """Say whether a ground was approved, by somebody else than who asked, and is in its days."""
    approved = bool(ground.approved_by) and ground.approved_by != ground.asked_by
    return approved and ground.ended_on is None and ground.starts <= today <= ground.until


def last_possible_day(kind: GroundKind, starts: date) -> date:
    """Return the last day that a ground of a kind may hold when it starts on a day."""
    return starts + timedelta(days=LONGEST_DAYS[kind])


def fits(kind: GroundKind, *, treated_as_child: bool) -> bool:
    """Say whether a kind of ground can be asked for: a child's best interests only for who is treated as a child."""
    return kind is not GroundKind.CHILD_BEST_INTEREST or treated_as_child


def may_consent(how: Given, *, treated_as_child: bool) -> bool:
    """Say whether consent given in a way counts: a child's is given by a guardian, after hearing the child.

    CETS 197 article 10(4)(a): a guardian acts in the child's best interests. Where a guardian may be among who
    exploited the child, the ground of the child's best interests takes the place of their consent.
    """
    return how is Given.GUARDIAN or not treated_as_child
