"""The API of identify."""

from ninja import Router

router = Router()
