"""Addresses of network."""

from typing import Any

app_name = "network"
urlpatterns: list[Any] = []
