"""What an occurrence of a pattern means: roles of its accounts, a score that adds up, reasons with sources.

One module a pattern, and `alerts` for what they have in common.
"""

from mainstay.money.rules.alerts import RED_FLAGS, RedFlag, reportable_subjects
from mainstay.money.rules.bookings import BOOKINGS, BookingFacts, booking_alert
from mainstay.money.rules.chains import PASS_THROUGH, ChainFacts, chain_alert
from mainstay.money.rules.collections import FAN_IN, CollectionFacts, collection_alert
from mainstay.money.rules.debts import DEBT, DebtFacts, debt_alert
from mainstay.money.rules.dormancy import DORMANCY, DormancyFacts, dormancy_alert
from mainstay.money.rules.funnel_accounts import FUNNEL_ACCOUNT, FunnelAccountFacts, funnel_account_alert
from mainstay.money.rules.funnels import WAGE_FUNNEL, FunnelFacts, funnel_alert
from mainstay.money.rules.gathering import GATHER_SCATTER, GatherFacts, gather_alert
from mainstay.money.rules.rings import CYCLE, CycleFacts, cycle_alert
from mainstay.money.rules.scattering import SCATTER_GATHER, ScatterFacts, scatter_alert
from mainstay.money.rules.stacks import STACK, StackFacts, stack_alert
from mainstay.money.rules.structuring import STRUCTURING, StructuringFacts, structuring_alert
from mainstay.money.rules.walks import WALK, WalkFacts, walk_alert

__all__ = [
    "BOOKINGS",
    "CYCLE",
    "DEBT",
    "DORMANCY",
    "FAN_IN",
    "FUNNEL_ACCOUNT",
    "GATHER_SCATTER",
    "PASS_THROUGH",
    "RED_FLAGS",
    "SCATTER_GATHER",
    "STACK",
    "STRUCTURING",
    "WAGE_FUNNEL",
    "WALK",
    "BookingFacts",
    "ChainFacts",
    "CollectionFacts",
    "CycleFacts",
    "DebtFacts",
    "DormancyFacts",
    "FunnelAccountFacts",
    "FunnelFacts",
    "GatherFacts",
    "RedFlag",
    "ScatterFacts",
    "StackFacts",
    "StructuringFacts",
    "WalkFacts",
    "booking_alert",
    "chain_alert",
    "collection_alert",
    "cycle_alert",
    "debt_alert",
    "dormancy_alert",
    "funnel_account_alert",
    "funnel_alert",
    "gather_alert",
    "reportable_subjects",
    "scatter_alert",
    "stack_alert",
    "structuring_alert",
    "walk_alert",
]
