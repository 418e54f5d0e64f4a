"""Addresses of money."""

from django.urls import path

from mainstay.money import views

app_name = "money"
urlpatterns = [
    path("alerts/", views.alerts, name="list"),
    path("alerts/<uuid:pk>/", views.alert, name="alert"),
]
