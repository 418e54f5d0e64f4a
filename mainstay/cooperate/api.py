"""The API of cooperate."""

from ninja import Router

router = Router()
