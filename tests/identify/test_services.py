from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mainstay.accounts.models import Agency
from mainstay.audit.models import Entry
from mainstay.core.access import Role
from mainstay.core.errors import BadInputError, NotAllowedError, NotFoundError
from mainstay.core.keystore import KeyDestroyedError
from mainstay.identify.engine.definitions import dump, load
from mainstay.identify.engine.shipped import load_shipped
from mainstay.identify.engine.xlsform import read_instrument
from mainstay.identify.errors import AnswersMissingError, InstanceTakenError, ScreeningFinishedError, VersionTakenError
from mainstay.identify.models import InstalledInstrument, Screening
from mainstay.identify.models.screenings import Source
from mainstay.identify.queries import instruments as instruments
from mainstay.identify.queries import screenings as reading
from mainstay.identify.services import instruments as installing
from mainstay.identify.services import screenings as asking
from mainstay.identify.types import Instrument, Level
from tests.factories import a_person, an_agency
from tests.identify.builders import shared, workbook

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STRONG = {"brought_here": "yes", "threats": "yes", "made_to": ["work"], "danger_now": "yes"}


def rapid() -> Instrument:
    found = load_shipped("rapid_screen")
    assert found is not None
    return found


def a_screening(agency: Agency | None = None, role: Role = Role.SCREENER) -> Screening:
    actor = a_person(role, agency)
    return asking.record_screening(rapid(), STRONG, None, note="She asked for Dilara.", actor=actor, now=NOW)


def test_an_instrument_survives_the_database() -> None:
    for form in (rapid(), read_instrument(shared("data", "htcds", "htcds_xlsform.xlsx"))):
        assert load(dump(form), form.xform) == form
        row = installing.install_instrument(form, actor=None, now=NOW)
        assert instruments.instrument_of(row.pk) == form


def test_the_same_version_installs_once_and_another_under_its_name_is_refused() -> None:
    head = ["type", "name", "label"]
    first = read_instrument("form.xlsx", workbook([head, ["text", "a", "A?"]]))
    other = read_instrument("form.xlsx", workbook([head, ["text", "a", "Quite different?"]]))
    assert installing.install_instrument(first, actor=None, now=NOW) == installing.install_instrument(
        first, actor=None, now=NOW
    )
    with pytest.raises(VersionTakenError):
        installing.install_instrument(other, actor=None, now=NOW)
    assert InstalledInstrument.objects.count() == 1


def test_a_screening_is_recorded_in_one_step_with_its_coded_facts_and_one_line_on_the_chain() -> None:
    actor = a_person(Role.SCREENER)
    installing.install_instrument(rapid(), actor=None, now=NOW)
    before = Entry.objects.count()
    screening = asking.record_screening(rapid(), STRONG, None, actor=actor, now=NOW)
    assert (screening.level, screening.forms, screening.urgent) == (Level.INDICATED, ["forced_labour"], ["danger_now"])
    assert (screening.age_group, screening.agency, screening.screened_at) == ("unknown", actor.agency, NOW)
    assert Entry.objects.count() == before + 1
    stored = Screening.objects.get(pk=screening.pk)
    assert (stored.level, stored.urgent) == (screening.level, screening.urgent)


def test_what_was_said_is_sealed_in_the_database() -> None:
    screening = a_screening()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM identify_screening")
        raw = b"|".join(v if isinstance(v, bytes) else str(v).encode() for row in cursor.fetchall() for v in row)
    for secret in (b"Dilara", b"made_to", b"threats", b"cd_tasks"):
        assert secret not in raw
    opened = asking.open_screening(Screening.objects.get(pk=screening.pk), actor=screening.owner)
    assert opened.note == "She asked for Dilara."
    assert opened.answers["made_to"] == "work"
    assert opened.assessment["level"] == Level.INDICATED


def test_reading_a_screening_is_on_the_chain() -> None:
    screening = a_screening()
    asking.open_screening(screening, actor=screening.owner)
    last = Entry.objects.order_by("-seq")[0]
    assert (last.action, last.object_id) == ("identify.screening_read", str(screening.pk))


def test_a_bad_answer_keeps_nothing() -> None:
    actor = a_person(Role.SCREENER)
    with pytest.raises(BadInputError, match=r"answers\.ghost"):
        asking.record_screening(rapid(), {**STRONG, "ghost": "yes"}, None, actor=actor, now=NOW)
    assert not Screening.objects.exists()
    assert not Entry.objects.exists()


def test_an_interview_is_kept_from_its_first_answer_and_finishes_once() -> None:
    actor = a_person(Role.SCREENER)
    who = asking.Circumstances(sex="female", age_group="0-17", language="ar")
    draft = asking.start_screening(rapid(), who, actor=actor, now=NOW)
    asking.save_answer(draft, "made_to", "sex", actor=actor)
    asking.save_answer(draft, "brought_here", "yes", actor=actor)
    asking.save_answer(draft, "threats", "yes", actor=actor)
    asking.save_answer(draft, "threats", "", actor=actor)
    again = reading.draft(draft.pk, actor)
    assert asking.open_draft(again, actor=actor) == {"made_to": "sex", "brought_here": "yes"}
    done = asking.finish_screening(again, actor=actor, now=NOW, today=NOW.date())
    assert (done.level, done.sex, done.age_group) == (Level.INDICATED, "female", "0-17")
    with pytest.raises(ScreeningFinishedError):
        asking.save_answer(done, "made_to", "none", actor=actor)
    with pytest.raises(NotFoundError):
        reading.draft(done.pk, actor)


def test_a_required_question_holds_the_end_up() -> None:
    rows = [["type", "name", "label", "required"], ["text", "a", "A?", "yes"]]
    form = read_instrument("form.xlsx", workbook(rows))
    actor = a_person(Role.SCREENER)
    draft = asking.start_screening(form, asking.Circumstances(), actor=actor, now=NOW)
    with pytest.raises(AnswersMissingError):
        asking.finish_screening(draft, actor=actor, now=NOW, today=NOW.date())


@pytest.mark.django_db(transaction=True)
def test_an_interview_thrown_away_cannot_be_opened_from_a_backup() -> None:
    actor = a_person(Role.SCREENER)
    draft = asking.start_screening(rapid(), asking.Circumstances(), actor=actor, now=NOW)
    asking.save_answer(draft, "threats", "yes", actor=actor)
    kept = Screening.objects.get(pk=draft.pk)
    asking.discard_draft(draft, actor=actor, now=NOW)
    assert not Screening.objects.exists()
    with pytest.raises(KeyDestroyedError):
        kept.answers.open()


def test_a_screener_sees_their_own_and_a_case_manager_those_of_their_agency() -> None:
    agency = an_agency()
    mine = a_screening(agency)
    colleague = a_screening(agency)
    elsewhere = a_screening()
    manager = a_person(Role.CASE_MANAGER, agency)
    assert set(reading.screenings_visible_to(mine.owner)) == {mine}
    assert set(reading.screenings_visible_to(manager)) == {mine, colleague}
    with pytest.raises(NotFoundError):
        reading.screening(elsewhere.pk, manager)
    with pytest.raises(NotAllowedError):
        asking.open_screening(elsewhere, actor=manager)


OTHERS = [role for role in Role if role not in (Role.SCREENER, Role.CASE_MANAGER, Role.SUPERVISOR)]


@pytest.mark.parametrize("role", OTHERS)
def test_nobody_else_screens_or_reads(role: Role) -> None:
    screening = a_screening()
    other = a_person(role, screening.agency)
    assert not reading.screenings_visible_to(other).exists()
    with pytest.raises(NotAllowedError):
        asking.open_screening(screening, actor=other)
    with pytest.raises(NotAllowedError):
        asking.record_screening(rapid(), STRONG, None, actor=other, now=NOW)


def test_a_supervisor_reads_and_does_not_screen() -> None:
    screening = a_screening()
    supervisor = a_person(Role.SUPERVISOR, screening.agency)
    assert asking.open_screening(screening, actor=supervisor).answers["made_to"] == "work"
    with pytest.raises(NotAllowedError):
        asking.record_screening(rapid(), STRONG, None, actor=supervisor, now=NOW)


def test_an_interview_that_comes_in_twice_is_kept_once_and_another_under_its_name_is_refused() -> None:
    actor = a_person(Role.SCREENER)
    arrival = asking.Arrival(Source.OFFLINE, "uuid:7f1c")
    first = asking.record_screening(rapid(), STRONG, None, arrival=arrival, actor=actor, now=NOW)
    assert asking.record_screening(rapid(), STRONG, None, arrival=arrival, actor=actor, now=NOW) == first
    with pytest.raises(InstanceTakenError):
        asking.record_screening(rapid(), {**STRONG, "debt": "yes"}, None, arrival=arrival, actor=actor, now=NOW)
    other = a_person(Role.SCREENER, actor.agency)
    with pytest.raises(InstanceTakenError):
        asking.record_screening(rapid(), STRONG, None, arrival=arrival, actor=other, now=NOW)
    assert Screening.objects.get() == first


def test_only_an_administrator_installs_an_instrument() -> None:
    for role in Role:
        if role is not Role.ADMINISTRATOR:
            with pytest.raises(NotAllowedError):
                installing.install_instrument(rapid(), actor=a_person(role), now=NOW)
    assert installing.install_instrument(rapid(), actor=a_person(Role.ADMINISTRATOR), now=NOW).name == "rapid_screen"


def test_the_list_asks_the_database_once_however_long_it_is() -> None:
    agency = an_agency()
    manager = a_person(Role.CASE_MANAGER, agency)
    counts = []
    for _ in range(2):
        a_screening(agency)
        a_screening(agency)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert [(s.owner.name, s.instrument.title, s.level) for s in reading.screenings_visible_to(manager)]
        counts.append(len(captured))
    assert counts == [1, 1]
