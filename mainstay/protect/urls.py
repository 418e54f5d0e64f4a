"""Addresses of protect."""

from django.urls import path

from mainstay.protect import views

app_name = "protect"
urlpatterns = [
    path("people/", views.people, name="list"),
    path("people/new/", views.new, name="new"),
    path("people/from-screening/<uuid:pk>/", views.from_screening, name="from_screening"),
    path("people/<uuid:pk>/", views.case, name="case"),
    path("people/<uuid:pk>/identity/", views.identity, name="identity"),
    path("people/<uuid:pk>/consent/", views.consent, name="consent"),
    path("people/<uuid:pk>/consent/<uuid:consent_pk>/withdraw/", views.withdraw, name="withdraw"),
    path("people/<uuid:pk>/needs/", views.need, name="need"),
    path("people/<uuid:pk>/needs/<uuid:need_pk>/refer/", views.refer, name="refer"),
    path("people/<uuid:pk>/erase/", views.erase, name="erase"),
    path("colleagues/agencies/<uuid:pk>/receives/", views.receives, name="receives"),
    path("referrals/", views.referral_list, name="referrals"),
    path("referrals/<uuid:pk>/", views.referral, name="referral"),
]
