"""Addresses of protect."""

from typing import Any

app_name = "protect"
urlpatterns: list[Any] = []
