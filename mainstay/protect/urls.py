"""Addresses of protect."""

from django.urls import path

from mainstay.protect.views import consents, grounds, people, procedures, referrals

app_name = "protect"
urlpatterns = [
    path("people/", people.people, name="list"),
    path("people/new/", people.new, name="new"),
    path("people/from-screening/<uuid:pk>/", people.from_screening, name="from_screening"),
    path("people/from-tip/<uuid:pk>/", people.from_tip, name="from_tip"),
    path("people/erase-interview/<uuid:pk>/", people.erase_interview, name="erase_interview"),
    path("people/<uuid:pk>/", people.case, name="case"),
    path("people/<uuid:pk>/identity/", people.identity, name="identity"),
    path("people/<uuid:pk>/sharing/", consents.sharing, name="sharing"),
    path("people/<uuid:pk>/figures/", consents.figures, name="figures"),
    path("people/<uuid:pk>/grounds/", grounds.ask, name="ask_ground"),
    path("people/<uuid:pk>/grounds/<uuid:ground_pk>/end/", grounds.end, name="end_ground"),
    path("grounds/", grounds.ground_list, name="grounds"),
    path("grounds/<uuid:pk>/", grounds.ground, name="ground"),
    path("taken-back/", grounds.notice_list, name="notices"),
    path("taken-back/<uuid:pk>/", grounds.answer_notice, name="answer_notice"),
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
