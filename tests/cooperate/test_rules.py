"""A request for assistance is checked from article 18 as the facts file restates it."""

import json
from pathlib import Path

import pytest

from mainstay.cooperate.rules.requests import ASSISTANCE, REQUEST_FIELDS, check_request

WHOLE = {
    "treaty_basis": "untoc",
    "offence_scope": "Trafficking in persons",
    "requesting_authority": "Ministry of Justice of Selvania",
    "stage": "investigation",
    "subject_and_nature": "Proceeds collected abroad",
    "conducting_authority": "Prosecution: leads the investigation",
    "facts_summary": "Wages were collected on one account.",
    "assistance_type": "f",
    "assistance_sought": "Bank records",
    "purpose": "To investigate those who collect",
    "language": "en",
}


def blocking(body: dict[str, str]) -> set[str]:
    return {finding.key for finding in check_request(body) if finding.blocks}


def test_a_whole_request_lacks_nothing() -> None:
    assert check_request(WHOLE) == []


@pytest.mark.parametrize("key", [key for key in WHOLE if key not in {"treaty_basis"}])
def test_each_required_field_is_missed_when_it_is_empty(key: str) -> None:
    assert key in blocking({**WHOLE, key: "  "})


def test_service_of_documents_needs_no_facts() -> None:
    """Article 18(15)(c): except for the service of judicial documents."""
    assert blocking({**WHOLE, "assistance_type": "b", "facts_summary": ""}) == set()


def test_under_another_treaty_its_own_contents_list_applies() -> None:
    """Article 18(7): paragraphs 9 to 29 do not apply where another treaty binds both States."""
    assert blocking({**WHOLE, "treaty_basis": "bilateral", "language": "", "conducting_authority": ""}) == set()


def test_a_wanted_day_needs_its_reason_but_does_not_block() -> None:
    findings = check_request({**WHOLE, "deadline": "2026-12-24"})
    assert [(finding.key, finding.blocks) for finding in findings] == [("deadline_reason", False)]


def test_the_fields_are_those_of_the_minimum_valid_request(shared: Path) -> None:
    facts = json.loads((shared / "facts" / "mla_request.json").read_text(encoding="utf-8"))
    ours = {rule.key for rule in REQUEST_FIELDS}
    written = {entry.split(" ")[0] for entry in facts["minimum_valid_request"]}
    made_by_the_node = {"written_form", "channel"}  # signing and sealing a letter between pinned authorities is both
    only_where_wished = {"procedure_wished", "persons_concerned"}
    assert written - ours == made_by_the_node | only_where_wished
    assert {kind["key"] for kind in facts["assistance_types"]} == set(ASSISTANCE)
