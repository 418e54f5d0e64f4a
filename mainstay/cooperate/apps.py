from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CooperateConfig(AppConfig):
    name = "mainstay.cooperate"
    label = "cooperate"

    def ready(self) -> None:
        """Put the way to other nodes on the page of a person's assistance, which may not know of this floor."""
        from mainstay.ui.links import PlacedLink, register

        link = PlacedLink(_("Refer to another node"), "cooperate:refer", "cooperate.refer")
        register("protect.assistance", link)
