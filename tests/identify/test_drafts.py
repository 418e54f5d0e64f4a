"""An instrument with draft weights stays off until somebody confirms them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.core.access import Role
from mainstay.core.errors import NotAllowedError
from mainstay.identify.engine.xlsform import read_instrument
from mainstay.identify.errors import DraftInstrumentError, ReasonMissingError
from mainstay.identify.queries import instruments
from mainstay.identify.services import instruments as installing
from mainstay.identify.services import screenings as asking
from mainstay.identify.types import Instrument
from tests.conftest import Command
from tests.factories import a_person
from tests.identify.builders import workbook

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
NOTE = "Our draft: the published list was not to be had."


def a_draft() -> Instrument:
    """An installed instrument with draft weights."""
    survey = [
        ["type", "name", "label::English (en)", "indicator"],
        ["select_one yn", "kept", "Are you kept?", "cd_isolation"],
    ]
    choices = [["list_name", "name", "label::English (en)"], ["yn", "yes", "Yes"], ["yn", "no", "No"]]
    settings = [["form_id", "version", "to_be_confirmed"], ["draft_profile", "1", NOTE]]
    found = read_instrument("draft.xlsx", workbook(survey, choices, settings))
    installing.install_instrument(found, actor=None, now=NOW)
    return found


def test_a_draft_is_asked_only_after_somebody_confirmed_it_against_a_source() -> None:
    draft, screener, chief = a_draft(), a_person(Role.SCREENER), a_person(Role.SUPERVISOR)
    assert draft.to_be_confirmed == NOTE
    assert "to_be_confirmed" not in draft.xform
    assert draft.name not in [found.name for found in instruments.instruments_visible_to(screener)]
    with pytest.raises(DraftInstrumentError):
        asking.record_screening(draft, {"kept": "yes"}, False, actor=screener, now=NOW)
    with pytest.raises(DraftInstrumentError):
        asking.start_screening(draft, asking.Circumstances(), actor=screener, now=NOW)
    with pytest.raises(ReasonMissingError):
        installing.confirm_instrument(draft, " ", actor=chief, now=NOW)
    with pytest.raises(NotAllowedError):
        installing.confirm_instrument(draft, "ILO list, p. 3", actor=screener, now=NOW)
    installing.confirm_instrument(draft, "ILO list, p. 3 (made up)", actor=chief, now=NOW)
    assert draft.name in [found.name for found in instruments.instruments_visible_to(screener)]
    asking.record_screening(draft, {"kept": "yes"}, False, actor=screener, now=NOW)
    installing.withdraw_confirmation(draft, actor=chief, now=NOW)
    with pytest.raises(DraftInstrumentError):
        asking.record_screening(draft, {"kept": "yes"}, False, actor=screener, now=NOW)


def test_trying_a_draft_says_so(mainstay: Command, tmp_path: Path) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text('{"instrument": "sexual_exploitation", "version": 1, "child": false, "answers": {}}')
    result = json.loads(mainstay("identify", "assess", str(answers), "--json").stdout)
    assert "draft" in result["to_be_confirmed"]


def test_the_page_shows_each_weight_and_switches_the_draft_on_and_off() -> None:
    a_draft()
    chief, screener = Client(), Client()
    chief.force_login(a_person(Role.SUPERVISOR))
    screener.force_login(a_person(Role.SCREENER))
    address = reverse("identify:draft", args=["draft_profile"])
    page = chief.get(address).content.decode()
    assert NOTE in page
    assert "cd_isolation" in page
    assert "strong" in page
    assert "danger_now" in chief.get(reverse("identify:draft", args=["sexual_exploitation"])).content.decode()
    assert screener.post(address, {"source": "none"}).status_code == 403
    chief.post(address, {"source": ""})
    assert "off: to be confirmed" in chief.get(reverse("identify:instruments")).content.decode()
    chief.post(address, {"source": "ILO list, p. 3 (made up)"})
    assert "on: confirmed" in chief.get(reverse("identify:instruments")).content.decode()
    chief.post(address, {})
    assert "off: to be confirmed" in chief.get(reverse("identify:instruments")).content.decode()
    assert chief.get(reverse("identify:draft", args=["ghost"])).status_code == 404
