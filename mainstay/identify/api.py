"""The API of identify."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Router, Schema, Status
from pydantic import Field, ValidationError

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import BadInputError, Fault, NotFoundError
from mainstay.identify.engine.documents import AnswersDocument, assess_document, read_document, with_draft
from mainstay.identify.models.screenings import Screening, Source
from mainstay.identify.queries import instruments as instrument_queries
from mainstay.identify.queries import screenings as screening_queries
from mainstay.identify.rules import as_document
from mainstay.identify.services import letters
from mainstay.identify.services import screenings as screening_services
from mainstay.identify.types import Instrument
from mainstay.ui.paging import in_one_order

router = Router()
OLDEST = timedelta(days=365)
Text = Annotated[str, Field(max_length=10_000)]


class ChoiceOut(Schema):
    """One answer to choose."""

    name: str
    labels: dict[str, str]


class QuestionOut(Schema):
    """One question, with its conditions as the form writes them."""

    name: str
    type: str
    labels: dict[str, str]
    hints: dict[str, str]
    choices: list[ChoiceOut]
    relevant: str
    constraint: str
    required: str


class InstrumentOut(Schema):
    """An instrument in the list."""

    name: str
    version: str
    title: str
    languages: list[str]
    question_count: int


class InstrumentWithQuestionsOut(InstrumentOut):
    """An instrument with its questions."""

    questions: list[QuestionOut]


class AnswersIn(Schema):
    """A set of answers, as on the command line."""

    instrument: str
    version: int | str | None = None
    child: bool | None = None
    answers: dict[str, bool | int | float | Text | list[str] | None]


class ScreeningIn(AnswersIn):
    """A set of answers to keep, with coded facts about the person.

    With `instance_id`, a name that the sender makes for the interview, sending again keeps it once.
    """

    sex: Literal["female", "male", "other", "unknown"] = "unknown"
    language: Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z-]*$")] = ""
    note: Text = ""
    name: Annotated[str, Field(max_length=200)] = ""
    nationality: Annotated[str, Field(pattern=r"^([A-Z]{2})?$")] = ""
    instance_id: Annotated[str, Field(pattern=r"^(uuid:[0-9a-f-]{36})?$")] = ""
    started_at: datetime | None = None


class SealedScreeningIn(Schema):
    """An interview that a device sealed to this node for its screener: a screening's document, bound to its name."""

    instance_id: Annotated[str, Field(pattern=r"^uuid:[0-9a-f-]{36}$")]
    sealed: Annotated[str, Field(max_length=4_000_000)]


class KeptOut(Schema):
    """An interview that was kept."""

    id: UUID


class ScreeningOut(Schema):
    """A screening that was kept, and its assessment."""

    id: UUID
    assessment: dict[str, Any]


class ScreeningRow(Schema):
    """A screening in the list: coded facts only."""

    id: UUID
    instrument: str
    status: str
    level: str
    forms: list[str]
    urgent: list[str]
    started_at: str


@router.get("/instruments", response=list[InstrumentOut])
@access.guarded("identify.see_instruments")
def list_instruments(request: SignedInRequest) -> list[dict[str, Any]]:
    """Return the newest version of every instrument that can be asked here."""
    return [_summary(instrument) for instrument in instrument_queries.instruments_visible_to(request.user)]


@router.get("/instruments/{name}", response=InstrumentWithQuestionsOut)
@access.guarded("identify.see_instruments")
def read_instrument(request: SignedInRequest, name: str) -> dict[str, Any]:
    """Return an instrument with its questions."""
    instrument = instrument_queries.find_instrument(name)
    if instrument is None:
        raise NotFoundError("There is no instrument of this name.")
    return {**_summary(instrument), "questions": list(instrument.questions)}


@router.post("/assess", response=dict[str, Any])
@access.guarded("identify.screen")
def assess(request: SignedInRequest, body: AnswersIn) -> dict[str, Any]:
    """Assess a set of answers and keep nothing."""
    today = clock.today()
    document = read_document("request", body.dict(), instrument_queries.find_instrument, today=today)
    return with_draft(as_document(assess_document(document, today=today)), document.instrument)


@router.get("/screenings", response=list[ScreeningRow])
@access.guarded("identify.read_screening")
def list_screenings(request: SignedInRequest, offset: int = 0, limit: int = 100) -> list[dict[str, Any]]:
    """Return screenings, newest first, by their coded facts."""
    if not (0 <= offset <= 1_000_000 and 1 <= limit <= 500):
        raise BadInputError("request", Fault("an offset from 0 and a limit from 1 to 500", field="limit"))
    rows = in_one_order(screening_queries.screenings_visible_to(request.user))[offset : offset + limit]
    return [
        {
            "id": row.pk,
            "instrument": row.instrument.name,
            "status": row.status,
            "level": row.level,
            "forms": row.forms,
            "urgent": row.urgent,
            "started_at": row.started_at.isoformat(),
        }
        for row in rows
    ]


@router.post("/screenings", response={201: ScreeningOut})
@access.guarded("identify.screen")
def record_screening(request: SignedInRequest, body: ScreeningIn) -> Status[dict[str, Any]]:
    """Keep a set of answers, sealed, and return its assessment."""
    document, screening = _record(request, body)
    assessment = as_document(assess_document(document, today=clock.today()))
    return Status(201, {"id": screening.pk, "assessment": assessment})


@router.post("/sealed-screenings", response={201: KeptOut})
@access.guarded("identify.screen")
def record_sealed_screening(request: SignedInRequest, body: SealedScreeningIn) -> Status[dict[str, Any]]:
    """Open an interview that a device sealed to this node, and keep it once."""
    opened = letters.open_letter(body.instance_id, body.sealed, screener=str(request.user.pk))
    try:
        content = ScreeningIn(**{**opened, "instance_id": body.instance_id})
    except ValidationError as error:
        faults = [Fault(each["msg"], field=".".join(map(str, each["loc"]))) for each in error.errors()]
        raise BadInputError("request", faults) from error
    _document, screening = _record(request, content)
    return Status(201, {"id": screening.pk})


@router.get("/screenings/{uuid:pk}", response=ScreeningOut)
@access.guarded("identify.read_screening")
def read_screening(request: SignedInRequest, pk: UUID) -> dict[str, Any]:
    """Return the assessment of a screening; the reading is put on the audit chain."""
    screening = screening_queries.screening(pk, request.user)
    opened = screening_services.open_screening(screening, actor=request.user)
    return {"id": screening.pk, "assessment": opened.assessment}


def _record(request: SignedInRequest, body: ScreeningIn) -> tuple[AnswersDocument, Screening]:
    now = clock.now()
    version = None if body.version is None else str(body.version)

    def find(name: str) -> Instrument | None:
        return instrument_queries.find_version(name, version)

    answers = body.dict(include={"instrument", "version", "child", "answers"})
    document = read_document("request", answers, find, today=clock.today())
    screening = screening_services.record_screening(
        document.instrument,
        document.answers,
        document.child,
        who=screening_services.Circumstances(sex=body.sex, language=body.language, nationality=body.nationality),
        note=body.note,
        name=body.name,
        arrival=_arrival(body, now),
        actor=request.user,
        now=now,
    )
    return document, screening


def _arrival(body: ScreeningIn, now: datetime) -> screening_services.Arrival:
    """How the interview came in; a clock that is ahead, or was never set, is not believed."""
    begun = body.started_at
    believed = begun is not None and begun.tzinfo is not None and now - OLDEST <= begun <= now
    source = Source.OFFLINE if body.instance_id else Source.API
    return screening_services.Arrival(source, body.instance_id, begun if believed else None, clock.today())


def _summary(instrument: Instrument) -> dict[str, Any]:
    return {
        "name": instrument.name,
        "version": instrument.version,
        "title": instrument.title,
        "languages": list(instrument.languages),
        "question_count": len(instrument.questions),
    }
