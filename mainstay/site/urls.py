"""The node's addresses. Of installed packages only what is named here is reachable."""

from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.urls import include, path
from django.views.i18n import set_language

from mainstay.core.access import open_to_all
from mainstay.site import views
from mainstay.site.api import api

signing_in = open_to_all("signing in comes before any role")
own_factor = open_to_all("one's own sign-in, checked by its own view")


def own(route: str, view: Any, name: str) -> Any:
    """Return the address of a page about one's own sign-in."""
    return path(route, own_factor(view), name=name)


urlpatterns = [
    path("", views.front, name="front"),
    path("today/", views.today, name="today"),
    path("today/<slug:source>/", views.today_list, name="today_list"),
    path("see-as/", views.see_as, name="see_as"),
    path("away", views.away, name="away"),
    path("health", views.health, name="health"),
    path("language/", open_to_all("everybody may choose a language")(set_language), name="set_language"),
    path("sign-in/", signing_in(account.login), name="account_login"),
    path("sign-out/", signing_in(account.logout), name="account_logout"),
    own("sign-in/again/", account.reauthenticate, "account_reauthenticate"),
    own("sign-in/inactive/", account.account_inactive, "account_inactive"),
    own("settings/password/", account.password_change, "account_change_password"),
    path("sign-in/code/", signing_in(mfa.authenticate), name="mfa_authenticate"),
    path("sign-in/passkey/", signing_in(passkeys.login_webauthn), name="mfa_login_webauthn"),
    own("sign-in/again/code/", mfa.reauthenticate, "mfa_reauthenticate"),
    own("sign-in/again/passkey/", passkeys.reauthenticate_webauthn, "mfa_reauthenticate_webauthn"),
    own("sign-in/trust/", mfa.trust, "mfa_trust"),
    own("settings/second-factor/", mfa.index, "mfa_index"),
    own("settings/second-factor/app/", totp.activate_totp, "mfa_activate_totp"),
    own("settings/second-factor/app/off/", totp.deactivate_totp, "mfa_deactivate_totp"),
    own("settings/second-factor/codes/", codes.view_recovery_codes, "mfa_view_recovery_codes"),
    own("settings/second-factor/codes/new/", codes.generate_recovery_codes, "mfa_generate_recovery_codes"),
    own("settings/second-factor/codes/file/", codes.download_recovery_codes, "mfa_download_recovery_codes"),
    own("settings/second-factor/passkeys/", passkeys.list_webauthn, "mfa_list_webauthn"),
    own("settings/second-factor/passkeys/add/", passkeys.add_webauthn, "mfa_add_webauthn"),
    own("settings/second-factor/passkeys/<int:pk>/remove/", passkeys.remove_webauthn, "mfa_remove_webauthn"),
    own("settings/second-factor/passkeys/<int:pk>/edit/", passkeys.edit_webauthn, "mfa_edit_webauthn"),
    path("api/v1/", api.urls),
    path("", include("mainstay.accounts.urls")),
    path("", include("mainstay.audit.urls")),
    path("", include("mainstay.identify.urls")),
    path("", include("mainstay.protect.urls")),
    path("", include("mainstay.money.urls")),
    path("", include("mainstay.network.urls")),
    path("", include("mainstay.cooperate.urls")),
    path("", include("mainstay.monitor.urls")),
]
handler404 = "mainstay.site.views.not_found"
handler500 = "mainstay.site.views.failed"
