"""The JSON API under `/api/v1/`: one router a package, one way in, one shape of error."""

from importlib import import_module
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.security import HttpBearer, SessionAuth

from mainstay.accounts import queries
from mainstay.core import clock
from mainstay.core.errors import BadInputError, Fault, MainstayError, NotAllowedError
from mainstay.site.middleware import answer

ROUTERS = ("identify", "protect", "money", "network", "cooperate", "monitor")


class TokenAuth(HttpBearer):
    """A person's token, in `Authorization: Bearer …`."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Return the token's owner and make them the request's user, so that one access table holds for both."""
        user = queries.user_of_token(token, clock.now())
        if user is None:
            return None
        if settings.REQUIRE_SECOND_FACTOR and not is_mfa_enabled(user):
            raise NotAllowedError(_("A second factor is needed."), todo=_("Sign in on the page and set one up."))
        request.user = user
        return user


api = NinjaAPI(
    title="Mainstay",
    version="1",
    description="The JSON API of a Mainstay node. Errors are RFC 9457 problem documents.",
    auth=[TokenAuth(), SessionAuth(csrf=True)],
    docs_url=None,
    urls_namespace="api",
)


@api.exception_handler(MainstayError)
def problem(request: HttpRequest, error: MainstayError) -> HttpResponse:
    """Answer with the problem document of an error."""
    return answer(request, error)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Answer with the fields that are wrong."""
    faults = [Fault(e["msg"], field=".".join(str(part) for part in e["loc"][2:])) for e in error.errors]
    return problem(request, BadInputError("request", faults))


for _package in ROUTERS:
    api.add_router(f"/{_package}", import_module(f"mainstay.{_package}.api").router, tags=[_package])
