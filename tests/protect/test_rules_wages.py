"""Unpaid wages by hand figures: each case was worked out on paper, and stands here with its sum."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from mainstay.protect.rules.wages import Claim, Deduction, Payment, Period, hourly, work_out

D = Decimal
FOUR_WEEKS = Period(
    start=date(2026, 1, 5),
    end=date(2026, 2, 1),
    wage=D("10"),
    per="hour",
    source="agreed",
    hours=D(40),
    normal_hours=D(40),
)
CLAIM = Claim("EUR", date(2026, 2, 1), (FOUR_WEEKS,))


def test_four_weeks_of_forty_hours_at_ten_are_sixteen_hundred() -> None:
    working = work_out(CLAIM)
    assert (working.earned, working.owed, working.total) == (D("1600.00"), D("1600.00"), D("1600.00"))
    assert [(line.code, line.amount) for line in working.lines] == [("normal", D("1600.00"))]
    assert working.lines[0].figures["weeks"] == "4"


def test_hours_past_a_normal_week_are_paid_by_their_factor() -> None:
    """4 × 40 × 10 = 1,600; 4 × 20 × 10 × 1.5 = 1,200; 16 × 10 × 2 = 320 on rest days: 3,120."""
    period = replace(FOUR_WEEKS, hours=D(60), overtime_factor=D("1.5"), rest_hours=D(16), rest_factor=D(2))
    working = work_out(replace(CLAIM, periods=(period,)))
    assert [(line.code, line.amount) for line in working.lines] == [
        ("normal", D("1600.00")),
        ("overtime", D("1200.00")),
        ("rest_days", D("320.00")),
    ]
    assert working.owed == D("3120.00")


def test_a_monthly_wage_is_twelve_of_fifty_two_weeks() -> None:
    """1,300 a month × 12 / 52 = 300 a week; / 40 = 7.50 an hour."""
    assert hourly(replace(FOUR_WEEKS, wage=D(1300), per="month")) == D("7.5")
    assert hourly(replace(FOUR_WEEKS, wage=D(60), per="day", days=D(5))) == D("7.5")
    assert hourly(replace(FOUR_WEEKS, wage=D(300), per="week")) == D("7.5")


def test_what_was_kept_out_of_the_wage_is_not_counted_twice() -> None:
    """1,600 earned; 400 in hand; housing 300 was kept: 1,200 is owed. A fee of 250 they paid comes on top: 1,450."""
    claim = replace(
        CLAIM,
        deductions=(
            Deduction("housing", D(300), from_wage=True),
            Deduction("recruitment_fee", D(250), from_wage=False),
        ),
        payments=(Payment(date(2026, 2, 1), D(400)),),
    )
    working = work_out(claim)
    assert (working.earned, working.fees, working.received) == (D("1600.00"), D("250.00"), D("400.00"))
    assert working.owed == D("1450.00")
    kept = next(line for line in working.lines if line.code == "kept")
    assert (kept.amount, kept.figures["taken"]) == (None, "300")


def test_what_the_law_lets_be_kept_is_not_owed() -> None:
    """1,600 less 160 of tax, less 1,000 in hand: 440."""
    claim = replace(
        CLAIM,
        deductions=(Deduction("tax", D(160), from_wage=True, lawful=True),),
        payments=(Payment(date(2026, 2, 1), D(1000)),),
    )
    assert work_out(claim).owed == D("440.00")


def test_interest_is_simple_and_runs_on_what_was_owed_on_each_day() -> None:
    """1,600 due on 1 February; 600 paid on 12 April (70 days); until 1 February a year later (295 days), at 5 %.

    1,600 × 5 % × 70 / 365 = 15.34; 1,000 × 5 % × 295 / 365 = 40.41; together 55.75.
    """
    claim = replace(CLAIM, until=date(2027, 2, 1), rate=D(5), payments=(Payment(date(2026, 4, 12), D(600)),))
    working = work_out(claim)
    assert [line.amount for line in working.lines if line.code == "interest"] == [D("15.34"), D("40.41")]
    assert (working.owed, working.interest, working.total) == (D("1000.00"), D("55.75"), D("1055.75"))


def test_two_periods_at_two_wages_are_added() -> None:
    """4 × 40 × 10 = 1,600 and 1 × 40 × 12 = 480: 2,080."""
    later = replace(FOUR_WEEKS, start=date(2026, 2, 2), end=date(2026, 2, 8), wage=D(12), source="minimum")
    assert work_out(replace(CLAIM, periods=(FOUR_WEEKS, later), until=date(2026, 2, 8))).owed == D("2080.00")


def test_whoever_was_paid_in_full_is_owed_nothing() -> None:
    paid = work_out(replace(CLAIM, payments=(Payment(date(2026, 1, 31), D(2000)),), until=date(2027, 1, 1), rate=D(9)))
    assert (paid.owed, paid.total) == (D(0), D(0))


amounts = st.decimals(0, 5000, places=2)


@given(amounts, amounts, st.decimals(0, 20, places=2))
def test_every_cent_received_is_taken_off_and_never_added(wage: D, paid: D, rate: D) -> None:
    period = replace(FOUR_WEEKS, wage=wage, per="month")
    claim = replace(CLAIM, periods=(period,), rate=rate, until=date(2026, 12, 31))
    without, after = work_out(claim), work_out(replace(claim, payments=(Payment(date(2026, 3, 1), paid),)))
    assert after.owed == max(D(0), without.owed - paid)
    assert after.total <= without.total + D("0.01")  # interest is rounded for each span of days
