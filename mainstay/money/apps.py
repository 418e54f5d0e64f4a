from django.apps import AppConfig


class MoneyConfig(AppConfig):
    name = "mainstay.money"
    label = "money"
