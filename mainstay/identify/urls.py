"""Addresses of identify; none of them tells anything about a person."""

from collections.abc import Iterator
from typing import Any

from django.urls import path

from mainstay.identify.views import (
    devices,
    instruments,
    interview,
    learning,
    offline,
    openrosa,
    screenings,
    supervision,
    telling,
    tips,
)

PHONES = (
    ("formList", openrosa.form_list, "form_list"),
    ("formXml", openrosa.form, "form"),
    ("manifest", openrosa.manifest, "manifest"),
    ("appointments.csv", openrosa.appointments_csv, "appointments_csv"),
    ("integrity", openrosa.integrity, "integrity"),
    ("submission", openrosa.submission, "submission"),
)


def phone_addresses() -> Iterator[Any]:
    """Give the protocol's addresses, each with and without a slash at its end: clients differ."""
    for route, view, name in PHONES:
        yield path(f"odk/key/<str:token>/{route}", view, name=f"openrosa_{name}")
        yield path(f"odk/key/<str:token>/{route}/", view, name=f"openrosa_{name}_slash")


app_name = "identify"
urlpatterns = [
    path("identify/", screenings.screenings, name="list"),
    path("identify/new/", interview.choose, name="choose"),
    path("identify/offline/", offline.offline, name="offline"),
    path("identify/offline/forms/", offline.forms, name="offline_forms"),
    path("identify/offline/session/", offline.session, name="offline_session"),
    path("identify/offline/worker.js", offline.worker, name="offline_worker"),
    path("identify/offline/app.webmanifest", offline.manifest, name="offline_manifest"),
    path("identify/instruments/", instruments.instruments, name="instruments"),
    path("identify/instruments/install/", instruments.install, name="install"),
    path("identify/<uuid:pk>/", screenings.result, name="result"),
    path("identify/<uuid:pk>/<int:place>/", interview.ask, name="ask"),
    path("identify/learning/", learning.learning, name="learning"),
    path("identify/learning/prevalence/", learning.prevalence, name="prevalence"),
    path("identify/<uuid:pk>/review/", supervision.review, name="review"),
    path("identify/<uuid:pk>/correct/", supervision.correct, name="correct"),
    path("identify/<uuid:pk>/same/<uuid:other>/", supervision.same_person, name="same_person"),
    path("tips/", telling.front, name="tips_front"),
    path("tips/<str:language>/", telling.tell, name="tell"),
    path("tips/<str:language>/talk/", telling.talk, name="talk"),
    path("told/", tips.queue, name="tips"),
    path("told/desks/", tips.desks, name="tip_desks"),
    path("told/desks/<uuid:pk>/", tips.set_desk, name="set_tip_desk"),
    path("told/photos/<uuid:pk>/", tips.photo, name="tip_photo"),
    path("told/<uuid:pk>/", tips.tip, name="tip"),
    path("told/<uuid:pk>/transfer/", tips.transfer, name="transfer_tip"),
    path("told/<uuid:pk>/merge/", tips.merge, name="merge_tip"),
    path("told/<uuid:pk>/close/", tips.close, name="close_tip"),
    path("told/<uuid:pk>/erase/", tips.erase, name="erase_tip"),
    path("identify/instruments/<str:name>/", instruments.draft, name="draft"),
    path("identify/files/<uuid:pk>/", screenings.sent_file, name="sent_file"),
    path("identify/<uuid:pk>/finish/", interview.finish, name="finish"),
    path("identify/<uuid:pk>/discard/", interview.discard, name="discard"),
    path("identify/devices/", devices.devices, name="devices"),
    path("identify/devices/<uuid:pk>/", devices.device, name="device"),
    path("identify/devices/<uuid:pk>/revoke/", devices.revoke, name="revoke_device"),
    path("identify/appointments/", devices.appointments, name="appointments"),
    path("identify/appointments/<uuid:pk>/remove/", devices.remove_appointment, name="remove_appointment"),
    *phone_addresses(),
]
