"""Codes of the person's own view: given in person, shown once, kept as digests; and the visits that they open."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.accounts.rules import digest_of as token_digest
from mainstay.audit import services as audit
from mainstay.core import access, keystore
from mainstay.core.access import Purpose
from mainstay.protect.errors import OwnViewClosedError, WeakPinError
from mainstay.protect.models import Case, GuardianLimit, OwnCode, OwnVisit, Status
from mainstay.protect.models.cases import SEALED_FIELDS
from mainstay.protect.rules import own_view as rules
from mainstay.protect.rules.own_view import Holder, Part
from mainstay.protect.services import sharing

BY = {Holder.PERSON: audit.THE_PERSON, Holder.GUARDIAN: audit.THE_GUARDIAN}
HIDEABLE = frozenset({name for name, _label, _category in SEALED_FIELDS} | {part.value for part in Part})


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that holds now: whose it is, of which case, and what is kept from them."""

    row: OwnVisit
    case: Case
    holder: Holder
    hidden: frozenset[str]

    @property
    def by(self) -> audit.Outside:
        """Who acts, as the audit chain names them."""
        return BY[self.holder]

    def keeps_back(self, name: str) -> bool:
        """Say whether a field or part is kept from who holds the code."""
        return rules.is_kept_from(self.holder, name, self.hidden)


@transaction.atomic
def give_code(
    case: Case, holder: Holder, pin: str, *, language: str, days: int, actor: User, today: date, now: datetime
) -> str:
    """Give a code with a PIN that its holder chose, and return it: it is shown once. One given before ends.

    A guardian gets one only for somebody who is, or may be, a child, and not where they are in conflict.
    """
    access.require(actor, "protect.give_own_view", case)
    current = sharing.locked(case)
    if holder is Holder.GUARDIAN and not _guardian_may(current):
        raise OwnViewClosedError(
            _("A guardian gets no code here: the person is of age, or their interests are in conflict."),
            todo=_("Give the person their own code."),
        )
    digits = rules.as_digits(pin, rules.PIN_LEAST, rules.PIN_MOST)
    if digits is None or rules.is_weak(digits, _known_digits(current)):
        raise WeakPinError(
            _("This PIN is one that others try first, or too short."),
            todo=_("Six to ten digits; no date, no row, nothing from a phone number."),
        )
    _end(current, holder, now)
    code = rules.code_of(secrets.randbelow(10**rules.CODE_DIGITS))
    row = OwnCode(case=current, holder=holder, language=language, given_by=actor, given_at=now)
    row.code_digest = digest_of(code)
    row.pin_hash = make_password(_peppered(row, digits))
    row.expires_date = today + timedelta(days=days)
    row.save()
    audit.record(
        actor, "protect.own_code_given", row, purpose=Purpose.ASSISTANCE, after={"holder": holder, "days": days}
    )
    return code


@transaction.atomic
def end_code(code: OwnCode, *, actor: User, now: datetime) -> None:
    """End a code at once, and every visit that it opened."""
    access.require(actor, "protect.give_own_view", code.case)
    _end(code.case, Holder(code.holder), now)
    audit.record(actor, "protect.own_code_ended", code, purpose=Purpose.ASSISTANCE)


@transaction.atomic
def limit_guardian(case: Case, hidden: frozenset[str], *, in_conflict: bool, actor: User, now: datetime) -> None:
    """Say what is kept from a guardian; where their interests are in conflict, everything, and their code ends."""
    access.require(actor, "protect.give_own_view", case)
    sharing.locked(case)
    kept = sorted(hidden & HIDEABLE)
    GuardianLimit.objects.update_or_create(case=case, defaults={"in_conflict": in_conflict, "hidden": kept})
    if in_conflict:
        _end(case, Holder.GUARDIAN, now)
    after = {"in_conflict": in_conflict, "hidden": kept}
    audit.record(actor, "protect.guardian_limited", case, purpose=Purpose.ASSISTANCE, after=after)


@transaction.atomic
def enter(code: str, pin: str, *, today: date, now: datetime) -> str | None:
    """Return the token of a new visit; None where code and PIN open nothing now, whatever the reason.

    A wrong code, a wrong PIN, a locked, ended or expired code and an erased person all give the same answer, after
    the same work: one PIN is hashed each time.
    """
    digits = rules.as_digits(code, rules.CODE_DIGITS, rules.CODE_DIGITS) or ""
    row = OwnCode.objects.select_for_update(of=("self",)).select_related("case").filter(code_digest=digest_of(digits))
    found = row.first()
    given = rules.as_digits(pin, rules.PIN_LEAST, rules.PIN_MOST) or ""
    is_right = check_password(_peppered(found, given), found.pin_hash if found else _no_pin())
    if found is None or not found.is_open(now, today) or not _may_look(found):
        return None
    if not is_right:
        _count_wrong(found, now)
        return None
    found.wrong_tries, found.locked_until, found.last_used_at = 0, None, now
    found.save(update_fields=["wrong_tries", "locked_until", "last_used_at"])
    found.visits.filter(ended_at=None).update(ended_at=now)
    token = secrets.token_urlsafe(32)
    OwnVisit.objects.create(code=found, token_digest=token_digest(token), begun_at=now, seen_at=now)
    audit.record(BY[Holder(found.holder)], "protect.own_view_entered", found.case, purpose=Purpose.ASSISTANCE)
    return token


@transaction.atomic
def visit_of(token: str, *, today: date, now: datetime) -> Visit | None:
    """Return the visit of a token if it still holds, and note that it is in use; None for any other."""
    row = (
        OwnVisit.objects.select_related("code__case__agency", "code__case__owner")
        .filter(token_digest=token_digest(token), ended_at=None)
        .first()
    )
    if row is None or not rules.session_holds(row.begun_at, row.seen_at, now):
        return None
    code = row.code
    if code.ended_at is not None or today > code.expires_date or not _may_look(code):
        return None
    OwnVisit.objects.filter(pk=row.pk).update(seen_at=now)
    holder = Holder(code.holder)
    limit = GuardianLimit.objects.filter(case=code.case).first() if holder is Holder.GUARDIAN else None
    return Visit(row, code.case, holder, frozenset(limit.hidden if limit else ()))


def leave(token: str, *, now: datetime) -> None:
    """End a visit; a token that is none ends nothing, and nothing tells so."""
    OwnVisit.objects.filter(token_digest=token_digest(token), ended_at=None).update(ended_at=now)


def forget_visits(*, now: datetime) -> int:
    """Delete visits that are over; return how many."""
    count, _by_model = OwnVisit.objects.filter(seen_at__lt=now - rules.LONGEST).delete()
    return count


def digest_of(code: str) -> str:
    """Return what is kept of a code: keyed, so that a copied database does not let anybody try all of them."""
    key = keystore.node().secret("own-view-codes")
    return hashlib.blake2b(code.encode(), key=key, digest_size=32).hexdigest()


def _peppered(row: OwnCode | None, pin: str) -> str:
    """The PIN under a secret of the key store: without that store a copied database has nothing to try PINs on."""
    key = keystore.node().secret("own-view-pins")
    return hmac.new(key, f"{row.pk if row else ''}:{pin}".encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=1)
def _no_pin() -> str:
    """The hash of a PIN that nobody has, so that a wrong code takes as long as a wrong PIN."""
    return make_password(secrets.token_hex(16))


def _count_wrong(row: OwnCode, now: datetime) -> None:
    row.wrong_tries += 1
    row.last_wrong_at = now
    if rules.ends(row.wrong_tries):
        row.ended_at = now
    elif rules.locks(row.wrong_tries):
        row.locked_until = now + rules.LOCKED_FOR
    row.save(update_fields=["wrong_tries", "last_wrong_at", "ended_at", "locked_until"])
    after = {"wrong": row.wrong_tries}
    audit.record(None, "protect.own_code_wrong_pin", row, purpose=Purpose.ASSISTANCE, after=after)


def _may_look(code: OwnCode) -> bool:
    if code.case.status == Status.ERASED:
        return False
    return code.holder != Holder.GUARDIAN or _guardian_may(code.case)


def _guardian_may(case: Case) -> bool:
    in_conflict = GuardianLimit.objects.filter(case=case, in_conflict=True).exists()
    return case.age_group != rules.ADULT and not in_conflict


def _end(case: Case, holder: Holder, now: datetime) -> None:
    codes = OwnCode.objects.filter(case=case, holder=holder)
    OwnVisit.objects.filter(code__in=codes, ended_at=None).update(ended_at=now)
    codes.filter(ended_at=None).update(ended_at=now)


def _known_digits(case: Case) -> list[str]:
    """Digits of birth date and phone, opened for the node itself: a PIN out of them is the first that others try."""
    known = [rules.as_digits(case.phone.open(), 1, 40) or ""]
    birth = case.birth_date.open()
    if parts := birth.split("-") if birth.count("-") == 2 else []:
        year, month, day = parts
        known += [year + month + day, day + month + year, month + day + year]
    return [digits for digits in known if len(digits) >= rules.PIN_LEAST]
