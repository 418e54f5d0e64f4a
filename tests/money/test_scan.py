"""From a ledger to alerts: roles, reasons, files."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from mainstay.core.errors import BadInputError
from mainstay.money import rules
from mainstay.money.cli import app, window_of
from mainstay.money.engine.importing import import_transactions
from mainstay.money.engine.ledger import open_ledger
from mainstay.money.engine.mapping import load_mapping
from mainstay.money.engine.patterns import patterns
from mainstay.money.engine.scan import read_alerts, scan, write_alerts
from mainstay.money.engine.stages import STAGES
from mainstay.money.types import PROTECTED_ROLES, Alert, FanInSettings, Role, ScanSettings

Write = Callable[..., Path]


@pytest.fixture
def ledger(csv_of: Write, tmp_path: Path) -> Path:
    """A made-up ledger with one ransom collection and one wage funnel."""
    lines = []
    for month in (1, 2, 3):
        for n in range(5):
            lines.append(f"W{month}{n},2026-0{month}-25T08:00:00Z,FARM,WORK{n},1000,EUR,transfer,,")
            lines.append(f"P{month}{n},2026-0{month}-26T08:00:00Z,WORK{n},BOSS,850,EUR,transfer,,")
    for n in range(12):
        lines.append(f"R{n},2026-02-10T{n:02}:00:00Z,FAMILY{n},KOLL,400.00,USD,remittance,SE,KE")
    lines.append("ON,2026-02-10T20:00:00Z,KOLL,CHIEF,4500,USD,transfer,KE,KE")
    header = "transaction_id,booked_at,from_account,to_account,amount,currency,channel,from_country,to_country"
    accounts = [f"WORK{n},H{n},person,+10 55" for n in range(4)] + ["WORK4,H4,person,+10 66"]
    known = csv_of(*accounts, name="accounts.csv", header="account_id,holder_id,holder_kind,phone")
    import_transactions([csv_of(*lines, header=header)], tmp_path / "ledger", accounts=known)
    return tmp_path / "ledger"


def test_each_account_has_its_role_and_each_reason_its_source(ledger: Path) -> None:
    alerts = {alert.pattern: alert for alert in scan(open_ledger(ledger), ScanSettings()).alerts}
    funnel, collection = alerts[rules.WAGE_FUNNEL], alerts[rules.FAN_IN]
    roles = {a.account_id: a.role for a in funnel.accounts}
    assert (roles["BOSS"], roles["FARM"], roles["WORK3"]) == (Role.CONTROLLER, Role.EMPLOYER, Role.CONTROLLED)
    assert funnel.amounts == {"EUR": "15000.00"}
    assert {r.code: r.figure for r in funnel.reasons}["contacts"] == 0.8
    roles = {a.account_id: a.role for a in collection.accounts}
    assert (roles["KOLL"], roles["CHIEF"], roles["FAMILY3"]) == (Role.COLLECTOR, Role.CONTROLLER, Role.PAYER)
    assert collection.amounts == {"USD": "4800.00"}
    for alert in alerts.values():
        assert alert.score == pytest.approx(sum(reason.weight for reason in alert.reasons))
        assert 0.6 < alert.score <= 1
        assert all(reason.source for reason in alert.reasons)
        assert all(reason.confirmed or "to be confirmed" in reason.source for reason in alert.reasons)


def test_a_chain_names_who_got_it_last_and_says_that_those_between_may_be_made_to(
    csv_of: Write, tmp_path: Path
) -> None:
    hands = ["FIRST", "ONE", "TWO", "THREE", "LAST"]
    paid = [
        f"C{n},2026-02-10T{8 + 3 * n:02}:00:00Z,{a},{b},{1000 - 5 * n},EUR,transfer"
        for n, (a, b) in enumerate(pairwise(hands))
    ]
    import_transactions([csv_of(*paid)], tmp_path / "ledger")
    (alert,) = scan(open_ledger(tmp_path / "ledger"), ScanSettings()).alerts
    assert alert.pattern == rules.PASS_THROUGH
    assert [(a.account_id, a.role) for a in alert.accounts] == [
        ("LAST", Role.COLLECTOR), *((name, Role.PASS_THROUGH) for name in hands[1:-1]), ("FIRST", Role.UNKNOWN)
    ]  # fmt: skip
    figures = {r.code: r.figure for r in alert.reasons}
    assert figures["hands"] == 3
    assert figures["stayed"] == 3
    assert figures["came_through"] == pytest.approx(0.985)
    assert "through_controlled" in figures
    assert rules.reportable_subjects(alert) == ("LAST",)
    assert alert.amounts == {"EUR": "1000.00"}


def test_a_cycle_names_who_got_the_money_back_and_protects_nobody_by_mistake(csv_of: Write, tmp_path: Path) -> None:
    hands = ["START", "ONE", "TWO", "THREE", "START"]
    paid = [
        f"C{turn}{n},2026-02-{10 + turn}T{8 + 3 * n:02}:00:00Z,{a},{b},{1000 - 10 * n},EUR,transfer"
        for turn in range(2)
        for n, (a, b) in enumerate(pairwise(hands))
    ]
    import_transactions([csv_of(*paid)], tmp_path / "ledger")
    (alert,) = [
        alert for alert in scan(open_ledger(tmp_path / "ledger"), ScanSettings()).alerts if alert.pattern == rules.CYCLE
    ]
    assert [(a.account_id, a.role) for a in alert.accounts] == [
        ("START", Role.COLLECTOR), *((name, Role.PASS_THROUGH) for name in hands[1:-1])
    ]  # fmt: skip
    figures = {r.code: r.figure for r in alert.reasons}
    assert (figures["circle"], figures["rounds"], figures["alike"]) == (4, 2, 0.97)
    assert alert.amounts == {"EUR": "2000.00"}
    assert rules.reportable_subjects(alert) == ("START",)


def alerts_of(pattern: str, path: Path, ledger: Path) -> list[Alert]:
    """Take a file in and return the alerts of one pattern."""
    import_transactions([path], ledger)
    return [alert for alert in scan(open_ledger(ledger), ScanSettings()).alerts if alert.pattern == pattern]


def test_those_who_pay_off_a_debt_are_protected_and_the_receiver_is_named(csv_of: Write, tmp_path: Path) -> None:
    paid = [
        f"D{n}{month},2026-0{month}-{10 + n:02}T08:00:00Z,WORK{n},AGENT,{200 if n else 250},EUR,transfer"
        for n in range(5)
        for month in range(3, 9)
    ]
    paid.append("FIRST,2026-01-01T08:00:00Z,ANY,OTHER,5,EUR,transfer")
    (alert,) = alerts_of(rules.DEBT, csv_of(*paid), tmp_path / "ledger")
    assert {a.account_id: a.role for a in alert.accounts} == {
        "AGENT": Role.COLLECTOR,
        **{f"WORK{n}": Role.PAYER for n in range(5)},
    }
    figures = {r.code: r.figure for r in alert.reasons}
    assert figures["debtors"] == 5
    assert figures["begun_together"] == 4
    assert figures["instalments"] == 6
    assert figures["same_sum"] == 0.8
    assert alert.amounts == {"EUR": "6300.00"}
    assert rules.reportable_subjects(alert) == ("AGENT",)


def test_cash_just_under_the_limit_names_whose_account_it_goes_to_and_not_who_takes_it_out(
    csv_of: Write, tmp_path: Path
) -> None:
    paid = [f"I{n},2026-03-{10 + n}T08:00:00Z,,SMURFED,{9500 + 50 * n},USD,cash" for n in range(4)]
    paid += [f"O{n},2026-03-{10 + n}T09:00:00Z,SENT,,9000,USD,cash" for n in range(3)]
    into, out = alerts_of(rules.STRUCTURING, csv_of(*paid), tmp_path / "ledger")
    assert [(a.account_id, a.role) for a in (*into.accounts, *out.accounts)] == [
        ("SMURFED", Role.COLLECTOR), ("SENT", Role.UNKNOWN)
    ]  # fmt: skip
    assert into.amounts == {"USD": "38300.00"}
    figures = {r.code: r.figure for r in into.reasons}
    assert figures["cash_in_under"] == 4
    assert figures["near_limit"] == pytest.approx(0.958, abs=0.001)
    assert rules.reportable_subjects(out) == ()


@pytest.mark.parametrize("by", ["place", "country"])
def test_cash_in_at_many_places_and_out_elsewhere_is_a_funnel_account(csv_of: Write, tmp_path: Path, by: str) -> None:
    header = f"transaction_id,booked_at,from_account,to_account,amount,currency,channel,from_{by},to_{by}"
    where, end = (["North", "South", "East", "West"], "Border") if by == "place" else (["XA", "XB", "XC", "XD"], "XO")
    paid = [f"I{n},2026-03-10T{8 + n:02}:00:00Z,,FUNNEL,1000,EUR,cash,{name},{end}" for n, name in enumerate(where)]
    paid.append(f"O,2026-03-11T08:00:00Z,FUNNEL,,3600,EUR,cash,{where[0]},{end}")
    import_transactions([csv_of(*paid, header=header)], tmp_path / "ledger")
    (alert,) = scan(open_ledger(tmp_path / "ledger"), ScanSettings()).alerts
    assert alert.pattern == rules.FUNNEL_ACCOUNT
    assert [(a.account_id, a.role) for a in alert.accounts] == [("FUNNEL", Role.COLLECTOR)]
    figures = {r.code: r.figure for r in alert.reasons}
    assert (figures["deposit_places"], figures["elsewhere"], figures["taken_out"]) == (4, 1, 0.9)
    assert figures["soon"] == 22
    assert alert.amounts == {"EUR": "4000.00"}


def test_scatter_gather_names_where_it_came_together_and_not_those_between(csv_of: Write, tmp_path: Path) -> None:
    paid = [f"S{n},2026-03-10T{8 + n:02}:00:00Z,FROM,MID{n},{1000 + n},EUR,transfer" for n in range(4)]
    paid += [f"G{n},2026-03-10T{14 + n:02}:00:00Z,MID{n},TO,{980 + n},EUR,transfer" for n in range(4)]
    (alert,) = alerts_of(rules.SCATTER_GATHER, csv_of(*paid), tmp_path / "ledger")
    assert [(a.account_id, a.role) for a in alert.accounts] == [
        ("TO", Role.COLLECTOR), *((f"MID{n}", Role.PASS_THROUGH) for n in range(4)), ("FROM", Role.UNKNOWN)
    ]  # fmt: skip
    figures = {r.code: r.figure for r in alert.reasons}
    assert (figures["scattered"], figures["stayed"], figures["came_together"]) == (4, 6, 0.98)
    assert alert.amounts == {"EUR": "4006.00"}
    assert rules.reportable_subjects(alert) == ("TO",)


def test_a_wage_funnel_is_not_told_again_as_scatter_gather(csv_of: Write, tmp_path: Path) -> None:
    paid = [
        f"{way}{month}{n},2026-0{month}-25T{hour}:00:00Z,{payer or f'WORK{n}'},{to or f'WORK{n}'},{sum_},EUR,transfer"
        for month in (1, 2, 3)
        for n in range(4)
        for way, hour, payer, to, sum_ in (("W", "08", "FARM", "", 1000), ("P", "18", "", "BOSS", 950))
    ]
    import_transactions([csv_of(*paid)], tmp_path / "ledger")
    result = scan(open_ledger(tmp_path / "ledger"), ScanSettings())
    assert [alert.pattern for alert in result.alerts] == [rules.WAGE_FUNNEL]
    assert result.cut["scattered_wages_of_a_funnel"] == 3


def test_gather_scatter_protects_those_who_paid(csv_of: Write, tmp_path: Path) -> None:
    paid = [f"G{n},2026-03-10T{8 + n:02}:00:00Z,PAID{n},HUB,100,EUR,transfer" for n in range(6)]
    paid += [f"S{n},2026-03-10T{15 + n:02}:00:00Z,HUB,GOT{n},116,EUR,transfer" for n in range(5)]
    (alert,) = alerts_of(rules.GATHER_SCATTER, csv_of(*paid), tmp_path / "ledger")
    assert {a.account_id: a.role for a in alert.accounts} == {
        "HUB": Role.COLLECTOR,
        **{f"PAID{n}": Role.PAYER for n in range(6)},
        **{f"GOT{n}": Role.UNKNOWN for n in range(5)},
    }
    figures = {r.code: r.figure for r in alert.reasons}
    assert (figures["gathered_from"], figures["scattered_to"], figures["all_within"]) == (6, 5, 11)
    assert figures["paid_out"] == pytest.approx(0.967, abs=0.001)
    assert rules.reportable_subjects(alert) == ("HUB",)


def test_an_account_that_wakes_is_no_subject_but_who_got_the_money(csv_of: Write, tmp_path: Path) -> None:
    paid = ["OLD,2025-01-01T08:00:00Z,SLEEPER,SHOP,5,EUR,card"]
    paid += [f"I{n},2026-03-1{n}T08:00:00Z,PAID{n % 4},SLEEPER,100,EUR,transfer" for n in range(6)]
    paid += [
        f"O{n},2026-03-1{n}T18:00:00Z,SLEEPER,{'CHIEF' if n else ''},{200 if n else 50},EUR,transfer" for n in range(3)
    ]
    (alert,) = alerts_of(rules.DORMANCY, csv_of(*paid), tmp_path / "ledger")
    assert [(a.account_id, a.role) for a in alert.accounts] == [
        ("SLEEPER", Role.PASS_THROUGH), ("CHIEF", Role.COLLECTOR), *((f"PAID{n}", Role.PAYER) for n in range(4))
    ]  # fmt: skip
    figures = {r.code: r.figure for r in alert.reasons}
    assert (figures["silent"], figures["woke"], figures["went_out"]) == (433, 9, 0.75)
    assert rules.reportable_subjects(alert) == ("CHIEF",)


def test_who_books_adverts_and_rooms_is_not_accused_nor_are_those_who_pay_or_are_paid(
    csv_of: Write, tmp_path: Path
) -> None:
    header = "transaction_id,booked_at,from_account,to_account,amount,currency,channel,merchant_category"
    bought = [("7311", "PAPER"), ("7011", "HOTEL"), ("7273", "PAPER"), ("3999", ""), ("7011", "HOTEL"), ("4511", "AIR")]
    paid = [f"B{n},2026-03-1{n}T08:00:00Z,BOOKS,{to},100,EUR,card,{code}" for n, (code, to) in enumerate(bought)]
    paid += [f"I{n},2026-03-1{n}T20:00:00Z,PAID{n},BOOKS,80,EUR,transfer," for n in range(8)]
    paid += [
        "BACK,2026-03-13T09:00:00Z,HOTEL,BOOKS,100,EUR,card,7011",
        "WAGE,2026-03-15T09:00:00Z,WORK,BOOKS,900,EUR,transfer,",
    ]
    (alert,) = alerts_of(rules.BOOKINGS, csv_of(*paid, header=header), tmp_path / "ledger")
    assert [(a.account_id, a.role) for a in alert.accounts] == [
        ("BOOKS", Role.UNKNOWN), ("PAPER", Role.ADVERTISER), ("AIR", Role.UNKNOWN), ("HOTEL", Role.UNKNOWN),
        *((f"PAID{n}", Role.PAYER) for n in range(8)),
    ]  # fmt: skip
    figures = {r.code: r.figure for r in alert.reasons}
    assert (figures["adverts"], figures["rooms"], figures["journeys"], figures["small_payers"]) == (2, 3, 1, 8)
    assert {"who_books", "booked_with"} < figures.keys()
    assert alert.amounts == {"EUR": "640.00"}
    assert rules.reportable_subjects(alert) == ()


def test_a_stack_names_where_the_money_came_out_and_not_those_between(csv_of: Write, tmp_path: Path) -> None:
    paid = []
    for turn, middle in ((turn, middle) for turn in range(3) for middle in range(3)):
        number, hour = 3 * turn + middle, 8 + 2 * middle
        paid.append(
            f"I{number},2026-03-1{turn}T{hour:02}:00:00Z,FROM{(middle + turn) % 3},MID{middle},1000,EUR,transfer"
        )
        paid.append(
            f"O{number},2026-03-1{turn}T{hour + 4:02}:00:00Z,MID{middle},TO{(middle + 2 * turn) % 3},990,EUR,transfer"
        )
    (alert,) = alerts_of(rules.STACK, csv_of(*paid), tmp_path / "ledger")
    assert [(a.account_id, a.role) for a in alert.accounts] == [
        (f"{name}{n}", role)
        for name, role in (("TO", Role.COLLECTOR), ("MID", Role.PASS_THROUGH), ("FROM", Role.UNKNOWN))
        for n in range(3)
    ]
    figures = {r.code: r.figure for r in alert.reasons}
    assert (figures["between_layers"], figures["each_several"], figures["went_on"], figures["stayed"]) == (
        3,
        9,
        0.99,
        4,
    )
    assert "between_controlled" in figures
    assert alert.amounts == {"EUR": "9000.00"}
    assert rules.reportable_subjects(alert) == ("TO0", "TO1", "TO2")


def test_money_that_wanders_is_told_once_and_not_in_pieces(csv_of: Write, tmp_path: Path) -> None:
    route = ["FIRST", *(f"BY{n}" for n in range(5)), "BY0", *(f"ON{n}" for n in range(5)), "LAST"]
    paid = [
        f"W{n:02},2026-02-{10 + n}T08:00:00Z,{a},{b},{1000 - 5 * n},EUR,transfer"
        for n, (a, b) in enumerate(pairwise(route))
    ]
    import_transactions([csv_of(*paid)], tmp_path / "ledger")
    result = scan(open_ledger(tmp_path / "ledger"), ScanSettings())
    alerts = {alert.pattern: alert for alert in result.alerts}
    assert alerts.keys() == {rules.WALK, rules.CYCLE}  # the round in it is one by itself
    assert result.cut["chains_of_a_walk"] == 2
    assert [(a.account_id, a.role) for a in alerts[rules.WALK].accounts] == [
        ("LAST", Role.COLLECTOR),
        *((name, Role.PASS_THROUGH) for name in dict.fromkeys(route[1:-1])),
        ("FIRST", Role.UNKNOWN),
    ]  # fmt: skip
    figures = {r.code: r.figure for r in alerts[rules.WALK].reasons}
    assert (figures["wandered"], figures["came_again"], figures["stayed"]) == (12, 1, 24)
    assert "between_controlled" in figures
    assert rules.reportable_subjects(alerts[rules.WALK]) == ("LAST",)


def test_a_controlled_account_or_a_payer_is_never_a_reports_subject(ledger: Path) -> None:
    for alert in scan(open_ledger(ledger), ScanSettings()).alerts:
        protected = {a.account_id for a in alert.accounts if a.role in PROTECTED_ROLES}
        subjects = rules.reportable_subjects(alert)
        assert subjects
        assert not protected & set(subjects)


def test_the_same_ledger_gives_the_same_files(ledger: Path, tmp_path: Path) -> None:
    for out in ("one", "two"):
        write_alerts(scan(open_ledger(ledger), ScanSettings()), ScanSettings(), tmp_path / out)
    assert (tmp_path / "one" / "alerts.jsonl").read_bytes() == (tmp_path / "two" / "alerts.jsonl").read_bytes()
    alerts = read_alerts(tmp_path / "one")
    table = pl.read_parquet(tmp_path / "one" / "alerts.parquet")
    assert table["alert_id"].to_list() == [alert.alert_id for alert in alerts]
    assert table["start"].to_list() == [alert.start for alert in alerts]


def test_long_lists_are_cut_and_the_cut_is_counted(ledger: Path) -> None:
    result = scan(open_ledger(ledger), replace(ScanSettings(), max_listed=10))
    assert all(len(alert.transactions) == 10 for alert in result.alerts)
    assert result.cut["transactions_not_listed"] == 20 + 3


def test_the_command_prints_counts_and_writes_alerts(ledger: Path, tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["scan", str(ledger), "--out", str(tmp_path / "out"), "--json"])
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout)["by_pattern"] == {rules.FAN_IN: 1, rules.WAGE_FUNNEL: 1}
    assert len(read_alerts(tmp_path / "out")) == 2


def test_patterns_tell_their_definition_and_parameters() -> None:
    ran = CliRunner().invoke(app, ["patterns", "--json"])
    listed = json.loads(ran.stdout)
    assert [p["name"] for p in listed] == [
        rules.FAN_IN,
        rules.WAGE_FUNNEL,
        rules.PASS_THROUGH,
        rules.CYCLE,
        rules.DEBT,
        rules.STRUCTURING,
        rules.FUNNEL_ACCOUNT,
        rules.SCATTER_GATHER,
        rules.GATHER_SCATTER,
        rules.DORMANCY,
        rules.BOOKINGS,
        rules.STACK,
        rules.WALK,
    ]
    assert listed[0]["parameters"]["window"] == 24


@pytest.mark.parametrize("text", ["", "24", "h", "30m", "91d", "1w", "-1h"])
def test_a_window_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match="--window"):
        window_of(text)


@pytest.mark.parametrize("master", ["", "nonsense", "spark://", "http://host", "local["])
def test_an_address_that_is_no_spark_cluster_is_refused(ledger: Path, tmp_path: Path, master: str) -> None:
    asked = ["scan", str(ledger), "--out", str(tmp_path / "out"), "--engine", "spark", "--master", master]
    with pytest.raises(BadInputError, match="spark://host:7077"):
        CliRunner().invoke(app, asked, catch_exceptions=False)
    assert not (tmp_path / "out").exists()


def test_an_empty_ledger_scans_to_nothing(csv_of: Write, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(BadInputError, match=r"manifest\.json"):
        open_ledger(tmp_path / "none")


def test_a_real_bank_gives_few_alerts(shared: Path, tmp_path: Path) -> None:
    """Fifteen months of a real bank's statements: its charges and interest are hubs, and no alert."""
    trans = shared / "berka" / "trans.asc"
    import_transactions([trans], tmp_path / "ledger", mapping=load_mapping("berka"))
    real = open_ledger(tmp_path / "ledger")
    for days in (1, 7, 30):
        chosen = ScanSettings(fan_in=FanInSettings(window=timedelta(days=days)))
        assert len(scan(real, chosen).alerts) == 0


def test_what_is_listed_is_what_a_scan_looks_for_in_the_same_order() -> None:
    assert [pattern["name"] for pattern in patterns()] == [stage.name for stage in STAGES]


def test_sums_past_64_bits_change_nothing(csv_of: Write, tmp_path: Path) -> None:
    """A crowd whose payments are each the largest that is taken gives the alerts of one that pays little."""

    def lines(amount: str) -> Iterator[str]:
        number, start = count(), datetime(2026, 3, 1, tzinfo=UTC)

        def paid(minute: int, payer: str, payee: str, more: str = "transfer,,") -> str:
            at = start + timedelta(minutes=minute)
            return f"T{next(number)},{at:%Y-%m-%dT%XZ},{payer},{payee},{amount},EUR,{more}"

        yield paid(0, "W", "X")
        for n in range(120):
            yield paid(2_000 + n, f"Q{n}", "G")
            yield paid(2_200 + n, "G", f"R{n}")
            yield paid(5_000 + n, "S", f"M{n}")
            yield paid(5_200 + n, f"M{n}", "E")
            yield paid(9_000 + n, "", "F", f"cash,P{n % 6},")
            yield paid(9_200 + n, "F", "", "cash,,P9")
            yield paid(300_000 + n, f"V{n}", "W")
            yield paid(300_200 + n, "W", f"U{n}")

    header = "transaction_id,booked_at,from_account,to_account,amount,currency,channel,from_place,to_place"
    told = []
    for amount in ("99.99", "999999999999999.99"):
        file = csv_of(*lines(amount), header=header, name=f"{amount}.csv")
        import_transactions([file], tmp_path / amount)
        alerts = scan(open_ledger(tmp_path / amount), ScanSettings()).alerts
        figures = [[reason.figure for reason in alert.reasons] for alert in alerts]
        told.append([(one.pattern, one.score, one.transactions, of) for one, of in zip(alerts, figures, strict=True)])
    assert {"gather_scatter", "scatter_gather", "funnel_account", "dormancy_burst"} <= {one[0] for one in told[0]}
    assert told[0] == told[1]
