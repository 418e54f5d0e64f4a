"""What a colleague of a node does, in a process of that node: `python -m tests.journeys.at_a_node DEED` with JSON."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any


def staff(given: dict[str, Any]) -> dict[str, Any]:
    """Add a made-up case manager."""
    from mainstay.accounts import services
    from mainstay.core.access import Role

    agency = services.create_agency(given["agency"], "shelter", given["country"], actor=None)
    services.create_person(
        given["email"],
        name=given["name"],
        role=Role.CASE_MANAGER,
        agency=agency,
        password=given["password"],
        actor=None,
    )
    return {}


def open_case(given: dict[str, Any]) -> dict[str, Any]:
    """Open a case with a need, and record the person's consent for the other node."""
    from datetime import timedelta

    from mainstay.core import clock
    from mainstay.protect.services import cases, consents
    from mainstay.protect.types import Category, Given, SharePurpose

    today, now, manager = clock.today(), clock.now(), _manager()
    draft = cases.CaseDraft(
        identified_date=today - timedelta(days=given["days_ago"]),
        sex="female",
        age_group="18+",
        forms=("ForcedLabour",),
        sealed=given["sealed"],
    )
    case = cases.open_case(draft, actor=manager, now=now)
    cases.add_need(case, "health", "", actor=manager, now=now)
    agreed = consents.ConsentDraft(
        categories=frozenset(map(Category, given["categories"])),
        recipients=frozenset({given["to"]}),
        purposes=frozenset({SharePurpose.ASSISTANCE}),
        given_on=today,
        how=Given.SPOKEN,
    )
    consents.give_consent(case, agreed, actor=manager, now=now)
    return {"case": str(case.pk), "reference": case.reference}


def refer(given: dict[str, Any]) -> dict[str, Any]:
    """Refer a case to the other node, and say whether the letter went at once."""
    from datetime import timedelta

    from mainstay.cooperate import queries
    from mainstay.cooperate.services import exchange, referrals_out
    from mainstay.core import clock

    manager = _manager()
    peer = queries.peer_named(given["peer"])
    assert peer is not None
    ask = referrals_out.Ask("health", clock.today() + timedelta(days=7), is_whole=given["whole"])
    row, stored = referrals_out.refer(_case(given), peer, ask, actor=manager, today=clock.today(), now=clock.now())
    return {"reference": row.reference, "went": exchange.carry(stored)}


def withdraw(given: dict[str, Any]) -> dict[str, Any]:
    """Take every consent of a case back."""
    from mainstay.core import clock
    from mainstay.protect.services import consents

    for consent in _case(given).consents.all():
        consents.withdraw_consent(consent, actor=_manager(), today=clock.today(), now=clock.now())
    return {}


def answer(given: dict[str, Any]) -> dict[str, Any]:
    """Open what came for one's agency, and take it on."""
    from mainstay.cooperate import queries
    from mainstay.cooperate.services import exchange, referrals_in
    from mainstay.core import clock

    manager = _manager()
    went = []
    for act in (referrals_in.take_for_agency, referrals_in.accept):
        row = queries.referrals_received(manager).get(reference=given["reference"])
        went.append(exchange.carry(act(row, actor=manager, today=clock.today(), now=clock.now())))
    return {"went": went}


def stands(given: dict[str, Any]) -> dict[str, Any]:
    """Say how a referral and its case stand at this node."""
    from mainstay.cooperate.models import NodeReferral
    from mainstay.protect import queries as protect
    from mainstay.protect.models import Case

    manager = _manager()
    row = NodeReferral.objects.filter(reference=given["reference"]).first()
    if row is None:
        return {"step": None}
    case = None if row.case_id is None else Case.objects.filter(pk=row.case_id).first()
    return {
        "step": row.step,
        "recall_answer": row.recall_answer,
        "handed": row.handed_at is not None,
        "kept": bool(row.body),
        "case": None if case is None else case.status,
        "mine": case is not None and protect.cases_visible_to(manager).filter(pk=case.pk).exists(),
        "name": "" if case is None or not case.name else case.name.open(),
    }


def _manager() -> Any:
    from mainstay.accounts.models import User

    return User.objects.get(role="case_manager")


def _case(given: dict[str, Any]) -> Any:
    from mainstay.protect.models import Case

    return Case.objects.get(pk=given["case"])


DEEDS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    each.__name__: each for each in (staff, open_case, refer, withdraw, answer, stands)
}


def main() -> None:
    """Do one deed on the node of MAINSTAY_HOME."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mainstay.site.settings")
    django.setup()
    sys.stdout.write(json.dumps(DEEDS[sys.argv[1]](json.loads(sys.stdin.read() or "{}"))) + "\n")


if __name__ == "__main__":
    main()
