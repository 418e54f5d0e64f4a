"""Addresses of identify."""

from typing import Any

app_name = "identify"
urlpatterns: list[Any] = []
