"""Changes to cases, consents, referrals and shares."""
