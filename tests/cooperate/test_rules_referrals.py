"""Every step that a referral between nodes may take, and every one that it may not."""

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.cooperate.rules import referrals as rules
from mainstay.cooperate.types import Deed, News, Step, WhyRecalled
from tests.cooperate.conftest import TODAY

S = Step
MAY = {
    (Deed.TAKE_BACK, S.SENT): S.TAKEN_BACK,
    (Deed.TAKE_BACK, S.SEEN): S.TAKEN_BACK,
    (Deed.WITHDRAW, S.SENT): S.WITHDRAWN,
    (Deed.WITHDRAW, S.SEEN): S.WITHDRAWN,
    (Deed.WITHDRAW, S.ACCEPTED): S.WITHDRAWN,
    (Deed.CANCEL, S.SENT): S.CANCELLED,
    (Deed.SEE, S.SENT): S.SEEN,
    (Deed.ACCEPT, S.SEEN): S.ACCEPTED,
    (Deed.DECLINE, S.SEEN): S.DECLINED,
    (Deed.FINISH, S.ACCEPTED): S.DONE,
    (Deed.EXPIRE, S.SENT): S.EXPIRED,
    (Deed.EXPIRE, S.SEEN): S.EXPIRED,
}
HEARD = {
    **{(step, News.SEEN): S.SEEN for step in (S.SENT, S.SEEN)},
    **{(step, News.ACCEPTED): S.ACCEPTED for step in (S.SENT, S.SEEN, S.ACCEPTED)},
    **{(step, News.DECLINED): S.DECLINED for step in (S.SENT, S.SEEN, S.DECLINED)},
    **{(step, News.DONE): S.DONE for step in (S.SENT, S.SEEN, S.ACCEPTED, S.DONE)},
    **{(step, News.EXPIRED): S.EXPIRED for step in (S.SENT, S.SEEN, S.EXPIRED)},
}
"""What a letter changes, whenever it comes; every other leaves the step as it is."""
IN_TIME_AFTER_ALL = {News.ACCEPTED: S.ACCEPTED, News.DECLINED: S.DECLINED, News.DONE: S.DONE}


@pytest.mark.parametrize(("deed", "step"), list(product(Deed, Step)))
def test_each_deed_leads_where_it_may_and_nowhere_else(deed: Deed, step: Step) -> None:
    assert rules.after_deed(step, deed) == MAY.get((deed, step))


@pytest.mark.parametrize(("step", "news", "in_time"), list(product(Step, News, (True, False))))
def test_each_letter_from_there_leads_where_it_may_and_nowhere_else(step: Step, news: News, in_time: bool) -> None:
    expected = HEARD.get((step, news), step)
    if step is S.EXPIRED and in_time:
        expected = IN_TIME_AFTER_ALL.get(news, step)
    assert rules.after_news(step, news, in_time=in_time) is expected


@pytest.mark.parametrize(("step", "why"), list(product(Step, WhyRecalled)))
def test_a_recall_ends_what_is_open_and_nothing_else(step: Step, why: WhyRecalled) -> None:
    ended = {WhyRecalled.TAKEN_BACK: S.TAKEN_BACK, WhyRecalled.WITHDRAWN: S.WITHDRAWN}[why]
    assert rules.after_recall(step, why) is (ended if step in {S.SENT, S.SEEN, S.ACCEPTED} else step)


@given(st.lists(st.tuples(st.sampled_from(News), st.booleans()), max_size=6), st.sampled_from(Step))
def test_hearing_everything_twice_in_a_row_is_hearing_it_once(letters: list[tuple[News, bool]], step: Step) -> None:
    once = twice = step
    for news, in_time in letters:
        once = rules.after_news(once, news, in_time=in_time)
        twice = rules.after_news(twice, news, in_time=in_time)
        twice = rules.after_news(twice, news, in_time=in_time)
    assert once is twice


@given(st.permutations([News.SEEN, News.ACCEPTED, News.DONE]))
def test_in_whatever_order_letters_come_the_end_is_the_same(order: list[News]) -> None:
    step = S.SENT
    for news in order:
        step = rules.after_news(step, news, in_time=True)
    assert step is S.DONE


def test_the_last_day_still_counts() -> None:
    assert rules.in_time(TODAY, TODAY)
    assert not rules.in_time(TODAY + timedelta(days=1), TODAY)
    assert not rules.is_late(S.SEEN, TODAY, TODAY)
    assert rules.is_late(S.SEEN, TODAY, TODAY + timedelta(days=1))
    assert not rules.is_late(S.ACCEPTED, TODAY, TODAY + timedelta(days=1))
