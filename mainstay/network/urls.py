"""Addresses of the network."""

from django.urls import path

from mainstay.network import views

app_name = "network"
urlpatterns = [
    path("network/", views.entities, name="list"),
    path("network/<uuid:pk>/", views.entity, name="entity"),
]
