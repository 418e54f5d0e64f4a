"""Addresses of money."""

from typing import Any

app_name = "money"
urlpatterns: list[Any] = []
