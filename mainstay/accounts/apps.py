from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "mainstay.accounts"
    label = "accounts"
