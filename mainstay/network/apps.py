from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "mainstay.network"
    label = "network"
