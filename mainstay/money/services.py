"""Taking alerts in, and deciding on them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access, keystore
from mainstay.core.access import Purpose
from mainstay.money.errors import AlertDecidedError
from mainstay.money.models import ProtectedAccount, State, StoredAlert, account_index
from mainstay.money.rules import reportable_subjects
from mainstay.money.types import PROTECTED_ROLES, Alert
from mainstay.network import queries as known_network
from mainstay.network import services as network
from mainstay.network.types import EntityDraft, LinkDraft, Push

FTM_KIND = {"person": "Person", "organisation": "Company"}
Holders = Mapping[str, tuple[str, str]]


def load_scan(out: Path, ledger: Path | None, *, actor: User, now: datetime) -> list[StoredAlert]:
    """Take in the alerts that a scan wrote, with the holders that the ledger's accounts file names."""
    from mainstay.money.engine.ledger import open_ledger  # of no use to the pages, which would wait for the compiler
    from mainstay.money.engine.scan import read_alerts

    holders: dict[str, tuple[str, str]] = {}
    if ledger is not None:
        table = open_ledger(ledger).holders
        if "holder_name" in table.columns:
            rows = table.select("account_id", "holder_kind", "holder_name").iter_rows()
            holders = {account: (kind or "person", name or "") for account, kind, name in rows}
    return load_alerts(read_alerts(out), holders, actor=actor, now=now)


@transaction.atomic
def load_alerts(alerts: Sequence[Alert], holders: Holders, *, actor: User, now: datetime) -> list[StoredAlert]:
    """Take alerts in, each once: an alert that is here already keeps what was decided on it.

    What may be known of those who collect goes into the network; who is paid out or controlled never does.
    """
    access.require(actor, "money.load_alerts")
    known = set(
        StoredAlert.objects.filter(agency=actor.agency, alert_id__in=[a.alert_id for a in alerts]).values_list(
            "alert_id", flat=True
        )
    )
    _protect(alerts, holders, actor=actor, now=now)
    stored = [_store(alert, holders, actor=actor, now=now) for alert in alerts if alert.alert_id not in known]
    audit.record(
        actor, "money.alerts_loaded", ("money.alert", "scan"), purpose=Purpose.INVESTIGATION, after={"new": len(stored)}
    )
    return stored


@transaction.atomic
def read_alert(stored: StoredAlert, *, actor: User) -> Alert:
    """Return an alert opened; the read is on the audit chain, and a found alert is now being read."""
    access.require(actor, "money.read_alert", stored)
    found = StoredAlert.objects.filter(pk=stored.pk, state=State.FOUND)
    if found.update(state=State.READING, reader=actor):
        stored.state, stored.reader = State.READING, actor
    audit.record(actor, "money.alert_read", stored, purpose=Purpose.INVESTIGATION)
    return Alert.from_json(stored.document.open())


@transaction.atomic
def decide_alert(stored: StoredAlert, *, suspicious: bool, reason: str, actor: User, now: datetime) -> StoredAlert:
    """Decide once, with a reason, whether an alert is to be reported."""
    access.require(actor, "money.decide_alert", stored)
    current = StoredAlert.objects.select_for_update().get(pk=stored.pk)
    if current.decided_at is not None:
        raise AlertDecidedError(_("This alert was decided."), todo=_("Open it to see by whom and why."))
    current.state = State.SUSPICIOUS if suspicious else State.NOT_SUSPICIOUS
    current.reason = reason
    current.reader = actor
    current.decided_at = now
    current.save()
    audit.record(actor, "money.alert_decided", current, purpose=Purpose.INVESTIGATION, after={"state": current.state})
    if not suspicious:
        network.take_out("money", str(current.pk), actor=actor, now=now)
    return current


def _protect(alerts: Sequence[Alert], holders: Holders, *, actor: User, now: datetime) -> None:
    """Remember every account that is controlled or pays in some alert, and take it out of what was told before."""
    accounts = {a.account_id for alert in alerts for a in alert.accounts if a.role in PROTECTED_ROLES}
    rows = [ProtectedAccount(agency=actor.agency, index=account_index(account)) for account in sorted(accounts)]
    ProtectedAccount.objects.bulk_create(rows, ignore_conflicts=True)
    told = known_network.sources_with("money", "account", accounts)
    for row in StoredAlert.objects.filter(agency=actor.agency, pk__in=told):
        _tell_network(row, Alert.from_json(row.document.open()), holders, actor=actor, now=now)


def _tell_network(stored: StoredAlert, alert: Alert, holders: Holders, *, actor: User, now: datetime) -> None:
    """Let be known what a report could name, less every account that is protected by any alert of the agency."""
    indexes = {account_index(account): account for account in reportable_subjects(alert)}
    hidden = ProtectedAccount.objects.filter(agency=stored.agency, index__in=indexes).values_list("index", flat=True)
    open_to_all = [account for index, account in indexes.items() if index not in set(hidden)]
    network.push(_as_entities(stored, open_to_all, holders), actor=actor, now=now)


def _store(alert: Alert, holders: Holders, *, actor: User, now: datetime) -> StoredAlert:
    stored = StoredAlert(
        key_id=keystore.node().create_key(),
        agency=actor.agency,
        alert_id=alert.alert_id,
        pattern=alert.pattern,
        score=alert.score,
        start=alert.start,
        end=alert.end,
        amounts=alert.amounts,
        accounts_count=len(alert.accounts),
        protected_count=sum(account.role in PROTECTED_ROLES for account in alert.accounts),
        found_at=now,
    )
    stored.document = alert.as_json()
    stored.save()
    _tell_network(stored, alert, holders, actor=actor, now=now)
    return stored


def _as_entities(stored: StoredAlert, accounts: Sequence[str], holders: Holders) -> Push:
    """Return accounts, and their holders where the ledger names them, as entities."""
    entities: list[EntityDraft] = []
    links: list[LinkDraft] = []
    for account in accounts:
        entities.append(EntityDraft(account, "BankAccount", {"accountNumber": [account]}, (("account", account),)))
        kind, name = holders.get(account, ("", ""))
        if name:
            holder = f"holder of {account}"
            entities.append(EntityDraft(holder, FTM_KIND[kind], {"name": [name]}, (("name", name),)))
            links.append(LinkDraft(holder, account, "holds"))
    return Push("money", str(stored.pk), tuple(entities), tuple(links))
