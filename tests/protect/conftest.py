"""A case and who is around it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from mainstay.accounts.models import User
from mainstay.core.access import Role
from mainstay.protect.models import Case, Consent
from mainstay.protect.services import cases, consents, referrals
from mainstay.protect.types import Category, Given, SharePurpose
from mainstay.protect.views.closing import OPEN_END_WORDS
from tests.factories import a_person, an_agency

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
TODAY = NOW.date()
SECRETS = {
    "name": "Yaro Tervanu",
    "birth_date": "1999-04-05",
    "phone": "+999 55 111 2222",
    "safe_contact": "By text after dusk",
    "whereabouts": "House 7, Three Wells",
    "health": "Needs insulin",
    "route": "From Low Mill to Salt Market",
    "story": "The papers were taken on arrival",
    "exploiter_name": "Goru Kalbero",
    "exploiter_phone": "+999 66 333 4444",
    "exploiter_account": "XO00112233445566",
}
EVERYTHING_SEEN = dict.fromkeys(OPEN_END_WORDS, 1_000)
"""What somebody has seen who closes a case whatever is still open in it."""


@dataclass
class Scene:
    """A case manager with a case, and a clinic that may help."""

    manager: User
    provider: User
    case: Case

    @property
    def clinic(self) -> str:
        """How a consent names the clinic."""
        return referrals.recipient_of(self.provider.agency)

    def consent(
        self,
        *categories: Category,
        to: str = "",
        for_: SharePurpose = SharePurpose.ASSISTANCE,
        until: date | None = None,
    ) -> Consent:
        """Record a consent to some categories, for the clinic unless said otherwise."""
        draft = consents.ConsentDraft(
            categories=frozenset(categories),
            recipients=frozenset({to or self.clinic}),
            purposes=frozenset({for_}),
            given_on=TODAY,
            how=Given.SPOKEN,
            until=until,
        )
        return consents.give_consent(self.case, draft, actor=self.manager, now=NOW)


@pytest.fixture
def open_case(person_of: Callable[[Role], User]) -> Callable[..., Case]:
    """Open a case with every sealed field filled."""

    def give(**changes: str) -> Case:
        draft = cases.CaseDraft(
            identified_date=TODAY, sex="female", age_group="18+", forms=("ForcedLabour",), sealed={**SECRETS, **changes}
        )
        return cases.open_case(draft, actor=person_of(Role.CASE_MANAGER), now=NOW)

    return give


@pytest.fixture
def scene(person_of: Callable[[Role], User], open_case: Callable[..., Case]) -> Scene:
    """A case manager's case, and a provider at another agency."""
    provider = a_person(Role.SERVICE_PROVIDER, an_agency("Lantern clinic"))
    return Scene(person_of(Role.CASE_MANAGER), provider, open_case())
