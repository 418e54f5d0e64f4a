"""Addresses of the audit chain."""

from django.urls import path

from mainstay.audit import views

app_name = "audit"
urlpatterns = [path("audit/", views.entries, name="list")]
