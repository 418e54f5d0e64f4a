"""Cases, consent, needs, referrals, deadlines and non-punishment."""
