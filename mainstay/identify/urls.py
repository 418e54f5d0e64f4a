"""Addresses of identify; none of them tells anything about a person."""

from django.urls import path

from mainstay.identify.views import instruments, interview, screenings

app_name = "identify"
urlpatterns = [
    path("identify/", screenings.screenings, name="list"),
    path("identify/new/", interview.choose, name="choose"),
    path("identify/instruments/", instruments.instruments, name="instruments"),
    path("identify/instruments/install/", instruments.install, name="install"),
    path("identify/<uuid:pk>/", screenings.result, name="result"),
    path("identify/<uuid:pk>/<int:place>/", interview.ask, name="ask"),
    path("identify/<uuid:pk>/finish/", interview.finish, name="finish"),
    path("identify/<uuid:pk>/discard/", interview.discard, name="discard"),
]
