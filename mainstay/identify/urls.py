"""Addresses of identify; none of them tells anything about a person."""

from django.urls import path

from mainstay.identify import views

app_name = "identify"
urlpatterns = [
    path("identify/", views.screenings, name="list"),
    path("identify/new/", views.choose, name="choose"),
    path("identify/instruments/", views.instruments, name="instruments"),
    path("identify/instruments/install/", views.install, name="install"),
    path("identify/<uuid:pk>/", views.result, name="result"),
    path("identify/<uuid:pk>/<int:place>/", views.ask, name="ask"),
    path("identify/<uuid:pk>/finish/", views.finish, name="finish"),
    path("identify/<uuid:pk>/discard/", views.discard, name="discard"),
]
