"""How far a referral between two nodes got, at either of them: every step, and what no step may come of.

Letters come late, twice, out of order, or against each other; none of that may lead back from an answer, or to a case
that two nodes both have. A step is taken by a deed at one's own node, or by what the other node's letter says.
"""

from collections.abc import Mapping
from datetime import date

from mainstay.cooperate.types import Deed, News, Step, WhyRecalled

S, D, N = Step, Deed, News

OWN_DEEDS: Mapping[Deed, Mapping[Step, Step]] = {
    # of the node that sent it
    D.TAKE_BACK: {S.SENT: S.TAKEN_BACK, S.SEEN: S.TAKEN_BACK},
    D.WITHDRAW: {S.SENT: S.WITHDRAWN, S.SEEN: S.WITHDRAWN, S.ACCEPTED: S.WITHDRAWN},
    D.CANCEL: {S.SENT: S.CANCELLED},
    # of the node that received it
    D.SEE: {S.SENT: S.SEEN},
    D.ACCEPT: {S.SEEN: S.ACCEPTED},
    D.DECLINE: {S.SEEN: S.DECLINED},
    D.FINISH: {S.ACCEPTED: S.DONE},
    # of both
    D.EXPIRE: {S.SENT: S.EXPIRED, S.SEEN: S.EXPIRED},
}
ANSWERS: Mapping[News, Step] = {N.ACCEPTED: S.ACCEPTED, N.DECLINED: S.DECLINED, N.DONE: S.DONE, N.EXPIRED: S.EXPIRED}
RECALLS: Mapping[WhyRecalled, Step] = {
    WhyRecalled.TAKEN_BACK: S.TAKEN_BACK,
    WhyRecalled.WITHDRAWN: S.WITHDRAWN,
}
WAITS = frozenset({S.SENT, S.SEEN})
"""Not answered yet."""
OPEN = frozenset({S.SENT, S.SEEN, S.ACCEPTED})
"""Something may still come of it."""


def after_deed(step: Step, deed: Deed) -> Step | None:
    """Return the step after a deed at one's own node; None where it is not possible."""
    return OWN_DEEDS[deed].get(step)


def after_news(step: Step, news: News, *, in_time: bool) -> Step:
    """Return the step at the node that sent a referral, after what the other node says; the same where it says nothing.

    "Done" may overtake "accepted", and an answer given in time may come after this node let the referral go: both
    count. An answer given too late, a second one, and any after it was taken back, do not.
    """
    if step in WAITS:
        return S.SEEN if news is N.SEEN else ANSWERS.get(news, step)
    if step is S.EXPIRED and in_time and news in {N.ACCEPTED, N.DECLINED, N.DONE}:
        return ANSWERS[news]
    if step is S.ACCEPTED and news is N.DONE:
        return S.DONE
    return step


def after_recall(step: Step, why: WhyRecalled) -> Step:
    """Return the step at the node that received a referral, after the other took it back, or consent was taken back."""
    return RECALLS[why] if step in OPEN else step


def in_time(answered_on: date, answer_by: date) -> bool:
    """Say whether an answer was given by its day."""
    return answered_on <= answer_by


def is_late(step: Step, answer_by: date, today: date) -> bool:
    """Say whether nobody answered by the day until which an answer was wanted."""
    return step in WAITS and today > answer_by
