"""Asking an instrument, and finishing with an assessment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access, keystore
from mainstay.core.access import Purpose
from mainstay.core.erasure import destroy_keys
from mainstay.core.errors import BadInputError, Fault, NotFoundError
from mainstay.core.names import sound_keys
from mainstay.identify.engine import answering
from mainstay.identify.errors import AnswersMissingError, InstanceTakenError, ScreeningFinishedError
from mainstay.identify.models.labels import AGE_GROUP
from mainstay.identify.models.screenings import (
    IndicatorSeen,
    NameSound,
    Review,
    Screening,
    Source,
    Status,
    sound_index,
)
from mainstay.identify.models.submissions import SubmittedFile
from mainstay.identify.queries.instruments import instrument_of
from mainstay.identify.rules import as_record, assess
from mainstay.identify.services.instruments import keep_version, refuse_draft
from mainstay.identify.types import Answers, Instrument


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Who is asked, as coded facts, and in which language of the form."""

    sex: str = "unknown"
    age_group: str = "unknown"
    language: str = ""
    nationality: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """How an interview came in: `instance_id` is the name its device gave it, so that it is kept once.

    `day` is when it was asked, for the form's own conditions; without it, the day on which it came in.
    """

    source: Source = Source.BROWSER
    instance_id: str = ""
    started_at: datetime | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """What the screener adds at the end: a note and the person's name, both sealed, and the coded nationality."""

    note: str = ""
    name: str = ""
    nationality: str = ""


@dataclass(frozen=True, slots=True)
class OpenedScreening:
    """What a finished screening holds, opened for one reader."""

    answers: Answers
    assessment: Mapping[str, Any]
    note: str
    name: str = ""
    review_comment: str = ""
    correction_reason: str = ""


@transaction.atomic
def start_screening(instrument: Instrument, who: Circumstances, *, actor: User, now: datetime) -> Screening:
    """Begin an interview under a data key of its own."""
    access.require(actor, "identify.screen")
    refuse_draft(instrument)
    screening = _new(instrument, who, actor=actor, now=now)
    screening.answers = {}
    screening.save()
    audit.record(actor, "identify.screening_started", screening, purpose=Purpose.IDENTIFICATION)
    return screening


@transaction.atomic
def save_answer(screening: Screening, question: str, value: str, *, actor: User) -> None:
    """Keep one answer of an interview under way, sealed; an empty value takes the answer back."""
    current = _locked_draft(screening, actor)
    instrument = instrument_of(current.instrument_id)
    asked = instrument.question(question)
    expected = "a question of the form" if asked is None else answering.answer_fault(asked, value)
    if expected:
        raise BadInputError(instrument.name, Fault(expected, field=f"answers.{question}"))
    answers = {**(current.answers.open() or {}), question: value}
    current.answers = {name: text for name, text in answers.items() if text}
    current.save(update_fields=["answers"])
    audit.record(actor, "identify.answer_saved", current, purpose=Purpose.IDENTIFICATION)


@transaction.atomic
def finish_screening(
    screening: Screening, ending: Ending | None = None, *, actor: User, now: datetime, today: date
) -> Screening:
    """End an interview: its answers are assessed, and nothing of it changes any more."""
    current = _locked_draft(screening, actor)
    instrument = instrument_of(current.instrument_id)
    answers = answering.check_answers(instrument.name, instrument, current.answers.open() or {}, today=today)
    missing = answering.missing_required(instrument, answers, today=today)
    if missing:
        raise AnswersMissingError(
            _("%(count)d questions that must be answered are not.") % {"count": len(missing)},
            todo=_("Go back to them and answer, or choose that they were not asked."),
        )
    _finish(current, instrument, answers, ending or Ending(), now=now, today=today)
    audit.record(
        actor,
        "identify.screening_finished",
        current,
        purpose=Purpose.IDENTIFICATION,
        after={"level": current.level, "urgent": current.urgent},
    )
    return current


@transaction.atomic
def record_screening(
    instrument: Instrument,
    answers: Mapping[str, Any],
    child: bool | None,
    *,
    who: Circumstances | None = None,
    note: str = "",
    name: str = "",
    arrival: Arrival | None = None,
    actor: User,
    now: datetime,
) -> Screening:
    """Take a whole set of answers in at once, assess it and keep it, sealed.

    The same interview again (by its `instance_id`) returns the one that was kept; another under its id is refused.
    Raise BadInputError naming every unknown question and every value that the form does not take.
    """
    access.require(actor, "identify.screen")
    refuse_draft(instrument)
    known, came = who or Circumstances(), arrival or Arrival()
    today = came.day or now.date()
    checked = answering.read_answers(instrument.name, instrument, answers, today=today)
    if kept := _kept_before(came.instance_id, checked, actor):
        return kept
    facts = replace(known, age_group=AGE_GROUP[child])
    screening = _new(instrument, facts, actor=actor, now=came.started_at or now)
    screening.source, screening.instance_id = came.source, came.instance_id or None
    ending = Ending(note=note, name=name)
    try:
        with transaction.atomic():
            _finish(screening, instrument, checked, ending, now=now, today=today)
    except IntegrityError:
        if kept := _kept_before(came.instance_id, checked, actor):  # it came in twice at the same moment
            return kept
        raise
    audit.record(
        actor,
        "identify.screening_recorded",
        screening,
        purpose=Purpose.IDENTIFICATION,
        after={"level": screening.level, "urgent": screening.urgent},
    )
    return screening


@transaction.atomic
def discard_draft(screening: Screening, *, actor: User, now: datetime) -> None:
    """Throw an interview under way away; its key is destroyed, so that backups cannot open it either."""
    current = _locked_draft(screening, actor)
    audit.record(actor, "identify.draft_discarded", current, purpose=Purpose.IDENTIFICATION)
    if current.supersedes_id is None:  # a correction's answers are under the key of the interview it corrects
        destroy_keys([current.key_id], now=now)
    current.delete()


@transaction.atomic
def open_draft(screening: Screening, *, actor: User) -> dict[str, str]:
    """Return the answers of an interview under way; a reader other than its screener is put on the chain."""
    access.require(actor, "identify.screen", screening)
    if screening.owner_id != actor.pk:
        audit.record(actor, "identify.draft_read", screening, purpose=Purpose.IDENTIFICATION)
    return dict(screening.answers.open() or {})


def ending_so_far(screening: Screening, *, actor: User) -> Ending:
    """Return note, name and nationality of an interview under way: those of the version that it corrects, or none."""
    access.require(actor, "identify.screen", screening)
    return Ending(note=screening.note.open(), name=screening.name.open(), nationality=screening.nationality)


@transaction.atomic
def open_screening(screening: Screening, *, actor: User) -> OpenedScreening:
    """Return what a finished screening holds; the reading is put on the chain."""
    access.require(actor, "identify.read_screening", screening)
    audit.record(actor, "identify.screening_read", screening, purpose=Purpose.IDENTIFICATION)
    return OpenedScreening(
        answers=dict(screening.answers.open() or {}),
        assessment=screening.assessment.open() or {},
        note=screening.note.open(),
        name=screening.name.open(),
        review_comment=screening.review_comment.open(),
        correction_reason=screening.correction_reason.open(),
    )


@transaction.atomic
def open_file(file: SubmittedFile, *, actor: User) -> tuple[str, bytes]:
    """Return the name and content of a file that a phone sent; the reading is put on the chain."""
    screening = file.submission.screening
    access.require(actor, "identify.read_screening", screening)
    assert screening is not None  # noqa: S101 - the query gave a file of a screening
    audit.record(actor, "identify.file_read", screening, purpose=Purpose.IDENTIFICATION)
    return file.open()


def _new(instrument: Instrument, who: Circumstances, *, actor: User, now: datetime) -> Screening:
    """A shipped instrument is kept on the node, by the node itself, when it is first asked."""
    return Screening(
        key_id=keystore.node().ready_key(),
        instrument=keep_version(instrument, actor=None, now=now),
        agency=actor.agency,
        owner=actor,
        sex=who.sex,
        age_group=who.age_group,
        language=who.language,
        nationality=who.nationality,
        started_at=now,
    )


def _locked_draft(screening: Screening, actor: User) -> Screening:
    current = Screening.objects.select_for_update(of=("self",)).filter(pk=screening.pk).first()
    if current is None:
        raise NotFoundError(_("This interview was thrown away."), todo=_("Go back to the list."))
    access.require(actor, "identify.screen", current)
    if current.is_finished:
        raise ScreeningFinishedError(
            _("A finished screening is not changed any more."), todo=_("Screen again if something was wrong.")
        )
    return current


def _kept_before(instance_id: str, answers: Answers, actor: User) -> Screening | None:
    """The interview that came in under this id; the same again is no second one, another is refused."""
    found = Screening.objects.filter(instance_id=instance_id).first() if instance_id else None
    if found is None:
        return None
    if found.owner_id != actor.pk or (found.answers.open() or {}) != dict(answers):
        raise InstanceTakenError(
            _("Another interview came in under this name."), todo=_("Keep it and tell your administrator.")
        )
    return found


def _finish(
    screening: Screening, instrument: Instrument, answers: Answers, ending: Ending, *, now: datetime, today: date
) -> None:
    left_out = answering.asked(instrument, answers, today=today).left_out
    result = assess(instrument, answers, screening.child, left_out)
    screening.answers = dict(answers)
    screening.assessment = as_record(result)
    screening.note = ending.note
    screening.name = ending.name
    screening.nationality = ending.nationality or screening.nationality
    screening.level = result.level
    screening.forms = list(result.forms)
    screening.urgent = list(result.urgent)
    screening.status = Status.FINISHED
    screening.screened_at = now
    screening.review = Review.WAITING
    screening.save()
    keep_sounds(screening, ending.name)
    _note_seen(screening, {indicator.name for indicator in result.indicators})


def keep_sounds(screening: Screening, name: str) -> None:
    """Keep what a name sounds like, as blind indexes, so that the same person screened before can be suggested."""
    sounds = {sound_index(key) for key in sound_keys(name)}
    NameSound.objects.bulk_create([NameSound(screening=screening, index=index) for index in sorted(sounds)])


def _note_seen(screening: Screening, names: set[str]) -> None:
    """Note which indicators were ever found here; most were found before, and then nothing is written."""
    place = {"instrument_id": screening.instrument_id, "agency_id": screening.agency_id}
    seen = set(IndicatorSeen.objects.filter(**place, indicator__in=names).values_list("indicator", flat=True))
    fresh = [IndicatorSeen(**place, indicator=name) for name in sorted(names - seen)]
    IndicatorSeen.objects.bulk_create(fresh, ignore_conflicts=True)


def hold(key_id: Any) -> None:
    """Hold a person's interviews for the caller's transaction, so that two of what may be once do not begin at once."""
    list(Screening.objects.select_for_update(of=("self",)).filter(key_id=key_id).order_by("pk").values_list("pk"))


@transaction.atomic
def erase(key_id: Any, *, actor: User, now: datetime) -> None:
    """Erase the interviews under a key: nobody reads them again, in backups neither; coded facts stay for figures.

    Called for a person without a case; who has one is erased with it. The caller has checked who may.
    """
    for row in Screening.objects.select_for_update(of=("self",)).filter(key_id=key_id):
        audit.record(actor, "identify.screening_erased", row, purpose=Purpose.IDENTIFICATION)
    forget(key_id)
    destroy_keys([key_id], now=now)


def forget(key_id: Any) -> None:
    """Take away what could find an erased person again, and files; the caller destroys the key and writes the entry."""
    NameSound.objects.filter(screening__key_id=key_id).delete()
    SubmittedFile.objects.filter(submission__key_id=key_id).delete()
    Screening.objects.filter(key_id=key_id).update(review="")  # nobody is asked to review what nobody can read
