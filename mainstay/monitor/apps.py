from django.apps import AppConfig


class MonitorConfig(AppConfig):
    name = "mainstay.monitor"
    label = "monitor"
