from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "mainstay.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Hear of sign-ins, and of wrong codes: allauth has no other way to tell."""
        from allauth.mfa.signals import authentication_failed
        from django.contrib.auth import user_logged_in

        from mainstay.accounts.adapter import note_wrong_code
        from mainstay.accounts.sessions import note_first_use

        authentication_failed.connect(note_wrong_code)
        user_logged_in.connect(note_first_use)
