"""Reviewing finished screenings, and correcting them by a new version."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.identify.errors import CorrectedError, OwnReviewError, ReasonMissingError, ReviewedError
from mainstay.identify.models.screenings import Review, Screening


@transaction.atomic
def review_screening(
    screening: Screening, *, approved: bool, comment: str, seen: str | None = None, actor: User, now: datetime
) -> Screening:
    """Approve a colleague's screening, or return it with a comment that says what to do.

    `seen` is how the review stood when the reviewer read it: a colleague's later word is never overwritten unread.
    """
    access.require(actor, "identify.review", screening)
    current = _locked(screening)
    if current.owner_id == actor.pk:
        raise OwnReviewError(_("Nobody reviews their own screening."), todo=_("Ask a colleague to review it."))
    if seen is not None and seen != standing(current):
        raise ReviewedError(_("A colleague reviewed this while you read it."), todo=_("Read what they wrote first."))
    if not approved and not comment.strip():
        raise ReasonMissingError(_("A screening is returned with a comment."), todo=_("Say what should be done."))
    current.review = Review.APPROVED if approved else Review.RETURNED
    current.review_comment = comment.strip()
    current.reviewed_by, current.reviewed_at = actor, now
    current.save(update_fields=["review", "review_comment", "reviewed_by", "reviewed_at"])
    after = {"review": current.review, "version": current.version}
    audit.record(actor, "identify.screening_reviewed", current, purpose=Purpose.IDENTIFICATION, after=after)
    return current


def standing(screening: Screening) -> str:
    """Return how a review stands, to tell whether it changed."""
    return f"{screening.review}:{screening.reviewed_at.isoformat() if screening.reviewed_at else ''}"


@transaction.atomic
def correct_screening(screening: Screening, *, reason: str, actor: User, now: datetime) -> Screening:
    """Begin a new version of a finished screening, with its answers; the one before stays as it was.

    A correction under way is gone on with. It is sealed under the same key, so that erasing the person erases both.
    """
    access.require(actor, "identify.screen", screening)
    current = _locked(screening)
    begun = Screening.objects.filter(supersedes=current).first()
    if begun is not None and not begun.is_finished:
        return begun
    if begun is not None:
        raise CorrectedError(_("This version was corrected already."), todo=_("Correct the newest version."))
    if not reason.strip():
        raise ReasonMissingError(_("A correction needs a reason."), todo=_("Say in a few words what was wrong."))
    fresh = Screening(
        key_id=current.key_id, instrument=current.instrument, agency=current.agency, owner=actor, sex=current.sex,
        age_group=current.age_group, language=current.language, nationality=current.nationality,
        outcome=current.outcome, outcome_date=current.outcome_date, version=current.version + 1, supersedes=current,
        started_at=now,
    )  # fmt: skip
    fresh.answers, fresh.note, fresh.name = current.answers.open() or {}, current.note.open(), current.name.open()
    fresh.correction_reason = reason.strip()
    fresh.save()
    after = {"version": fresh.version}
    audit.record(actor, "identify.correction_begun", fresh, purpose=Purpose.IDENTIFICATION, after=after)
    return fresh


def _locked(screening: Screening) -> Screening:
    return Screening.objects.select_for_update(of=("self",)).get(pk=screening.pk)
