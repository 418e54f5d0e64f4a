from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "mainstay.core"
    label = "core"
