"""The API of protect."""

from ninja import Router

router = Router()
