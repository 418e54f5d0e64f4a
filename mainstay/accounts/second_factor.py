"""How second factors are kept: their secrets sealed under a secret of the node, never in the clear."""

import base64

from allauth.mfa.adapter import DefaultMFAAdapter

from mainstay.core import keystore, sealing

CONTEXT = "accounts|second-factor"


class SealedSecrets(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Seals what makes codes (TOTP secrets, recovery seeds) before the database sees it."""

    def encrypt(self, text: str) -> str:
        """Return a secret sealed, as text."""
        sealed = sealing.seal(keystore.node().secret("second-factor"), text.encode(), CONTEXT)
        return base64.b64encode(sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return a sealed secret opened."""
        sealed = base64.b64decode(encrypted_text)
        return sealing.unseal(keystore.node().secret("second-factor"), sealed, CONTEXT).decode()
