"""The API of money."""

from ninja import Router

router = Router()
