"""Addresses of accounts."""

from django.urls import path

from mainstay.accounts import views

app_name = "accounts"
urlpatterns = [
    path("colleagues/", views.people, name="people"),
    path("colleagues/agencies/", views.agencies, name="agencies"),
    path("colleagues/agencies/new/", views.new_agency, name="new_agency"),
    path("colleagues/invite/", views.invite, name="invite"),
    path("colleagues/<uuid:pk>/end/", views.end_access, name="end_access"),
    path("invitation/<str:token>/", views.accept, name="accept"),
    path("settings/", views.settings, name="settings"),
    path("settings/tokens/<uuid:pk>/revoke/", views.revoke_token, name="revoke_token"),
]
