"""Exports of many cases by consent alone, and taking cases in from files that people wrote; everybody is made up."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pypdf import PdfReader

from mainstay.accounts.models import Agency, User
from mainstay.audit.models import Entry
from mainstay.core import clock, keystore
from mainstay.core.access import Role
from mainstay.core.errors import BadInputError, NotAllowedError
from mainstay.protect.errors import ConsentChangedError, ExportGoneError, NothingToShareError, WeakPassphraseError
from mainstay.protect.models import Case, CaseExport, CaseOrigin, Share, WaitingImport
from mainstay.protect.rules import exchange
from mainstay.protect.rules.case_files import read_cases
from mainstay.protect.rules.cell_values import read_day
from mainstay.protect.services import (
    addresses,
    cases,
    consents,
    exports,
    imports,
    measures,
    notes,
    paper,
    plans,
    safety,
    sharing,
    teamwork,
)
from mainstay.protect.services.paper import SENSITIVE, Sheet
from mainstay.protect.services.share_values import values_of
from mainstay.protect.types import Category, SharePurpose
from tests.factories import a_person, an_agency
from tests.protect.conftest import NOW, SECRETS, TODAY, Scene

pytestmark = pytest.mark.django_db
PASSPHRASE = "lantern quiet harbour seven"
ASSISTANCE = SharePurpose.ASSISTANCE
HEAD = (
    "prs_FirstName,prs_SecondName,prs_Birthdate,prs_Gender,prs_Citizenship,vic_TypeOfExploitation,vic_Vulnerabilities\n"
)


def exported(scene: Scene, kind: str = "htcds_json", actor: User | None = None) -> CaseExport:
    """Ask for an export of the scene's case for the clinic, and make it."""
    who = actor or scene.manager
    row = exports.ask_for_export([scene.case.pk], kind, scene.clinic, ASSISTANCE, actor=who, now=NOW)
    exports.make(row, today=TODAY, now=NOW)
    row.refresh_from_db()
    return row


def opened(scene: Scene, row: CaseExport) -> bytes:
    """Fetch an export and open it as its recipient does."""
    _name, sealed = exports.fetch(row, PASSPHRASE, actor=row.owner, today=TODAY, now=NOW)
    return bytes(pyrage.passphrase.decrypt(sealed, PASSPHRASE))


@pytest.mark.parametrize("kind", ["htcds_csv", "htcds_json", "xlsx"])
def test_a_file_holds_only_what_the_person_agreed_to_and_lists_what_stays(scene: Scene, kind: str) -> None:
    scene.consent(Category.IDENTITY, Category.HEALTH)
    content = opened(scene, exported(scene, kind))
    if kind == "xlsx":
        book = load_workbook(io.BytesIO(content))
        text = "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    elif kind == "htcds_csv":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            text = "\n".join(archive.read(name).decode("utf-8-sig") for name in archive.namelist())
    else:
        text = content.decode()
    told = {name for name, value in SECRETS.items() if value in text}
    assert told == {"name", "birth_date", "health"}
    assert "no consent for this to this recipient" in text
    assert "protected address, never leaves" in text


def test_each_person_in_a_file_gets_a_line_of_what_left_for_whom(scene: Scene) -> None:
    scene.consent(Category.IDENTITY)
    exported(scene)
    share = Share.objects.get(case=scene.case)
    assert (share.recipient, share.fields) == (scene.clinic, ["name", "birth_date"])
    assert Entry.objects.filter(action="protect.shared", object_id=str(scene.case.pk)).exists()


def test_who_opens_no_identity_exports_none_a_supervisor_neither(
    scene: Scene, person_of: Callable[[Role], User]
) -> None:
    scene.consent(Category.IDENTITY)
    assert SECRETS["story"] not in opened(scene, exported(scene)).decode()
    supervisor = a_person(Role.SUPERVISOR, scene.manager.agency)
    for stranger in (supervisor, scene.provider, person_of(Role.ADMINISTRATOR)):
        with pytest.raises(NotAllowedError):
            exported(scene, actor=stranger)
    elsewhere = a_person(Role.CASE_MANAGER, an_agency())
    with pytest.raises(NothingToShareError):
        exported(scene, actor=elsewhere)


def test_a_file_is_fetched_once_and_its_key_is_then_destroyed(
    scene: Scene, django_capture_on_commit_callbacks: Any
) -> None:
    scene.consent(Category.IDENTITY)
    row = exported(scene)
    with django_capture_on_commit_callbacks(execute=True):
        opened(scene, row)
    row.refresh_from_db()
    assert not row.content
    with pytest.raises(keystore.KeyDestroyedError):
        keystore.node().data_key(row.key_id)
    with pytest.raises(ExportGoneError):
        opened(scene, row)


def test_a_file_that_nobody_fetches_is_gone_after_a_day_and_was_no_share(scene: Scene) -> None:
    scene.consent(Category.IDENTITY)
    row = exported(scene)
    assert exports.forget_old(now=NOW + timedelta(hours=25)) == 1
    row.refresh_from_db()
    assert (row.state, bool(row.content)) == ("expired", False)
    assert not Share.objects.filter(case=scene.case).exists()


def test_a_consent_taken_back_before_the_fetch_keeps_the_file_here(scene: Scene) -> None:
    consent = scene.consent(Category.IDENTITY)
    row = exported(scene)
    consents.withdraw_consent(consent, actor=scene.manager, today=TODAY, now=NOW)
    with pytest.raises(ConsentChangedError):
        opened(scene, row)
    row.refresh_from_db()
    assert not row.content


def test_a_cancelled_export_is_never_made(scene: Scene) -> None:
    scene.consent(Category.IDENTITY)
    row = exports.ask_for_export([scene.case.pk], "xlsx", scene.clinic, ASSISTANCE, actor=scene.manager, now=NOW)
    exports.cancel(row, actor=scene.manager, now=NOW)
    exports.make(row, today=TODAY, now=NOW)
    row.refresh_from_db()
    assert (row.state, Share.objects.count()) == ("cancelled", 0)


def test_whatever_breaks_while_a_file_is_made_ends_it_shares_nothing_and_logs_no_word_of_anybody(
    scene: Scene,
    open_case: Callable[..., Case],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    scene.consent(Category.IDENTITY)
    broken = open_case(phone="+999 55 777 0000")
    Scene(scene.manager, scene.provider, broken).consent(Category.IDENTITY)
    whole = values_of

    def break_at(case: Case, *rest: Any) -> Any:
        if case.pk == broken.pk:
            raise RuntimeError(f"no such thing: {SECRETS['name']}")
        return whole(case, *rest)

    monkeypatch.setattr(sharing, "values_of", break_at)
    monkeypatch.setattr(exports, "STEP", 1)
    ids = [scene.case.pk, broken.pk]
    row = exports.ask_for_export(ids, "xlsx", scene.clinic, ASSISTANCE, actor=scene.manager, now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        exports.make(row, today=TODAY, now=NOW)
    row.refresh_from_db()
    assert (row.state, row.done, bool(row.content), Share.objects.count()) == ("failed", 1, False, 0)
    with pytest.raises(keystore.KeyDestroyedError):
        keystore.node().data_key(row.key_id)
    assert Entry.objects.filter(action="protect.export_failed", object_id=str(row.pk)).count() == 1
    said = " ".join(record.getMessage() + str(record.exc_text) for record in caplog.records)
    assert str(row.pk) in said
    assert "RuntimeError" in said
    assert SECRETS["name"] not in said
    client = Client()
    client.force_login(scene.manager)
    page = client.get(reverse("protect:export", args=[row.pk])).content.decode()
    assert "could not be made" in page
    assert "RuntimeError" not in page


def test_an_export_whose_maker_was_killed_is_over_at_the_next_upkeep_and_a_slow_one_is_not(scene: Scene) -> None:
    scene.consent(Category.IDENTITY)
    row = exports.ask_for_export([scene.case.pk], "xlsx", scene.clinic, ASSISTANCE, actor=scene.manager, now=NOW)
    CaseExport.objects.filter(pk=row.pk).update(state="running")
    with clock.frozen_at(NOW):
        exports._collect(row, [str(scene.case.pk)], today=TODAY, now=NOW)  # and then the machine went off
    assert Share.objects.count() == 1
    assert exports.end_lost(now=NOW + timedelta(minutes=9)) == 0
    assert exports.end_lost(now=NOW + timedelta(minutes=11)) == 1
    row.refresh_from_db()
    assert (row.state, row.is_under_way, Share.objects.count()) == ("failed", False, 0)
    assert exports.end_lost(now=NOW + timedelta(minutes=12)) == 0
    with pytest.raises(ExportGoneError):  # whoever was slow rather than dead goes no further
        exports._collect(row, [str(scene.case.pk)], today=TODAY, now=NOW)


@pytest.mark.parametrize(
    "weak", ["short", "aaaaaaaaaaaaaaaa", "abcabcabcabcabc", "123412341234", "lamp lamp lamp lamp"]
)
def test_a_passphrase_that_a_machine_guesses_seals_nothing(scene: Scene, weak: str) -> None:
    scene.consent(Category.IDENTITY)
    row = exported(scene)
    with pytest.raises(WeakPassphraseError):
        exports.fetch(row, weak, actor=scene.manager, today=TODAY, now=NOW)
    assert not exchange.is_weak_passphrase(PASSPHRASE)


def test_no_cell_of_a_workbook_or_table_is_a_formula(open_case: Callable[..., Case], scene: Scene) -> None:
    case = exchange.ExportedCase("P-1", {"name": "=HYPERLINK(1)", "phone": "+999", "story": "@x", "health": "-1"}, {})
    _ending, book = exchange.write("xlsx", [case], {})
    for row in load_workbook(io.BytesIO(book))["cases"].iter_rows():
        assert all(cell.data_type != "f" and not str(cell.value or "").startswith(("=", "+", "-", "@")) for cell in row)
    _ending, archive = exchange.write("htcds_csv", [case], {})
    with zipfile.ZipFile(io.BytesIO(archive)) as tables:
        content = tables.read("cases.csv")
    (again,) = read_cases(content, ".csv", today=TODAY).found
    assert (again.sealed["name"], again.sealed["phone"]) == ("=HYPERLINK(1)", "+999")


def test_the_export_pages_lead_from_a_list_to_a_sealed_file(
    scene: Scene, django_capture_on_commit_callbacks: Any
) -> None:
    scene.consent(Category.IDENTITY)
    client = Client()
    client.force_login(scene.manager)
    asked = {"recipient": scene.clinic, "purpose": "assistance", "kind": "xlsx"}
    answer = client.post(reverse("protect:export_new") + "?status=open", asked)
    row = CaseExport.objects.get()
    assert answer.headers["Location"] == reverse("protect:export", args=[row.pk])
    assert "0 of 1" in client.get(answer.headers["Location"]).content.decode()
    exports.make(row, today=TODAY, now=NOW)
    CaseExport.objects.update(ready_at=clock.now())
    page = reverse("protect:export", args=[row.pk])
    weak = client.post(page, {"passphrase": "short", "again": "short"})
    assert weak.status_code == 422
    file = client.post(page, {"passphrase": PASSPHRASE, "again": PASSPHRASE})
    assert file.content.startswith(b"age-encryption.org/v1")
    assert "Terv" not in file.headers["Content-Disposition"]
    assert PASSPHRASE not in "".join(str(vars(entry)) for entry in Entry.objects.all())


def test_the_printed_file_is_noted_and_tells_not_where_the_person_is(scene: Scene) -> None:
    client = Client()
    client.force_login(scene.manager)
    address = reverse("protect:print_file", args=[scene.case.pk])
    asked = client.get(address).content.decode()
    assert SECRETS["name"] not in asked
    assert asked.count(" checked") == len(set(Sheet) - SENSITIVE)  # what could harm most is chosen, never left in
    assert not Entry.objects.filter(action="protect.file_printed").exists()
    answer = client.post(address, {"sheets": ["identity", "needs"], "sensitive": ["health"]})
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["Cache-Control"] == "no-store"
    printed = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    assert SECRETS["health"] in printed
    assert SECRETS["story"] not in printed
    assert SECRETS["phone"] not in printed
    assert Entry.objects.filter(action="protect.file_printed", object_id=str(scene.case.pk)).count() == 1
    with pytest.raises(NotAllowedError):
        paper.open_paper(scene.case, list(Sheet), actor=a_person(Role.SUPERVISOR, scene.manager.agency))


def test_every_sheet_of_a_file_can_be_printed_and_none_tells_where_the_person_is(scene: Scene) -> None:
    case, manager = scene.case, scene.manager
    scene.consent(Category.IDENTITY, until=TODAY)
    need = cases.add_need(case, "legal", "Word of the need", actor=manager, now=NOW)
    goal = plans.add_goal(case, "Word of the goal", [need], actor=manager, now=NOW)
    plans.add_step(goal, "Word of the step", who=None, due_date=None, actor=manager)
    teamwork.add_task(case, "Word of the task", owner=manager, due_date=TODAY, actor=manager, now=NOW)
    notes.write_note(case, "Word of the note", is_pinned=False, actor=manager, now=NOW)
    safety.agree_plan(case, {"word": "Teapot"}, agreed_on=TODAY, language="en", actor=manager, today=TODAY, now=NOW)
    draft = measures.MeasureDraft(measures.MeasureKind.FINE, TODAY, "XS", frozenset(), words="Word of the fine")
    measures.record_measure(case, draft, actor=manager, today=TODAY, now=NOW)
    addresses.protect_address(case, "House 7, Three Wells", [], actor=manager, now=NOW)
    client = Client()
    client.force_login(manager)
    chosen = {"sheets": [s for s in Sheet if s not in SENSITIVE], "sensitive": list(SENSITIVE)}
    answer = client.post(reverse("protect:print_file", args=[case.pk]), chosen)
    printed = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    for secret in [value for name, value in SECRETS.items() if name not in {"whereabouts", "birth_date"}]:
        assert secret in printed
    for about in ("need", "goal", "step", "task", "note", "fine"):
        assert f"Word of the {about}" in printed
    assert "Teapot" in printed
    assert "Three Wells" not in printed


# --- taking in


def table(*rows: str) -> bytes:
    return (HEAD + "\n".join(rows) + "\n").encode()


def taken(content: bytes, agency: Agency, suffix: str = ".csv", **options: Any) -> imports.ImportPlan:
    return imports.take_in("cases", content, suffix, agency, actor=None, today=TODAY, now=NOW, **options)


def test_people_of_an_htcds_table_come_in_sealed_and_once(scene: Scene) -> None:
    content = table("Oda,Merren,2001-02-03,Feminine,KEN,ForcedLabour;Servitude,Addiction", "Ilo,,31/12/1999,M,,,")
    plan = taken(content, scene.manager.agency)
    assert len(plan.new) == 2
    oda = Case.objects.get(origin__isnull=False, sex="female")
    assert (oda.age_group, oda.citizenship, sorted(oda.forms)) == ("18+", "KE", ["ForcedLabour", "Servitude"])
    assert cases.read_identity(oda, actor=scene.manager)["name"] == "Oda Merren"
    assert imports.read_origin(oda.origin, actor=scene.manager) == {"vic_Vulnerabilities": "Addiction"}
    assert oda.deadlines.filter(kind="reflection_period").exists()
    again = taken(content, scene.manager.agency)
    assert (len(again.new), again.already) == (0, 2)
    assert Entry.objects.filter(action="protect.case_opened", object_id=str(oda.pk)).exists()


def test_three_bad_rows_of_five_thousand_are_listed_and_nothing_comes_in(scene: Scene) -> None:
    rows = [f"Person{n},Made-up,1990-01-01,F,,," for n in range(5_000)]
    rows[9] = "Zqword,,1990-02-31,F,,,"
    rows[99] = "Zqword,,1990-01-01,F,,,,,,too,wide"
    rows[999] = "Zqword,,2090-01-01,F,,,"
    before = Case.objects.count()
    with pytest.raises(BadInputError) as refused:
        taken(table(*rows), scene.manager.agency)
    faults = refused.value.faults
    assert [fault.row for fault in faults] == [11, 101, 1001]
    assert [fault.field for fault in faults] == ["prs_Birthdate", None, "prs_Birthdate"]
    assert "Zqword" not in " ".join(map(str, faults))
    assert Case.objects.count() == before


def test_the_good_rows_come_in_where_that_is_asked_for(scene: Scene) -> None:
    plan = taken(table("Oda,,1990-02-31,F,,,", "Ilo,,1990-02-01,F,,,"), scene.manager.agency, keep_good=True)
    assert (len(plan.new), len(plan.faults)) == (1, 1)
    assert plan.rejected[2]["prs_FirstName"] == "Oda"


def test_the_spreadsheet_of_iom_is_read_by_its_labels(shared: Path, scene: Scene) -> None:
    sheet = load_workbook(shared / "data/htcds/htcds_spreadsheet_v2.0.xlsx", read_only=True).worksheets[0]
    rows = [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    at = {label: number for number, label in enumerate(rows[1])}
    filled = {"First Name": "Oda", "Second Name": "Merren", "Gender": "Feminine", "Mailing City": "Three Wells"}
    for label, value in {**filled, "Reason for Outgoing Referral": "Other"}.items():
        rows[2][at[label]] = value
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    file = read_cases(out.getvalue().encode(), ".csv", today=TODAY)
    (one, *rest) = file.found
    assert one.sealed == {"name": "Oda Merren"}
    assert one.kept == {"prs_MailingCity": "Three Wells", "cas_ReasonForOutgoingReferral": "Other"}
    assert file.faults == ()
    assert not rest


def test_cases_of_primero_come_in_as_its_api_and_its_exports_write_them(scene: Scene) -> None:
    person = {"id": "b3222e84-1", "age": 16, "sex": "female", "name": "Edwine Edgemont", "case_id_display": "f15a1a9",
              "registration_date": "2019-05-10", "protection_concerns": ["unaccompanied"]}  # fmt: skip
    by_api = json.dumps({"data": [person], "metadata": {"total": 1}}).encode()
    by_export = json.dumps([{"id": "b3222e84-1", "data": {k: v for k, v in person.items() if k != "id"}}]).encode()
    plan = taken(by_api, scene.manager.agency, ".json")
    (one,) = plan.new
    assert (one.age_group, one.sex, one.known_since) == ("0-17", "female", date(2019, 5, 10))
    assert one.kept == {"case_id_display": "f15a1a9", "protection_concerns": ["unaccompanied"], "age": 16}
    assert taken(by_export, scene.manager.agency, ".json").already == 1


def test_what_leaves_one_node_comes_in_at_another_as_it_was(scene: Scene) -> None:
    scene.consent(*(c for c in Category if c is not Category.WHEREABOUTS))
    row = exported(scene, "htcds_json")
    plan = taken(opened(scene, row), an_agency_with_manager(), ".json")
    (one,) = plan.new
    left = Share.objects.get(case=scene.case).fields
    assert one.sealed == {name: SECRETS[name] for name in left if name in SECRETS}
    assert one.external_id == scene.case.reference


def an_agency_with_manager() -> Agency:
    return a_person(Role.CASE_MANAGER, an_agency()).agency


def test_a_name_that_sounds_like_somebody_here_is_pointed_out(scene: Scene) -> None:
    plan = imports.look(table("Яро,Тервану,,,,,"), ".csv", scene.manager.agency, actor=None, today=TODAY)
    assert [(one.row, one.references) for one in plan.alike] == [(2, (scene.case.reference,))]
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    ("written", "dates", "day"),
    [
        ("2001-02-03", "", date(2001, 2, 3)),
        ("2001-02-03T10:00:00Z", "", date(2001, 2, 3)),
        ("31/12/1999", "", date(1999, 12, 31)),
        ("12/31/1999", "", date(1999, 12, 31)),
        ("03/04/2001", "", None),
        ("03/04/2001", "dmy", date(2001, 4, 3)),
        ("03/04/2001", "mdy", date(2001, 3, 4)),
        ("3 Apr 2001", "", date(2001, 4, 3)),
        ("about 1990", "", None),
        ("2001-02-30", "", "none"),
    ],
)
def test_a_day_is_read_in_the_forms_people_write_and_never_guessed(written: str, dates: str, day: Any) -> None:
    assert read_day(written, dates) == day


cells = st.text(max_size=12) | st.sampled_from(["Feminine", "2001-02-31", "03/04/2001", "ForcedLabour;x", "=1", '"'])


@settings(max_examples=200)
@given(st.binary(max_size=200) | st.lists(st.lists(cells, max_size=9), max_size=6).map(
    lambda rows: (HEAD + "\n".join(",".join(row) for row in rows)).encode("utf-8", "surrogatepass")
), st.sampled_from([".csv", ".json"]))  # fmt: skip
def test_whatever_a_file_holds_is_read_or_listed_as_a_fault(content: bytes, suffix: str) -> None:
    file = read_cases(content, suffix, today=TODAY)
    assert file.found or file.faults or file.empty or file.form


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
columns = st.sampled_from(["id", "age", "sex", "name", "date_of_birth", "registration_date", "nationality", "other"])


@settings(max_examples=200)
@given(st.lists(st.dictionaries(columns, json_values, max_size=6), min_size=1, max_size=4))
def test_no_value_of_a_record_is_dropped(records: list[dict[str, Any]]) -> None:
    records[0] |= {"id": "1", "name": "Oda", "sex": "female"}
    content = json.dumps(records).encode()
    file = read_cases(content, ".json", today=TODAY)
    for one in file.found:
        said = records[one.row - 1]
        held = {**one.sealed, **one.kept}
        for name, value in said.items():
            is_placed = name in {"id", "sex", "age", "registration_date", "date_of_birth", "nationality", "name"}
            assert is_placed or name in one.kept or value in (None, [], {}) or not str(value).strip()
        assert "Oda" in held.values() or said.get("name") != "Oda"


def test_the_page_shows_what_would_happen_and_takes_in_only_on_a_yes(scene: Scene) -> None:
    client = Client()
    client.force_login(scene.manager)
    file = SimpleUploadedFile("people.csv", table("Oda,Merren,,,,,"))
    shown = client.post(reverse("protect:import"), {"file": file, "dates": ""})
    assert shown.status_code == 200
    assert "Open 1 case" in shown.content.decode()
    assert Case.objects.count() == 1
    waiting = WaitingImport.objects.get()
    colleague = Client()
    colleague.force_login(a_person(Role.CASE_MANAGER, scene.manager.agency))
    assert colleague.post(reverse("protect:import_take", args=[waiting.pk])).status_code == 404
    client.post(reverse("protect:import_take", args=[waiting.pk]))
    assert (Case.objects.count(), WaitingImport.objects.count(), CaseOrigin.objects.count()) == (2, 0, 1)
    bad = SimpleUploadedFile("people.csv", table("Oda,,1990-02-31,,,,"))
    assert client.post(reverse("protect:import"), {"file": bad, "dates": ""}).status_code == 422
