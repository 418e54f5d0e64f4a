"""Pages of money: alerts."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import chain, pairwise
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format, get_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_http_methods

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.once import sent_once
from mainstay.money import forms, queries, services
from mainstay.money.models import PATTERNS, State, StoredAlert
from mainstay.money.rules import reportable_subjects
from mainstay.money.types import PROTECTED_ROLES, AccountRole, Alert, Reason, Role
from mainstay.ui.paging import CappedPaginator
from mainstay.ui.types import Crumb, FlowChart, FlowLink, FlowNode, Step, StepState

ROLE_WORDS = {
    Role.CONTROLLER: gettext_lazy("Controller"),
    Role.COLLECTOR: gettext_lazy("Collector"),
    Role.CONTROLLED: gettext_lazy("Controlled"),
    Role.PAYER: gettext_lazy("Payer"),
    Role.PASS_THROUGH: gettext_lazy("Passes on"),
    Role.EMPLOYER: gettext_lazy("Employer"),
    Role.ADVERTISER: gettext_lazy("Advertiser"),
    Role.UNKNOWN: gettext_lazy("Role not known"),
}
NUMBER = re.compile(r"\d+(?:\.\d+)?")
# The sentences of `rules`, by the code that each reason carries; their numbers are taken in order.
REASON_WORDS = {
    "payers": gettext_lazy("%(a)s different accounts paid the collector; %(b)s of them within %(c)s hours"),
    "burst": gettext_lazy("outside this burst the collector usually gets %(a)s payments in %(b)s hours"),
    "strangers": gettext_lazy("%(a)s%% of the payers pay this collector at no other time"),
    "onward": gettext_lazy("%(a)s%% of the sum went on in one or two payments"),
    "abroad": gettext_lazy("%(a)s%% of the payers pay from another country"),
    "may_be_controlled": gettext_lazy(
        "the collector keeps almost nothing: its holder may be controlled by others and a victim too"
    ),
    "workers": gettext_lazy("%(a)s accounts paid by one employer pass their wages on to the same account"),
    "months": gettext_lazy("in %(a)s months"),
    "share": gettext_lazy("%(a)s%% of the wages go on, on average"),
    "delay": gettext_lazy("half of them within %(a)s days of payday"),
    "hands": gettext_lazy("the money went on through %(a)s accounts in %(b)s payments"),
    "came_through": gettext_lazy("%(a)s%% of it came out at the end; nobody kept more than %(b)s%%"),
    "stayed": gettext_lazy("it stayed nowhere longer than %(a)s hours"),
    "through_controlled": gettext_lazy(
        "those it went through keep almost nothing or opened lately: they may be controlled by others and victims too"
    ),
    "circle": gettext_lazy("the money went round through %(a)s accounts and came back to where it left from"),
    "rounds": gettext_lazy("rounds: %(a)s"),
    "alike": gettext_lazy("the smallest payment of a round is %(a)s%% of the largest"),
    "round_days": gettext_lazy("the quickest round took %(a)s days"),
    "between_controlled": gettext_lazy(
        "it is not known that those between act for themselves: they may be controlled by others and victims too"
    ),
    "debtors": gettext_lazy("%(a)s accounts pay the same one a fixed sum about every %(b)s days"),
    "begun_together": gettext_lazy("all of them began within %(a)s days"),
    "instalments": gettext_lazy("half of them made %(a)s payments or more"),
    "same_sum": gettext_lazy("%(a)s%% of them pay the same sum"),
    "of_all_payers": gettext_lazy("they are %(a)s%% of all who pay this account"),
    "other_fees": gettext_lazy(
        "rent, school fees and savings clubs look alike: ask what is paid for, and whether the payers chose to"
    ),
    "cash_in_under": gettext_lazy("cash was brought in %(a)s times in sums just under %(b)s"),
    "cash_out_under": gettext_lazy("cash was taken out %(a)s times in sums just under %(b)s"),
    "together_over": gettext_lazy("together they are %(a)s times the sum that has to be reported"),
    "near_limit": gettext_lazy("on average they are %(a)s%% of it"),
    "of_all_cash": gettext_lazy("they are %(a)s%% of the cash payments in that time"),
    "carrier": gettext_lazy(
        "two sums near the limit prove nothing, and whoever carries the cash may have been sent by others"
    ),
    "deposit_places": gettext_lazy("cash came in %(a)s times at %(b)s places"),
    "elsewhere": gettext_lazy("%(a)s%% of the withdrawals were at a place where none came in"),
    "taken_out": gettext_lazy("%(a)s%% of what came in was taken out"),
    "soon": gettext_lazy("half of it had stayed for %(a)s hours or less at the next withdrawal"),
    "used_by_others": gettext_lazy(
        "it is not known that the holder uses the account alone: it may be lent, sold or taken from a victim"
    ),
    "scattered": gettext_lazy("one account paid another through %(a)s accounts"),
    "came_together": gettext_lazy("%(a)s%% of it came together; nobody kept more than %(b)s%%"),
    "gathered_from": gettext_lazy("%(a)s accounts paid this one"),
    "scattered_to": gettext_lazy("it paid %(a)s accounts soon after"),
    "paid_out": gettext_lazy("what it paid is %(a)s%% of what it got"),
    "all_within": gettext_lazy("all of it within %(a)s hours"),
    "silent": gettext_lazy("the account was silent for %(a)s days"),
    "woke": gettext_lazy("then %(a)s transactions within %(b)s days"),
    "went_out": gettext_lazy("%(a)s%% of what came in went out again"),
    "sold_or_taken": gettext_lazy(
        "the holder may have sold or lent the account, or not know: it may have been taken from a victim"
    ),
    "adverts": gettext_lazy("adverts were paid for %(a)s times"),
    "rooms": gettext_lazy("rooms were paid for %(a)s times"),
    "journeys": gettext_lazy("journeys were paid for %(a)s times meanwhile"),
    "more_than_usual": gettext_lazy("%(a)s bookings within %(b)s days; at other times it is %(c)s"),
    "small_payers": gettext_lazy("%(a)s accounts paid small sums into it meanwhile"),
    "who_books": gettext_lazy(
        "whoever pays for adverts and rooms may be the one who is exploited: made to, or not alone with the account"
    ),
    "booked_with": gettext_lazy(
        "who is paid for adverts, rooms and journeys is a business and not accused; agencies and tours look alike"
    ),
    "between_layers": gettext_lazy("%(a)s accounts stand between %(b)s that only pay and %(c)s that are only paid"),
    "each_several": gettext_lazy("each of them is paid by several and pays several; %(a)s sums went through"),
    "went_on": gettext_lazy("%(a)s%% of it went on; nobody kept more than %(b)s%% of a sum"),
    "wandered": gettext_lazy("the money went on in %(a)s payments over %(b)s accounts"),
    "came_again": gettext_lazy("payments to an account that it had passed before: %(a)s"),
    "contacts": gettext_lazy("%(a)s%% of the workers share a phone or an address with another, or with the controller"),
}

TITLES: Mapping[str, Any] = {
    "fan_in_collection": ngettext_lazy(
        "%(n)d payer pays one collector in a burst", "%(n)d payers pay one collector in a burst", "n"
    ),
    "wage_funnel": ngettext_lazy(
        "Wages of %(n)d worker go on to one account", "Wages of %(n)d workers go on to one account", "n"
    ),
    "pass_through_chain": ngettext_lazy(
        "Money goes through %(n)d account", "Money goes through %(n)d accounts one after another", "n"
    ),
    "temporal_cycle": ngettext_lazy(
        "Money goes round through %(n)d account", "Money goes round through %(n)d accounts", "n"
    ),
    "recruitment_debt": ngettext_lazy(
        "%(n)d account pays one a fixed sum again and again",
        "%(n)d accounts began together to pay one a fixed sum again and again",
        "n",
    ),
    "structuring": ngettext_lazy("Cash in %(n)d sum just under a limit", "Cash in %(n)d sums just under a limit", "n"),
    "funnel_account": gettext_lazy("Cash comes in at many places and is soon taken out at another"),
    "scatter_gather": ngettext_lazy(
        "One account pays another through %(n)d account", "One account pays another through %(n)d accounts", "n"
    ),
    "gather_scatter": ngettext_lazy(
        "%(n)d account pays one that soon pays many", "%(n)d accounts pay one that soon pays many others", "n"
    ),
    "dormancy_burst": gettext_lazy("An account silent for long gets and sends money many times"),
    "booking_burst": ngettext_lazy(
        "%(n)d account pays one that books adverts or rooms again and again",
        "%(n)d accounts pay one that books adverts or rooms again and again",
        "n",
    ),
    "stacked_bipartite": ngettext_lazy(
        "Several accounts pay several others through %(n)d account",
        "Several accounts pay several others through %(n)d accounts",
        "n",
    ),
    "random_walk": ngettext_lazy(
        "Money wanders through %(n)d account", "Money wanders through %(n)d accounts for long", "n"
    ),
}
"""What an alert says, by its pattern; n is what `_how_many` counts."""

PASSED_ON = {"pass_through_chain", "scatter_gather", "stacked_bipartite", "random_walk"}
"""Patterns whose title tells through how many accounts the money went."""

ByRole = Mapping[Role, list[str]]
Flow = tuple[list[FlowNode], list[FlowNode], list[FlowNode], list[FlowLink]]


@access.guarded("money.read_alert")
def alerts(request: SignedInRequest) -> HttpResponse:
    """List alerts, the highest score first, filtered by pattern and state."""
    rows = queries.alerts_visible_to(request.user)
    pattern, state = request.GET.get("pattern", ""), request.GET.get("state", "")
    if pattern in dict(PATTERNS):
        rows = rows.filter(pattern=pattern)
    if state in State.values:
        rows = rows.filter(state=state)
    context = {
        "page": CappedPaginator(rows, 50).get_page(request.GET.get("page")),
        "patterns": PATTERNS,
        "states": State.choices,
        "pattern": pattern,
        "state": state,
    }
    return render(request, "money/alerts.html", context)


@access.guarded("money.read_alert")
@require_http_methods(["GET", "POST"])
@sent_once
def alert(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show an alert: who does what, why it was raised, who is protected; and take the decision."""
    row = get_object_or_404(queries.alerts_visible_to(request.user), pk=pk)
    form = forms.DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        suspicious = request.POST.get("go") == "suspicious"
        services.decide_alert(
            row, suspicious=suspicious, reason=form.cleaned_data["reason"], actor=request.user, now=clock.now()
        )
        return redirect("money:alert", pk=row.pk)
    opened = services.read_alert(row, actor=request.user)
    context = {
        "row": row,
        "alert": opened,
        "grounds": [(reason_in_words(reason), reason) for reason in opened.reasons],
        "title": title_of(opened),
        "flow": flow_of(opened),
        "accounts": [(a.account_id, ROLE_WORDS[a.role], _naming(a, opened)) for a in opened.accounts],
        "may_name_some": bool(reportable_subjects(opened)),
        "reason": row.reason.open(),
        "steps": _steps(row),
        "form": form,
        "breadcrumbs": [Crumb(_("Alerts"), reverse("money:list")), Crumb(str(row))],
    }
    return render(request, "money/alert.html", context)


def _naming(account: AccountRole, alert: Alert) -> str:
    """Return whether a report may name an account: `protected`, `business`, `subject`, or neither."""
    if account.role in PROTECTED_ROLES:
        return "protected"
    if account.role is Role.ADVERTISER:
        return "business"
    return "subject" if account.account_id in reportable_subjects(alert) else ""


def reason_in_words(reason: Reason) -> str:
    """Return a reason in the reader's language; one whose sentence is not known here stays as the scan wrote it."""
    numbers = [number.replace(".", get_format("DECIMAL_SEPARATOR")) for number in NUMBER.findall(reason.text)]
    words = str(REASON_WORDS.get(reason.code, ""))
    if not words or len(numbers) != words.count("%("):
        return reason.text
    return words % dict(zip("abc", numbers, strict=False))


def title_of(alert: Alert) -> str:
    """Return in a sentence what an alert says."""
    return str(TITLES.get(alert.pattern, TITLES["fan_in_collection"]) % {"n": _how_many(alert)})


def _how_many(alert: Alert) -> int:
    """Return the number that an alert's title tells: of accounts, or of sums of cash."""
    if alert.pattern == "structuring":
        return len(alert.transactions) + alert.not_listed
    if alert.pattern == "temporal_cycle":
        return len(alert.accounts)
    counted = {Role.PASS_THROUGH} if alert.pattern in PASSED_ON else PROTECTED_ROLES
    return sum(account.role in counted for account in alert.accounts)


def flow_of(alert: Alert) -> FlowChart:
    """Return the picture of an alert: who pays whom by role."""
    by_role: dict[Role, list[str]] = defaultdict(list)
    for account in alert.accounts:
        by_role[account.role].append(account.account_id)
    return FlowChart(_("Who pays whom"), title_of(alert), *FLOWS.get(alert.pattern, _collection_flow)(alert, by_role))


def _collection_flow(_alert: Alert, by_role: ByRole) -> Flow:
    sources = _nodes("m", [*by_role[Role.CONTROLLED], *by_role[Role.PAYER]])
    middles = [FlowNode("s", name, _("Collector")) for name in by_role[Role.COLLECTOR][:1]]
    sinks = [FlowNode(f"c{i}", name, _("Controller")) for i, name in enumerate(by_role[Role.CONTROLLER])]
    sinks += _nodes("o", [*by_role[Role.PASS_THROUGH], *by_role[Role.UNKNOWN]])
    return sources, middles, sinks, [*_links(sources, middles, _("paid")), *_links(middles, sinks, _("sent on"))]


def _wage_flow(_alert: Alert, by_role: ByRole) -> tuple[*Flow, str]:
    sources = [FlowNode("e", name, _("Employer")) for name in by_role[Role.EMPLOYER][:1]]
    workers = _nodes("m", [*by_role[Role.CONTROLLED], *by_role[Role.PAYER]])
    ends = [*by_role[Role.CONTROLLER], *by_role[Role.COLLECTOR]]
    sinks = [FlowNode("s", name, _("Controller")) for name in ends[:1]]
    links = [*_links(sources, workers, _("wage")), *_links(workers, sinks, _("passed on"))]
    return sources, workers, sinks, links, _("workers, controlled")


def _chain_flow(_alert: Alert, by_role: ByRole) -> Flow:
    sources, through, sinks = _passed_on(by_role)
    return sources, through, sinks, _in_a_row(sources, through, sinks)


def _cycle_flow(alert: Alert, _by_role: ByRole) -> Flow:
    first, *between = (account.account_id for account in alert.accounts)
    sources, sinks = [FlowNode("f", first, _("Paid first"))], [FlowNode("l", first, _("Got it back"))]
    through = _nodes("t", between)
    return sources, through, sinks, _in_a_row(sources, through, sinks)


def _scatter_flow(_alert: Alert, by_role: ByRole) -> Flow:
    sources, through, sinks = _passed_on(by_role)
    return sources, through, sinks, [*_links(sources, through, _("paid")), *_links(through, sinks, _("sent on"))]


def _waking_flow(_alert: Alert, by_role: ByRole) -> Flow:
    sources = _nodes("p", by_role[Role.PAYER])
    middles = [FlowNode("a", name, _("Silent before")) for name in by_role[Role.PASS_THROUGH]]
    sinks = _nodes("o", [*by_role[Role.COLLECTOR], *by_role[Role.UNKNOWN]])
    return sources, middles, sinks, [*_links(sources, middles, _("paid")), *_links(middles, sinks, _("sent on"))]


def _booking_flow(alert: Alert, by_role: ByRole) -> Flow:
    sources, middles = _nodes("p", by_role[Role.PAYER]), [FlowNode("a", alert.accounts[0].account_id, _("Books"))]
    sinks = [FlowNode(f"d{i}", name, _("Advertiser")) for i, name in enumerate(by_role[Role.ADVERTISER])]
    sinks += [FlowNode(f"h{i}", name, _("Rooms or journeys")) for i, name in enumerate(by_role[Role.UNKNOWN][1:])]
    return sources, middles, sinks, [*_links(sources, middles, _("paid")), *_links(middles, sinks, _("paid"))]


def _cash_flow(alert: Alert, by_role: ByRole) -> Flow:
    """Draw cash into an account and out of it; structuring is one of the two."""
    account, both = [FlowNode("a", alert.accounts[0].account_id)], alert.pattern == "funnel_account"
    into = [FlowNode("i", _("Cash"), _("brought in"))] if both or by_role[Role.COLLECTOR] else []
    out = [FlowNode("o", _("Cash"), _("taken out"))] if both or not by_role[Role.COLLECTOR] else []
    return into, account, out, [*_links(into, account, _("paid")), *_links(account, out, _("paid"))]


FLOWS: Mapping[str, Callable[[Alert, ByRole], Any]] = {  # the others are drawn as a collection from many is
    "wage_funnel": _wage_flow,
    "pass_through_chain": _chain_flow,
    "temporal_cycle": _cycle_flow,
    "structuring": _cash_flow,
    "funnel_account": _cash_flow,
    "scatter_gather": _scatter_flow,
    "dormancy_burst": _waking_flow,
    "booking_burst": _booking_flow,
    "stacked_bipartite": _scatter_flow,
    "random_walk": _chain_flow,
}


def _passed_on(by_role: ByRole) -> tuple[list[FlowNode], list[FlowNode], list[FlowNode]]:
    """Return who paid first, those the money went through, and who got it last."""
    sources = [FlowNode(f"f{i}", name, _("Paid first")) for i, name in enumerate(by_role[Role.UNKNOWN])]
    sinks = [FlowNode(f"l{i}", name, _("Got it last")) for i, name in enumerate(by_role[Role.COLLECTOR])]
    return sources, _nodes("t", by_role[Role.PASS_THROUGH]), sinks


def _nodes(key: str, names: Iterable[str]) -> list[FlowNode]:
    return [FlowNode(f"{key}{i}", name) for i, name in enumerate(names)]


def _in_a_row(*parts: list[FlowNode]) -> list[FlowLink]:
    return [FlowLink(a.key, b.key, 1, _("sent on")) for a, b in pairwise(chain.from_iterable(parts))]


def _links(sources: list[FlowNode], targets: list[FlowNode], text: str) -> list[FlowLink]:
    return [FlowLink(source.key, target.key, 1, text) for source in sources for target in targets]


def _steps(row: StoredAlert) -> list[Step]:
    done, current, todo = StepState.DONE, StepState.CURRENT, StepState.TODO
    decided = row.decided_at is not None
    return [
        Step(_("Found"), date_format(row.found_at, _("j M")), done),
        Step(_("Being read"), row.reader.name if row.reader else "", done if decided else current),
        Step(
            row.get_state_display() if decided else _("Decision"),
            date_format(row.decided_at, _("j M")) if row.decided_at else "",
            current if decided else todo,
        ),
    ]
