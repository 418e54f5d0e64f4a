"""Whoever is not to be contacted: no page and no file offers a way to them, and each says why; all made up."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.core.errors import RefusalError
from mainstay.protect.models import CaseExport
from mainstay.protect.queries.contact import rules_of
from mainstay.protect.rules.contact import Channel, ContactRules
from mainstay.protect.rules.exchange import DO_NOT_CALL, as_row
from mainstay.protect.services import cases, contact, exports, flags, outside, referrals, transfers
from mainstay.protect.services.contact import ContactDraft
from mainstay.protect.types import Category, Given, SharePurpose
from tests.factories import a_person
from tests.protect.conftest import NOW, SECRETS, TODAY, Scene

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2] / "mainstay"
WAYS = re.compile(
    r"""(?:href|action|formaction)\s*=\s*["']?\s*(?:tel|sms|mailto|callto|whatsapp|skype):|wa\.me/""", re.IGNORECASE
)
PHONE = SECRETS["phone"]
PASSPHRASE = "lantern quiet harbour seven"
HOUSE = "Do not contact them now"
OPENS = (
    "case", "who", "happened", "documents", "notes", "history", "assistance", "law", "safety", "measures_of",
    "own_view", "flags",
)  # fmt: skip
READS = (
    "case", "identity", "who", "happened", "documents", "sharing", "assistance", "eligible", "law", "safety",
    "notes", "history", "timeline", "measures_of", "own_view", "outside", "ties", "keeping", "close",
    "give_own_code", "flags", "consent", "need", "hand_over", "task", "transfer_ask", "conference_new",
    "safety_plan", "reach",
)  # fmt: skip


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def agreed(scene: Scene, **rules: Any) -> None:
    draft = ContactDraft(ContactRules(frozenset(Channel), **rules), "A friend from the choir")
    contact.agree_contact(scene.case, draft, actor=scene.manager, now=NOW)


def flagged(scene: Scene) -> None:
    agreed(scene)
    flags.set_flag(scene.case, "do_not_contact", "", actor=scene.manager, today=TODAY, now=NOW)


def never_asked(_scene: Scene) -> None:
    """Nobody has asked them how they may be reached."""


def pages_of(scene: Scene) -> dict[str, str]:
    """Return every page that shows a person to somebody, opened, with who saw it as its name."""
    client, shown = signed_in(scene.manager), dict[str, str]()
    for name in READS:
        answer = client.get(reverse(f"protect:{name}", args=[scene.case.pk]))
        assert answer.status_code in {200, 405}, name
        shown[name] = answer.content.decode()
    for name in OPENS:
        answer = client.post(reverse(f"protect:{name}", args=[scene.case.pk]))
        assert answer.status_code == 200, name
        shown[f"{name}, opened"] = answer.content.decode()
    shown["list"] = client.get(reverse("protect:list")).content.decode()
    shown["found"] = client.post(reverse("protect:list"), {"find": PHONE}).content.decode()
    return shown


def pages_of_others(scene: Scene) -> dict[str, str]:
    """Return what a clinic, another agency and an outside expert see of the person."""
    scene.consent(*(set(Category) - {Category.WHEREABOUTS}))
    need = cases.add_need(scene.case, "health", "", actor=scene.manager, now=NOW)
    sent = referrals.refer(need, scene.provider.agency, actor=scene.manager, today=TODAY, now=NOW)
    a_person(Role.CASE_MANAGER, scene.provider.agency)
    taker = a_person(Role.CASE_MANAGER, scene.provider.agency)
    moved = transfers.ask_to_take_over(scene.case, scene.provider.agency, "", actor=scene.manager, today=TODAY, now=NOW)
    guest = outside.Guest(
        kind="interpreter", who="X", purpose=SharePurpose.ASSISTANCE, until=TODAY, how=Given.SPOKEN,
        categories=frozenset({Category.CONTACT, Category.IDENTITY}),
    )  # fmt: skip
    key = outside.let_in(scene.case, guest, actor=scene.manager, today=TODAY, now=NOW)
    read = Client().post(reverse("protect:outside_read", args=[key.token]), {"code": key.code})
    return {
        "referral": signed_in(scene.provider).get(reverse("protect:referral", args=[sent.pk])).content.decode(),
        "transfer": signed_in(taker).get(reverse("protect:transfer", args=[moved.pk])).content.decode(),
        "outside": read.content.decode(),
    }


@pytest.mark.parametrize("why", [flagged, never_asked, lambda scene: agreed(scene, no_contact=True)])
def test_no_page_offers_a_way_to_somebody_who_is_not_to_be_contacted(why: Any, scene: Scene) -> None:
    why(scene)
    with clock.frozen_at(NOW):
        shown = {**pages_of(scene), **pages_of_others(scene)}
    for name, page in shown.items():
        assert not WAYS.search(page), f"{name} offers a way"
        if PHONE in page and name != "found":
            assert HOUSE in page or "do not call" in page, f"{name} shows the number and not why it is not called"
    with_number = {name for name, page in shown.items() if PHONE in page}
    assert {"case, opened", "identity", "referral", "transfer", "outside"} <= with_number, "the walk saw the number"


def test_a_number_can_be_pressed_in_the_hours_that_they_agreed_to_and_in_no_other(scene: Scene) -> None:
    agreed(scene, from_hour=9, to_hour=12)
    client, page = signed_in(scene.manager), reverse("protect:case", args=[scene.case.pk])
    for hour, open_ in ((8, False), (9, True), (11, True), (12, False)):
        with clock.frozen_at(NOW.replace(hour=hour)):
            assert bool(WAYS.search(client.post(page).content.decode())) is open_, hour


def test_a_flag_closes_every_channel_until_its_day_is_over(scene: Scene) -> None:
    agreed(scene)
    contact.require_contact(scene.case, Channel.POST, NOW)
    flags.set_flag(scene.case, "do_not_contact", "", until=TODAY, actor=scene.manager, today=TODAY, now=NOW)
    for channel in Channel:
        with pytest.raises(RefusalError, match="not to be contacted"):
            contact.require_contact(scene.case, channel, NOW)
    contact.require_contact(scene.case, Channel.POST, NOW + timedelta(days=1))


def test_of_two_days_without_contact_the_later_holds_and_no_day_is_for_good(scene: Scene) -> None:
    agreed(scene, no_contact=True, no_contact_until=TODAY + timedelta(days=9))
    flags.set_flag(scene.case, "do_not_contact", "", until=TODAY, actor=scene.manager, today=TODAY, now=NOW)
    found = rules_of(scene.case, TODAY)
    assert found is not None
    assert found.no_contact_until == TODAY + timedelta(days=9)
    agreed(scene, no_contact=True)
    found = rules_of(scene.case, TODAY)
    assert found is not None
    assert (found.no_contact, found.no_contact_until) == (True, None)


def test_a_number_leaves_in_no_file_and_on_no_paper_without_the_warning(scene: Scene, monkeypatch: Any) -> None:
    flagged(scene)
    scene.consent(Category.IDENTITY, Category.CONTACT)
    kept: list[Any] = []
    monkeypatch.setattr(exports, "_keep_file", lambda _row, found, **_more: kept.extend(found))
    row = exports.ask_for_export(
        [scene.case.pk], "xlsx", scene.clinic, SharePurpose.ASSISTANCE, actor=scene.manager, now=NOW
    )
    exports.make(CaseExport.objects.get(pk=row.pk), today=TODAY, now=NOW)
    (case,) = kept
    assert case.values["phone"] == PHONE
    assert as_row(case)[DO_NOT_CALL] == "do not call: they are not to be contacted"
    _plan, sealed = exports.seal_one(
        scene.case, "htcds_json", scene.clinic, SharePurpose.ASSISTANCE, PASSPHRASE,
        actor=scene.manager, today=TODAY, now=NOW,
    )  # fmt: skip
    (alone,) = json.loads(pyrage.passphrase.decrypt(sealed, PASSPHRASE))["cases"]
    assert "do not call: they are not to be contacted" in json.dumps(alone)
    written: list[Any] = []

    def keep(_name: str, template: str, context: dict[str, Any]) -> HttpResponse:
        written.append((template, context))
        return HttpResponse()

    monkeypatch.setattr("mainstay.protect.views.paper.pdf_answer", keep)
    with clock.frozen_at(NOW):
        signed_in(scene.manager).post(reverse("protect:print_file", args=[scene.case.pk]), {"sheets": ["contact"]})
    ((template, context),) = written
    paper = render_to_string(template, context)
    assert PHONE in paper
    assert "Do not call: they are not to be contacted." in paper


def test_only_the_case_page_knows_how_to_offer_a_call_and_asks_first() -> None:
    offering = {
        path.relative_to(ROOT).as_posix(): WAYS.findall(path.read_text(encoding="utf-8"))
        for path in [*ROOT.rglob("*.html"), *ROOT.rglob("*.py")]
        if WAYS.search(path.read_text(encoding="utf-8"))
    }
    assert list(offering) == ["protect/templates/protect/case.html"]
    page = (ROOT / "protect/templates/protect/case.html").read_text(encoding="utf-8")
    assert page.count("tel:") == page.count('contact.may_call %}<a href="tel:') == 1


def test_nothing_of_protect_writes_a_mail_to_a_person_of_a_case() -> None:
    """Mails go to colleagues, and to counsel and prosecution; a new one to a person has to ask `require_contact`."""
    writers = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "protect").rglob("*.py")
        if re.search(r"\b(queue_mail\w*|send_mail|EmailMessage)\(", path.read_text(encoding="utf-8"))
    }
    assert writers == {"protect/services/contacts.py", "protect/services/reminders.py"}
