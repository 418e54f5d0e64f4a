"""The two addresses that the frames of pages know by name."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def sign_out(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("sign-out/", sign_out, name="account_logout"),
]
