"""Addresses of cooperate."""

from django.urls import path

from mainstay.cooperate.views import nodes, referrals_in, referrals_out, requests

app_name = "cooperate"
urlpatterns = [
    path("cooperate/wire/inbox", nodes.inbox, name="inbox"),
    path("requests/", requests.request_list, name="list"),
    path("requests/ask/", requests.ask, name="ask"),
    path("requests/matches/<uuid:pk>/", requests.match, name="match"),
    path("requests/matches/<uuid:match_pk>/request/", requests.new_request, name="new_request"),
    path("requests/<uuid:pk>/", requests.one_request, name="request"),
    path("nodes/", nodes.peer_list, name="peers"),
    path("people/<uuid:pk>/other-nodes/", referrals_out.refer, name="refer"),
    path("from-other-nodes/", referrals_in.received_list, name="received_list"),
    path("from-other-nodes/<uuid:pk>/", referrals_in.received, name="received"),
    path("from-other-nodes/<uuid:pk>/take/", referrals_in.take, name="take"),
    path("from-other-nodes/<uuid:pk>/pass/", referrals_in.pass_on, name="pass_on"),
    path("from-other-nodes/<uuid:pk>/open/", referrals_in.open_file, name="open_file"),
    path("from-other-nodes/<uuid:pk>/recalled/", referrals_in.answer_recall, name="answer_recall"),
    path("to-other-nodes/", referrals_out.sent_list, name="sent_list"),
    path("to-other-nodes/<uuid:pk>/", referrals_out.sent, name="sent"),
    path("to-other-nodes/<uuid:pk>/take-back/", referrals_out.take_back, name="take_back"),
]
