"""Booking burst: what an occurrence means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.money.rules.alerts import alert_of, reason
from mainstay.money.types import AccountRole, Alert, BookingSettings, Reason, Role

BOOKINGS = "booking_burst"


@dataclass(frozen=True, slots=True)
class BookingFacts:
    """What is known of one booking burst.

    `advertisers` were paid for adverts, `hosts` for rooms and journeys, as far as known; `adverts`, `rooms` and
    `journeys` say how many times each was paid for; `peak` is the most bookings in one window, `usual` how many there
    are in one at other times.
    """

    account: str
    payers: Sequence[str]
    advertisers: Sequence[str]
    hosts: Sequence[str]
    transactions: Sequence[str]
    start: datetime
    end: datetime
    amounts: dict[str, str]
    adverts: int
    rooms: int
    journeys: int
    peak: int
    usual: float


def booking_alert(facts: BookingFacts, settings: BookingSettings, *, max_listed: int) -> Alert:
    """Return the alert of a booking burst, which accuses nobody.

    Whoever books may exploit others or be exploited, so the account's role is not known. Businesses that are paid for
    adverts, rooms and journeys are no subject either; those who pay in are payers.
    """
    seen = {facts.account, *facts.payers}
    advertisers = [name for name in facts.advertisers if name not in seen]
    seen.update(advertisers)
    roles = [AccountRole(facts.account, Role.UNKNOWN)]
    roles += [AccountRole(name, Role.ADVERTISER) for name in advertisers[:max_listed]]
    roles += [AccountRole(name, Role.UNKNOWN) for name in facts.hosts if name not in seen][:max_listed]
    roles += [AccountRole(name, Role.PAYER) for name in facts.payers[:max_listed]]
    return alert_of(BOOKINGS, facts.account, roles, facts, _reasons(facts, settings), max_listed)


def _reasons(facts: BookingFacts, settings: BookingSettings) -> list[Reason]:
    least, days, payers = settings.min_bookings, settings.window.total_seconds() / 86_400, len(facts.payers)
    bought = (
        ("adverts", f"adverts were paid for {facts.adverts} times", facts.adverts, "RF23", 0.2),
        ("rooms", f"rooms were paid for {facts.rooms} times", facts.rooms, "RF21", 0.2),
        ("journeys", f"journeys were paid for {facts.journeys} times meanwhile", facts.journeys, "RF21", 0.1),
    )
    over = facts.peak / (10 * facts.usual) if facts.usual else 1.0
    made_to = (
        "whoever pays for adverts and rooms may be the one who is exploited: made to, or not alone with the account"
    )
    alike = "who is paid for adverts, rooms and journeys is a business and not accused; agencies and tours look alike"
    return [
        *(
            reason(code, text, times, flag, most * min(1.0, times / least))
            for code, text, times, flag, most in bought
            if times
        ),
        reason(
            "more_than_usual",
            f"{facts.peak} bookings within {days:g} days; at other times it is {facts.usual:.1f}",
            facts.peak,
            "RF11",
            0.15 * min(1.0, over),
        ),
        reason(
            "small_payers",
            f"{payers} accounts paid small sums into it meanwhile",
            payers,
            "RF25",
            0.25 * min(1.0, payers / (2 * settings.min_payers)),
        ),
        reason("who_books", made_to, facts.adverts + facts.rooms, "NONE", 0.0),
        reason("booked_with", alike, len(facts.advertisers) + len(facts.hosts), "NONE", 0.0),
    ]
