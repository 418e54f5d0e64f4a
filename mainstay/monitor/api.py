"""The API of monitor."""

from ninja import Router

router = Router()
