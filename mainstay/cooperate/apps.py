from django.apps import AppConfig


class CooperateConfig(AppConfig):
    name = "mainstay.cooperate"
    label = "cooperate"
