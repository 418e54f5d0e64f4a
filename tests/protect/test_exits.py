"""No byte of a withheld field is in any exit, over random consents, grounds and recipients, on a real database."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mainstay.accounts.models import User
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.network import services as network
from mainstay.protect import queries
from mainstay.protect.errors import NothingToShareError
from mainstay.protect.models import SEALED_FIELDS, Case, LegalGround
from mainstay.protect.services import (
    cases,
    consents,
    documents,
    exports,
    identification,
    notes,
    outside,
    parts,
    referrals,
    sharing,
)
from mainstay.protect.services.documents import DocumentDraft
from mainstay.protect.services.outside import Guest
from mainstay.protect.types import Category, Given, GroundKind, SharePurpose
from tests.factories import a_person, an_agency
from tests.protect.conftest import NOW, TODAY

FIELDS = [name for name, _label, _category in SEALED_FIELDS]
_serial = count(1)
NEVER = "zqinternalnote"
BRIEF = settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each example asks for fifty pages: not shrunk
)
some_categories = st.frozensets(st.sampled_from(Category), max_size=6)
who = st.sampled_from(["clinic", "authority", "network", "peer"])
what_for = st.sampled_from([p for p in SharePurpose if p is not SharePurpose.STATISTICS])
agreed = st.lists(st.tuples(some_categories, st.frozensets(who, min_size=1), st.frozensets(what_for, min_size=1)))
stood_in = st.lists(st.tuples(some_categories, who, what_for), max_size=3)


class RollBackError(Exception):
    """Leaves nothing of one example behind."""


@contextmanager
def one_example() -> Iterator[None]:
    with suppress(RollBackError), transaction.atomic():
        yield
        raise RollBackError


class World:
    """A case whose every field is one word of its own, and everybody to whom something of it could go."""

    def __init__(self) -> None:
        self.manager = a_person(Role.CASE_MANAGER)
        self.supervisor = a_person(Role.SUPERVISOR, self.manager.agency)
        self.provider = a_person(Role.SERVICE_PROVIDER, an_agency("Lantern clinic"))
        self.decider = a_person(Role.IDENTIFICATION_AUTHORITY, an_agency("Salt Market board"))
        self.strangers = {role: a_person(role) for role in Role}
        self.names = {
            "clinic": referrals.recipient_of(self.provider.agency),
            "authority": referrals.recipient_of(self.decider.agency),
            "network": sharing.NETWORK,
            "peer": "peer:Orvanta",
        }

    def case(self) -> tuple[Case, dict[str, str]]:
        words = {name: f"zq{next(_serial)}x{name.replace('_', '')}" for name in FIELDS}
        draft = cases.CaseDraft(identified_date=TODAY, forms=("ForcedLabour",), sealed=words)
        case = cases.open_case(draft, actor=self.manager, now=NOW)
        cases.add_need(case, "health", "", actor=self.manager, now=NOW)
        return case, {**words, **self._file_of(case)}

    def _file_of(self, case: Case) -> dict[str, str]:
        """Fill each part of the file with a word of its own, and with what never leaves; return the words by field."""
        told = {name: f"zq{next(_serial)}x{name}" for name in ("names", "papers", "relatives", "stations", "involved")}
        account = f"zq{next(_serial)}xaccounts"
        rows: dict[str, dict[str, Any]] = {
            "names": {"kind": "alias", "script": "Latn", "language": "", "name": told["names"]},
            "papers": {"kind": "passport", "country": "", "holder": "lost", "valid_until": None},
            "relatives": {"relation": "child", "is_child": True, "is_with_them": True, "is_at_risk": False, "note": ""},
            "stations": {"order": 1, "country": "", "way": "", "came": "", "left": "", "what": ""},
            "involved": {"kind": "company", "role": "employer", "phone": "", "account": account},
        }
        sealed = {"papers": "number", "relatives": "name", "stations": "place", "involved": "name"}
        for name, values in rows.items():
            filled = {**values, sealed.get(name, "name"): told[name]}
            parts.write_part(case, name, filled, actor=self.manager, now=NOW)
        document = documents.add_document(
            case,
            DocumentDraft(f"zq{next(_serial)}xtitle", Category.HEALTH, b"A letter\n"),
            scanner="",
            actor=self.manager,
            now=NOW,
        )
        notes.write_note(case, NEVER, is_pinned=True, actor=self.manager, now=NOW)
        return {**told, "accounts": account, document.field: document.title.open()}

    def consent(self, case: Case, what: Any, to: Any, to_do: Any) -> None:
        draft = consents.ConsentDraft(
            categories=what,
            recipients=frozenset(self.names[name] for name in to),
            purposes=to_do,
            given_on=TODAY,
            how=Given.SPOKEN,
        )
        consents.give_consent(case, draft, actor=self.manager, now=NOW)

    def ground(self, case: Case, what: Any, to: str, to_do: SharePurpose) -> None:
        LegalGround.objects.create(
            key_id=case.key_id, case=case, agency=case.agency, kind=GroundKind.COURT_ORDER, categories=sorted(what),
            recipient=self.names[to], purpose=to_do, starts=TODAY, until=TODAY + timedelta(days=9),
            asked_by=self.manager, asked_at=NOW, answered_by=self.supervisor, answered_at=NOW, is_approved=True,
        )  # fmt: skip

    def exits(self, case: Case, folder: Path) -> Iterator[tuple[str, str, SharePurpose | None, str]]:
        """Give each exit: its name, to whom and for what (none where nothing may ever leave), and what left."""
        for to in self.names.values():
            for purpose in SharePurpose:
                plan, values = sharing.export(case, to, purpose, today=TODAY, now=NOW)
                yield "export", to, purpose, json.dumps([values, [str(d) for d in plan.decisions if not d.shared]])
        clinic, authority = self.names["clinic"], self.names["authority"]
        with suppress(NothingToShareError):
            need = case.needs.get()
            referral = referrals.refer(need, self.provider.agency, actor=self.manager, today=TODAY, now=NOW)
            page = seen(self.provider, reverse("protect:referral", args=[referral.pk]))
            yield "referral", clinic, SharePurpose.ASSISTANCE, page
        with suppress(NothingToShareError):
            asked = identification.ask_to_decide(case, self.decider.agency, actor=self.manager, today=TODAY, now=NOW)
            page = seen(self.decider, reverse("protect:procedure", args=[asked.pk]))
            yield "procedure", authority, SharePurpose.IDENTIFICATION, page
        asked_for = exports.ask_for_export(
            [case.pk], "htcds_json", clinic, SharePurpose.ASSISTANCE, actor=self.manager, now=NOW
        )
        exports.make(asked_for, today=TODAY, now=NOW)
        asked_for.refresh_from_db()
        yield "export", clinic, SharePurpose.ASSISTANCE, base64.b85decode(asked_for.content.open()).decode()
        guest = Guest("doctor", "", frozenset({Category.HEALTH}), SharePurpose.ASSISTANCE, TODAY, Given.SPOKEN)
        key = outside.let_in(case, guest, actor=self.manager, today=TODAY, now=NOW)
        with clock.frozen_at(NOW):
            read = Client().post(reverse("protect:outside_read", args=[key.token]), {"code": key.code})
        yield "outsider", key.row.recipient, SharePurpose.ASSISTANCE, read.content.decode()
        sharing.tell_network(case, actor=self.manager, now=NOW)
        out = folder / f"{next(_serial)}.json"
        network.export_ftm(out, actor=None)
        yield "entities", sharing.NETWORK, SharePurpose.INVESTIGATION, out.read_text(encoding="utf-8")
        for role in (Role.INVESTIGATOR, Role.CENTRAL_AUTHORITY):
            page = seen(self.strangers[role], "/network/")
            yield f"/network/ of {role}", sharing.NETWORK, SharePurpose.INVESTIGATION, page
        for role, stranger in self.strangers.items():
            for address in (
                "/today/",
                "/people/",
                "/work/team/people/",
                "/referrals/",
                "/decisions/",
                "/api/v1/protect/cases",
            ):
                yield f"{address} of {role}", "nobody", None, seen(stranger, address)
        pages = ("", "sharing/", "who/", "happened/", "documents/", "notes/", "history/", "timeline/")
        for address in ("/today/", "/people/", "/work/mine/", *(f"/people/{case.pk}/{page}" for page in pages)):
            yield f"{address} unopened", "nobody", None, seen(self.manager, address)


def seen(viewer: User, address: str) -> str:
    client = Client()
    client.force_login(viewer)
    return client.get(address).content.decode()


@pytest.fixture
def world(person_of: Callable[[Role], User]) -> World:
    return World()


@settings(BRIEF)
@given(agreed, stood_in)
def test_no_byte_of_a_withheld_field_is_in_any_exit(
    world: World, tmp_path: Path, agreed: list[Any], stood_in: list[Any]
) -> None:
    with one_example():
        case, words = world.case()
        for what, to, to_do in agreed:
            world.consent(case, what, to, to_do)
        for what, recipient, purpose in stood_in:
            world.ground(case, what, recipient, purpose)
        for name, recipient, to_do_or_none, left in world.exits(case, tmp_path):
            may: tuple[str, ...] = ()
            if to_do_or_none is not None:
                may = queries.plan_for(case, recipient, to_do_or_none, today=TODAY).shared
            told = {field for field, word in words.items() if word in left}
            assert told <= set(may), f"{name} tells more than {may}"
            assert NEVER not in left, f"{name} tells an internal note"
            if name in {"referral", "procedure", "export"}:
                assert told == set(may) & set(words), f"{name} keeps back what consent lets out"


@settings(BRIEF)
@given(agreed.filter(bool), stood_in, st.data())
def test_taking_back_never_lets_more_out_and_adding_never_less(
    world: World, agreed: list[Any], stood_in: list[Any], data: st.DataObject
) -> None:
    def leaves(case: Case) -> dict[tuple[str, SharePurpose], set[str]]:
        return {
            (to, purpose): set(queries.plan_for(case, to, purpose, today=TODAY).shared)
            for to in world.names.values()
            for purpose in SharePurpose
        }

    with one_example():
        case, _words = world.case()
        for what, recipient, purpose in stood_in:
            world.ground(case, what, recipient, purpose)
        before = leaves(case)
        for what, to, to_do in agreed:
            world.consent(case, what, to, to_do)
            after = leaves(case)
            assert all(before[key] <= after[key] for key in before)
            before = after
        consent = data.draw(st.sampled_from(list(case.consents.all())))
        consents.withdraw_consent(consent, actor=world.manager, today=TODAY, now=NOW)
        after = leaves(case)
        assert all(after[key] <= before[key] for key in before)
