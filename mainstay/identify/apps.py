from django.apps import AppConfig


class IdentifyConfig(AppConfig):
    name = "mainstay.identify"
    label = "identify"
