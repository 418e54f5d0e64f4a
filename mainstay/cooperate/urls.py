"""Addresses of cooperate."""

from django.urls import path

from mainstay.cooperate import views

app_name = "cooperate"
urlpatterns = [
    path("cooperate/wire/inbox", views.inbox, name="inbox"),
    path("requests/", views.request_list, name="list"),
    path("requests/ask/", views.ask, name="ask"),
    path("requests/matches/<uuid:pk>/", views.match, name="match"),
    path("requests/matches/<uuid:match_pk>/request/", views.new_request, name="new_request"),
    path("requests/<uuid:pk>/", views.one_request, name="request"),
    path("nodes/", views.peer_list, name="peers"),
]
