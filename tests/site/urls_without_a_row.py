"""The node's addresses, and a page that somebody forgot to put under a row of the access table."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def forgotten(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("never shown")


urlpatterns = [path("forgotten/", forgotten), path("", include("mainstay.site.urls"))]
