"""The API of network."""

from ninja import Router

router = Router()
