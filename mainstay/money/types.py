"""Words of the money side: roles, channels, alerts and the settings of a scan."""

from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

CHANNELS = ("transfer", "cash", "card", "remittance", "mobile_money", "cheque", "crypto")
MICROSECONDS = 1_000_000
HOUR = 3_600 * MICROSECONDS
DAY = 24 * HOUR


def microseconds(span: timedelta) -> int:
    """Return how many microseconds a span has: the engine counts time in whole ones."""
    return span // timedelta(microseconds=1)


class Role(StrEnum):
    """What an account does in a pattern."""

    CONTROLLER = "controller"
    COLLECTOR = "collector"
    CONTROLLED = "controlled"
    PAYER = "payer"
    PASS_THROUGH = "pass_through"  # noqa: S105  a role, no password
    EMPLOYER = "employer"
    ADVERTISER = "advertiser"
    UNKNOWN = "unknown"


#: Roles of people who may be victims, or who pay for one: never the subject of a report.
PROTECTED_ROLES = frozenset({Role.CONTROLLED, Role.PAYER})


def in_utc(moment: datetime) -> str:
    """Return a moment as text in UTC, ISO 8601 with a Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class AccountRole:
    """An account and what it does in an alert."""

    account_id: str
    role: Role


@dataclass(frozen=True, slots=True)
class Reason:
    """One ground of an alert.

    `weight` is its part of the score (the weights of an alert add up to it); `code` names the
    sentence, for translation; `source` the red flag and where it was published. `confirmed` is
    false where the source's own wording was not read.
    """

    code: str
    text: str
    figure: float
    source: str
    weight: float
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Alert:
    """One occurrence of a pattern, with the roles of its accounts and the reasons.

    `amounts` is by currency, as decimal text; `start` and `end` are in UTC.
    """

    alert_id: str
    pattern: str
    score: float
    accounts: tuple[AccountRole, ...]
    transactions: tuple[str, ...]
    start: datetime
    end: datetime
    amounts: dict[str, str]
    reasons: tuple[Reason, ...]
    not_listed: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the alert as `alerts.jsonl` holds it."""
        document: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        document["accounts"] = [{"account_id": a.account_id, "role": a.role.value} for a in self.accounts]
        document["transactions"] = list(self.transactions)
        document["amounts"] = dict(self.amounts)
        document["reasons"] = [asdict(reason) for reason in self.reasons]
        document["start"] = in_utc(self.start)
        document["end"] = in_utc(self.end)
        return document

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Alert":
        """Return the alert that `as_json` wrote."""
        return cls(
            alert_id=document["alert_id"],
            pattern=document["pattern"],
            score=document["score"],
            accounts=tuple(AccountRole(a["account_id"], Role(a["role"])) for a in document["accounts"]),
            transactions=tuple(document["transactions"]),
            start=datetime.fromisoformat(document["start"]),
            end=datetime.fromisoformat(document["end"]),
            amounts=dict(document["amounts"]),
            reasons=tuple(Reason(**reason) for reason in document["reasons"]),
            not_listed=document.get("not_listed", 0),
        )


@dataclass(frozen=True, slots=True)
class FanInSettings:
    """Thresholds of the fan-in collection (see `engine/fans.py` for the definition)."""

    window: timedelta = timedelta(hours=24)
    min_payers: int = 6
    max_windows: int = 10
    min_ratio: float = 3.0
    min_strangers: float = 0.5
    onward_within: timedelta = timedelta(hours=72)
    min_onward_share: float = 0.6

    def by_structure_only(self) -> "FanInSettings":
        """Return the same window and payers with the criteria on rate, strangers and onward payment off."""
        return FanInSettings(self.window, self.min_payers, 1 << 40, 0.0, 0.0, self.onward_within, 0.0)


@dataclass(frozen=True, slots=True)
class WageSettings:
    """Thresholds of the wage funnel (see `engine/wages.py` for the definition)."""

    within: timedelta = timedelta(days=5)
    min_share: float = 0.6
    min_workers: int = 3
    min_months: int = 2
    min_payer_share: float = 0.2
    max_debits: int = 50


@dataclass(frozen=True, slots=True)
class ChainSettings:
    """Thresholds of the pass-through chain (see `engine/chains.py` for the definition)."""

    within: timedelta = timedelta(hours=48)
    tolerance: float = 0.1
    min_length: int = 4
    max_length: int = 8
    max_debits: int = 20


@dataclass(frozen=True, slots=True)
class CycleSettings:
    """Thresholds of the temporal cycle (see `engine/rings.py` for the definition)."""

    within: timedelta = timedelta(days=30)
    tolerance: float = 0.1
    min_length: int = 3
    max_length: int = 10
    in_order: bool = True
    max_credits: int = 20
    max_steps: int = 500


@dataclass(frozen=True, slots=True)
class DebtSettings:
    """Thresholds of the recruitment-fee debt (see `engine/debts.py` for the definition)."""

    period_days: tuple[int, ...] = (7, 14, 30)
    slack: float = 0.2
    tolerance: float = 0.02
    min_payments: int = 3
    min_payers: int = 4
    span: timedelta = timedelta(days=14)
    max_payments: int = 200
    min_payer_share: float = 0.5


@dataclass(frozen=True, slots=True)
class StructuringSettings:
    """Thresholds of structuring (see `engine/structuring.py` for the definition).

    `limits` are in whole units: cash over them has to be reported (United States, 31 CFR 1010.311; Canada; Australia)
    or may not be paid in business (European Union, Regulation 2024/1624, article 80). A unit sets its own.
    """

    limits: tuple[tuple[str, int], ...] = (("AUD", 10_000), ("CAD", 10_000), ("EUR", 10_000), ("USD", 10_000))
    closeness: float = 0.2
    within: timedelta = timedelta(days=14)
    min_payments: int = 3
    min_share: float = 0.5


@dataclass(frozen=True, slots=True)
class FunnelAccountSettings:
    """Thresholds of the funnel account (see `engine/funnel_accounts.py` for the definition)."""

    within: timedelta = timedelta(days=5)
    min_places: int = 3
    min_share: float = 0.5


@dataclass(frozen=True, slots=True)
class ScatterSettings:
    """Thresholds of scatter-gather (see `engine/scattering.py` for the definition)."""

    within: timedelta = timedelta(hours=48)
    tolerance: float = 0.1
    window: timedelta = timedelta(hours=72)
    min_middles: int = 3
    max_debits: int = 20


@dataclass(frozen=True, slots=True)
class GatherSettings:
    """Thresholds of gather-scatter (see `engine/gathering.py` for the definition)."""

    window: timedelta = timedelta(hours=48)
    within: timedelta = timedelta(hours=48)
    tolerance: float = 0.05
    min_partners: int = 5
    max_windows: int = 5


@dataclass(frozen=True, slots=True)
class DormancySettings:
    """Thresholds of dormancy then burst (see `engine/dormancy.py` for the definition)."""

    silence: timedelta = timedelta(days=180)
    window: timedelta = timedelta(days=7)
    min_transactions: int = 8
    min_share: float = 0.6
    min_ratio: float = 3.0


Ranges = tuple[tuple[int, int], ...]
"""Merchant categories of ISO 18245, from one to another."""


@dataclass(frozen=True, slots=True)
class BookingSettings:
    """Thresholds of the booking burst (see `engine/bookings.py` for the definition).

    `adverts`: advertising services, dating and escort services, inbound teleservices. `lodging`: hotels and motels, and
    the numbers that card schemes give to hotel chains. `travel`: airlines, railways, buses, travel agencies.
    """

    window: timedelta = timedelta(days=7)
    min_bookings: int = 5
    min_payers: int = 6
    max_windows: int = 8
    min_ratio: float = 3.0
    part: float = 0.25
    adverts: Ranges = ((7311, 7311), (7273, 7273), (5967, 5967))
    lodging: Ranges = ((7011, 7011), (3501, 3999))
    travel: Ranges = ((3000, 3299), (4112, 4112), (4131, 4131), (4511, 4511), (4722, 4722))


@dataclass(frozen=True, slots=True)
class StackSettings:
    """Thresholds of the stacked bipartite (see `engine/stacks.py` for the definition)."""

    within: timedelta = timedelta(hours=48)
    tolerance: float = 0.1
    gap: timedelta = timedelta(days=7)
    min_partners: int = 2
    min_middles: int = 3
    max_debits: int = 20


@dataclass(frozen=True, slots=True)
class WalkSettings:
    """Thresholds of random-walk layering (see `engine/walks.py` for the definition)."""

    within: timedelta = timedelta(hours=48)
    tolerance: float = 0.1
    min_length: int = 9
    min_accounts: int = 5
    max_debits: int = 20


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """Everything that decides what a scan finds; equal ledger and settings give equal alerts."""

    fan_in: FanInSettings = field(default_factory=FanInSettings)
    wages: WageSettings = field(default_factory=WageSettings)
    chains: ChainSettings = field(default_factory=ChainSettings)
    cycles: CycleSettings = field(default_factory=CycleSettings)
    debts: DebtSettings = field(default_factory=DebtSettings)
    structuring: StructuringSettings = field(default_factory=StructuringSettings)
    funnel_accounts: FunnelAccountSettings = field(default_factory=FunnelAccountSettings)
    scatter: ScatterSettings = field(default_factory=ScatterSettings)
    gather: GatherSettings = field(default_factory=GatherSettings)
    dormancy: DormancySettings = field(default_factory=DormancySettings)
    bookings: BookingSettings = field(default_factory=BookingSettings)
    stacks: StackSettings = field(default_factory=StackSettings)
    walks: WalkSettings = field(default_factory=WalkSettings)
    max_listed: int = 2_000


@dataclass(frozen=True, slots=True)
class FeatureSettings:
    """What features are counted (see `engine/features.py`); `ValueError` where a figure is out of its range.

    `bins` are the sizes of scatter-gather, rising, from 2; a size counts in the first bin that is not smaller, or
    in the last. `max_steps` bounds the work for each payment in each family.
    """

    window: timedelta = timedelta(hours=24)
    bins: tuple[int, ...] = (2, 3, 4, 5, 7, 10, 15, 20, 30)
    cycle_length: int = 10
    hop_length: int = 6
    max_steps: int = 20_000

    def __post_init__(self) -> None:
        if self.window <= timedelta(0) or self.max_steps < 1:
            raise ValueError("window and max_steps must be over 0")
        if not self.bins or self.bins[0] < 2 or sorted(set(self.bins)) != list(self.bins):
            raise ValueError("bins must rise from 2")
        if not (2 <= self.cycle_length <= 10 and 2 <= self.hop_length <= 10):
            raise ValueError("cycles have 2 to 10 payments")


@dataclass(frozen=True, slots=True)
class RhythmSettings:
    """In what window rhythms are counted (see `engine/rhythms.py`); `ValueError` where it is none."""

    window: timedelta = timedelta(days=28)

    def __post_init__(self) -> None:
        if self.window <= timedelta(0):
            raise ValueError("window must be over 0")


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The alerts of a scan and what it counted: `cut` says what was left out, and how much of it."""

    alerts: tuple[Alert, ...]
    transactions: int
    accounts: int
    cut: dict[str, int]

    def summary(self) -> dict[str, Any]:
        """Return the counts as `mainstay money scan --json` prints them."""
        by_pattern: dict[str, int] = {}
        for alert in self.alerts:
            by_pattern[alert.pattern] = by_pattern.get(alert.pattern, 0) + 1
        return {
            "transactions": self.transactions,
            "accounts": self.accounts,
            "alerts": len(self.alerts),
            "by_pattern": by_pattern,
            "cut": self.cut,
        }


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import wrote: good rows, rejected rows, and the files of the rejected ones."""

    transactions: int
    accounts: int
    rejected: int
    rejected_files: tuple[str, ...]
    days: int

    def as_json(self) -> dict[str, Any]:
        """Return the counts as `mainstay money import --json` prints them."""
        return {**asdict(self), "rejected_files": list(self.rejected_files)}


@dataclass(frozen=True, slots=True)
class ChangeResult:
    """What was corrected or removed: which change of the ledger it is, counted from 1, and how many transactions."""

    kind: str
    number: int
    transactions: int

    def as_json(self) -> dict[str, Any]:
        """Return it as `mainstay money correct --json` and `remove --json` print it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Subject:
    """A person or organisation to look up on watch lists; `birth_date` may be `YYYY`, `YYYY-MM` or whole."""

    subject_id: str
    name: str
    birth_date: str = ""
    nationality: str = ""
    id_number: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry of a list that may be the subject; `agreed` and `disagreed` name the facts compared."""

    list_id: str
    score: float
    name: str
    agreed: tuple[str, ...]
    disagreed: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the candidate as `mainstay money screen --json` prints it."""
        return {**asdict(self), "agreed": list(self.agreed), "disagreed": list(self.disagreed)}
