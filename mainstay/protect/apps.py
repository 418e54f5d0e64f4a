from django.apps import AppConfig


class ProtectConfig(AppConfig):
    name = "mainstay.protect"
    label = "protect"
