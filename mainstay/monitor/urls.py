"""Addresses of monitor."""

from typing import Any

app_name = "monitor"
urlpatterns: list[Any] = []
