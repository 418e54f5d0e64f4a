"""Addresses of cooperate."""

from typing import Any

app_name = "cooperate"
urlpatterns: list[Any] = []
