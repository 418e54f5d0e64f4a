"""Random-walk layering: what an occurrence means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.money.rules.alerts import alert_of, came_through, caution, reason, stayed
from mainstay.money.types import AccountRole, Alert, Reason, Role, WalkSettings

WALK = "random_walk"


@dataclass(frozen=True, slots=True)
class WalkFacts:
    """What is known of one walk; accounts as the money first came to them, cash left out.

    `through` are those it came to and left again, but for the first and the last; `first` and `last` are None where it
    came from cash or became cash. `back` is how many times it came to an account that it had passed, `kept` the largest
    share that one of them kept, `left` what came through of the first amount; `hours` the longest time that it stayed
    anywhere; `opened_days` the least number of days that one of them was open before, None where unknown.
    """

    first: str | None
    through: Sequence[str]
    last: str | None
    transactions: Sequence[str]
    start: datetime
    end: datetime
    amounts: dict[str, str]
    back: int
    kept: float
    left: float
    hours: float
    opened_days: int | None = None


def walk_alert(facts: WalkFacts, settings: WalkSettings, *, max_listed: int) -> Alert:
    """Return the alert of a walk: where it ended, those it went through, and who paid first."""
    roles = [AccountRole(account, Role.PASS_THROUGH) for account in facts.through[:max_listed]]
    if facts.last is not None:
        roles.insert(0, AccountRole(facts.last, Role.COLLECTOR))
    if facts.first is not None and facts.first != facts.last:
        roles.append(AccountRole(facts.first, Role.UNKNOWN))
    return alert_of(WALK, facts.transactions[0], roles, facts, _reasons(facts, settings), max_listed)


def _reasons(facts: WalkFacts, settings: WalkSettings) -> list[Reason]:
    steps = len(facts.transactions)
    accounts = len({*facts.through, facts.first, facts.last} - {None})
    reasons = [
        reason(
            "wandered",
            f"the money went on in {steps} payments over {accounts} accounts",
            steps,
            "RF40",
            0.3 * min(1.0, steps / (2 * settings.min_length)),
        ),
        came_through(facts.left, facts.kept, 0.2),
        stayed(facts.hours, settings.within),
    ]
    if facts.back:
        text = f"payments to an account that it had passed before: {facts.back}"
        reasons.append(reason("came_again", text, facts.back, "CIRCLE", 0.15 * min(1.0, facts.back / 3)))
    return [*reasons, *caution("between_controlled", facts.opened_days, len(facts.through))]
