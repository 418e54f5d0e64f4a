"""Addresses of protect."""

from django.urls import path

from mainstay.protect.views import consents, people, procedures, referrals

app_name = "protect"
urlpatterns = [
    path("people/", people.people, name="list"),
    path("people/new/", people.new, name="new"),
    path("people/from-screening/<uuid:pk>/", people.from_screening, name="from_screening"),
    path("people/from-tip/<uuid:pk>/", people.from_tip, name="from_tip"),
    path("people/erase-interview/<uuid:pk>/", people.erase_interview, name="erase_interview"),
    path("people/<uuid:pk>/", people.case, name="case"),
    path("people/<uuid:pk>/identity/", people.identity, name="identity"),
    path("people/<uuid:pk>/consent/", consents.consent, name="consent"),
    path("people/<uuid:pk>/consent/<uuid:consent_pk>/withdraw/", consents.withdraw, name="withdraw"),
    path("people/<uuid:pk>/needs/", people.need, name="need"),
    path("people/<uuid:pk>/needs/<uuid:need_pk>/refer/", referrals.refer, name="refer"),
    path("people/<uuid:pk>/needs/<uuid:need_pk>/met/", people.meet_need, name="meet_need"),
    path("people/<uuid:pk>/close/", people.close, name="close"),
    path("people/<uuid:pk>/erase/", people.erase, name="erase"),
    path("colleagues/agencies/<uuid:pk>/receives/", consents.receives, name="receives"),
    path("people/<uuid:pk>/decision/", procedures.ask_to_decide, name="ask_to_decide"),
    path("decisions/", procedures.procedures, name="procedures"),
    path("decisions/<uuid:pk>/", procedures.procedure, name="procedure"),
    path("referrals/", referrals.referral_list, name="referrals"),
    path("referrals/<uuid:pk>/", referrals.referral, name="referral"),
]
