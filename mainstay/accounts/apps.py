from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "mainstay.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Hear of wrong codes: allauth has no other way to tell."""
        from allauth.mfa.signals import authentication_failed

        from mainstay.accounts.adapter import note_wrong_code

        authentication_failed.connect(note_wrong_code)
