"""What a person is still owed: wages, overtime, rest days, fees paid, interest; each line of the working shown.

An estimate to bring to a lawyer, not law: wage, factors, rate and what counts as lawful are given by whoever fills it
in, with their source. CETS 197 art. 15(3)-(4) and Palermo art. 6(6) give the claim; national law its measure.
Money is `Decimal`, rounded to the cent at each line, half up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

CENT = Decimal("0.01")
DAYS_OF_WEEK = Decimal(7)
WEEKS_OF_MONTH = Decimal(52) / Decimal(12)
YEAR = Decimal(365)


@dataclass(frozen=True, slots=True)
class Period:
    """Work from one day to another, both included, at one wage.

    `hours` are those of a usual week without rest days; those past `normal_hours` are overtime. Hours on
    rest days are counted apart, all of the period together.
    """

    start: date
    end: date
    wage: Decimal
    per: str  # hour, day, week or month
    source: str  # agreed or minimum
    hours: Decimal
    normal_hours: Decimal
    days: Decimal = Decimal(6)
    overtime_factor: Decimal = Decimal(1)
    rest_hours: Decimal = Decimal(0)
    rest_factor: Decimal = Decimal(1)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Deduction:
    """Money kept or taken: what for, whether out of the wage before it was paid, whether the law allows it."""

    kind: str  # food, housing, recruitment_fee, travel, fine, tax, other
    amount: Decimal
    from_wage: bool
    lawful: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """What the person really got into their hand, on a day."""

    on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Claim:
    """All that an estimate is worked out from."""

    currency: str
    until: date
    periods: tuple[Period, ...]
    deductions: tuple[Deduction, ...] = ()
    payments: tuple[Payment, ...] = ()
    rate: Decimal = Decimal(0)  # simple interest, per cent a year
    rate_source: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the working: what it is, the figures that go in, and what comes out (None: shown, not counted)."""

    code: str
    amount: Decimal | None
    figures: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Working:
    """The lines, and what they come to."""

    lines: tuple[Line, ...]
    earned: Decimal
    fees: Decimal
    received: Decimal
    interest: Decimal

    @property
    def owed(self) -> Decimal:
        """What is still owed without interest; never less than nothing."""
        return max(Decimal(0), self.earned + self.fees - self.received)

    @property
    def total(self) -> Decimal:
        """What is still owed with interest."""
        return self.owed + self.interest


def work_out(claim: Claim) -> Working:
    """Return what is still owed, line by line."""
    earned_lines: list[Line] = []
    due: list[tuple[date, Decimal]] = []
    for period in claim.periods:
        lines = _earned(period)
        earned_lines += lines
        due.append((period.end, _sum(lines)))
    fee_lines = [_deduction(each) for each in claim.deductions]
    last = max((period.end for period in claim.periods), default=claim.until)
    fees = _sum([line for line, each in zip(fee_lines, claim.deductions, strict=True) if not each.lawful])
    lawful = -_sum([line for line, each in zip(fee_lines, claim.deductions, strict=True) if each.lawful])
    paid_lines = [Line("received", -_cent(p.amount), {"day": p.on.isoformat()}) for p in claim.payments]
    received = -_sum(paid_lines) + lawful
    events = [*due, (last, fees), (last, -lawful), *((p.on, -p.amount) for p in claim.payments)]
    interest_lines = _interest(events, claim.until, claim.rate)
    shown = (*earned_lines, *fee_lines, *paid_lines, *interest_lines)
    return Working(shown, _sum(earned_lines), fees, received, _sum(interest_lines))


def hourly(period: Period) -> Decimal:
    """Return the wage of one normal hour, not rounded."""
    week = period.normal_hours if period.hours > period.normal_hours else period.hours
    if period.per == "hour" or not week:
        return period.wage
    weekly = {"day": period.wage * period.days, "week": period.wage, "month": period.wage / WEEKS_OF_MONTH}[period.per]
    return weekly / week


def weeks(period: Period) -> Decimal:
    """Return how many weeks a period has, both of its days included, not rounded."""
    return Decimal((period.end - period.start).days + 1) / DAYS_OF_WEEK


def _earned(period: Period) -> list[Line]:
    rate, length = hourly(period), weeks(period)
    normal = min(period.hours, period.normal_hours)
    over = max(Decimal(0), period.hours - period.normal_hours)
    base = {
        "from": period.start.isoformat(),
        "to": period.end.isoformat(),
        "weeks": _figure(length),
        "rate": _figure(rate),
        "source": period.source,
    }
    lines = [Line("normal", _cent(length * normal * rate), {**base, "hours": _figure(normal)})]
    if over:
        figures = {**base, "hours": _figure(over), "factor": _figure(period.overtime_factor)}
        lines.append(Line("overtime", _cent(length * over * rate * period.overtime_factor), figures))
    if period.rest_hours:
        figures = {**base, "hours": _figure(period.rest_hours), "factor": _figure(period.rest_factor)}
        lines.append(Line("rest_days", _cent(period.rest_hours * rate * period.rest_factor), figures))
    return lines


def _deduction(each: Deduction) -> Line:
    """Lawful: less is owed. Unlawful and out of the wage: the whole wage is counted already. Paid: it is owed back."""
    figures = {"kind": each.kind, "taken": _figure(_cent(each.amount))}
    if each.lawful:
        return Line("lawful", -_cent(each.amount), figures)
    if each.from_wage:
        return Line("kept", None, figures)
    return Line("paid_fee", _cent(each.amount), figures)


def _interest(events: Sequence[tuple[date, Decimal]], until: date, rate: Decimal) -> list[Line]:
    """Return simple interest on what is owed between one day and the next, at days of 365."""
    lines: list[Line] = []
    days = sorted({on for on, _amount in events if on < until})
    for begin, end in pairwise([*days, until]):
        balance = _cent(sum((amount for on, amount in events if on <= begin), Decimal(0)))
        if balance > 0 and rate and end > begin:
            count = (end - begin).days
            figures = {
                "balance": _figure(balance),
                "days": str(count),
                "percent": _figure(rate),
                "from": begin.isoformat(),
                "to": end.isoformat(),
            }
            lines.append(Line("interest", _cent(balance * rate / 100 * count / YEAR), figures))
    return lines


def _sum(lines: Sequence[Line]) -> Decimal:
    return sum((line.amount for line in lines if line.amount is not None), Decimal(0))


def _cent(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def _figure(value: Decimal) -> str:
    """Write a figure shortly: at most four places, no zeros at the end."""
    text = f"{value.quantize(Decimal('0.0001'), rounding=ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
