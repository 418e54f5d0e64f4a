"""One obvious default each; everybody and every agency here is made up."""

from itertools import count

from mainstay.accounts.models import Agency, User
from mainstay.core.access import Role

PASSWORD = "correct horse battery staple"
_serial = count(1)


def an_agency(name: str = "", kind: str = "shelter", country: str = "XS") -> Agency:
    """Return a saved agency."""
    return Agency.objects.create(name=name or f"Agency {next(_serial)}", kind=kind, country=country)


def a_person(role: Role = Role.CASE_MANAGER, agency: Agency | None = None, name: str = "") -> User:
    """Return a saved person of a role; their password is `PASSWORD`."""
    number = next(_serial)
    return User.objects.create_user(
        f"person{number}@example.org",
        name=name or f"Person {number}",
        role=role,
        agency=agency or an_agency(),
        password=PASSWORD,
    )
