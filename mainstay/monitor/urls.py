"""Addresses of monitor."""

from django.urls import path

from mainstay.monitor import views

app_name = "monitor"
urlpatterns = [
    path("figures/", views.figures, name="list"),
    path("figures/release/", views.release, name="release"),
    path("figures/<uuid:pk>/", views.figure, name="figure"),
]
