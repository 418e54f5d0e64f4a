from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "mainstay.site"
    label = "mainstay_site"
